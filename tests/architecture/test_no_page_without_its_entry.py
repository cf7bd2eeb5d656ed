"""Every page that shows a child is opened here, and the access log says who opened it, and whose.

A new page fails until somebody has said what its reading is called, or why it shows nobody.
"""

import ast
import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import Http404
from django.test import RequestFactory
from django.urls import ResolverMatch, reverse
from django.utils import timezone

from accounts import keeping
from accounts.checks import pages
from accounts.decorators import requires
from accounts.looks import DENIED, EVENTS
from accounts.models import KeptWords
from accounts.permissions import S1, S2, Permission
from incidents import viewing, wordings
from incidents.models import Alert, Draft
from ledger.models import AccessEntry
from pupils import closeness
from pupils.models import Conflict
from records.models import AnomalyFinding
from reports import files as report_files
from reports.models import Report, ReportMade
from safeguard.rescue import Page
from tests.incidents import samples, slipping, typing

# These show no child. The reason stands beside each.
SHOWS_NO_CHILD = {
    "home": "opened before classes: it names nobody",
    "my-sessions": "the person's own sessions",
    "keep-alive": "answers nothing",
    "elevate": "a code is asked for",
    "enrol-authenticator": "the person's own secret",
    "drop-elevation": "answers with another page",
    "status": "about the installation",
    "ledger": "hashes; it names nobody",
    "ledger-progress": "a number",
    "verify-ledger": "asks the worker",
    "add-keeper": "people outside the school",
    "end-keeper": "people outside the school",
    "incident-received": "a receipt names no child, so that it can be printed",
    "declare-conflict": "a form; the child that is picked is on record when it is sent",
    "record-conflict": "a form; the child that is picked is on record when it is sent",
    "report-progress": "how far it is; it names nobody",
}
# About adults and the school's own lists; what they change is on record by the name in `audits=`.
ABOUT_THE_SCHOOL = {
    *(
        "add-key",
        "ask-key",
        "ask-new-key",
        "remove-key",
        "remove-app",
        "first-key",
        "ask-first-key",
    ),
    *("lost-authenticator", "confirm-person"),
    *("sealed-code", "ask-sealed-code", "agree-sealed-code", "use-sealed-code"),
    *("resume-sealed-code", "review-sealed-code"),
    *("code-again", "recovery-codes", "authenticators", "give-code", "apply-staff"),
    *("people", "person", "add-person", "change-person", "end-person", "unlock-person"),
    *("end-persons-sessions", "send-link", "import-staff", "roles", "give-role", "end-role"),
    "decide-setting",
    *("decide-role", "rights", "withhold-rights", "demands", "cover", "arrange-cover", "end-cover"),
    *("photographs", "telling"),
    *("categories", "change-category", "add-grant", "end-grant", "alert-groups"),
    *("add-alert-group", "change-alert-group", "retire-alert-group"),
    *("prompts", "change-prompts", "take-back-prompts"),
    *("visitors-poster", "print-poster"),
    *("writing-help", "change-writing-word", "take-back-writing-word", "advise", "compare"),
    "outline",
}
# What it gives is made by the signer: its entry is held by tests/ledger/test_proving.py.
HELD_ELSEWHERE = {"incident-proof"}
# These write, or end something of one's own, and answer with another page.
ANSWERS_WITH_ANOTHER_PAGE = {
    *("remove-upload", "send-file", "take-back-file", "choose-wording"),
    *("end-session", "end-other-sessions"),
}


@dataclass(frozen=True)
class Opened:
    """Who opens a page, with what, and what the log says of it."""

    by: str
    event: str
    whose: tuple[str, ...] = ()
    about: str = ""
    sent: dict | None = None


BOTH = ("sam", "rosa")
LOOKS = {
    "add-incident": Opened("ada", "incident.add"),
    "edit-draft": Opened("ada", "incident.add", BOTH, "draft"),
    "compare-wordings": Opened("ada", "incident.add", BOTH, "draft"),
    "kept-words": Opened("ada", "words.read", (), "words"),
    "review-draft": Opened("ada", "incident.review", BOTH, "draft"),
    "incident": Opened("dee", "incident.read", BOTH, "incident"),
    "add-action": Opened("dee", "incident.act", ("sam",), "incident"),
    "refine-categories": Opened("dee", "incident.refine", ("sam",), "incident"),
    "limit-readers": Opened("dee", "incident.readers", ("sam",), "incident"),
    "keep-from": Opened("dee", "incident.readers", ("sam",), "incident"),
    "mark-significant": Opened("dee", "incident.significant", ("sam",), "incident", {"x": "1"}),
    "report-mistake": Opened("ada", "incident.mistake", ("sam",), "incident"),
    "my-incidents": Opened("ada", "incident.own_list", ("sam",)),
    "alerts": Opened("dee", "alert.list", ("sam",)),
    "alert": Opened("dee", "alert.opened", ("sam",), "alert"),
    "acknowledge-alert": Opened("dee", "alert.acknowledged", ("sam",), "alert", {}),
    "attachment": Opened("ada", "attachment.opened", ("sam",), "attachment"),
    "look-at-file": Opened("dee", "attachment.looked_at", ("sam",), "picture"),
    "page-of-file": Opened("dee", "attachment.shown", ("sam",), "picture"),
    "small-picture": Opened("dee", "attachment.shown", ("sam",), "picture"),
    "take-original": Opened(
        "dee", "attachment.original", ("sam",), "picture", {"reason": "The police ask for it."}
    ),
    "slips": Opened("dee", "slips.listed"),
    "slip": Opened("dee", "slip.read", (), "slip"),
    "put-slip-aside": Opened("dee", "slip.put_aside", (), "slip", {"why": "test"}),
    "for-review": Opened("dee", "review.read", ("sam",)),
    "pupils": Opened("dee", "pupils.search", ("sam",), sent={"query": "4B"}),
    "chronology": Opened("dee", "chronology.read", ("sam",), "pupil"),
    "body-maps": Opened("dee", "body_maps.read", ("sam",), "pupil"),
    "give-reason": Opened("hal", "reason.given", ("sam",), "pupil"),
    "team": Opened("dee", "team.changed", ("sam",), "pupil"),
    "leave-team": Opened("dee", "team.changed", ("sam",), "member", {}),
    "break-glass": Opened("pat", "emergency.opened", ("sam",), "", {"reason": "Now."}),
    "emergencies": Opened("hal", "emergency.listed", ("sam",)),
    "review-emergency": Opened("hal", "emergency.reviewed", ("sam",), "emergency"),
    "record-status": Opened("dee", "status.form", ("sam",), "pupil"),
    "reports": Opened("dee", "report.listed", ("sam",)),
    "make-chronology-report": Opened("dee", "chronology.read", ("sam",), "pupil"),
    "conference-report": Opened("dee", "chronology.read", ("sam",), "pupil"),
    "report": Opened("dee", "report.read", ("sam",), "report"),
    "report-file": Opened("dee", "report.downloaded", ("sam",), "report"),
    "find-pupil": Opened("ada", "pupil.find", (), "", {"q": "win"}),
    "what-to-know": Opened("ada", "incident.offered", ("sam",), "", {}),
    "find-staff": Opened("ada", "staff.find", (), "", {"q": "dee"}),
    "conflicts": Opened("tess", "conflicts.read", ("sam",)),
    "end-conflict": Opened("dee", "conflict.ended", ("sam",), "conflict", {}),
    "access-log": Opened("hal", "log.read", ("sam",)),
    "export-access-log": Opened("hal", "log.exported", ("sam",), "", {}),
    "my-looks": Opened("ada", "log.own", BOTH),
    "log-counts": Opened("ivy", "log.counts"),
    "anomalies": Opened("hal", "anomalies.listed"),
    "anomaly": Opened("hal", "anomaly.read", ("sam",), "finding"),
    "heads-looks": Opened("cho", "anomalies.listed"),
    "heads-look": Opened("cho", "anomaly.read", (), "heads_finding"),
}
GUARDED = {
    pattern.name: pattern.callback.access
    for _, pattern in pages()
    if pattern.callback.access.permission is not None
}


@pytest.fixture
def story(oak, team, ada, dee, hal, cho, pat, tess, ivy, sam, rosa, open_as):
    """Something of everything that a page can show; Sam is the child, Rosa a witness."""
    writer, lead = open_as(ada), dee.elevated()
    typed = typing.answers(
        ada, sam, **{"linked": str(rosa.pk), f"linked_role_{rosa.pk}": "witness"}
    )
    draft = uuid4()
    typing.send(writer, typed, draft)
    held = Draft.objects.get(pk=draft).answers()
    wordings.keep_beside(by=ada, draft=draft, window=uuid4(), answers=held)
    page = Page(ada.user_id, ada.school_id, reverse("team", args=[sam.pk]), uuid4())
    keeping.keep(by=ada, page=page, fields=[("narrative", "He cried.")], turn=1)
    paper = SimpleUploadedFile("note.txt", b"He cried.", "text/plain")
    drawn = SimpleUploadedFile("bus.png", samples.png(), "image/png")
    incident = typing.record(writer, typed | {"files": [paper, drawn]})
    viewing.prepare_next(timezone.now())
    note, bus = incident.attachments.order_by("-name")
    open_as(lead).get(reverse("chronology", args=[sam.pk]))
    found = {"rule": "no_part", "on_day": timezone.localdate(), "looks": 1, "pupils": 1}
    return {
        "slip": slipping.slip(oak).pk,
        "finding": AnomalyFinding.objects.create(
            school=oak, person=dee.user, about=[sam.pk], **found
        ).pk,
        "heads_finding": AnomalyFinding.objects.create(
            school=oak, person=hal.user, about=[sam.pk], **found
        ).pk,
        "conflict": closeness.declare_conflict(
            by=lead, user=tess.user, pupil=sam, kind=Conflict.Kind.RELATION
        ).pk,
        "incident": incident.pk,
        "draft": draft,
        "words": KeptWords.objects.get().pk,
        "alert": Alert.objects.get(incident=incident, recipient=dee.user).pk,
        "attachment": note.pk,
        "picture": bus.pk,
        "member": closeness.join_team(by=lead, pupil=sam, user=ada.user, part="Tutor").pk,
        "emergency": closeness.break_glass(by=lead, pupil=sam, reason="Now.").pk,
        "report": _report(oak, dee, sam),
        "pupil": sam.pk,
    }


def _report(oak, dee, sam) -> UUID:
    report = Report.objects.create(
        school=oak,
        pupil=sam,
        kind=Report.Kind.CHRONOLOGY,
        asked_by=dee.user,
        reason="A meeting",
        state=Report.State.READY,
    )
    paper = b"%PDF-1.7"
    digest = hashlib.sha256(paper).hexdigest()
    Report.objects.filter(pk=report.pk).update(
        stored_as=report_files.keep(report.pk, 1, paper), sha256=digest, pages=1
    )
    ReportMade.objects.create(
        report=report, by=dee.user, sha256=digest, pages=1, size=8, incidents=[], actions=[]
    )
    return report.pk


def test_every_page_that_needs_a_right_is_listed_here():
    """SR-86: a page that shows a child and is not on this list fails here."""
    assert (
        set(GUARDED)
        == set(LOOKS)
        | set(SHOWS_NO_CHILD)
        | ANSWERS_WITH_ANOTHER_PAGE
        | HELD_ELSEWHERE
        | ABOUT_THE_SCHOOL
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", LOOKS)
def test_no_page_is_shown_without_its_entry(name, request, story, sam, rosa, open_as):
    """SR-86: who, what, whose, how strongly; also for lists, searches, files and exports."""
    opened = LOOKS[name]
    viewer = request.getfixturevalue(opened.by)
    if GUARDED[name].strength is S2:
        viewer = viewer.elevated()
    before = set(AccessEntry.objects.values_list("pk", flat=True))

    answer = _ask(open_as(viewer), name, opened, story, sam)

    entries = AccessEntry.objects.exclude(pk__in=before).filter(event=opened.event)
    whose = {{sam.pk: "sam", rosa.pk: "rosa"}.get(entry.pupil) for entry in entries} - {None}
    assert answer.status_code in {200, 302}
    assert entries
    assert whose == set(opened.whose)
    assert {(entry.user, entry.elevated) for entry in entries} == {
        (viewer.user_id, viewer.is_elevated)
    }
    if opened.about:
        assert {entry.target for entry in entries} == {story[opened.about]}


def _ask(client, name, opened, story, sam):
    more = [1] if name == "page-of-file" else []
    target = reverse(name, args=[story[opened.about], *more] if _takes_id(name) else [])
    if name in {"break-glass", "what-to-know"}:
        return client.post(target, opened.sent | {"pupil": str(sam.pk)})
    return client.get(target) if opened.sent is None else client.post(target, opened.sent)


def _takes_id(name: str) -> bool:
    return any("uuid" in path for path, pattern in pages() if pattern.name == name)


@pytest.mark.parametrize("name", sorted(set(LOOKS) | ANSWERS_WITH_ANOTHER_PAGE))
def test_every_page_that_shows_a_child_declares_what_its_reading_is_called(name):
    """Without `audits=` there is no page."""
    assert GUARDED[name].audits in EVENTS


def test_every_event_that_the_code_records_has_its_words():
    """A line of the log says what was done, and not a name of the program's."""
    said = set()
    for app in ("accounts", "pupils", "incidents", "chronology", "reports", "records"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and _name_of(node) in {"audited", "record_access"}:
                    said |= {
                        part.value for part in node.args[1:2] if isinstance(part, ast.Constant)
                    }
    said |= {access.audits for access in GUARDED.values() if access.audits}

    assert said == set(EVENTS)


def _name_of(call: ast.Call) -> str:
    return ast.unparse(call.func).split(".")[-1]


@requires(Permission.OPEN_INCIDENT, strength=S1, audits="incident.read")
def _absent(request, pk):
    raise Http404


@pytest.mark.django_db(transaction=True)
def test_what_is_not_there_for_somebody_is_a_denial_even_when_the_request_is_undone(eli):
    """SR-86: also where the row was looked for and not found, and the transaction rolled back."""
    request, pk = RequestFactory().get("/"), uuid4()
    request.viewer = eli
    request.resolver_match = ResolverMatch(_absent, (), {"pk": pk}, url_name="incident")

    with pytest.raises(Http404), transaction.atomic():
        _absent(request, pk=pk)

    entry = AccessEntry.objects.get()
    assert (entry.event, entry.user) == (f"{DENIED}incident.read", eli.user_id)
    assert (entry.target, entry.pupil) == (pk, None)


@pytest.mark.django_db(transaction=True)
def test_when_it_cannot_be_recorded_the_page_is_not_shown(story, dee, open_as, as_owner):
    """SR-86: the log fails closed."""
    client = open_as(dee.elevated())
    client.raise_request_exception = False
    with as_owner.cursor() as owner:
        owner.execute("REVOKE INSERT ON ledger_accessentry FROM safeguard_audit")
        try:
            answer = client.get(reverse("chronology", args=[story["pupil"]]))
        finally:
            owner.execute("GRANT INSERT ON ledger_accessentry TO safeguard_audit")

    assert answer.status_code == 500
    assert b"Winter" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_to_search_is_nowhere_in_the_log(story, ada, dee, open_as):
    """SR-53, SR-86: a search is on record with whom it found, and never with its words."""
    open_as(ada).post(reverse("find-pupil"), {"q": "Zebedee"})
    open_as(dee.elevated()).post(reverse("pupils"), {"query": "Zebedee"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_accessentry l WHERE l::text ILIKE '%zebedee%'")
        assert cursor.fetchone() == (0,)


def test_nothing_switches_the_log_off():
    """SR-86: no setting and no environment variable speaks of it; no condition stands before it."""
    settings_file = (settings.BASE_DIR / "safeguard" / "settings.py").read_text()
    writer = (settings.BASE_DIR / "ledger" / "access.py").read_text()

    assert "ACCESS_LOG" not in settings_file.upper()
    assert not [
        node
        for node in ast.walk(ast.parse(writer))
        if isinstance(node, ast.If | ast.IfExp | ast.Try)
    ]
