"""Every page that led to a record still opens when the record has been disposed of."""

import pytest
from django.urls import reverse

from incidents.models import Alert
from incidents.tasks import send_waiting_alerts
from reports.models import Report
from tests import factories
from tests.records import telling
from tests.reports import story

pytestmark = pytest.mark.django_db(transaction=True)

TOMBSTONE = "Disposed of under rule cp-dob25"


@pytest.fixture
def gone(ada, lead, sam, rosa, team, disposed):
    incident = telling.everything(ada, lead, sam, rosa)
    disposed(incident)
    return incident


@pytest.mark.parametrize("who", ["ada", "lead", "head"])
def test_the_incident_shows_that_it_was_disposed_of(who, request, gone, open_as):
    page = open_as(request.getfixturevalue(who)).get(reverse("incident", args=[gone.pk]))

    assert page.status_code == 200
    assert TOMBSTONE in page.content.decode()
    assert "Canary" not in page.content.decode()


def test_lists_chronology_and_review_stay_calm(gone, lead, ada, sam, open_as):
    factories.incident(ada, sam)
    for viewer, names in (
        (lead, ["alerts", "for-review", "home", "my-incidents"]),
        (ada, ["my-incidents", "home"]),
    ):
        client = open_as(viewer)
        for name in names:
            page = client.get(reverse(name))
            assert page.status_code == 200, name
            assert "Canary" not in page.content.decode()
    chronology = open_as(lead).get(reverse("chronology", args=[sam.pk]))
    assert chronology.status_code == 200
    assert TOMBSTONE in chronology.content.decode()
    assert "Canary" not in chronology.content.decode()


def test_the_linked_childs_chronology_no_longer_holds_it(gone, lead, rosa, open_as):
    page = open_as(lead).get(reverse("chronology", args=[rosa.pk])).content.decode()

    assert gone.reference not in page
    assert TOMBSTONE not in page


@pytest.mark.parametrize("kind", Report.Kind.values)
def test_reports_made_afterwards_say_so_too(kind, gone, lead, sam):
    report = story.make(story.ask(lead, sam, kind))

    words = story.words(story.paper(lead, report))
    assert TOMBSTONE in words
    assert "Canary" not in words


def test_a_report_whose_text_was_erased_can_be_made_again(ada, lead, sam, rosa, team, disposed):
    incident = telling.everything(ada, lead, sam, rosa)
    report = story.make(story.ask(lead, sam, Report.Kind.CASE_CONFERENCE))
    disposed(incident)

    report.refresh_from_db()
    again = story.make(story.services.try_again(by=lead, report=report))

    assert again.state == Report.State.READY
    assert "Typed about" not in story.words(story.paper(lead, again))


def test_alerts_that_were_not_sent_yet_still_go(gone, mailoutbox):
    assert Alert.objects.filter(incident=gone).exists()

    send_waiting_alerts()

    assert len(mailoutbox) == Alert.objects.filter(incident=gone).count()
    assert all("Canary" not in mail.body for mail in mailoutbox)


def test_somebody_may_still_add_to_the_thread(gone, lead, open_as):
    """What comes later is a record of its own."""
    factories.action(lead, gone, narrative="The family asked what became of this.")

    page = open_as(lead).get(reverse("incident", args=[gone.pk])).content.decode()
    assert "The family asked" in page
