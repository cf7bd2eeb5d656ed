"""No name and no word of an incident leaves the pages on which it stands."""

import json
import logging
from base64 import b64decode
from uuid import uuid4

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as some

from accounts.permissions import Role
from incidents import tasks
from incidents.models import Action, Agency, Alert, AlertGroup, Incident
from safeguard.models import Outbox
from tests import factories
from tests.incidents.typing import answers

pytestmark = pytest.mark.django_db


def send_now() -> None:
    tasks.send_waiting_alerts()


CANARIES = {
    name: f"Canary{name.replace('_', '').title()}"
    for name in (
        *("legal_forename", "legal_surname", "middle_names", "preferred_forename"),
        *("preferred_surname", "form", "house", "address", "linked_forename", "linked_surname"),
        *("saw", "told", "told_by", "child_words", "heard", "opinion", "done_already", "medical"),
        *("parents_detail", "told_in_person", "late_reason", "place_detail", "agency"),
        *("file", "file_text"),
        *("category", "group", "action", "reasons", "impact", "mistake", "search", "answer"),
    )
}


@pytest.fixture
def canary(oak):
    """A child whose every detail would be seen at once if it stood where it should not."""
    return factories.pupil(
        oak,
        f"{CANARIES['legal_forename']} {CANARIES['legal_surname']}",
        **{
            name: CANARIES[name]
            for name in ("middle_names", "preferred_forename", "preferred_surname")
        },
        **{name: CANARIES[name] for name in ("form", "house", "address")},
    )


@pytest.fixture
def linked(oak):
    return factories.pupil(oak, f"{CANARIES['linked_forename']} {CANARIES['linked_surname']}")


@pytest.mark.django_db(transaction=True)
def test_no_name_and_no_word_of_an_incident_leaves_the_pages_it_stands_on(
    ada,
    dee,
    dan,
    eli,
    pat,
    team,
    canary,
    linked,
    open_as,
    mailbox,
    caplog,
):
    """SR-82, SR-88: a planted name is in no mail, address, title, log line or broker message."""
    caplog.set_level(logging.DEBUG)
    broker_messages()
    school = ada.school
    hush = factories.category(school, CANARIES["category"], discreet_label="Safeguarding")
    agency = Agency.objects.create(school=school, name=CANARIES["agency"])
    group = AlertGroup.objects.create(school=school, name=CANARIES["group"], roles=[Role.PASTORAL])
    typed = answers(
        ada,
        canary,
        **{name: text for name, text in CANARIES.items() if name in Incident.__dict__},
        level="3",
        parents_told="no",
        categories=[str(hush.pk)],
        agencies=[str(agency.pk)],
        groups=[str(group.pk)],
        alerted=[str(eli.user_id)],
        linked=[str(linked.pk)],
        files=SimpleUploadedFile(f"{CANARIES['file']}.txt", CANARIES["file_text"].encode()),
        **{f"linked_role_{linked.pk}": "witness"},
    )
    pages, pk = Pages(open_as(ada)), uuid4()

    pages.post(reverse("find-pupil"), {"q": CANARIES["legal_surname"]})
    pages.post(reverse("find-pupil"), {"q": CANARIES["search"]})
    pages.post(
        reverse("edit-draft", args=[pk]), {"pupil_query": CANARIES["search"], "find": "pupil"}
    )
    pages.post(reverse("edit-draft", args=[pk]), typed)
    pages.get(reverse("edit-draft", args=[pk]))
    pages.post(reverse("what-to-know"), {"pupil": str(canary.pk), "linked": str(linked.pk)})
    review = pages.get(reverse("review-draft", args=[pk])).context["review"]
    boxes = [ask.mark for ask in review.asks]
    pages.post(reverse("review-draft", args=[pk]), {"seen": review.version, "heeded": boxes})
    incident = Incident.objects.get()
    pages.post(
        reverse("report-mistake", args=[incident.pk]),
        {"submission": str(uuid4()), "narrative": CANARIES["mistake"]},
    )
    for name in ("home", "my-incidents", "alerts"):
        pages.get(reverse(name))
    pages.get(reverse("attachment", args=[incident.attachments.get().pk]))
    factories.action(
        dee.elevated(),
        incident,
        kind=Action.Kind.DECISION,
        decision="monitor",
        narrative=CANARIES["action"],
        reasons=CANARIES["reasons"],
        impact=CANARIES["impact"],
        alerted=[ada.user],
    )
    reader = Pages(open_as(dee.elevated()))
    for alert in Alert.objects.filter(recipient=dee.user):
        reader.get(reverse("alert", args=[alert.pk]))
    reader.get(reverse("incident", args=[incident.pk]))
    tasks.send_waiting_alerts()

    assert all(getattr(incident, name) == text for name, text in typed.items() if name in CANARIES)
    assert len(mailbox.messages) == Alert.objects.count() >= 7
    messages = broker_messages()
    assert messages
    mails = [mail.raw + mail.text.encode() + repr(mail.to).encode() for mail in mailbox.messages]
    lines = [record.getMessage() for record in caplog.records if "sqlformat" not in record.name]
    told = [str(record.exc_text or "") for record in caplog.records]
    places = [*pages.places, *reader.places]
    outbox = [f"{row} {row.last_error}" for row in Outbox.objects.all()]
    loose = b"\n".join(
        [*mails, *messages, *("\n".join([*lines, *told, *places, *outbox]).encode(),)]
    ).lower()
    assert [name for name, text in CANARIES.items() if text.lower().encode() in loose] == []
    assert incident.reference.encode() not in b"\n".join(mails)


def broker_messages() -> list[bytes]:
    """Take everything that waits at the broker: as it lies there, and the bodies decoded."""
    with current_app.connection_for_read() as connection:
        channel = connection.default_channel
        key = f"{channel.global_keyprefix}{current_app.conf.task_default_queue}"
        waiting = channel.client.execute_command("LRANGE", key, 0, -1)
        channel.client.execute_command("DEL", key)
    return [part for raw in waiting for part in (raw, b64decode(json.loads(raw)["body"]))]


class Pages:
    """Opens pages and notes where it was: every address and every title."""

    def __init__(self, client):
        self.client = client
        self.places: list[str] = []

    def get(self, url):
        return self._noted(url, self.client.get(url))

    def post(self, url, sent):
        return self._noted(url, self.client.post(url, sent))

    def _noted(self, url, response):
        assert response.status_code in {200, 302}, (url, response.status_code)
        headers = {k: v for k, v in response.headers.items() if k != "Content-Disposition"}
        self.places += [url, repr(headers)]
        if "<title>" in (text := response.content.decode(errors="replace")):
            self.places.append(text.split("<title>")[1].split("</title>")[0])
        return response


@effort(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=some.lists(
        some.text(some.characters(categories=["Lu", "Ll", "Nd"]), min_size=12, max_size=30),
        min_size=6,
        max_size=6,
    )
)
def test_no_word_that_anybody_writes_is_in_the_mail(
    ada,
    dee,
    team,
    sam,
    mailbox,
    words,
):
    """SR-92: the mail is made of three things, whatever the incident says."""
    mailbox.messages.clear()
    saw, told, by, place, forename, surname = words
    pupil = factories.pupil(ada.school, f"{forename} {surname}")
    account = factories.services.Account(saw=saw, told=told, told_by=by)
    with transaction.atomic():
        factories.incident(ada, pupil, account=account, place_detail=place)
        send_now()

    (mail,) = mailbox.messages
    everything = f"{mail.text} {mail.items()} {mail.raw.decode()}"
    assert not [word for word in words if word in everything]


def test_a_name_cannot_smuggle_a_header_in(ada, dee, team, sam, mailbox):
    """SR-92."""
    ada.user.name = "Ada\r\nBcc: everybody@example.org\r\n\r\nTeach"
    ada.user.save()
    factories.incident(ada, sam)

    send_now()

    (mail,) = mailbox.messages
    assert mail["Bcc"] is None
    assert mail.to == (dee.user.email,)
