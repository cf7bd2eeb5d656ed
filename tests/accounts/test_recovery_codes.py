"""Recovery codes: ten, shown once, each used once, and use is told (SR-20, SR-23)."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from accounts import authenticator, codes
from accounts.factors import CodeBook, CodeKind, PrintedCode, PrintedCodeUse
from accounts.models import AccountNotice, Authenticator
from tests.accounts.doors import app_for, key_of, no_longer_fresh, signed_in, state_of

pytestmark = pytest.mark.django_db

BY_CODE = "/elevate/?with=recovery&next=/pupils/"
WRONG = "AAAA AAAA AAAA AAAA"


def shown(answer) -> list[str]:
    return re.findall(r'class="reference words">([A-Z2-7 ]+)<', answer.content.decode())


def told(viewer) -> list[str]:
    return list(AccountNotice.objects.filter(user=viewer.user).values_list("what", flat=True))


def test_ten_codes_of_eighty_bits_are_shown_once(dee):
    """SR-23."""
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": app.code()})

    made = shown(client.post(reverse("recovery-codes")))
    again = client.get(reverse("recovery-codes")).content.decode()

    assert len(set(made)) == 10
    assert all(re.fullmatch(r"[A-Z2-7]{4}( [A-Z2-7]{4}){3}", code) for code in made)
    assert not any(code in again for code in made)
    assert "You have 10 now" in again
    assert AccountNotice.What.RECOVERY_CODES in told(dee)


def test_no_recovery_code_can_be_read_in_the_database(dee):
    """SR-23: Argon2id, with four characters in the clear."""
    made = codes.make_recovery_codes(by=dee)
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_printedcode::text FROM accounts_printedcode")
        rows = "\n".join(row for (row,) in cursor.fetchall())

    assert rows.count("argon2$argon2id$") == 10
    for code in made:
        assert code.replace(" ", "")[4:] not in rows
        assert f",{code[:4]}," in rows


def test_a_recovery_code_elevates_once_under_a_new_session_key(dee):
    """SR-20, SR-23, SR-31."""
    client, other = signed_in(dee), signed_in(dee)
    app_for(dee.user)
    code = codes.make_recovery_codes(by=dee)[0]
    before = key_of(client)

    answer = client.post(BY_CODE, {"code": code.lower().replace(" ", "-")})
    second = other.post(BY_CODE, {"code": code})

    assert answer.url == "/pupils/"
    assert state_of(client).elevated_until is not None
    assert key_of(client) != before
    assert "was not accepted" in second.content.decode()
    assert state_of(other).elevated_until is None
    assert codes.left(dee.user, timezone.now()) == 9


def test_its_use_is_told_to_the_person_and_to_every_holder(dee, dan, hal):
    """SR-23: to those with a safeguarding role who have an authenticator; nobody else."""
    for viewer in (dee, dan):
        app_for(viewer.user)
    code = codes.make_recovery_codes(by=dee)[0]

    signed_in(dee).post(BY_CODE, {"code": code})

    used = AccountNotice.objects.filter(what=AccountNotice.What.RECOVERY_USED)
    assert set(used.values_list("user", "about")) == {
        (dee.user_id, None),
        (dan.user_id, dee.user_id),
    }


def test_new_codes_end_the_old_ones(dee):
    old, new = codes.make_recovery_codes(by=dee), codes.make_recovery_codes(by=dee)
    book = codes.book_of(dee.user, CodeKind.RECOVERY)

    assert not authenticator.judge(book, old[0])
    CodeBook.objects.update(throttling_failure_count=0)
    assert authenticator.judge(book, new[0])


def test_nobody_uses_another_persons_recovery_code(dee, dan):
    code = codes.make_recovery_codes(by=dan)[0]

    assert not authenticator.judge(codes.book_of(dee.user, CodeKind.RECOVERY), code)


def test_wrong_recovery_codes_do_not_shut_the_app_out_nor_the_other_way_round(dee):
    """AC27, SR-13: each has a count of its own."""
    client, app = signed_in(dee), app_for(dee.user)
    code = codes.make_recovery_codes(by=dee)[0]
    for _ in range(4):
        CodeBook.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
        client.post(BY_CODE, {"code": WRONG})
    shut = CodeBook.objects.get(user=dee.user)
    free = authenticator.authenticator_of(dee.user)

    assert not shut.verify_is_allowed()[0]
    assert free.verify_is_allowed()[0]
    assert client.post(reverse("elevate"), {"code": app.code()}).status_code == 302
    Authenticator.objects.update(
        throttling_failure_count=20, throttling_failure_timestamp=timezone.now()
    )
    CodeBook.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    authenticator.use_recovery_code(dee.user, code, timezone.now())


@pytest.mark.django_db(transaction=True)
def test_one_recovery_code_in_eight_hands_is_accepted_once(dee):
    """SR-20, V4."""
    code = codes.make_recovery_codes(by=dee)[0]
    start = threading.Barrier(8)

    def attempt(_) -> bool:
        book = CodeBook.objects.get(user=dee.user)
        start.wait(20)
        try:
            return authenticator.judge(book, code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(attempt, range(8)))

    assert accepted.count(True) == 1
    assert PrintedCodeUse.objects.count() == 1


def test_making_codes_needs_a_fresh_code(dee):
    """SR-38."""
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": app.code()})
    no_longer_fresh(client)

    answer = client.post(reverse("recovery-codes"))

    assert answer.status_code == 403
    assert not PrintedCode.objects.exists()


def test_whoever_has_only_recovery_codes_is_asked_for_one_and_then_sets_up_an_app(dee):
    """SR-25, SR-26: one's own recovery code replaces a lost authenticator."""
    client = signed_in(dee)
    code = codes.make_recovery_codes(by=dee)[0]

    page = client.get(reverse("elevate")).content.decode()
    client.post(reverse("elevate"), {"code": code})
    enrol = client.get(reverse("enrol-authenticator")).content.decode()

    assert "recovery codes" in page
    assert "What code were you given?" not in enrol
    assert "data:image" in enrol
