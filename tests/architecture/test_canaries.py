"""A word planted in every field of a child's record stays on the pages where it belongs.

The fields are taken from the models, so that a new one is planted the day it is added. Teacher
and lead then open every page of their work, do everything that can be done there, and go wrong
as people do; what left the building, and what a passer-by or an administrator could read, must
hold none of the words: mail, addresses, titles, headers, cookies, log lines, messages at the
broker, names of files.
"""

import io
import json
import logging
import re
from base64 import b64decode
from datetime import date
from uuid import uuid4

import pypdf
import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client
from django.urls import reverse

from incidents import emails
from incidents.models import Action, Agency, Attachment, Incident, LinkedPupil
from incidents.services import Account, Linked
from incidents.tasks import send_waiting_alerts
from pupils.models import Contact, Pupil, StatusChange
from reports import rendering
from reports.models import Report, ReportText
from reports.parts import Answer, typed_parts
from reports.tasks import make_waiting_reports
from tests import factories
from tests.incidents import acting, typing
from tests.reports import story

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
# Codes, not words; and one name that a person gave to a file and gets back when they save it.
NOT_PLANTED = {"Pupil.sen_provision", "Pupil.year_group", "Incident.reference"}
STORED = {"Attachment.content_type", "Attachment.sha256", "Attachment.stored_as"}


class Garden:
    """Words that occur nowhere else, and the field in which each was planted."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def word(self, place: str) -> str:
        """Plant a word of its own at a place."""
        word = f"zq{len(self.planted):03d}x"
        self.planted[word] = place
        return word

    def every_field_of(self, model: type[models.Model]) -> dict[str, str]:
        """Plant a word in each free-text field of a model, by the fields' names."""
        return {
            field.name: self._fitting(field, f"{model.__name__}.{field.name}")
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and field.editable
            and not field.choices
            and f"{model.__name__}.{field.name}" not in NOT_PLANTED | STORED
        }

    def _fitting(self, field: models.Field, place: str) -> str:
        word = self.word(place)
        return f"{word}@example.org" if isinstance(field, models.EmailField) else word

    def found_in(self, text: str) -> set[str]:
        """Return the places whose words stand in a text."""
        return {place for word, place in self.planted.items() if word in text.casefold()}


class Watched(Client):
    """A browser of which everything is written down that others than its user could read."""

    seen: list[str]

    def request(self, **request):
        answer = super().request(**request)
        self.seen = [
            *getattr(self, "seen", []),
            f"{request['PATH_INFO']}?{request['QUERY_STRING']}",
        ]
        self.seen += [f"{name}: {value}" for name, value in answer.headers.items()]
        self.seen.append(answer.cookies.output())
        if not answer.streaming:
            self.seen += TITLE.findall(answer.content.decode(errors="replace"))
        return answer


@pytest.fixture
def garden() -> Garden:
    return Garden()


@pytest.fixture
def log_lines(caplog):
    """Return what would be written to the log at its most talkative, in the log's own format."""
    caplog.set_level(logging.DEBUG)
    console = (h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler)
    formatter = next(console).formatter

    def lines() -> list[str]:
        return [formatter.format(record) for record in caplog.records]

    return lines


@pytest.fixture
def child(oak, garden, dee) -> Pupil:
    """A pupil whose record holds a word of its own in every field."""
    child = Pupil.objects.enrol(school=oak, **garden.every_field_of(Pupil))
    Contact.objects.create(pupil=child, **garden.every_field_of(Contact))
    return child


@pytest.fixture
def watched(open_as):
    """Return a function that seats somebody of the cast at a watched browser."""

    def seat(viewer) -> Watched:
        browser = Watched(raise_request_exception=False)
        browser.cookies = open_as(viewer).cookies
        return browser

    return seat


def test_no_word_of_a_childs_record_leaves_the_pages_on_which_it_belongs(
    garden, log_lines, child, ada, eli, dee, team, watched, mailbox, settings
):
    """Product, Measures: no e-mail, log line, URL, title or notification carries a name or a text."""
    messages_at_the_broker()
    teacher, lead = watched(ada), watched(dee.elevated())

    incident = the_teacher_records(teacher, garden, ada, eli, child)
    the_lead_acts(lead, garden, incident, ada)
    the_lead_reads(lead, garden, child, incident)
    the_lead_prints(lead, garden, child)
    send_waiting_alerts()

    letters = [f"{letter.raw.decode()}\n{letter.text}\n{letter.to}" for letter in mailbox.messages]
    files = [path.name for path in settings.FILES_DIR.rglob("*")]
    waiting = messages_at_the_broker()
    assert len(letters) >= 4
    assert len(files) >= 3
    assert waiting
    assert len(log_lines()) > 20
    public = [*letters, *waiting, *files, *log_lines(), *lead.seen]
    assert garden.found_in("\n".join([*public, *teacher.seen])) - {"the file's name"} == set()
    assert garden.found_in("\n".join(public)) == set()


def the_teacher_records(teacher, garden, ada, eli, child) -> Incident:
    agency = Agency.objects.create(school=ada.school, name=garden.word("Agency.name"))
    sibling = factories.pupil(ada.school, f"Bo {garden.word('a sibling')}")
    said = garden.every_field_of(Incident)
    typed = typing.answers(
        ada,
        child,
        **said,
        parents_told="no",
        agencies=[str(agency.pk)],
        alerted=[str(eli.user_id)],
        linked=[str(sibling.pk)],
        **{f"linked_role_{sibling.pk}": LinkedPupil.Part.WITNESS.value},
    )
    pk = uuid4()
    teacher.post(reverse("find-pupil"), {"q": child.legal_surname})
    teacher.post(reverse("find-staff"), {"q": garden.word("somebody looked for")})
    typing.send(teacher, typed, pk, find="pupil", pupil_query=child.legal_surname)
    assert typing.send(teacher, typed, pk, level="", pupil_query="").status_code == 200
    typing.send(teacher, typed, pk, files=a_file(garden))
    typing.submit(teacher, pk)
    incident = Incident.objects.get()
    assert incident.attachments.count() == 1
    assert {name: getattr(incident, name) for name in said} == said
    teacher.post(
        reverse("report-mistake", args=[incident.pk]),
        {"submission": str(uuid4()), "narrative": garden.word("a mistake")},
    )
    teacher.get(reverse("attachment", args=[Attachment.objects.get().pk]))
    for page in ("home", "my-incidents", "alerts", "incident", "incident-received"):
        args = [incident.pk] if page.startswith("incident") else []
        assert teacher.get(reverse(page, args=args)).status_code == 200
    return incident


def a_file(garden) -> SimpleUploadedFile:
    text = garden.word("the file's text").encode()
    return SimpleUploadedFile(f"{garden.word(FILE_NAME)}.txt", text)


FILE_NAME = "the file's name"


def the_lead_acts(lead, garden, incident, ada) -> None:
    said = garden.every_field_of(Action)
    lead.get(acting.address(incident) + "?kind=message_to_reporter")
    for kind in ("decision", "message_to_reporter", "question"):
        decides = {"decision": "monitor"} if kind == "decision" else {"reasons": ""}
        answer = lead.post(
            acting.address(incident),
            acting.answers(**said | {"kind": kind, "alerted": [str(ada.user_id)]} | decides),
        )
        assert answer.status_code == 302, answer.content.decode()
    lead.post(acting.address(incident), acting.answers(**said, kind=""))
    refine = reverse("refine-categories", args=[incident.pk])
    below = factories.either_level(ada.school, f"Home and family: {garden.word('a sub-category')}")
    refined = {
        "submission": str(uuid4()),
        "categories": [str(below.pk)],
        "reasons": garden.word("why these categories"),
    }
    lead.get(refine)
    assert lead.post(refine, refined | {"categories": []}).status_code == 200
    assert lead.post(refine, refined | {"alerted": [str(ada.user_id)]}).status_code == 302
    lead.post(reverse("mark-significant", args=[incident.pk]), {"significant": "yes"})
    for alert in incident.alerts.filter(recipient__name="Dee Okafor"):
        lead.get(reverse("alert", args=[alert.pk]))
        lead.post(reverse("acknowledge-alert", args=[alert.pk]))


def the_lead_reads(lead, garden, child, incident) -> None:
    status = garden.every_field_of(StatusChange) | {
        "kind": "early_help",
        "change": "started",
        "on_date": "2026-09-07",
    }
    lead.post(reverse("record-status", args=[child.pk]), status | {"on_date": "soon"})
    lead.post(reverse("record-status", args=[child.pk]), status)
    assert StatusChange.objects.get().note == status["note"]
    found = lead.post(reverse("pupils"), {"query": child.preferred_surname})
    assert child.preferred_surname in found.content.decode()
    category = incident.categories.get().category_id
    for query in ("", "?show=short", f"?category={category}&level=2&scope=own", "?after=nonsense"):
        assert lead.get(reverse("chronology", args=[child.pk]) + query).status_code == 200
    for page in ("home", "for-review", "alerts", "my-incidents"):
        assert lead.get(reverse(page)).status_code == 200
    assert incident.saw in lead.get(reverse("incident", args=[incident.pk])).content.decode()


def the_lead_prints(lead, garden, child) -> None:
    """Both reports, asked for with words of their own, watched, made and saved."""
    typed = {
        f"part_{part.key}": garden.word(f"report: {part.key}")
        for part in typed_parts()
        if part.answer in {Answer.LONG, Answer.SHORT}
    }
    for page in ("make-chronology-report", "conference-report"):
        address = reverse(page, args=[child.pk])
        asked = typed | {"submission": str(uuid4()), "reason": garden.word("a reason")}
        lead.post(address, asked | {"later": "1"})
        answer = lead.post(address, asked | {"make": "1", "scope": "all", "wording": "full"})
        assert answer.status_code == 302
        lead.get(answer.url)
        make_waiting_reports()
        report = Report.objects.newest_first()[0]
        assert report.has_file, report.problem
        for name in ("report", "report-progress", "report-file"):
            assert lead.get(reverse(name, args=[report.pk])).status_code == 200
    kept = ReportText.objects.get().answers
    assert {f"part_{key}": answer["text"] for key, answer in kept.items()} == typed
    lead.get(reverse("reports"))


@pytest.mark.parametrize("kind", [Report.Kind.CHRONOLOGY, Report.Kind.CASE_CONFERENCE])
def test_no_word_of_a_record_is_in_a_papers_frame(garden, child, ada, dee, kind, open_as):
    """SR-88, product, Measures: what programs index, list and show without opening the paper.

    Document information, XMP, outlines, names of places and of the file, what stands for pictures:
    of every string in the PDF none but what is drawn on its pages holds a word of the child.
    """
    sibling = factories.pupil(ada.school, f"Bo {garden.word('a sibling')}")
    said = {
        name: garden.word(f"Incident.{name}")
        for name in ("saw", "told", "told_by", "child_words", "heard", "opinion", "done_already")
    }
    incident = factories.incident(
        ada, child, account=Account(**said), linked=[Linked(sibling, "witness")]
    )
    factories.action(dee.elevated(), incident, **garden.every_field_of(Action))
    StatusChange.objects.create(
        pupil=child,
        kind="early_help",
        change="started",
        on_date=date(2026, 9, 7),
        by=dee.user,
        **garden.every_field_of(StatusChange),
    )
    answers = {
        key: garden.word(f"report: {key}") if text.startswith("Typed") else text
        for key, text in story.answers().items()
    }
    asked = story.ask(dee, child, kind, reason=garden.word("a reason"), answers=answers)
    report = story.make(asked)
    answer = open_as(dee.elevated()).get(reverse("report-file", args=[report.pk]))

    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    info = " ".join(map(str, (reader.metadata or {}).values()))
    frame = strings_of(reader)

    assert "Incident.saw" in garden.found_in(story.words(answer.content))  # the paper has them
    assert report.reference in info
    assert garden.found_in(info) == set()
    assert garden.found_in(metadata_of(reader)) == set()
    assert {*outlines_of(reader)} & {*frame}  # they are among what is looked through
    assert garden.found_in("\n".join(frame)) == set()
    assert garden.found_in("\n".join(map(str, answer.headers.values()))) == set()
    assert not reader.attachments


def metadata_of(reader: pypdf.PdfReader) -> str:
    """Return the XMP as it stands in the file."""
    held = reader.trailer["/Root"]["/Metadata"].get_object()
    return held.get_data().decode()


def outlines_of(reader: pypdf.PdfReader) -> list[str]:
    """Return the titles of the outline, at every level."""

    def titles(level) -> list[str]:
        return [
            title
            for one in level
            for title in (titles(one) if isinstance(one, list) else [str(one.title)])
        ]

    return titles(reader.outline)


def strings_of(reader: pypdf.PdfReader) -> list[str]:
    """Return every string and name in the file's objects, but what is drawn on pages."""
    found: list[str] = []

    def collect(held) -> None:
        if isinstance(held, pypdf.generic.DictionaryObject):
            found.extend(map(str, held))
            for value in held.values():
                collect(value)
        elif isinstance(held, pypdf.generic.ArrayObject):
            for value in held:
                collect(value)
        elif isinstance(held, bytes):
            found.append(held.decode("latin-1"))
        elif isinstance(held, str):
            found.append(str(held))

    collect(reader.trailer)
    for number in range(1, int(reader.trailer["/Size"])):
        collect(reader.get_object(number))
    return found


def messages_at_the_broker() -> list[str]:
    """Take everything that waits in the real queue: as it lies there, and its body read."""
    with current_app.connection_for_read() as connection:
        channel = connection.default_channel
        key = f"{channel.global_keyprefix}{current_app.conf.task_default_queue}"
        waiting = channel.client.execute_command("LRANGE", key, 0, -1)
        channel.client.execute_command("DEL", key)
    return [text for raw in waiting for text in (raw.decode(), body_of(raw))]


def body_of(raw: bytes) -> str:
    return b64decode(json.loads(raw)["body"]).decode()


def test_a_fault_of_the_database_is_logged_without_the_row_that_failed(
    garden, log_lines, child, ada, team, watched, monkeypatch
):
    """PostgreSQL names the whole failing row; the log says where it happened, and of what kind."""
    real = Incident.objects.create
    monkeypatch.setattr(
        "incidents.services._insert_with_free_reference",
        lambda **fields: real(**fields | {"level": 9}),
    )
    teacher, pk = watched(ada), uuid4()
    typing.send(teacher, typing.answers(ada, child, **garden.every_field_of(Incident)), pk)

    answer = typing.submit(teacher, pk)

    assert answer.status_code == 500
    lines = "\n".join(log_lines())
    assert "IntegrityError" in lines
    assert "services.py" in lines
    assert garden.found_in(lines + answer.content.decode()) == set()


def test_a_fault_of_the_worker_is_logged_without_what_it_was_working_on(
    garden, log_lines, child, ada, dee, team, watched, monkeypatch
):
    """Mail and reports alike: the errand's id and the kind of fault, never its text."""

    def fail(*args, **more):
        raise ValueError(f"cannot encode {garden.word('a fault')} {child.legal_surname}")

    monkeypatch.setattr(emails, "render_to_string", fail)
    monkeypatch.setattr(rendering, "render", fail)
    factories.incident(ada, child)
    lead = watched(dee.elevated())
    asked = {"submission": str(uuid4()), "reason": "Why", "scope": "all", "wording": "full"}
    lead.post(reverse("make-chronology-report", args=[child.pk]), asked | {"make": "1"})

    send_waiting_alerts()
    make_waiting_reports()

    lines = "\n".join(log_lines())
    assert lines.count("ValueError") >= 2
    assert garden.found_in(lines) == set()
    assert garden.found_in(Report.objects.get().problem) == set()
