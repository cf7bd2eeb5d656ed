"""Guessing passwords: who is locked out, for how long, and who is not (SR-12, SR-14)."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import SessionState
from tests.accounts.doors import sign_in, signed_in, with_password
from tests.factories import PASSWORD

SCHOOL, HOME = "203.0.113.7", "198.51.100.9"


def guess(email: str, times: int, address: str = SCHOOL, **extra):
    """Try so many wrong passwords from one address, and return the last answer."""
    for n in range(times):
        answer = sign_in(Client(), email, f"guess-{n}", REMOTE_ADDR=address, **extra)
    return answer


def may_sign_in(email: str, address: str = SCHOOL) -> bool:
    return sign_in(Client(), email, REMOTE_ADDR=address).status_code == 302


def test_the_tenth_wrong_password_locks_the_address_out_with_a_page_that_helps(ada):
    """Cyber Essentials asks for ten guesses in five minutes at most."""
    with_password(ada)

    ninth = guess(ada.user.email, 9)
    tenth = guess(ada.user.email, 1)

    assert ninth.status_code == 200
    assert tenth.status_code == 429
    assert "Too many wrong passwords" in tenth.content.decode()
    assert reverse("reset-password") in tenth.content.decode()
    assert tenth["Cache-Control"] == "no-store, private"


def test_the_right_password_does_not_open_a_locked_account(ada):
    with_password(ada)
    guess(ada.user.email, 10)

    assert not may_sign_in(ada.user.email)
    assert not SessionState.objects.exists()


def test_the_lock_ends_after_fifteen_minutes_and_trying_does_not_prolong_it(ada):
    with_password(ada)
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        guess(ada.user.email, 10)
    with time_machine.travel(start + timedelta(minutes=14), tick=False):
        locked = not may_sign_in(ada.user.email)
        guess(ada.user.email, 3)

    with time_machine.travel(start + timedelta(minutes=15, seconds=1), tick=False):
        assert locked
        assert may_sign_in(ada.user.email)


def test_a_pupil_guessing_from_the_school_locks_out_neither_colleagues_nor_the_victim_at_home(
    ada, eli
):
    """SR-12: a school is one address; the lock is on the pair of name and address."""
    with_password(ada)
    with_password(eli)

    guess(ada.user.email, 30)

    assert may_sign_in(eli.user.email, SCHOOL)
    assert may_sign_in(ada.user.email, HOME)
    assert not may_sign_in(ada.user.email, SCHOOL)


def test_a_hundred_names_guessed_from_the_school_leave_the_next_one_open(ada):
    """SR-12: never on the address alone."""
    with_password(ada)

    for n in range(100):
        guess(f"somebody{n}@oak-lane.example.org", 5)

    assert may_sign_in(ada.user.email, SCHOOL)


@pytest.mark.parametrize(
    "spelling",
    [str.upper, str.title, lambda email: email.replace("s", "ſ"), lambda email: f"  {email} "],
)
def test_another_spelling_of_an_address_is_no_fresh_start(sal, spelling):
    """Neither capitals nor letters that PostgreSQL would take for the same give more guesses."""
    with_password(sal)
    guess(sal.user.email, 9)

    guess(spelling(sal.user.email), 1)

    spelt = sign_in(Client(), spelling(sal.user.email), REMOTE_ADDR=SCHOOL)
    assert spelt.status_code != 302
    if spelling(sal.user.email).strip().lower() == sal.user.email:
        assert not may_sign_in(sal.user.email)


def test_another_browser_is_no_fresh_start(ada):
    with_password(ada)
    for n in range(10):
        guess(ada.user.email, 1, HTTP_USER_AGENT=f"Browser {n}")

    assert not may_sign_in(ada.user.email)


def test_signing_in_forgets_the_wrong_ones_before_it(ada):
    with_password(ada)
    guess(ada.user.email, 9)

    assert may_sign_in(ada.user.email)
    assert guess(ada.user.email, 9).status_code == 200


def test_an_administrator_can_end_a_lock(ada):
    with_password(ada)
    guess(ada.user.email, 10)

    call_command("axes_reset_username", ada.user.email, stdout=StringIO())

    assert may_sign_in(ada.user.email)


def test_wrong_passwords_at_a_blanked_screen_count_towards_the_same_lock(ada):
    client = signed_in(ada)
    client.post(reverse("blank-screen"), REMOTE_ADDR=SCHOOL)

    answers = [
        client.post(reverse("unlock"), {"password": f"guess-{n}"}, REMOTE_ADDR=SCHOOL)
        for n in range(10)
    ]
    right = client.post(reverse("unlock"), {"password": PASSWORD}, REMOTE_ADDR=SCHOOL)

    assert [answer.status_code for answer in answers] == [200] * 9 + [429]
    assert right.status_code == 429
    assert client.get(reverse("home")).url.startswith(reverse("unlock"))
    assert not may_sign_in(ada.user.email)


def test_no_password_that_was_tried_is_written_down(ada):
    with_password(ada)
    sign_in(Client(), ada.user.email, "Canary-password-1", to="/alerts/")

    kept = AccessAttempt.objects.get()

    assert "Canary" not in kept.post_data + kept.get_data + kept.path_info


@pytest.mark.parametrize("forged", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_CLIENT_IP"])
def test_a_forged_header_gives_no_fresh_address(ada, forged):
    """SR-14: without a proxy of ours, only the connection says where somebody is."""
    with_password(ada)
    for n in range(10):
        guess(ada.user.email, 1, **{forged: f"192.0.2.{n}"})

    assert not may_sign_in(ada.user.email)


def test_behind_our_proxy_what_the_proxy_wrote_counts_and_what_the_client_wrote_does_not(
    ada, settings
):
    """SR-14: the last trusted proxy only."""
    settings.AXES_IPWARE_PROXY_COUNT = 1
    with_password(ada)
    for n in range(10):
        guess(ada.user.email, 1, "10.0.0.1", HTTP_X_FORWARDED_FOR=f"192.0.2.{n}, {SCHOOL}")

    at_school = sign_in(
        Client(), ada.user.email, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=SCHOOL
    )
    at_home = sign_in(Client(), ada.user.email, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=HOME)

    assert at_school.status_code == 429
    assert at_home.status_code == 302
