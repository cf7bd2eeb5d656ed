"""Signing in, choosing a school, and signing out (SR-04, SR-29, SR-31, SR-34)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.models import Membership, SessionState, User
from accounts.permissions import Role
from tests.accounts.doors import key_of, sign_in, signed_in, state_of, with_password
from tests.factories import PASSWORD


def test_an_address_and_its_password_open_a_session_in_ones_school(client, ada):
    with_password(ada)

    answer = sign_in(client, ada.user.email)

    assert answer.url == reverse("home")
    assert state_of(client).user == ada.user
    assert state_of(client).school == ada.school
    assert client.get(answer.url).status_code == 200


def test_the_address_may_be_typed_in_capitals(client, ada):
    with_password(ada)

    assert sign_in(client, ada.user.email.upper()).url == reverse("home")


@pytest.mark.parametrize("password", ["  spaces at both ends 1A! ", "ﬁne-Łódź-🦉-passphrase"])
def test_a_password_is_taken_exactly_as_it_was_typed(client, ada, password):
    """SR-04: neither trimmed nor altered."""
    with_password(ada, password)

    assert sign_in(client, ada.user.email, password.strip() + "x").status_code == 200
    assert sign_in(client, ada.user.email, password).status_code == 302


def test_a_trimmed_password_is_a_wrong_one(client, ada):
    with_password(ada, " leading space 1A!")

    answer = sign_in(client, ada.user.email, "leading space 1A!")

    assert answer.status_code == 200
    assert sessions.KEY not in client.session


def test_the_fields_are_those_that_a_password_manager_fills(client, db):
    """SR-04: current-password and username, nothing that forbids pasting."""
    page = client.get(reverse("sign-in")).content.decode()

    fields = {
        re.search(r'name="(\w+)"', tag)[1]: tag for tag in re.findall(r"<input[^>]+id_[^>]+>", page)
    }
    assert 'autocomplete="username"' in fields["username"]
    assert 'autocomplete="current-password"' in fields["password"]
    assert 'type="password"' in fields["password"]
    assert "onpaste" not in page
    assert "do not let the browser remember it" in page


def test_the_session_key_is_a_new_one_after_signing_in(client, ada):
    """SR-31: a key planted before sign-in is worth nothing afterwards."""
    with_password(ada)
    client.session.save()
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    planted = key_of(client)

    sign_in(client, ada.user.email)

    thief = Client()
    thief.cookies["sessionid"] = planted
    assert key_of(client) != planted
    assert thief.get(reverse("home")).url.startswith(reverse("sign-in"))


def test_signing_in_again_in_the_same_browser_ends_the_session_before(ada, eli):
    client = signed_in(ada)
    before = state_of(client)
    with_password(eli)

    sign_in(client, eli.user.email)

    before.refresh_from_db()
    assert before.ended_at is not None
    assert state_of(client).user == eli.user


def test_a_link_in_a_mail_survives_signing_in(client, ada):
    with_password(ada)
    link = reverse("alert", args=[uuid4()])

    asked = client.get(link)
    answer = client.post(asked.url, {"username": ada.user.email, "password": PASSWORD})

    assert answer.url == link


def test_whoever_is_signed_in_already_goes_on_to_the_page_of_the_link(ada):
    client = signed_in(ada)

    assert client.get(f"{reverse('sign-in')}?next=/alerts/").url == "/alerts/"


def test_a_wrong_password_says_what_to_do_and_opens_nothing(client, ada):
    with_password(ada)

    answer = sign_in(client, ada.user.email, "wrong")

    assert "do not go together" in answer.content.decode()
    assert "<title>Error: Sign in" in answer.content.decode()
    assert not SessionState.objects.exists()


def test_an_empty_form_asks_for_both(client, db):
    page = client.post(reverse("sign-in"), {}).content.decode()

    assert "Enter your school e-mail address" in page
    assert "Enter your password" in page


@pytest.mark.parametrize("username", ["x" * 400 + "@oak.example.org", "a\x00b@oak.example.org"])
def test_an_address_that_cannot_be_one_is_refused_politely(client, db, username):
    assert sign_in(client, username).status_code == 200


def test_somebody_whose_role_has_ended_is_told_so_and_gets_no_session(client, ada):
    with_password(ada)
    Membership.objects.filter(user=ada.user).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )

    answer = sign_in(client, ada.user.email)

    assert "no role in a school today" in answer.content.decode()
    assert not SessionState.objects.exists()
    assert client.get(reverse("home")).status_code == 302


def test_nobody_signs_in_as_the_system_user(client, db):
    User.objects.create(
        email="system@safeguard.invalid", name="Safeguard", is_active=False, is_system=True
    )

    assert sign_in(client, "system@safeguard.invalid", "").status_code == 200
    assert not SessionState.objects.exists()


def test_whoever_works_in_two_schools_says_where_they_are_first(client, ada, elm):
    with_password(ada)
    Membership.objects.create(user=ada.user, school=elm, role=Role.SUPPORT)

    answer = sign_in(client, ada.user.email, to="/alerts/")
    elsewhere = client.get(reverse("home"))
    page = client.get(answer.url).content.decode()
    chosen = client.post(answer.url, {"school": elm.pk})

    assert answer.url == f"{reverse('choose-school')}?next=%2Falerts%2F"
    assert elsewhere.url.startswith(reverse("choose-school"))
    assert ada.school.name in page
    assert elm.name in page
    assert "Add incident" not in page
    assert chosen.url == "/alerts/"
    assert state_of(client).school == elm


def test_a_school_in_which_one_does_not_work_cannot_be_chosen(client, ada, elm):
    client = signed_in(ada)

    answer = client.post(reverse("choose-school"), {"school": elm.pk})

    assert answer.status_code == 200
    assert "Choose one of your schools" in answer.content.decode()
    assert state_of(client).school == ada.school


def test_elevated_access_does_not_travel_to_another_school(open_as, dee, elm):
    Membership.objects.create(user=dee.user, school=elm, role=Role.DSL)
    client = open_as(dee.elevated())
    before = key_of(client)

    client.post(reverse("choose-school"), {"school": elm.pk})

    assert state_of(client).elevated_until is None
    assert key_of(client) != before


def test_choosing_a_school_needs_a_session(client, db):
    assert client.get(reverse("choose-school")).url == reverse("sign-in")


def test_signing_out_ends_the_session_on_the_server_and_in_the_browser(ada):
    """SR-34: the row is ended, the cookie deleted, nothing kept."""
    client = signed_in(ada)
    state, stolen = state_of(client), key_of(client)

    answer = client.post(reverse("sign-out"))

    state.refresh_from_db()
    assert state.ended_at is not None
    assert answer.cookies["sessionid"]["max-age"] == 0
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get(reverse("home")).url.startswith(reverse("sign-in"))


def test_signing_out_says_that_it_has_happened(ada):
    client = signed_in(ada)

    page = client.post(reverse("sign-out"), follow=True).content.decode()

    assert "You are signed out." in page


def test_signing_out_works_after_the_session_has_ended_by_itself(ada):
    client = signed_in(ada)
    sessions.end(state_of(client).pk, timezone.now())

    assert client.post(reverse("sign-out")).url.startswith(reverse("sign-in"))


def test_a_link_cannot_sign_anybody_out(ada):
    client = signed_in(ada)

    assert client.get(reverse("sign-out")).status_code == 405
    assert state_of(client).ended_at is None


def test_a_form_of_another_site_signs_nobody_in(ada):
    with_password(ada)
    client = Client(enforce_csrf_checks=True)

    assert sign_in(client, ada.user.email).status_code == 403
    assert not SessionState.objects.exists()


@pytest.mark.parametrize("name", ["sign-in", "reset-password", "reset-password-sent"])
def test_the_door_shows_no_page_that_a_browser_may_keep(client, db, name):
    """SR-39."""
    assert client.get(reverse(name))["Cache-Control"] == "no-store, private"
