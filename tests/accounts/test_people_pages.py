"""The pages of those who look after people and roles: what they show, take, and ignore."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import roles
from accounts.models import Membership, RoleProposal, User
from accounts.permissions import Role
from accounts.roles import Term
from accounts.staff_list import account_of
from accounts.viewer import viewer_for
from ledger.models import AccessEntry
from tests import factories
from tests.accounts.doors import app_for, sign_in, with_password

pytestmark = pytest.mark.django_db

NEW = {"name": "Nia Ford", "email": "nia@oak-lane.example.org", "roles": ["teacher"]}


@pytest.fixture
def desk(ivy, open_as):
    """Ivy's browser, elevated."""
    return open_as(ivy.elevated())


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def events() -> list[str]:
    return list(AccessEntry.objects.order_by("recorded_at").values_list("event", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_person_is_added_and_the_ordinary_role_holds_at_once(desk, oak, dee):
    answer = desk.post(reverse("add-person"), NEW | {"roles": ["teacher", "slt"]}, follow=True)

    nia = User.objects.get(name="Nia Ford")
    assert viewer_for(nia, oak).roles == {Role.TEACHER}
    assert RoleProposal.objects.get().role == Role.SLT
    assert "second person" in text(answer)
    assert "person.added" in events()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "Enter the person’s name"),
        ("name", "Nia\u2028Ford", "Write it on one line"),
        ("email", "nia", "Enter a whole e-mail address"),
        ("roles", [], "Choose at least one role"),
        ("roles", ["caretaker"], "Choose from the list"),
        ("ends_on", "2020-01-01", "The last day is before the first"),
    ],
)
def test_what_does_not_fit_is_said_and_everything_typed_is_still_there(desk, field, value, says):
    sent = NEW | {"job_title": "Year 4", "starts_on": "2026-09-01", field: value}

    answer = desk.post(reverse("add-person"), sent)

    assert says in text(answer)
    assert 'value="Year 4"' in text(answer)
    assert not User.objects.filter(email=NEW["email"]).exists()


def test_whatever_else_is_sent_with_a_form_is_ignored(desk, oak, ada, eli):
    """SR-44, SR-61: no field of a form names a secret, a state, a school or who did it."""
    more = {
        "password": "Known-to-Ivy-1",
        "is_active": "on",
        "is_system": "on",
        "id": str(eli.user_id),
        "school": "elm-park",
        "approved": "on",
        "by": str(ada.user_id),
        "proposed_by": str(ada.user_id),
    }
    desk.post(reverse("add-person"), NEW | more)
    desk.post(reverse("change-person", args=[ada.user_id]), {"name": "Ada Teach", **more})
    desk.post(reverse("give-role", args=[eli.user_id]), {"role": "dsl", **more})

    nia = User.objects.get(name="Nia Ford")
    assert not nia.has_usable_password()
    assert not nia.is_system
    assert nia.memberships.get().school == oak
    assert not User.objects.get(pk=ada.user_id).check_password("Known-to-Ivy-1")
    assert RoleProposal.objects.get().proposed_by.name == "Ivy Stone"
    assert viewer_for(eli.user, oak).roles == {Role.TEACHER}


def test_no_page_has_a_field_for_a_password_or_a_code(desk, eli):
    """SR-08."""
    for name in ("add-person", "person", "change-person", "end-person", "give-role"):
        page = desk.get(reverse(name, args=[] if name == "add-person" else [eli.user_id]))
        fields = text(page).split("<main", 1)[1]
        assert 'type="password"' not in fields
        assert "one-time-code" not in fields


def test_the_list_says_who_has_begun_and_who_has_an_authenticator(desk, dee, ada, eli):
    with_password(ada)
    app_for(dee.user)

    page = text(desk.get(reverse("people")))

    assert "Ada Teach" in page
    assert page.count("has not begun") == 2  # Dee and Eli: their passwords are unset here
    assert page.count(">yes<") == 1


def test_the_list_finds_by_name_and_address_and_leavers_apart(desk, ivy, ada, eli):
    desk.post(reverse("end-person", args=[eli.user_id]))

    desk.get(reverse("people"))  # which says that he has gone

    found = text(desk.post(reverse("people"), {"words": "ada"}))
    here = text(desk.get(reverse("people")))
    left = text(desk.get(reverse("people") + "?show=left"))

    assert ("Ada Teach" in found, "Eli Moore" in found) == (True, False)
    assert ("Ada Teach" in here, "Eli Moore" in here) == (True, False)
    assert ("Ada Teach" in left, "Eli Moore" in left) == (False, True)


@pytest.mark.parametrize("name", ["people", "roles"])
def test_ten_people_cost_what_one_costs(name, desk, oak, dee, ivy):
    with CaptureQueriesContext(connection) as one:
        desk.get(reverse(name))
    for number in range(10):
        person = factories.person(f"P{number} Moore", oak, Role.TEACHER, Role.PASTORAL)
        roles.propose_role(by=dee.elevated(), user=person.user, role=Role.SLT, term=Term())

    with CaptureQueriesContext(connection) as ten:
        desk.get(reverse(name))

    assert len(ten) == len(one)


def test_a_person_page_offers_nothing_for_oneself(desk, ivy):
    page = text(desk.get(reverse("person", args=[ivy.user_id])))

    assert "Nobody changes their own roles" in page
    for word in ("Unlock", "End this account", "Give a role"):
        assert word not in page


def test_a_person_page_says_whether_wrong_passwords_lock_them_out(desk, ivy, eli):
    page = reverse("person", args=[eli.user_id])
    with_password(eli)
    before = text(desk.get(page))
    for number in range(10):
        sign_in(Client(), eli.user.email, f"guess-{number}")
    locked = text(desk.get(page))
    later = account_of(ivy.elevated(), eli.user, timezone.now() + timedelta(minutes=16))

    assert "It is not locked" in before
    assert "It is locked somewhere now" in locked
    assert not later.is_locked


@pytest.mark.django_db(transaction=True)
def test_helping_somebody_in_is_on_record(desk, eli):
    for name in ("unlock-person", "end-persons-sessions", "send-link"):
        assert desk.post(reverse(name, args=[eli.user_id])).status_code == 302

    assert {"person.unlocked", "session.ended", "person.link"} <= set(events())


def test_a_refusal_of_the_service_stands_over_the_form(desk, dee, hal):
    for one in (dee, hal):
        app_for(one.user)

    answer = desk.post(reverse("end-person", args=[dee.user_id]))

    assert "Fewer than two people" in text(answer)
    assert User.objects.get(pk=dee.user_id).is_active


@pytest.mark.django_db(transaction=True)
def test_the_second_person_answers_on_a_page_of_their_own(desk, dee, hal, eli, oak, open_as):
    """SR-51, from page to page."""
    desk.post(reverse("give-role", args=[eli.user_id]), {"role": "deputy_dsl"})
    proposal = RoleProposal.objects.get()
    page = reverse("decide-role", args=[proposal.pk])
    mine = text(desk.get(page))
    refused = text(desk.post(page, {"answer": "approve"}))

    answer = open_as(dee.elevated()).post(page, {"answer": "approve"}, follow=True)

    assert "You cannot agree to this one" in mine
    assert "cannot do this" in refused
    assert "The role has been given" in text(answer)
    assert Role.DEPUTY_DSL in viewer_for(eli.user, oak).roles
    assert open_as(hal.elevated()).get(page).status_code == 404  # decided
    assert {"role.proposed", "role.given"} <= set(events())


def test_a_no_without_a_reason_is_asked_again(desk, dee, eli, open_as):
    desk.post(reverse("give-role", args=[eli.user_id]), {"role": "slt"})
    page = reverse("decide-role", args=[RoleProposal.objects.get().pk])
    client = open_as(dee.elevated())

    assert "Say why not" in text(client.post(page, {"answer": "refuse", "reason": " "}))
    assert client.post(page, {"answer": "refuse", "reason": "Not agreed"}).status_code == 302


def test_a_role_ends_at_once_or_after_a_day(desk, oak, eli):
    later = timezone.localdate() + timedelta(days=9)
    held = eli.user.memberships.get()
    page = reverse("end-role", args=[held.pk])

    assert "Enter the last day" in text(desk.post(page, {"when": "later"}))
    desk.post(page, {"when": "later", "last_day": later.isoformat()})
    held.refresh_from_db()
    assert held.ends_on == later
    desk.post(page, {"when": "at_once"})

    assert viewer_for(eli.user, oak) is None
    assert desk.get(page).status_code == 404
    assert Membership.objects.filter(user=eli.user).count() == 1


def test_administration_shows_nothing_of_a_pupil_or_record(desk, oak, team, ada, dee, sam):
    """SR-54, AC34."""
    factories.incident(ada, sam)
    pages = [reverse(name) for name in ("people", "roles", "add-person")]
    pages += [
        reverse(name, args=[ada.user_id]) for name in ("person", "change-person", "end-person")
    ]

    shown = " ".join(text(desk.get(page)) for page in pages)

    for word in ("Winter", "corridor"):
        assert word not in shown
