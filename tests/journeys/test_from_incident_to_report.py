"""The whole story once, over HTTP: read this first.

A teacher logs a concern. The safeguarding lead hears of it by mail, signs in, elevates, reads it
in the chronology, decides, writes back, and prints both reports. The teacher sees what became of
it and never more than that. The same is done in a real browser by `test_browser_journey`.
"""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.permissions import Role
from incidents.models import Action, Alert, Incident
from incidents.tasks import send_waiting_alerts
from ledger.models import AccessEntry
from reports.models import Report
from reports.tasks import make_waiting_reports
from tests import factories
from tests.accounts.doors import App, app_for, sign_in, signed_in, with_password
from tests.incidents import acting, typing
from tests.reports import story

pytestmark = pytest.mark.django_db(transaction=True)

SAW = "Sam had no coat on, and a graze along the left forearm."
WORDS = "I fell off the wall because I was looking for my shoes."
RANG = "Rang the mother at 15:40. She said that he left before breakfast."
REASONS = "One explanation so far; she has agreed to meet on Thursday."
MESSAGE = "Thank you. I have spoken with him; please keep an eye on lunch."


def test_from_incident_to_report(ada, eli, dee, sam, rosa, mailbox):
    factories.always_alerted(ada.school, Role.DSL)
    app = app_for(with_password(dee).user)

    teacher = signed_in(ada)
    incident = the_teacher_logs_a_concern(teacher, ada, eli, sam)
    letter = the_mail_says_who_and_what_kind_and_nothing_else(mailbox, incident)
    lead = the_link_outlives_signing_in(letter, dee, incident)
    the_lead_elevates(lead, app)
    the_lead_reads_the_chronology(lead, sam)
    the_lead_decides_and_writes_back(lead, incident)
    papers = the_lead_prints_both_reports(lead, sam)
    page = the_teacher_sees_what_became_of_it(teacher, incident)

    for paper in papers:
        assert SAW in paper
        assert RANG in paper
        assert REASONS in paper
    assert "Typed about recommendation by Dee." in papers[1]
    assert MESSAGE in page
    assert RANG not in page
    assert REASONS not in page


def the_teacher_logs_a_concern(teacher: Client, ada, eli, sam) -> Incident:
    """Form, review, receipt; pressing twice is pressing once."""
    typed = typing.answers(
        ada,
        sam,
        saw=SAW,
        child_words=WORDS,
        alerted=[str(eli.user_id)],
        files=SimpleUploadedFile("arm.txt", b"Left forearm, a hand's width."),
    )
    incident = typing.record(teacher, typed)
    twice = typing.submit(teacher, incident.submission, "whatever stood there")
    receipt = teacher.get(twice.url).content.decode()

    assert Incident.objects.count() == 1
    assert incident.reference in receipt
    assert "Eli Moore" in receipt
    assert "Dee Okafor" in receipt
    assert "Sam" not in receipt
    return incident


def the_mail_says_who_and_what_kind_and_nothing_else(mailbox, incident) -> str:
    send_waiting_alerts()
    send_waiting_alerts()

    letters = {letter.to[0]: letter for letter in mailbox.messages}
    assert len(mailbox.messages) == 2
    assert set(letters) == {"dee@oak-lane.example.org", "eli@oak-lane.example.org"}
    letter = letters["dee@oak-lane.example.org"]
    assert "Ada Teach" in letter.text
    assert "Home and family" in letter.text
    for word in ("Sam", "Winter", "forearm", incident.reference):
        assert word not in letter.raw.decode() + letter.text
    return letter.text


def the_link_outlives_signing_in(letter: str, dee, incident) -> Client:
    """The password alone opens what one was alerted to, and "mark as read" reaches the author."""
    lead = Client()
    link = re.search(r"http://\S+?(/alerts/\S+)", letter)[1]
    door = lead.get(link)
    assert door.url.startswith(reverse("sign-in"))
    sign_in(lead, dee.user.email, to=link)
    page = lead.get(link, follow=True)

    assert page.redirect_chain[-1][0] == reverse("incident", args=[incident.pk])
    assert SAW in page.content.decode()
    mine = Alert.objects.get(recipient=dee.user)
    lead.post(reverse("acknowledge-alert", args=[mine.pk]))
    assert mine.acknowledgement.by == dee.user
    return lead


def the_lead_elevates(lead: Client, app: App) -> None:
    """What only an authenticator opens says so, and comes back to where the lead was going."""
    review = reverse("for-review")
    assert lead.get(review).url.startswith(reverse("elevate"))

    answer = lead.post(f"{reverse('elevate')}?next={review}", {"code": app.code()})

    assert answer.url == review
    assert lead.get(review).status_code == 200


def the_lead_reads_the_chronology(lead: Client, sam) -> None:
    found = lead.post(reverse("pupils"), {"query": "wint"}).content.decode()
    chronology = reverse("chronology", args=[sam.pk])
    assert chronology in found

    page = lead.get(chronology).content.decode()

    assert SAW in page
    assert WORDS in page
    assert AccessEntry.objects.about(sam.pk).filter(event="chronology.read").exists()


def the_lead_decides_and_writes_back(lead: Client, incident: Incident) -> None:
    for said in (
        {"kind": "decision", "narrative": RANG, "decision": "monitor", "reasons": REASONS},
        {"kind": "message_to_reporter", "narrative": MESSAGE},
    ):
        answer = lead.post(acting.address(incident), acting.answers(**said))
        assert answer.status_code == 302

    assert Action.objects.count() == 2
    assert Alert.objects.filter(recipient=incident.reported_by, action__kind=said["kind"]).exists()


def the_lead_prints_both_reports(lead: Client, sam) -> list[str]:
    asked = {"reason": story.REASON, "scope": "all", "wording": "full", "make": "1"}
    papers = []
    typed = {f"part_{name}": text for name, text in story.answers().items()}
    for page, more in (("make-chronology-report", {}), ("conference-report", typed)):
        wanted = asked | more | {"submission": acting.answers()["submission"]}
        answer = lead.post(reverse(page, args=[sam.pk]), wanted)
        make_waiting_reports()
        report = Report.objects.get(pk=wanted["submission"])
        assert answer.url == reverse("report", args=[report.pk])
        file = lead.get(reverse("report-file", args=[report.pk]))
        assert file["Content-Type"] == "application/pdf"
        papers.append(story.words(file.content))
    return papers


def the_teacher_sees_what_became_of_it(teacher: Client, incident: Incident) -> str:
    """The state, the message, who has read it; the lead's reasons are not the teacher's to read."""
    mine = teacher.get(reverse("my-incidents")).content.decode()
    assert "Being looked at" in mine
    assert MESSAGE in mine
    assert teacher.get(reverse("chronology", args=[incident.pupil_id])).status_code == 404
    return teacher.get(reverse("incident", args=[incident.pk])).content.decode()
