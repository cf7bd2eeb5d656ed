"""Codes of an authenticator app: which, when, and only once (SR-13, SR-20, SR-21, SR-24)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone
from django_otp import verify_token
from hypothesis import given
from hypothesis import strategies as st

from accounts import authenticator, totp
from accounts.authenticator import AlreadyEnrolled, CodeRefused
from accounts.models import Authenticator
from safeguard import sealing
from tests.accounts.doors import App, app_for

pytestmark = pytest.mark.django_db

RFC_SECRET = b"12345678901234567890"
NOON = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def app(dee) -> App:
    return app_for(dee.user)


def accepts(user, code: str) -> bool:
    """Whether the person's authenticator takes this code now."""
    try:
        authenticator.use(authenticator.authenticator_of(user), code, timezone.now())
    except CodeRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds, code):
    assert totp.code_at(RFC_SECRET, datetime.fromtimestamp(seconds, UTC)) == code


@pytest.mark.parametrize(
    ("late", "accepted"), [(60, False), (30, True), (0, True), (-30, True), (-60, False)]
)
def test_a_telephone_may_run_one_step_early_or_late_and_no_more(dee, app, late, accepted):
    """SR-21."""
    with time_machine.travel(NOON, tick=False):
        assert accepts(dee.user, app.code(late=late)) is accepted


def test_a_late_telephone_teaches_the_server_nothing(dee, app):
    """SR-21: no drift is learnt, or the window would wander."""
    with time_machine.travel(NOON, tick=False):
        first = accepts(dee.user, app.code(late=30))
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        assert first
        assert not accepts(dee.user, app.code(late=60))


def test_a_code_works_once(dee, app):
    """SR-20."""
    with time_machine.travel(NOON, tick=False):
        code = app.code()

        assert [accepts(dee.user, code), accepts(dee.user, code)] == [True, False]


def test_a_used_code_stays_used_after_a_wrong_one_between_and_with_padding(dee, app):
    """SR-20."""
    with time_machine.travel(NOON, tick=False) as clock:
        code = app.code()
        used = accepts(dee.user, code)
        wrong = accepts(dee.user, "000000" if code != "000000" else "111111")
        clock.shift(5)

        assert used
        assert not wrong
        for padded in (f" {code} ", f"{code[:3]} {code[3:]}", f"0{code}", f"{code}\n"):
            assert not accepts(dee.user, padded)
            clock.shift(20)


def test_a_code_from_before_the_one_that_was_used_no_longer_counts(dee, app):
    with time_machine.travel(NOON, tick=False) as clock:
        assert accepts(dee.user, app.code())
        assert not accepts(dee.user, app.code(late=30))
        clock.shift(5)
        assert accepts(dee.user, app.code(late=-30))


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1} "])
def test_a_code_may_be_typed_with_the_gap_that_the_app_shows(dee, app, typed):
    with time_machine.travel(NOON, tick=False):
        code = app.code()

        assert accepts(dee.user, typed.format(code[:3], code[3:]))


@given(st.text(max_size=20))
def test_what_is_not_six_plain_digits_is_never_a_code(text):
    found = totp.matching_step(RFC_SECRET, text, NOON, after=-1)

    assert found is None or "".join(text.split()).replace("-", "").isascii()


@pytest.mark.parametrize("code", ["２８７０８２", "+28708", "28_7082", "287082.0", "", "0x4616A"])
def test_other_ways_of_writing_a_number_are_no_code(code):
    moment = datetime.fromtimestamp(59, UTC)

    assert totp.matching_step(RFC_SECRET, "287082", moment, after=-1) == 1
    assert totp.matching_step(RFC_SECRET, code, moment, after=-1) is None


def test_wrong_codes_make_the_next_try_wait_ever_longer_up_to_fifteen_minutes(dee, app):
    """SR-13, V6: without the cap, twenty failures would close the authenticator for six days."""
    waits = []
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(30):
            assert not accepts(dee.user, "123")
            device = authenticator.authenticator_of(dee.user)
            waits.append(int((device.waits_until() - timezone.now()).total_seconds()))
            clock.shift(waits[-1])

        assert waits[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]
        assert set(waits[10:]) == {900}
        assert accepts(dee.user, app.code())


def test_while_it_waits_even_the_right_code_is_refused_and_not_used_up(dee, app):
    with time_machine.travel(NOON, tick=False) as clock:
        accepts(dee.user, "123")
        code = app.code()
        too_soon = accepts(dee.user, code)
        clock.shift(1)

        assert not too_soon
        assert accepts(dee.user, code)


def test_refusals_while_it_waits_do_not_lengthen_the_wait(dee, app):
    with time_machine.travel(NOON, tick=False):
        for _ in range(50):
            accepts(dee.user, "123")

        assert authenticator.authenticator_of(dee.user).throttling_failure_count == 1


def test_a_right_code_forgets_the_wrong_ones(dee, app):
    with time_machine.travel(NOON, tick=False) as clock:
        accepts(dee.user, "123")
        clock.shift(1)
        accepts(dee.user, app.code())

        device = authenticator.authenticator_of(dee.user)
        assert device.waits_until() is None
        assert device.last_used_at == timezone.now()


def test_the_words_say_until_when_to_wait(dee, app):
    device = authenticator.authenticator_of(dee.user)
    with time_machine.travel(NOON, tick=False):
        device.throttling_failure_count, device.throttling_failure_timestamp = 9, timezone.now()
        device.save()

        with pytest.raises(CodeRefused, match="until 12:05"):
            authenticator.use(device, app.code(), timezone.now())


@pytest.mark.django_db(transaction=True)
def test_one_code_in_eight_hands_is_accepted_once(dee):
    """SR-20, V4."""
    app, start = app_for(dee.user), threading.Barrier(8)
    code = app.code()

    def attempt(_) -> bool:
        own = authenticator.authenticator_of(dee.user)
        start.wait(20)
        try:
            authenticator.use(own, code, timezone.now())
        except CodeRefused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(attempt, range(8)))

    assert accepted.count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_authenticators_set_up_at_once_one_stays(dee):
    start = threading.Barrier(2)

    def attempt(secret: bytes) -> bool:
        start.wait(20)
        try:
            authenticator.enrol(dee.user, secret, App(secret).code())
        except AlreadyEnrolled:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(attempt, [b"a" * 20, b"b" * 20]))

    assert sorted(done) == [False, True]
    assert Authenticator.objects.count() == 1


def test_no_secret_can_be_read_in_the_database(dee):
    """SR-24: neither as bytes nor in any way in which apps write it."""
    app = app_for(dee.user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_authenticator::text FROM accounts_authenticator")
        (row,) = cursor.fetchone()

    offer = authenticator.Offer("", app.secret, "")
    assert app.secret.hex() not in row
    assert offer.words.replace(" ", "") not in row
    assert authenticator.authenticator_of(dee.user).sealed_secret


def test_a_secret_moved_to_another_persons_row_is_worthless(dee, dan):
    app_for(dee.user)
    stolen = authenticator.authenticator_of(dee.user).sealed_secret

    with pytest.raises(sealing.Unsealable):
        totp.unsealed(stolen, dan.user.pk)


def test_nobody_uses_another_persons_authenticator(dee, dan):
    app = app_for(dee.user)
    device = authenticator.authenticator_of(dee.user)

    assert verify_token(dan.user, device.persistent_id, app.code()) is None
