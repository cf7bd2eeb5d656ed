"""What is shown when a page could not be made: what is safe, what to do, and what was typed.

Nothing here may ask the database, which is often what is missing.
"""

import re
import sys
from dataclasses import dataclass
from http import HTTPStatus

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.views.decorators.debug import sensitive_variables

# Forms in which people write, and what they are called where no child may be named. What is sent
# from them comes back on the page; from any other form (a password, say) nothing does.
WRITTEN_IN = {
    "edit-draft": "Add incident",
    "remove-upload": "Add incident",
    "review-draft": "Add incident",
    "report-mistake": "Report a mistake",
    "add-action": "Add action",
    "refine-categories": "Refine categories",
    "record-status": "Record a status",
    "make-chronology-report": "Chronology on paper",
    "conference-report": "Case conference report",
    "limit-readers": "Who may read an incident",
    "give-reason": "Reason for opening a file",
    "break-glass": "Open a file in an emergency",
    "review-emergency": "Review of an emergency",
    "team": "Team around a child",
    "decide-role": "A role that waits for you",
    "decide-setting": "A setting that waits for you",
    "anomaly": "Note on what was unusual",
    "heads-look": "Note for the head’s look",
    "review-sealed-code": "Review of a sealed code",
    "change-category": "What is special about a category",
    "take-original": "Reason for taking a picture out",
    "photographs": "Photographs of injuries",
    "visitor-slip": "Visitor’s slip",
    "put-slip-aside": "Why a slip is put aside",
}
# Their fields for a person's own words, which are shown however short; the parts of a conference
# report are added by their prefix. What is picked, ticked or hidden is sent again but not shown.
WRITTEN = {
    *("saw", "told", "told_by", "child_words", "heard", "opinion", "place_detail"),
    *("done_already", "medical", "parents_detail", "told_in_person", "late_reason"),
    *("narrative", "reasons", "impact"),
    *("authority", "worker", "note", "reason", "judgement", "part", "text", "conditions"),
    *("shape", "colour", "first_aid", "child_said"),  # of each mark on a body map
    *("child_name", "child_class", "staff_name", "place"),  # of a visitor's slip
    *("writer_name", "writer_role", "writer_reach"),
}
PART = "part_"
MARK = re.compile(r"mark-\d+-")
TRY_AGAIN_AFTER = "10"  # seconds
AWAY = (OperationalError, InterfaceError)
# What reading a form may end in: half of it came, it is too large, it is none.
UNREADABLE = (
    *(OSError, ValueError),
    *(SuspiciousOperation, BadRequest, MultiPartParserError, RawPostDataException),
)


@dataclass(frozen=True)
class Typed:
    """A form that was sent and could not be taken: all of it to send again, its prose to read."""

    path: str
    fields: list[tuple[str, str]]

    @property
    def prose(self) -> list[tuple[str, str]]:
        """Return what a person wrote, each part under its field's name."""
        return [
            (MARK.sub("", name).removeprefix(PART).replace("_", " ").capitalize(), text)
            for name, text in self.fields
            if (MARK.sub("", name) in WRITTEN or name.startswith(PART)) and text.strip()
        ]


@sensitive_variables()
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 while the database is away and 500 for our own faults, with what was typed."""
    away = isinstance(sys.exception(), AWAY)
    page = render_to_string("503.html" if away else "500.html", {"typed": typed_in(request)})
    if away:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return HttpResponse(page, status=status, headers={"Retry-After": TRY_AGAIN_AFTER})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def typed_in(request: HttpRequest) -> Typed | None:
    """Return the form that our own page sent, if it is one that people write in."""
    if request.method != "POST" or not _is_from_here(request) or not _is_written_in(request):
        return None
    try:
        sent = [(name, value) for name, values in request.POST.lists() for value in values]
    except UNREADABLE:
        return None
    return Typed(request.path, sent)


def _is_from_here(request: HttpRequest) -> bool:
    """Whether a page of ours sent this: nobody else's words are shown as somebody's own."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def _is_written_in(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).url_name in WRITTEN_IN
    except Resolver404:
        return False
