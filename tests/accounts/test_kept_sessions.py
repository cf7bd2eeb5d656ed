"""What a reader of the database finds of sessions opens none of them."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.kept_sessions import SessionStore, kept_as
from accounts.models import SessionState

pytestmark = pytest.mark.django_db


def test_session_key_hashed(ada, open_as):
    """SR-30: the cookie's value stands nowhere in the tables, and what stands there is no cookie."""
    client = open_as(ada)
    cookie = client.cookies["sessionid"].value
    assert client.get(reverse("home")).status_code == 200

    row = Session.objects.get()
    assert row.session_key == kept_as(cookie) != cookie
    assert cookie not in str([*Session.objects.values_list(), *SessionState.objects.values_list()])
    thief = Client()
    thief.cookies["sessionid"] = row.session_key
    assert thief.get(reverse("home")).status_code == 302


def test_a_key_is_random_and_long():
    """SR-30: 32 letters and digits are 165 bits."""
    keys = {SessionStore()._get_new_session_key() for _ in range(20)}

    assert len(keys) == 20
    assert {len(key) for key in keys} == {32}


def test_changing_the_key_and_deleting_leave_no_row_behind():
    """SR-30, SR-31: each of them finds the row by the name that it is kept under."""
    session = SessionStore()
    session["word"] = "kept"
    session.save()
    first = session.session_key
    assert SessionStore(first)["word"] == "kept"

    session.cycle_key()

    assert SessionStore(session.session_key)["word"] == "kept"
    assert SessionStore(first).load() == {}
    assert Session.objects.count() == 1
    assert session.exists(session.session_key)
    session.flush()
    assert not Session.objects.exists()


def test_a_session_that_is_kept_under_its_own_key_opens_nothing():
    """SR-30: as they were kept before; their owners sign in once more."""
    session = SessionStore()
    session["word"] = "kept"
    session.save()
    Session.objects.update(session_key=session.session_key)

    assert SessionStore(session.session_key).load() == {}
