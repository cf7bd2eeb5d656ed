"""Where somebody works; choosing a password by mail; telling people of their own accounts."""

from datetime import date, datetime, timedelta

from axes.models import AccessAttempt
from axes.utils import reset as forget_wrong_passwords
from django.db import transaction
from django.db.models import QuerySet, Sum

from accounts import links, sessions
from accounts.models import (
    AccountNotice,
    Membership,
    PasswordResetRequest,
    School,
    SessionState,
    User,
)
from accounts.notices import SEVERAL, notify
from safeguard import outbox
from safeguard.errors import DomainError
from safeguard.models import Outbox

REQUESTS_PER_ADDRESS = 20
HOUR = timedelta(hours=1)


class TooManyRequests(DomainError):
    """More reset links were asked for from one address in an hour than people need."""


class LinkUsed(DomainError):
    """The link has set a password already, or its time is over."""


def schools_of(user: User, on: date) -> QuerySet[School]:
    """Return the schools in which somebody has a role on this day, by name."""
    roles = Membership.objects.current(on).filter(user=user)
    return School.objects.filter(pk__in=roles.values("school")).order_by("name", "pk")


def ask_for_password_reset(*, email: str, address: str | None, now: datetime) -> None:
    """Note that a link was asked for, and leave the rest to the worker.

    There is no `by`: nobody has shown who they are. Whether the address is anybody's, whether they
    may sign in and whether they had three links already is judged where nobody waits for the
    answer, so that it looks and takes the same for every address that is typed (SR-11).
    """
    asked = PasswordResetRequest.objects.filter(
        address=address, invited_by=None, recorded_at__gt=now - HOUR
    )
    if asked.count() >= REQUESTS_PER_ADDRESS:
        raise TooManyRequests(
            f"More than {REQUESTS_PER_ADDRESS} links were asked for from your network in the last "
            "hour, so none was sent. Try again in an hour, or from another network."
        )
    with transaction.atomic():
        user = User.objects.with_address(email).first()
        request = PasswordResetRequest.objects.create(user=user, address=address)
        outbox.put(Outbox.Kind.PASSWORD_RESET, [request.pk], school=None)


def choose_password(*, user: User, token: str, password: str, now: datetime) -> None:
    """Set the password of whoever holds the mailed link, once, and end what was open before.

    It signs nobody in and leaves the authenticator alone: a mailbox is one factor (SR-17).
    """
    with transaction.atomic():
        current = User.objects.select_for_update().get(pk=user.pk)
        if not links.opens(current, token):
            raise LinkUsed("This link has been used already, or its time is over.")
        current.set_password(password)
        current.save(update_fields=["password"])
        sessions.end_all(current, now)
        notify(current, AccountNotice.What.PASSWORD)
    forget_wrong_passwords(username=current.email)


def notice_device(user: User, device: str, state: SessionState) -> None:
    """Let somebody know when they sign in where they had not lately; the first time goes unsaid."""
    earlier = SessionState.objects.filter(user=user).exclude(pk=state.pk)
    if earlier.exists() and not earlier.filter(device__in=[device, ""]).exists():
        notify(user, AccountNotice.What.NEW_DEVICE, device=device)


def wrong_passwords(email: str) -> int:
    """Return how many wrong passwords were tried for an address lately, from wherever."""
    tried = AccessAttempt.objects.filter(username=email).aggregate(Sum("failures_since_start"))
    return tried["failures_since_start__sum"] or 0


def notice_wrong_passwords(user: User, wrong: int) -> None:
    """Let somebody know when their password was right after several that were not (SR-15)."""
    if wrong >= SEVERAL:
        notify(user, AccountNotice.What.AFTER_FAILURES)
