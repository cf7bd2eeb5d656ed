"""Blank screen: hides on the server, and only the password brings the page back (SR-37, SR-101)."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.http import JsonResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions, views_screen
from accounts.middleware import POLL_HEADER, SESSION_HEADER
from tests.accounts.doors import key_of, signed_in, state_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def blanked(dee):
    """Dee's browser after she pressed Blank screen on the page about pupils."""
    client = signed_in(dee)
    sessions.elevate(state_of(client).pk, timezone.now())
    client.post(reverse("blank-screen"), {"next": "/pupils/"})
    return client


def test_blanking_leads_to_the_page_that_asks_for_the_password(ada):
    client = signed_in(ada)

    answer = client.post(reverse("blank-screen"), {"next": "/alerts/?page=2"})

    assert answer.url == f"{reverse('unlock')}?next=%2Falerts%2F%3Fpage%3D2"
    assert state_of(client).locked_at is not None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/pupils/",
        "/incidents/add/",
        "/elevate/",
        "/authenticator/",
        "/sign-in/",
        "/choose-school/",
        "/no-such-page/",
    ],
)
def test_while_it_is_blank_every_address_answers_with_that_page(blanked, path):
    read, sent = blanked.get(path), blanked.post(path)

    assert read.url.startswith(reverse("unlock"))
    assert sent.url.startswith(reverse("unlock"))


def test_while_it_is_blank_scripts_are_told_so(blanked):
    assert blanked.get("/", headers={POLL_HEADER: "1"}).status_code == 423
    kept = blanked.post(reverse("keep-alive"))
    assert (kept.status_code, kept[SESSION_HEADER]) == (423, "locked")


def test_the_page_that_asks_for_the_password_shows_nothing_else(blanked):
    page = blanked.get(reverse("unlock")).content.decode()

    assert "Screen blanked" in page
    assert "Add incident" not in page
    assert "<nav" not in page
    assert "Oak Lane" not in page


@pytest.mark.parametrize(
    "name", ["unlock", "session-ended", "reset-password", "reset-password-sent"]
)
def test_no_page_that_still_opens_shows_the_menu_of_the_person(blanked, name):
    page = blanked.get(reverse(name)).content.decode()

    assert "Add incident" not in page
    assert "Elevate" not in page


def test_the_password_brings_the_page_back_without_elevated_access(blanked):
    """SR-37: elevated access is gone; the key is another one."""
    before = key_of(blanked)

    answer = blanked.post(f"{reverse('unlock')}?next=/pupils/", {"password": PASSWORD})

    assert answer.url == "/pupils/"
    assert key_of(blanked) != before
    assert blanked.get("/").status_code == 200
    assert blanked.get("/pupils/").url.startswith(reverse("elevate"))


def test_a_wrong_password_leaves_it_blank(blanked):
    answer = blanked.post(reverse("unlock"), {"password": "wrong"})

    assert "not your password" in answer.content.decode()
    assert blanked.get("/").url.startswith(reverse("unlock"))


def test_another_persons_password_leaves_it_blank(blanked, eli):
    eli.user.set_password("Another-1-password")
    eli.user.save()

    answer = blanked.post(
        reverse("unlock"), {"username": eli.user.email, "password": "Another-1-password"}
    )

    assert answer.status_code == 200
    assert blanked.get("/").url.startswith(reverse("unlock"))


def test_the_right_password_forgets_the_wrong_ones_before_it(blanked):
    for _ in range(9):
        blanked.post(reverse("unlock"), {"password": "wrong"})
    blanked.post(reverse("unlock"), {"password": PASSWORD})
    blanked.post(reverse("blank-screen"))

    assert blanked.post(reverse("unlock"), {"password": "wrong"}).status_code == 200


def test_a_blanked_session_ends_after_its_ten_minutes_too(blanked):
    state = state_of(blanked)
    state.last_activity -= timedelta(minutes=10)
    state.save()

    assert blanked.get("/pupils/").url.startswith(reverse("session-ended"))


def test_whoever_finds_a_blank_screen_may_sign_out_the_person_and_no_more(blanked):
    blanked.post(reverse("sign-out"))

    assert blanked.get("/pupils/").url.startswith(reverse("sign-in"))


def test_blanking_twice_is_blanking_once(blanked):
    answer = blanked.post(reverse("blank-screen"), {"next": "/pupils/"})

    assert answer.url.startswith(reverse("unlock"))


def test_a_link_cannot_blank_a_screen(ada):
    client = signed_in(ada)

    assert client.get(reverse("blank-screen")).status_code == 405
    assert state_of(client).locked_at is None


def test_without_a_session_there_is_nothing_to_blank_or_unlock(client):
    assert client.post(reverse("blank-screen")).url == reverse("sign-in")
    assert client.get(reverse("unlock")).url == reverse("sign-in")


def test_a_screen_that_is_not_blank_needs_no_password(ada):
    client = signed_in(ada)

    assert client.get(f"{reverse('unlock')}?next=/alerts/").url == "/alerts/"


def test_an_unlocking_that_comes_late_does_not_open_a_later_lock(ada):
    """SR-101: only the lock at which the password was typed is opened."""
    client = signed_in(ada)
    pk, first = state_of(client).pk, timezone.now()
    sessions.lock(pk, first)
    later = first + timedelta(seconds=5)
    sessions.lock(pk, later)

    opened = sessions.unlock(pk, locked_at=first, now=later)

    assert not opened
    assert state_of(client).locked_at == later


def test_nothing_that_is_under_way_elevates_or_revives_a_locked_or_ended_session(ada):
    """SR-101: each change is conditional on the state in which it is right."""
    client = signed_in(ada)
    pk, now = state_of(client).pk, timezone.now()
    later = now + timedelta(minutes=1)

    sessions.lock(pk, now)
    while_locked = [
        sessions.elevate(pk, later),
        sessions.touch(pk, later),
        sessions.choose_school(pk, ada.school),
    ]
    sessions.end(pk, later)
    after_the_end = [
        sessions.unlock(pk, locked_at=now, now=later),
        sessions.lock(pk, later),
        sessions.elevate(pk, later),
        sessions.touch(pk, later),
        sessions.end(pk, later),
    ]

    assert not any(while_locked + after_the_end)


@pytest.mark.django_db(transaction=True)
def test_a_slow_request_neither_lifts_the_lock_nor_brings_elevated_access_back(
    dee, open_as, monkeypatch
):
    """SR-101, V22: a request begun before the lock ends after it."""
    begun, go_on = threading.Event(), threading.Event()

    def slowly(data):
        begun.set()
        assert go_on.wait(20)
        return JsonResponse(data)

    monkeypatch.setattr(views_screen, "JsonResponse", slowly)
    slow, quick = open_as(dee.elevated()), Client()
    quick.cookies = slow.cookies.copy()
    answers = []

    def upload() -> None:
        answers.append(slow.post(reverse("keep-alive")))
        connections.close_all()

    thread = threading.Thread(target=upload)
    thread.start()
    assert begun.wait(20)
    quick.post(reverse("blank-screen"))
    go_on.set()
    thread.join()

    state = state_of(quick)
    assert answers[0].status_code == 200
    assert state.locked_at is not None
    assert state.elevated_until is None
    assert quick.get("/").url.startswith(reverse("unlock"))
    assert slow.get("/").url.startswith(reverse("sign-in"))
