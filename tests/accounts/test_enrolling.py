"""Setting an authenticator up: with a code given in person and the password (SR-24, SR-25)."""

import base64
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import authenticator
from accounts.factors import CodeBook
from accounts.models import AccountNotice, Authenticator
from accounts.viewer import Viewer
from tests.accounts.doors import (
    App,
    app_for,
    code_given_to,
    key_of,
    no_longer_fresh,
    signed_in,
    state_of,
)
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

PAGE = "/authenticator/?next=/pupils/"


def shown_on(page: str) -> tuple[App, str]:
    """The secret as a person reads it off the page, and what the form carries back."""
    words = re.search(r'class="reference words">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    offer = re.search(r'name="offer" value="([^"]+)"', page)[1]
    return App(base64.b32decode(words)), offer


def filled(client: Client, viewer: Viewer, **changed) -> tuple[App, dict]:
    """The form as somebody fills it in who was given a code and has scanned the picture."""
    app, offer = shown_on(client.get(PAGE).content.decode())
    typed = {"offer": offer, "code": app.code(), "password": PASSWORD}
    return app, typed | {"given": code_given_to(viewer)} | changed


def test_a_picture_a_code_and_the_password_set_an_authenticator_up_and_elevate(dee):
    """SR-15: and its owner is told, should it have been somebody else."""
    client = signed_in(dee)
    before = key_of(client)
    app, form = filled(client, dee)

    answer = client.post(PAGE, form)

    assert 'href="/pupils/"' in answer.content.decode()
    assert client.get("/pupils/").status_code == 200
    assert key_of(client) != before
    assert authenticator.authenticator_of(dee.user).confirmed
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        authenticator.use(authenticator.authenticator_of(dee.user), app.code(), timezone.now())
    told = AccountNotice.objects.filter(user=dee.user).values_list("what", flat=True)
    assert AccountNotice.What.AUTHENTICATOR in told


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
    app, form = filled(client, dee, code="123")

    answer = client.post(PAGE, form)

    again, _ = shown_on(answer.content.decode())
    assert "does not fit" in answer.content.decode()
    assert again.secret == app.secret
    assert not Authenticator.objects.exists()
    assert state_of(client).elevated_until is None


def test_the_password_is_asked_for_again(dee):
    """SR-25: whoever finds an open session sets nothing up."""
    client = signed_in(dee)
    _, form = filled(client, dee, password="wrong")

    answer = client.post(PAGE, form)

    assert "not your password" in answer.content.decode()
    assert not Authenticator.objects.exists()


def test_wrong_passwords_here_count_towards_the_lock_out(dee):
    client = signed_in(dee)
    _, form = filled(client, dee, password="wrong")

    answers = [client.post(PAGE, form).status_code for _ in range(10)]

    assert answers == [200] * 9 + [429]


def test_the_secret_is_not_shown_again_once_it_is_set_up(dee):
    """SR-24."""
    client = signed_in(dee)
    app, form = filled(client, dee)
    client.post(PAGE, form)

    again, _ = shown_on(client.get(PAGE).content.decode())
    client.post(reverse("drop-elevation"))
    answer = client.get(PAGE, follow=True)

    assert again.secret != app.secret
    assert b"data:image" not in answer.content


def test_whoever_has_an_authenticator_cannot_set_up_another(dee):
    """SR-25: a thief with the password does not put their own telephone in its place."""
    client = signed_in(dee)
    _app, form = filled(client, dee)
    mine = app_for(dee.user)

    answer = client.post(PAGE, form)

    assert answer.url == f"{reverse('elevate')}?next=%2Fpupils%2F"
    assert Authenticator.objects.count() == 1
    authenticator.use(authenticator.authenticator_of(dee.user), mine.code(), timezone.now())
    assert state_of(client).elevated_until is None


def test_nobody_chooses_the_secret_themselves_or_takes_up_what_was_offered_to_another(dee, dan):
    client, other = signed_in(dee), signed_in(dan)
    _, theirs = filled(other, dan)
    _, mine = filled(client, dee)

    for offer in ("", "AAAA", "ü", base64.urlsafe_b64encode(b"b" * 80).decode(), theirs["offer"]):
        answer = client.post(PAGE, mine | {"offer": offer})
        assert "open for too long" in answer.content.decode()

    assert not Authenticator.objects.exists()


def test_an_offer_is_good_for_half_an_hour(dee):
    now = timezone.now()
    offer = authenticator.new_offer(dee.user, now)

    def at(**span: int):
        return authenticator.offer_from(dee.user, offer.sealed, now + timedelta(**span))

    assert at(minutes=29, seconds=59).secret == offer.secret
    assert at(minutes=30) is None


@pytest.mark.parametrize("given", ["", "AAAA AAAA AAAA AAAA", "nonsense"])
def test_the_password_alone_sets_nothing_up(dee, given):
    """SR-25, AC25: whoever has a lead's password still needs a code from a colleague's hand."""
    client = signed_in(dee)
    _, form = filled(client, dee, given=given)

    answer = client.post(PAGE, form)

    assert "govuk-error-summary" in answer.content.decode()
    assert not Authenticator.objects.exists()
    assert state_of(client).elevated_until is None


def test_a_code_given_to_another_sets_nothing_up(dee, dan):
    """SR-25: it is for the person to whom it was given."""
    client = signed_in(dee)
    _, form = filled(client, dee, given=code_given_to(dan))

    client.post(PAGE, form)

    assert not Authenticator.objects.exists()


def test_a_given_code_works_once_and_for_a_day(dee):
    """SR-25: single use, 24 hours, and a newer one ends it."""
    now = timezone.now()
    used, fresh, late = (code_given_to(dee) for _ in range(3))

    def accepted(code: str, at=now) -> bool:
        with time_machine.travel(at, tick=False):
            CodeBook.objects.update(throttling_failure_count=0)
            return authenticator.judge(CodeBook.objects.get(user=dee.user), code)

    assert not accepted(used)
    assert not accepted(fresh)
    assert not accepted(late, now + timedelta(hours=25))
    assert accepted(late, now + timedelta(hours=23))
    assert not accepted(late, now + timedelta(hours=23))


def test_a_given_code_is_read_with_spaces_small_letters_and_misread_digits(dee):
    code = code_given_to(dee)
    typed = code.lower().replace(" ", "").replace("o", "0").replace("i", "1").replace("b", "8")

    assert authenticator.judge(CodeBook.objects.get(user=dee.user), f" {typed} ")


def test_a_right_given_code_is_not_spent_when_the_apps_code_is_wrong(dee):
    client = signed_in(dee)
    app, form = filled(client, dee, code="123")

    client.post(PAGE, form)
    answer = client.post(PAGE, form | {"code": app.code()})

    assert "Your recovery codes" in answer.content.decode()
    assert Authenticator.objects.filter(user=dee.user).exists()


def test_wrong_given_codes_are_counted_and_bring_a_pause(dee):
    """SR-13."""
    client = signed_in(dee)
    _, form = filled(client, dee, given="AAAA AAAA AAAA AAAA")

    for _ in range(7):
        CodeBook.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
        answer = client.post(PAGE, form)

    assert CodeBook.objects.get(user=dee.user).throttling_failure_count == 7
    assert "no code is accepted until" in answer.content.decode()


def test_a_new_telephone_needs_a_fresh_code_of_the_old_one_and_the_password(dee):
    """SR-25: the current factor is what replaces it, and no given code is asked for."""
    client, old = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": old.code()})
    app, offer = shown_on(client.get(PAGE).content.decode())
    form = {"offer": offer, "code": app.code(), "password": PASSWORD}
    no_longer_fresh(client)
    stale = client.post(PAGE, form)
    kept = authenticator.authenticator_of(dee.user).sealed_secret
    Authenticator.objects.update(last_step=-1)
    client.post(stale.url, {"code_again-code": old.code()})

    client.post(PAGE, form | {"password": "wrong"})
    unchanged = authenticator.authenticator_of(dee.user).sealed_secret
    client.post(PAGE, form)

    assert stale.url.startswith(reverse("code-again"))
    assert kept == unchanged
    assert authenticator.authenticator_of(dee.user).sealed_secret != kept
    assert Authenticator.objects.filter(user=dee.user).count() == 1
