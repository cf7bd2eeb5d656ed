"""What is recorded long after it happened says how late, and why."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents import bodies, services
from incidents.account import how_late
from incidents.guards.lateness import asks_why
from incidents.models import Incident
from tests import factories
from tests.incidents.showing import page_as
from tests.incidents.typing import answers, record, send

WHY = "I was on a school trip without a telephone."


def happened(**ago) -> dict:
    """Return the answers for something that happened so long ago."""
    when = timezone.localtime(factories.ago(**ago))
    return {"occurred_on": f"{when:%Y-%m-%d}", "occurred_time": f"{when:%H:%M}"}


@pytest.mark.parametrize(("hours", "asked"), [(23, False), (25, True), (24 * 40, True)])
def test_the_reason_is_asked_for_after_a_day(ada, sam, open_as, hours, asked):
    response = send(open_as(ada), answers(ada, sam, **happened(hours=hours)))

    said = response.context["form"].errors if response.context else {}
    assert ("late_reason" in said) is asked


def test_a_day_without_its_time_counts_from_its_end(oak):
    now = timezone.localtime().replace(hour=15, minute=0)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)

    assert not asks_why(midnight - timedelta(days=1), Incident.Precision.DAY, now)
    assert asks_why(midnight - timedelta(days=2), Incident.Precision.DAY, now)
    assert asks_why(midnight - timedelta(days=1), Incident.Precision.EXACT, now)


def test_the_question_is_hidden_until_it_is_asked(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    blank = client.get(reverse("add-incident")).content.decode()

    late = send(client, answers(ada, sam, **happened(days=3)), pk).content.decode()

    assert "<div data-late hidden>" in blank
    assert "<div data-late>" in late
    assert "Say why it is recorded only now." in late


def test_what_cannot_be_read_yet_is_not_late(ada, sam, open_as):
    typed = answers(ada, sam, occurred_on="yesterday", occurred_time="noon")

    response = send(open_as(ada), typed)

    assert set(response.context["form"].errors) == {"occurred_on", "occurred_time"}
    assert "<div data-late hidden>" in response.content.decode()


def test_reason_and_delay_stand_in_the_record(ada, dee, sam, open_as):
    """SR-60: on the incident and in the chronology, beside how late."""
    typed = answers(ada, sam, late_reason=WHY, **happened(days=3, hours=1))
    incident = record(open_as(ada), typed)

    page = page_as(open_as, ada, incident)
    story = open_as(dee.elevated()).get(reverse("chronology", args=[sam.pk])).content.decode()

    assert incident.late_reason == WHY
    assert "recorded later than it happened, by 3 days" in page
    assert "recorded later, by 3 days" in story
    assert WHY in page
    assert WHY in story


def test_the_review_says_how_long_ago_it_was(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam, late_reason=WHY, **happened(days=2, hours=1)), pk)

    page = client.get(reverse("review-draft", args=[pk])).content.decode()

    assert "(2 days ago)" in page
    assert WHY in page


def test_the_ledger_commits_to_the_reason(ada, sam):
    """An incident without one says what it said before there was one."""
    parts = {"categories": [], "linked": [], "agencies": [], "files": []}
    late = factories.incident(ada, sam, account=services.Account(saw="x", late_reason=WHY))

    assert bodies.of_incident(late, **parts).body["late_reason"] == WHY


@pytest.mark.parametrize(
    ("hours", "precision", "words"),
    [
        (3, "exact", ""),
        (5, "exact", "5 hours"),
        (25, "about", "1 day"),
        (24 * 40, "exact", "40 days"),
    ],
)
def test_how_late_is_said_in_one_unit(hours, precision, words):
    now = timezone.now()

    assert how_late(now - timedelta(hours=hours), now, precision) == words


def test_of_a_day_without_its_time_days_are_counted():
    midday = timezone.localtime().replace(hour=12)
    night = midday.replace(hour=0, minute=0)

    assert how_late(night, midday, Incident.Precision.DAY) == ""
    assert how_late(night - timedelta(days=1), midday, Incident.Precision.DAY) == "1 day"
