"""Setting an authenticator up: once, with the password, its secret shown once (SR-24, SR-25)."""

import base64
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import authenticator
from accounts.models import AccountNotice, Authenticator
from tests.accounts.doors import App, app_for, key_of, signed_in, state_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

PAGE = "/authenticator/?next=/pupils/"


def shown_on(page: str) -> tuple[App, str]:
    """The secret as a person reads it off the page, and what the form carries back."""
    words = re.search(r'class="reference words">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    offer = re.search(r'name="offer" value="([^"]+)"', page)[1]
    return App(base64.b32decode(words)), offer


def filled(client: Client, **changed) -> tuple[App, dict]:
    """The form as somebody fills it in who has scanned the picture."""
    app, offer = shown_on(client.get(PAGE).content.decode())
    return app, {"offer": offer, "code": app.code(), "password": PASSWORD} | changed


def test_a_picture_a_code_and_the_password_set_an_authenticator_up_and_elevate(dee):
    """SR-15: and its owner is told, should it have been somebody else."""
    client = signed_in(dee)
    before = key_of(client)
    app, form = filled(client)

    answer = client.post(PAGE, form)

    assert answer.url == "/pupils/"
    assert client.get("/pupils/").status_code == 200
    assert key_of(client) != before
    assert authenticator.authenticator_of(dee.user).confirmed
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        authenticator.use(authenticator.authenticator_of(dee.user), app.code(), timezone.now())
    notice = AccountNotice.objects.get()
    assert (notice.user, notice.what) == (dee.user, AccountNotice.What.AUTHENTICATOR)


def test_the_picture_says_the_same_as_the_key_beneath_it_and_comes_from_no_other_address(dee):
    client = signed_in(dee)

    page = client.get(PAGE).content.decode()

    app, sealed = shown_on(page)
    offer = authenticator.offer_from(dee.user, sealed, timezone.now())
    assert offer.secret == app.secret
    assert offer.uri == (
        f"otpauth://totp/Safeguard:{dee.user.email.replace('@', '%40')}"
        f"?secret={offer.words.replace(' ', '')}&issuer=Safeguard"
    )
    assert re.search(r'<img src="data:image/svg\+xml[^"]+"[^>]+alt="[^"]+"', page)
    assert "style=" not in page


def test_each_visit_offers_a_new_secret_of_160_bits(dee):
    client = signed_in(dee)

    first, _ = shown_on(client.get(PAGE).content.decode())
    second, _ = shown_on(client.get(PAGE).content.decode())

    assert first.secret != second.secret
    assert len(first.secret) == 20


def test_nothing_is_stored_until_the_code_is_right(dee):
    client = signed_in(dee)
    app, form = filled(client, code="123")

    answer = client.post(PAGE, form)

    again, _ = shown_on(answer.content.decode())
    assert "does not fit" in answer.content.decode()
    assert again.secret == app.secret
    assert not Authenticator.objects.exists()
    assert state_of(client).elevated_until is None


def test_the_password_is_asked_for_again(dee):
    """SR-25: whoever finds an open session sets nothing up."""
    client = signed_in(dee)
    _, form = filled(client, password="wrong")

    answer = client.post(PAGE, form)

    assert "not your password" in answer.content.decode()
    assert not Authenticator.objects.exists()


def test_wrong_passwords_here_count_towards_the_lock_out(dee):
    client = signed_in(dee)
    _, form = filled(client, password="wrong")

    answers = [client.post(PAGE, form).status_code for _ in range(10)]

    assert answers == [200] * 9 + [429]


def test_the_secret_is_not_shown_again_once_it_is_set_up(dee):
    """SR-24."""
    client = signed_in(dee)
    app, form = filled(client)
    client.post(PAGE, form)

    answer = client.get(PAGE, follow=True)

    assert authenticator.Offer("", app.secret, "").words not in answer.content.decode()
    assert b"data:image" not in answer.content


def test_whoever_has_an_authenticator_cannot_set_up_another(dee):
    """SR-25: a thief with the password does not put their own telephone in its place."""
    client = signed_in(dee)
    _app, form = filled(client)
    mine = app_for(dee.user)

    answer = client.post(PAGE, form)

    assert answer.url == f"{reverse('elevate')}?next=%2Fpupils%2F"
    assert Authenticator.objects.count() == 1
    authenticator.use(authenticator.authenticator_of(dee.user), mine.code(), timezone.now())
    assert state_of(client).elevated_until is None


def test_nobody_chooses_the_secret_themselves_or_takes_up_what_was_offered_to_another(dee, dan):
    client, other = signed_in(dee), signed_in(dan)
    app, theirs = filled(other)

    for offer in ("", "AAAA", "ü", base64.urlsafe_b64encode(b"b" * 80).decode(), theirs["offer"]):
        answer = client.post(PAGE, {"offer": offer, "code": app.code(), "password": PASSWORD})
        assert "open for too long" in answer.content.decode()

    assert not Authenticator.objects.exists()


def test_an_offer_is_good_for_half_an_hour(dee):
    now = timezone.now()
    offer = authenticator.new_offer(dee.user, now)

    def at(**span: int):
        return authenticator.offer_from(dee.user, offer.sealed, now + timedelta(**span))

    assert at(minutes=29, seconds=59).secret == offer.secret
    assert at(minutes=30) is None
