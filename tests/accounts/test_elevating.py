"""Elevate access: who may, with what, and that it is on record (SR-13, SR-19, SR-31)."""

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts import authenticator, sessions, views_authenticator
from ledger.models import AccessEntry
from tests.accounts.doors import app_for, key_of, signed_in, state_of

pytestmark = pytest.mark.django_db

LEADERS = ["dee", "dan", "hal", "sal", "pat", "sen"]
OTHERS = ["ada", "tess", "gus", "max_"]


@pytest.mark.parametrize("who", LEADERS)
def test_those_whose_role_uses_the_authenticator_elevate_with_it(who, request):
    person = request.getfixturevalue(who)
    client, app = signed_in(person), app_for(person.user)

    closed = client.get(reverse("pupils"))
    answer = client.post(closed.url, {"code": app.code()})

    assert closed.url == f"{reverse('elevate')}?next=%2Fpupils%2F"
    assert answer.url == reverse("pupils")
    assert client.get(reverse("pupils")).status_code == 200


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("name", ["elevate", "enrol-authenticator"])
def test_to_others_the_pages_of_the_authenticator_do_not_exist(who, name, request):
    client = signed_in(request.getfixturevalue(who))

    absent = client.get("/no-such-page/")

    for answer in (client.get(reverse(name)), client.post(reverse(name), {"code": "123456"})):
        assert answer.status_code == 404
        assert len(answer.content) - len(reverse(name)) == len(absent.content) - len(
            "/no-such-page/"
        )


def test_without_an_authenticator_elevating_offers_to_set_one_up_and_keeps_the_way(dee):
    client = signed_in(dee)

    page = client.get(f"{reverse('elevate')}?next=/pupils/").content.decode()
    sent = client.post(f"{reverse('elevate')}?next=/pupils/", {"code": "123456"})

    assert f"{reverse('enrol-authenticator')}?next=%2Fpupils%2F" in page
    assert sent.status_code == 200
    assert state_of(client).elevated_until is None


@pytest.mark.parametrize("code", ["", "123", "not a code", "000000 000000 000000 000000"])
def test_a_code_that_is_none_elevates_nothing_and_says_what_to_do(dee, code):
    client, _ = signed_in(dee), app_for(dee.user)

    answer = client.post(reverse("elevate"), {"code": code})

    assert answer.status_code == 200
    assert "govuk-error-summary" in answer.content.decode()
    assert state_of(client).elevated_until is None
    assert client.get(reverse("pupils")).status_code == 302


def test_a_code_that_elevated_one_browser_does_not_elevate_another(dee):
    """SR-20: one code, one session."""
    client, other, app = signed_in(dee), signed_in(dee), app_for(dee.user)
    code = app.code()

    client.post(reverse("elevate"), {"code": code})
    other.post(reverse("elevate"), {"code": code})

    assert state_of(client).elevated_until is not None
    assert state_of(other).elevated_until is None


def test_elevated_access_ends_when_its_holder_ends_it(dee):
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": app.code()})
    elevated = key_of(client)

    answer = client.post(reverse("drop-elevation"))

    assert answer.url == reverse("home")
    assert state_of(client).elevated_until is None
    assert key_of(client) != elevated
    assert client.get(reverse("pupils")).url.startswith(reverse("elevate"))


def test_a_link_cannot_end_elevated_access(dee, open_as):
    client = open_as(dee.elevated())

    assert client.get(reverse("drop-elevation")).status_code == 405
    assert state_of(client).elevated_until is not None


def test_whoever_is_elevated_already_is_not_asked_again(dee, open_as):
    client = open_as(dee.elevated())

    assert client.get(f"{reverse('elevate')}?next=/pupils/").url == "/pupils/"


def test_a_session_that_was_locked_meanwhile_is_not_elevated(dee, monkeypatch):
    """SR-101: the code is spent, the lock holds."""
    client, app = signed_in(dee), app_for(dee.user)
    use = authenticator.use

    def then_blanked(device, code, now):
        use(device, code, now)
        sessions.lock(state_of(client).pk, now)

    monkeypatch.setattr(views_authenticator.authenticator, "use", then_blanked)
    client.post(reverse("elevate"), {"code": app.code()})

    assert state_of(client).elevated_until is None
    assert state_of(client).locked_at is not None
    assert client.get(reverse("pupils")).url.startswith(reverse("unlock"))


def test_the_code_field_is_one_that_telephones_fill(dee):
    client, _ = signed_in(dee), app_for(dee.user)

    page = client.get(reverse("elevate")).content.decode()

    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


def test_nothing_of_the_secret_is_on_the_page_that_asks_for_a_code(dee):
    """SR-24."""
    client, app = signed_in(dee), app_for(dee.user)

    page = client.get(reverse("elevate")).content.decode()

    assert authenticator.Offer("", app.secret, "").words not in page
    assert "otpauth" not in page


@pytest.mark.django_db(transaction=True)
def test_a_wrong_code_stays_counted_although_its_request_broke(dee, monkeypatch):
    """SR-13, V2: even where every request is one transaction, these are not."""
    client, _ = signed_in(dee), app_for(dee.user)
    client.raise_request_exception = False

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    monkeypatch.setattr(views_authenticator, "render", broken)
    answer = client.post(reverse("elevate"), {"code": "000000"})

    assert answer.status_code == 500
    assert authenticator.authenticator_of(dee.user).throttling_failure_count == 1


@pytest.mark.django_db(transaction=True)
def test_elevating_and_wrong_codes_are_on_record(dee, as_owner):
    """SR-87."""
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": "123"})
    authenticator.Authenticator.objects.update(throttling_failure_count=0)
    client.post(reverse("elevate"), {"code": app.code()})

    entries = AccessEntry.objects.order_by("recorded_at").values_list("event", "user", "school")

    assert list(entries) == [
        ("session.elevation_refused", dee.user_id, dee.school_id),
        ("session.elevated", dee.user_id, dee.school_id),
    ]


def test_elevating_needs_a_session(db):
    assert Client().get(reverse("elevate")).url.startswith(reverse("sign-in"))
