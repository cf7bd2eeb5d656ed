"""Recording once, however often it is sent, and all of it or nothing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.utils import timezone

from incidents import recipients, services
from incidents.models import (
    Action,
    Alert,
    Draft,
    Incident,
    IncidentAgency,
    IncidentCategory,
    LinkedPupil,
)
from safeguard import outbox
from safeguard.models import Outbox
from tests import factories

WRITTEN = [Incident, IncidentCategory, IncidentAgency, LinkedPupil, Alert, Outbox]


def told(incident: Incident, action: Action | None = None) -> dict[str, str]:
    rows = Alert.objects.filter(incident=incident, action=action)
    return dict(rows.values_list("recipient__name", "because"))


def written() -> int:
    return sum(model.objects.count() for model in WRITTEN)


# Once only


def test_the_same_submission_twice_is_one_incident_and_one_set_of_alerts(ada, dee, team, sam):
    submission = uuid4()

    first = factories.incident(ada, sam, submission=submission)
    again = factories.incident(ada, sam, submission=submission)

    assert again == first
    assert Incident.objects.count() == Alert.objects.count() == Outbox.objects.count() == 1


def test_a_retry_reaches_its_receipt_also_when_the_lists_have_changed_meanwhile(ada, sam):
    submission = uuid4()
    first = factories.incident(ada, sam, submission=submission)
    category = factories.category(ada.school)
    category.retired_on = timezone.localdate()
    category.save()

    again = factories.incident(ada, sam, submission=submission)

    assert again == first


def test_somebody_elses_submission_is_not_handed_out(ada, eli, sam):
    submission = uuid4()
    factories.incident(ada, sam, submission=submission)

    with pytest.raises(Exception, match="submission"), transaction.atomic():
        factories.incident(eli, sam, submission=submission)

    assert Incident.objects.get().reported_by == ada.user


@pytest.mark.django_db(transaction=True)
def test_eight_hands_on_one_submission_make_one_incident(ada, dee, dan, team, sam):
    """SR-57: a double click, a retry and a second tab at the same moment."""
    submission, start = uuid4(), Barrier(8)
    factories.category(ada.school)

    def submit(_):
        try:
            start.wait(10)
            return factories.incident(ada, sam, submission=submission).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as hands:
        found = list(hands.map(submit, range(8)))

    assert len(set(found)) == 1
    assert Incident.objects.count() == 1
    assert Alert.objects.count() == Outbox.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_eight_incidents_at_once_are_eight_incidents(ada, dee, team, sam):
    start = Barrier(8)
    factories.category(ada.school)

    def submit(_):
        try:
            start.wait(10)
            return factories.incident(ada, sam).reference
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as hands:
        found = list(hands.map(submit, range(8)))

    assert len(set(found)) == 8
    assert Outbox.objects.count() == 8


# All or nothing


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (services, "_add_parts"),
        (services, "_attach"),
        (recipients, "gather"),
        (services, "_alert"),
        (outbox, "put"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_failure_half_way_leaves_nothing_and_keeps_the_draft(
    ada, dee, team, sam, monkeypatch, module, step
):
    """SR-56."""
    draft = Draft(school=ada.school, author=ada.user)
    draft.keep({"saw": ["what was typed"]})
    draft.save()
    before = written()

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(module, step, fail)
    with pytest.raises(ZeroDivisionError):
        factories.incident(ada, sam, submission=draft.pk)

    assert written() == before
    assert Draft.objects.get().answers() == {"saw": ["what was typed"]}


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_stop_anybody_from_recording(
    ada, dee, team, sam, monkeypatch
):
    def down(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(outbox.current_app, "send_task", down)

    factories.incident(ada, sam)

    assert Outbox.objects.get().done_at is None
