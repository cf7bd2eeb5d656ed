"""Passkeys and security keys: added under a fresh code, used once for each asking, taken away."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from django_otp_webauthn.models import WebAuthnCredential

from accounts import holders, keys
from accounts.factors import KeyChallenge
from accounts.models import AccountNotice, Authenticator
from tests.accounts.doors import app_for, key_of, no_longer_fresh, signed_in, state_of
from tests.accounts.security_key import SecurityKey, key_for

pytestmark = pytest.mark.django_db

ELEVATE = "/elevate/?next=/pupils/"


@pytest.fixture
def desk(dee):
    """Dee's browser with elevated access, and her app."""
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": app.code()})
    return client


def asked(client, name: str = "ask-key") -> dict:
    return client.post(reverse(name)).json()


def test_a_key_is_added_under_a_name_and_its_owner_is_told(desk, dee):
    """SR-15, SR-22."""
    key = SecurityKey()
    answer = key.answer_to_add(asked(desk, "ask-new-key"))

    done = desk.post(reverse("add-key"), {"name": "My key", "answer": answer}, follow=True)

    assert "Your key is added" in done.content.decode()
    assert [key.name for key in keys.keys_of(dee.user)] == ["My key"]
    told = AccountNotice.objects.get(what=AccountNotice.What.KEY_ADDED)
    assert (told.user, told.device) == (dee.user, "My key")


def test_adding_one_needs_elevated_access_and_a_fresh_code(desk, dee):
    """SR-25, SR-38: the current factor comes before a new one."""
    low = signed_in(dee)
    no_longer_fresh(desk)

    assert low.post(reverse("ask-new-key")).url.startswith(reverse("elevate"))
    assert low.get(reverse("add-key")).url.startswith(reverse("elevate"))
    assert desk.get(reverse("add-key")).url.startswith(reverse("code-again"))
    assert desk.post(reverse("ask-new-key")).status_code == 403
    assert not KeyChallenge.objects.exists()


@pytest.mark.parametrize("sent", [{"name": "My key"}, {"answer": "{}", "name": "My key"}, {}])
def test_what_is_no_answer_of_a_key_adds_nothing(desk, sent):
    asked(desk, "ask-new-key")

    answer = desk.post(reverse("add-key"), sent)

    assert "govuk-error-summary" in answer.content.decode()
    assert not WebAuthnCredential.objects.exists()


def test_a_key_elevates_under_a_new_session_key_and_is_offered_before_the_code(desk, dee):
    """SR-22, SR-31."""
    key = key_for(state_of(desk))
    client = signed_in(dee)
    before = key_of(client)
    page = client.get(ELEVATE).content.decode()

    done = client.post(ELEVATE, {"answer": key.answer_to_use(asked(client))})

    assert page.index("Use Key on my key ring") < page.index("What code does your")
    assert done.url == "/pupils/"
    assert client.get("/pupils/").status_code == 200
    assert state_of(client).is_fresh(timezone.now())
    assert key_of(client) != before


def test_a_key_is_shown_again_where_a_code_is(desk, dee):
    """SR-38."""
    key = key_for(state_of(desk))
    no_longer_fresh(desk)

    desk.post(
        f"{reverse('code-again')}?next=/pupils/",
        {"code_again-answer": key.answer_to_use(asked(desk))},
    )

    assert state_of(desk).is_fresh(timezone.now())


def test_an_answer_counts_once_and_for_the_session_that_asked(desk, dee):
    """SR-20: neither again, nor in another browser of the same person."""
    key = key_for(state_of(desk))
    first, second = signed_in(dee), signed_in(dee)
    asked(second)
    answer = key.answer_to_use(asked(first))

    for client in (second, first, first):
        client.post(ELEVATE, {"answer": answer})
        if client is first:
            first.post(reverse("drop-elevation"))

    assert state_of(second).elevated_until is None
    assert state_of(first).elevated_until is None
    assert not KeyChallenge.objects.filter(purpose="prove").exists()


def test_a_key_of_another_person_or_from_another_site_opens_nothing(desk, dee, dan):
    """SR-22: what a false page had signed is worth nothing here (AC24)."""
    own = key_for(state_of(desk))
    other = signed_in(dan)
    app_for(dan.user)
    theirs = key_for(state_of(other))
    client = signed_in(dee)
    false = SecurityKey("https://safeguard.example.net")
    false.name, false.pair = own.name, own.pair

    for key in (theirs, false, SecurityKey()):
        answer = client.post(ELEVATE, {"answer": key.answer_to_use(asked(client))})
        assert "That key was not accepted" in answer.content.decode()

    assert state_of(client).elevated_until is None


def test_an_asking_is_good_for_five_minutes(desk, dee):
    key = key_for(state_of(desk))
    state, now = state_of(desk), timezone.now()
    answer = key.answer_to_use(keys.ask(state, keys.Purpose.PROVE, now))

    with pytest.raises(keys.KeyRefused, match="five minutes"):
        keys.use(state, answer, now + timedelta(minutes=5))


def test_a_copied_key_that_counts_behind_is_refused(desk, dee):
    """SR-20: an answer signed before the last one is a copy's."""
    key = key_for(state_of(desk))
    state, now = state_of(desk), timezone.now()
    keys.use(state, key.answer_to_use(keys.ask(state, keys.Purpose.PROVE, now)), now)
    key.count = 0

    with pytest.raises(keys.KeyRefused):
        keys.use(state, key.answer_to_use(keys.ask(state, keys.Purpose.PROVE, now)), now)


@pytest.mark.django_db(transaction=True)
def test_one_answer_in_eight_hands_is_accepted_once(dee):
    """SR-20."""
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": app.code()})
    state = state_of(client)
    key = key_for(state)
    answer = key.answer_to_use(keys.ask(state, keys.Purpose.PROVE, timezone.now()))
    start = threading.Barrier(8)

    def attempt(_) -> bool:
        start.wait(20)
        try:
            keys.use(state, answer, timezone.now())
        except keys.KeyRefused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(attempt, range(8)))

    assert accepted.count(True) == 1


def test_with_a_key_and_no_app_one_is_asked_for_the_key(desk, dee):
    key_for(state_of(desk))
    desk.post(reverse("remove-app"))

    page = signed_in(dee).get(ELEVATE).content.decode()

    assert "Use Key on my key ring" in page
    assert "What code does your" not in page


@pytest.mark.parametrize("sent", [{"code": "123456"}, {"code": "123456", "answer": ""}])
def test_with_a_key_and_no_app_no_code_elevates(dee, sent):
    """SR-19, SR-22: no digits stand in for the key."""
    client = signed_in(dee)
    key_for(state_of(client))

    client.post(ELEVATE, sent)

    assert state_of(client).elevated_until is None
    assert client.get("/pupils/").status_code == 302


def test_with_a_key_and_no_app_no_code_proves_again(desk, dee):
    """SR-38."""
    key_for(state_of(desk))
    Authenticator.objects.filter(user=dee.user).delete()
    no_longer_fresh(desk)

    desk.post(reverse("code-again"), {"code_again-code": "123456"})

    assert not state_of(desk).is_fresh(timezone.now())


def test_a_key_is_taken_away_and_opens_nothing(desk, dee):
    """SR-15."""
    key = key_for(state_of(desk))
    pk = WebAuthnCredential.objects.get().pk
    client = signed_in(dee)
    options = asked(client)

    desk.post(reverse("remove-key", args=[pk]))
    client.post(ELEVATE, {"answer": key.answer_to_use(options)})

    assert state_of(client).elevated_until is None
    assert AccountNotice.objects.filter(what=AccountNotice.What.FACTOR_REMOVED).exists()


def test_nobody_takes_away_another_persons_key(desk, dan):
    """SR-08, SR-42."""
    other = signed_in(dan)
    key_for(state_of(other))
    pk = WebAuthnCredential.objects.get(user=dan.user).pk

    answer = desk.post(reverse("remove-key", args=[pk]), follow=True)

    assert "not there any more" in answer.content.decode()
    assert WebAuthnCredential.objects.filter(pk=pk).exists()


def test_the_last_factor_of_one_of_two_holders_is_not_taken_away(desk, dee, dan, hal):
    """SR-28: with two others it is, and with one it stays."""
    key_for(state_of(desk))
    pk = WebAuthnCredential.objects.get().pk
    desk.post(reverse("remove-app"))
    app_for(dan.user)
    refused = desk.post(reverse("remove-key", args=[pk]), follow=True)
    still = holders.has_factor(dee.user)
    app_for(hal.user)

    desk.post(reverse("remove-key", args=[pk]))

    assert "Fewer than two people" in refused.content.decode()
    assert still
    assert not holders.has_factor(dee.user)


@pytest.mark.parametrize("who", ["ada", "gus"])
def test_to_those_who_use_no_authenticator_keys_do_not_exist(who, request):
    client = signed_in(request.getfixturevalue(who))

    assert client.post(reverse("ask-key")).status_code == 404
    assert client.get(reverse("add-key")).status_code == 404
