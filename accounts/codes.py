"""Issuing codes on paper: in person for a colleague's first authenticator, ten for one's own loss."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import get_random_string
from django.utils.timezone import localdate

from accounts import notices
from accounts.factors import (
    PREFIX,
    CodeBatch,
    CodeBook,
    CodeKind,
    HelpRequest,
    PrintedCode,
    in_fours,
    new_code,
)
from accounts.hashers import Argon2id
from accounts.holders import has_factor, uses_authenticator
from accounts.models import AccountNotice, User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from safeguard.errors import DomainError

ENROLMENT_LASTS = timedelta(hours=24)
RECOVERY_CODES = 10
What = AccountNotice.What


class CannotGiveCode(DomainError):
    """This person cannot be given a code by this one, or not now."""


@dataclass(frozen=True)
class Given:
    """A code for a colleague, to be read out or handed over once."""

    code: str
    user: User
    expires_at: datetime


def book_of(user: User, kind: CodeKind) -> CodeBook:
    """Return what this person's wrong codes of a kind are counted by."""
    return CodeBook.objects.get_or_create(user=user, kind=kind, defaults={"name": kind.label})[0]


def give_enrolment_code(*, by: Viewer, user: User, now: datetime) -> Given:
    """Make the code with which a colleague may set up an authenticator within a day (SR-25)."""
    by.require(Permission.GIVE_CODES)
    if user.pk == by.user_id:
        raise CannotGiveCode("Nobody gives a code to themselves: ask another holder for one.")
    if not uses_authenticator(user, by.school, localdate(now)):
        raise CannotGiveCode("This person's role here does not use an authenticator.")
    if has_factor(user) or had_factor_and_lost_it(user):
        raise CannotGiveCode(
            f"{user.name} has an authenticator, or lost theirs. Then they ask for help under “My "
            "sessions”, and two colleagues confirm that they have seen them."
        )
    return issue_enrolment_code(by=by, user=user, now=now)


def had_factor_and_lost_it(user: User) -> bool:
    """Whether somebody lost theirs once: no single colleague gives them a code any more (SR-26)."""
    asked = HelpRequest.objects.filter(user=user)
    return asked.filter(Q(said_lost=True) | Q(given__isnull=False)).exists()


def issue_enrolment_code(*, by: Viewer, user: User, now: datetime) -> Given:
    """Make a code without asking for a right: for the console, and after a recovery."""
    expires = now + ENROLMENT_LASTS
    with transaction.atomic():
        [code] = _issue(by, user, CodeKind.ENROLMENT, 1, expires_at=expires)
        notices.notify(user, What.CODE_GIVEN)
    return Given(code, user, expires)


def make_recovery_codes(*, by: Viewer) -> list[str]:
    """Make ten codes for the day on which one's authenticator is lost; earlier ones are void."""
    with transaction.atomic():
        made = _issue(by, by.user, CodeKind.RECOVERY, RECOVERY_CODES)
        notices.notify(by.user, What.RECOVERY_CODES)
    return made


def end_recovery_codes(*, by: Viewer, user: User) -> None:
    """Void the recovery codes of somebody whose identity two colleagues had to confirm."""
    _issue(by, user, CodeKind.RECOVERY, 0)


def left(user: User, now: datetime) -> int:
    """Return how many recovery codes somebody can still use."""
    return PrintedCode.objects.usable(user, CodeKind.RECOVERY, now).count()


def _issue(by: Viewer, user: User, kind: CodeKind, number: int, *, expires_at=None) -> list[str]:
    book_of(user, kind)
    batch = CodeBatch.objects.create(
        user=user, kind=kind, school=by.school, issued_by=by.user, expires_at=expires_at
    )
    plain = [new_code() for _ in range(number)]
    hasher = Argon2id()
    PrintedCode.objects.bulk_create(
        PrintedCode(
            batch=batch, prefix=code[:PREFIX], hashed=hasher.encode(code, get_random_string(22))
        )
        for code in plain
    )
    return [in_fours(code) for code in plain]
