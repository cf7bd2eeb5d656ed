"""Codes and passwords that somebody guessed at: who is told (SR-13, SR-15)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import authenticator, codes, notices, tasks
from accounts.factors import CodeKind
from accounts.models import AccountNotice, Authenticator
from tests.accounts.doors import app_for, sign_in, signed_in, with_password

pytestmark = pytest.mark.django_db

What = AccountNotice.What


def guess(user, times: int) -> None:
    """Type so many wrong codes, waiting each time as long as one has to."""
    for _ in range(times):
        Authenticator.objects.update(
            throttling_failure_timestamp=timezone.now() - timedelta(hours=1)
        )
        assert not authenticator.judge(authenticator.authenticator_of(user), "000")


def told(what) -> set:
    return set(AccountNotice.objects.filter(what=what).values_list("user", "about"))


def test_after_five_wrong_codes_the_person_and_the_dsl_are_told_once(dan, dee, hal, una):
    """SR-13: not at the fourth, and not again at the ninth."""
    app_for(dan.user)

    guess(dan.user, 4)
    four = told(What.WRONG_CODES)
    guess(dan.user, 1)
    five = told(What.WRONG_CODES)
    guess(dan.user, 4)

    assert four == set()
    assert five == told(What.WRONG_CODES) == {(dan.user_id, None), (dee.user_id, dan.user_id)}
    assert AccountNotice.objects.filter(what=What.WRONG_CODES).count() == 2


def test_a_code_that_is_right_after_several_wrong_ones_is_told(dee):
    """SR-15: it may have been somebody else's luck."""
    app = app_for(dee.user)

    guess(dee.user, 3)
    Authenticator.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    authenticator.use(authenticator.authenticator_of(dee.user), app.code(), timezone.now())

    assert told(What.AFTER_FAILURES) == {(dee.user_id, None)}


def test_two_slips_are_told_to_nobody(dee):
    app = app_for(dee.user)

    guess(dee.user, 2)
    Authenticator.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    authenticator.use(authenticator.authenticator_of(dee.user), app.code(), timezone.now())

    assert not AccountNotice.objects.exists()


def test_wrong_recovery_codes_are_told_as_well(dee):
    """SR-13."""
    book = codes.book_of(dee.user, CodeKind.RECOVERY)
    for _ in range(5):
        type(book).objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
        authenticator.judge(book, "AAAA")

    assert told(What.WRONG_CODES) == {(dee.user_id, None)}


def test_signing_in_after_several_wrong_passwords_is_told(ada):
    """SR-15: and a single slip is not."""
    with_password(ada)
    sign_in(Client(), ada.user.email, "wrong")
    signed_in(ada)
    once = told(What.AFTER_FAILURES)
    for _ in range(3):
        sign_in(Client(), ada.user.email, "wrong")
    signed_in(ada)

    assert once == set()
    assert told(What.AFTER_FAILURES) == {(ada.user_id, None)}


@pytest.mark.django_db(transaction=True)
def test_whose_account_it_was_stands_on_the_page_and_not_in_the_mail(dee, dan, open_as, mailbox):
    """SR-15, SR-88: a mail names nobody but its reader."""
    notices.notify(dee.user, What.WRONG_CODES, about=dan.user)
    tasks.send_waiting_account_notices()

    page = open_as(dee).get(reverse("my-sessions")).content.decode()

    assert f"{dan.user.name}: Five wrong codes were typed" in page
    [mail] = mailbox.messages
    assert "somebody at your school" in mail.text
    assert dan.user.name not in mail.text
