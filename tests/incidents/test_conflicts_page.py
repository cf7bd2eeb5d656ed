"""Everybody says to which pupils they are too near; leads say it of others, and end it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from incidents.models import Incident
from pupils import closeness
from pupils.models import Conflict
from tests import factories

pytestmark = pytest.mark.django_db


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def declare(client, pupil, **more):
    form = {"pupil": str(pupil.pk), "kind": "own_child"}
    return client.post(reverse("declare-conflict"), form | more, follow=True)


def test_somebody_declares_their_own_and_sees_nothing_of_that_child_from_then_on(
    ada, eli, sam, open_as
):
    """SR-50, SR-35: not even what they wrote; with the password alone."""
    incident = factories.incident(ada, sam)
    client = open_as(ada)
    before = client.get(reverse("incident", args=[incident.pk])).status_code

    answer = declare(client, sam, user=str(eli.user_id), starts_on="2030-01-01")

    held = Conflict.objects.get()
    assert (held.user, held.declared_by, held.ends_on) == (ada.user, ada.user, None)
    assert held.starts_on == timezone.localdate()
    assert before == 200
    assert client.get(reverse("incident", args=[incident.pk])).status_code == 404
    assert "nothing about that child is shown to you" in text(answer)


@pytest.mark.parametrize("who", ["dee", "dan", "hal"])
def test_leads_record_and_end_those_of_others_with_the_authenticator(
    who, request, ada, sam, open_as
):
    lead = request.getfixturevalue(who)
    form = {"user": str(ada.user_id), "pupil": str(sam.pk), "kind": "relation"}
    client = open_as(lead.elevated())
    client.post(reverse("record-conflict"), form)
    held = Conflict.objects.get()
    listed = text(client.get(reverse("conflicts")))

    client.post(reverse("end-conflict", args=[held.pk]))

    held.refresh_from_db()
    assert (held.user, held.declared_by) == (ada.user, lead.user)
    assert "Ada Teach" in listed
    assert held.ends_on is not None


def test_nobody_ends_their_own(dee, hal, sam, open_as):
    """SR-50: that would open what it keeps closed."""
    held = closeness.declare_conflict(by=dee, user=dee.user, pupil=sam, kind="own_child")
    client = open_as(dee.elevated())

    answer = client.post(reverse("end-conflict", args=[held.pk]), follow=True)

    held.refresh_from_db()
    assert held.ends_on is None
    assert "Ask the DSL or the head" in text(answer)


def test_a_lead_does_not_see_others_conflicts_about_a_child_they_are_too_near_to(
    dee, hal, ada, sam, rosa, open_as
):
    closeness.declare_conflict(by=dee, user=dee.user, pupil=sam, kind="own_child")
    hidden = closeness.declare_conflict(
        by=hal.elevated(), user=ada.user, pupil=sam, kind="relation"
    )
    closeness.declare_conflict(by=hal.elevated(), user=ada.user, pupil=rosa, kind="relation")
    client = open_as(dee.elevated())

    page = text(client.get(reverse("conflicts")))

    assert page.count("Sam Winter") == 1  # her own
    assert "Rosa Diaz" in page
    assert client.post(reverse("end-conflict", args=[hidden.pk])).status_code == 404


def test_colleagues_see_their_own_and_nobody_elses(ada, eli, sam, open_as):
    closeness.declare_conflict(by=eli, user=eli.user, pupil=sam, kind="own_child")

    assert "Sam Winter" not in text(open_as(ada).get(reverse("conflicts")))
    assert "Sam Winter" in text(open_as(eli).get(reverse("conflicts")))


def test_a_pupil_is_picked_and_never_typed(ada, leo, open_as):
    client = open_as(ada)

    typed = text(
        client.post(reverse("declare-conflict"), {"pupil_query": "Sam", "kind": "relation"})
    )
    other = text(declare(client, leo))
    found = text(client.post(reverse("declare-conflict"), {"find": "pupil", "pupil_query": "zz"}))

    assert "Choose the pupil from the list" in typed
    assert "Choose from the list" in other
    assert "Nobody found" in found
    assert not Conflict.objects.exists()


def test_who_finds_no_pupils_is_told_whom_to_tell(ivy, gus, open_as):
    for one in (ivy, gus):
        assert "Tell the DSL or the head" in text(open_as(one).get(reverse("conflicts")))


def test_a_declared_conflict_keeps_the_child_out_of_every_list_of_a_lead(
    dee, ada, sam, team, open_as
):
    """SR-50."""
    factories.incident(ada, sam)
    client = open_as(dee.elevated())
    before = "Sam Winter" in text(client.get(reverse("for-review")))

    declare(client, sam)

    assert before
    for name in ("for-review", "alerts", "pupils", "home"):
        assert "Winter" not in text(client.get(reverse(name)))
    assert not Incident.objects.visible_to(dee.elevated()).exists()


def test_ten_conflicts_cost_what_one_costs(oak, dee, sam, open_as):
    client = open_as(dee.elevated())

    def add(number):
        person = factories.person(f"P{number} Moore", oak, Role.TEACHER)
        closeness.declare_conflict(by=person, user=person.user, pupil=sam, kind="relation")

    add(0)
    client.get(reverse("conflicts"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("conflicts"))
    for number in range(1, 10):
        add(number)

    with CaptureQueriesContext(connection) as ten:
        client.get(reverse("conflicts"))

    assert len(ten) == len(one)
