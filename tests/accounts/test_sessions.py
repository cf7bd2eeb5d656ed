"""How long a session lasts, and what ends it (SR-32, SR-33, SR-35, SR-39, SR-101)."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions, tasks
from accounts.middleware import POLL_HEADER
from accounts.models import Membership, SessionState
from tests.accounts.doors import app_for, key_of, signed_in, state_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

HOME = "home"
POLL = {POLL_HEADER: "1"}


@pytest.fixture
def start():
    """A moment at which the clock stands still until a test moves it."""
    moment = timezone.now().replace(microsecond=0)
    with time_machine.travel(moment, tick=False) as clock:
        yield lambda **span: clock.move_to(moment + timedelta(**span))


def is_open(client: Client) -> bool:
    """Whether the home page still opens; looking is activity, as it is for a person."""
    return client.get(reverse(HOME)).status_code == 200


def test_a_session_is_over_after_ten_minutes_without_activity(ada, start):
    """SR-32: 599 seconds are well, 600 are not."""
    client, other = signed_in(ada), signed_in(ada)
    state = state_of(other)

    start(seconds=599)
    early = is_open(client)
    start(seconds=600)
    late = other.get(reverse("alert", args=[ada.user.pk]))

    state.refresh_from_db()
    assert early
    assert state.ended_at == timezone.now()
    assert late.url.startswith(reverse("session-ended"))
    assert "next=%2Falerts%2F" in late.url


def test_every_page_that_a_person_opens_starts_the_ten_minutes_again(ada, start):
    client = signed_in(ada)

    for minute in range(9, 60, 9):
        start(minutes=minute)
        assert is_open(client)


@pytest.mark.parametrize("minutes", [5, 30])
def test_a_school_may_choose_from_five_to_thirty_minutes(ada, start, minutes):
    ada.school.idle_minutes = minutes
    ada.school.save()
    client, other = signed_in(ada), signed_in(ada)

    start(minutes=minutes, seconds=-1)
    early = is_open(client)
    start(minutes=minutes)

    assert early
    assert not is_open(other)


def test_polls_and_saved_drafts_do_not_keep_an_unattended_session_open(ada, start):
    """SR-32: a page left open asks every few seconds by itself."""
    client = signed_in(ada)

    for second in range(10, 600, 10):
        start(seconds=second)
        assert client.get(reverse(HOME), headers=POLL).status_code == 200
    start(seconds=601)
    poll = client.get(reverse(HOME), headers=POLL)

    assert poll.status_code == 401
    assert not is_open(client)


def test_polls_do_not_prolong_elevated_access_either(dee, open_as, start):
    client = open_as(dee.elevated())
    until = state_of(client).elevated_until

    start(minutes=5)
    client.get(reverse(HOME), headers=POLL)
    polled = state_of(client).elevated_until
    client.get(reverse(HOME))

    assert polled == until
    assert state_of(client).elevated_until == until + timedelta(minutes=5)


def test_a_persons_own_input_keeps_the_session_open_and_the_answer_says_for_how_long(ada, start):
    client = signed_in(ada)

    start(minutes=9)
    answer = client.post(reverse("keep-alive"))
    start(minutes=18)

    assert answer.json() == {"seconds_left": 600}
    assert is_open(client)


def test_keeping_alive_counts_down_to_the_absolute_end(ada, start):
    client = signed_in(ada)
    SessionState.objects.update(began_at=timezone.now() - timedelta(hours=11, minutes=58))

    assert client.post(reverse("keep-alive")).json() == {"seconds_left": 120}


def test_keeping_alive_is_a_post(ada):
    client = signed_in(ada)

    assert client.get(reverse("keep-alive")).status_code == 405


def test_no_session_lasts_longer_than_twelve_hours_whatever_is_done_in_it(ada, start):
    """SR-33."""
    client = signed_in(ada)

    for minute in range(5, 12 * 60, 5):
        start(minutes=minute)
        sessions.touch(state_of(client).pk, timezone.now())
    last = is_open(client)
    start(hours=12)

    assert last
    assert not is_open(client)


def test_elevated_access_ends_by_itself_after_ten_quiet_minutes(dee, open_as, start):
    dee.school.idle_minutes = 30
    dee.school.save()
    client = open_as(dee.elevated())

    start(minutes=9, seconds=59)
    polled = client.get(reverse("pupils"), headers=POLL)
    start(minutes=10)
    answer = client.get(reverse("pupils"))

    assert polled.status_code == 200
    assert answer.url == f"{reverse('elevate')}?next=%2Fpupils%2F"


def test_elevated_access_lasts_two_hours_at_most_whatever_is_done_with_it(dee, open_as, start):
    """SR-33."""
    client = open_as(dee.elevated())
    open_at = []

    for minute in range(5, 130, 5):
        start(minutes=minute)
        if client.get(reverse("pupils")).status_code == 200:
            open_at.append(minute)

    assert open_at == list(range(5, 120, 5))
    assert is_open(client)


def test_the_page_after_the_end_leads_back_to_where_one_was(ada, start):
    client = signed_in(ada)
    start(minutes=10)

    ended = client.get(reverse("add-incident"), follow=True)

    assert "Your session has ended" in ended.content.decode()
    assert f"{reverse('sign-in')}?next=%2Fincidents%2Fadd%2F" in ended.content.decode()
    assert "Add incident" not in ended.content.decode()


def test_after_the_end_of_a_session_the_site_itself_opens_with_the_sign_in_page(ada, start):
    client = signed_in(ada)
    start(hours=9)

    assert client.get("/").url == f"{reverse('sign-in')}?next=/"


def test_a_mailed_link_opens_beside_a_session_that_has_ended_without_its_token_going_elsewhere(
    ada, start
):
    client = signed_in(ada)
    start(hours=1)

    answer = client.get(reverse("choose-password", args=["uid", "a-token"]))

    assert answer.status_code == 200
    assert "This link no longer works" in answer.content.decode()


def test_the_page_that_says_the_session_has_ended_is_always_right(ada):
    """The browser's clock may be ahead: nobody gets back in by the button without a password."""
    client = signed_in(ada)
    state = state_of(client)

    client.get(reverse("session-ended"))

    state.refresh_from_db()
    assert state.ended_at is not None
    assert client.get(reverse("sign-in")).status_code == 200


def test_deactivating_an_account_bites_at_the_next_request(ada):
    """SR-35."""
    client = signed_in(ada)
    ada.user.is_active = False
    ada.user.save()

    assert client.get(reverse(HOME)).url.startswith(reverse("sign-in"))
    assert client.post(reverse("keep-alive")).url.startswith(reverse("sign-in"))


def test_losing_ones_role_bites_at_the_next_request_and_for_good(ada):
    """SR-35."""
    client = signed_in(ada)
    members = Membership.objects.filter(user=ada.user)
    members.update(ends_on=timezone.localdate() - timedelta(days=1))

    answer = client.get(reverse("add-incident"))
    members.update(ends_on=None)

    assert answer.url.startswith(reverse("session-ended"))
    assert not is_open(client)


def test_a_role_that_changes_takes_its_rights_along_at_the_next_request(dee, open_as):
    """SR-35."""
    client = open_as(dee.elevated())
    before = client.get(reverse("pupils")).status_code
    Membership.objects.filter(user=dee.user).update(role="teacher")

    assert before == 200
    assert client.get(reverse("pupils")).status_code == 404


def test_a_role_that_begins_tomorrow_gives_nothing_today(dee, open_as):
    client = open_as(dee.elevated())
    Membership.objects.filter(user=dee.user).update(
        starts_on=timezone.localdate() + timedelta(days=1)
    )

    assert client.get(reverse("pupils")).status_code == 302
    assert not is_open(client)


def test_a_cookie_with_another_persons_session_state_opens_nothing(ada, eli):
    client, victim = signed_in(ada), signed_in(eli)
    session = client.session
    session[sessions.KEY] = str(state_of(victim).pk)
    session.save()

    assert not is_open(client)


def test_the_session_key_changes_whenever_its_strength_does(dee):
    """SR-31: signing in, elevating, dropping that, blanking and unlocking the screen."""
    client = signed_in(dee)
    app = app_for(dee.user)
    keys = [key_of(client)]

    for name, fields in [
        ("elevate", {"code": app.code()}),
        ("drop-elevation", {}),
        ("blank-screen", {}),
        ("unlock", {"password": PASSWORD}),
    ]:
        assert client.post(reverse(name), fields).status_code == 302
        keys.append(key_of(client))

    thief = Client()
    for key in keys[:-1]:
        thief.cookies["sessionid"] = key
        assert not is_open(thief)
    assert len(set(keys)) == 5
    assert is_open(client)


@pytest.mark.parametrize(
    "path",
    ["/", "/elevate/", "/authenticator/", "/pupils/", "/no-such-page/", "/keep-alive/", "/unlock/"],
)
def test_no_answer_to_a_signed_in_person_may_be_kept_and_each_sends_a_cookie(dee, path):
    """SR-39: both together keep a page out of the browser's back/forward memory (V11)."""
    client = signed_in(dee)

    answer = client.get(path)

    assert answer["Cache-Control"] == "no-store, private"
    assert answer.cookies
    assert all(cookie["httponly"] for cookie in answer.cookies.values())


def test_what_is_known_of_a_session_is_forgotten_after_a_month(ada, start):
    client = signed_in(ada)
    state = state_of(client)

    start(days=30)
    early = sessions.forget_old(timezone.now())
    start(days=30, seconds=1)

    assert (early, sessions.forget_old(timezone.now())) == (0, 1)
    assert not SessionState.objects.filter(pk=state.pk).exists()


def test_the_nightly_tidying_leaves_nothing_that_a_stolen_cookie_could_revive(ada, eli, start):
    gone = signed_in(ada)
    start(days=29)
    stays = signed_in(eli)
    start(days=30, seconds=1)

    tasks.forget_old_sessions()

    keys = set(Session.objects.values_list("session_key", flat=True))
    assert key_of(gone) not in keys
    assert not SessionState.objects.filter(user=ada.user).exists()
    assert SessionState.objects.filter(user=eli.user).exists()
    assert not is_open(stays)
