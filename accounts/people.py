"""Accounts of a school's people: added, renamed, ended, unlocked; never anybody's secret.

Whoever looks after accounts starts a link and no more: nobody chooses, sees or receives another
person's password, code or authenticator (SR-08).
"""

from dataclasses import dataclass
from datetime import date, datetime

from axes.utils import reset as forget_wrong_passwords
from django.db import transaction
from django.utils import timezone

from accounts import bodies, sessions
from accounts.holders import require_two_left
from accounts.leaving import nothing_left_empty
from accounts.models import Membership, PasswordResetRequest, RoleProposal, School, User
from accounts.permissions import Permission, Role
from accounts.roles import ONE_DAY, Given, NotForOneself, Term, close, give_or_propose
from accounts.viewer import Viewer
from ledger.recording import record_change
from safeguard import outbox
from safeguard.errors import DomainError, NotAllowed
from safeguard.models import Outbox


class WorksHere(DomainError):
    """The address belongs to somebody who is on the school's list."""


class AccountHasEnded(DomainError):
    """The account has ended; nothing can be sent to it or changed about it."""


@dataclass(frozen=True)
class Added:
    """A person who was added, and what came of the roles asked for them."""

    user: User
    given: Given


def add_person(
    *,
    by: Viewer,
    name: str,
    email: str,
    roles: list[Role],
    job_title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Added:
    """Add somebody to the school's people, and mail them the link by which they begin.

    Who works in another school of this installation keeps the account, and the name, that they have.
    """
    by.require(Permission.MANAGE_PEOPLE)
    with transaction.atomic():
        user = _newcomer(by, name, email)
        record_change(by=by, obj=user.pk, body=bodies.person(user, "added"))
        given = give_or_propose(
            by=by, user=user, roles=roles, term=Term(job_title, starts_on, ends_on)
        )
        if not user.has_usable_password():
            _ask_for_link(by, user)
    return Added(user, given)


def change_person(*, by: Viewer, user: User, name: str, job_title: str) -> User:
    """Set anew what somebody is called, and what their post here is called."""
    held = _administered(by, user)
    today = timezone.localdate()
    with transaction.atomic():
        if held.name != name:
            held.name = name
            held.save(update_fields=["name"])
            record_change(by=by, obj=held.pk, body=bodies.person(held, "renamed"))
        here = Membership.objects.visible_to(by).filter(user=held).not_over(today)
        for membership in here.exclude(job_title=job_title):
            membership.job_title = job_title
            membership.save(update_fields=["job_title"])
            record_change(by=by, obj=membership.pk, body=bodies.job_title(membership))
    return held


def end_person(*, by: Viewer, user: User, now: datetime) -> User:
    """End somebody's account here at once: every role, and at the next request every session.

    Who works in another school keeps the account there.
    """
    held = _administered(by, user)
    if held.pk == by.user_id:
        raise NotForOneself("Nobody ends their own account. Ask a colleague who may.")
    today = timezone.localdate(now)
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        require_two_left(by.school, without=held)
        rows = Membership.objects.select_for_update().filter(user=held).not_over(today)
        with nothing_left_empty(by.school):
            for membership in rows.filter(school=by.school):
                close(by, membership, today - ONE_DAY)
        held.is_active = rows.exclude(school=by.school).exists()
        held.save(update_fields=["is_active"])
        sessions.end_all(held, now)
        record_change(by=by, obj=held.pk, body=bodies.person(held, "ended"))
    return held


def unlock_person(*, by: Viewer, user: User) -> int:
    """Forget somebody's wrong passwords, so that they may try again now; return how many places."""
    held = _administered(by, user)
    forgotten = forget_wrong_passwords(username=held.email)
    record_change(by=by, obj=held.pk, body=bodies.person(held, "unlocked"))
    return forgotten


def end_sessions(*, by: Viewer, user: User, now: datetime) -> int:
    """Sign somebody out wherever they are; return of how many places (SR-36)."""
    held = _administered(by, user)
    if held.pk == by.user_id:
        raise NotForOneself("Your own sessions end on the page “My sessions”.")
    ended = sessions.end_all(held, now)
    record_change(by=by, obj=held.pk, body=bodies.person(held, "signed out"))
    return ended


def send_link(*, by: Viewer, user: User) -> PasswordResetRequest:
    """Mail somebody a new link by which they, and nobody else, choose a password (SR-08)."""
    held = _administered(by, user)
    with transaction.atomic():
        record_change(by=by, obj=held.pk, body=bodies.person(held, "sent a link"))
        return _ask_for_link(by, held)


def _administered(by: Viewer, user: User) -> User:
    by.require(Permission.MANAGE_PEOPLE)
    held = User.objects.administered_by(by).filter(pk=user.pk).first()
    if held is None:
        raise NotAllowed("There is no such person.")
    if not held.is_active:
        raise AccountHasEnded("This account has ended. Add the person again to let them back in.")
    if not _is_here(by, held):  # the account is for those to look after where they work now
        raise NotAllowed("They do not work here any more.")
    return held


def _is_here(by: Viewer, user: User) -> bool:
    """Whether somebody works here, or is to."""
    working = Membership.objects.visible_to(by).not_over(timezone.localdate())
    awaited = RoleProposal.objects.filter(school=by.school).waiting(timezone.now())
    return working.filter(user=user).exists() or awaited.filter(user=user).exists()


def _newcomer(by: Viewer, name: str, email: str) -> User:
    """Return the account to which an address belongs, made or opened again where need be."""
    known = User.objects.with_address(email).select_for_update().first()
    if known is None:
        return User.objects.create_user(email=email, name=name)
    today = timezone.localdate()
    if known.is_system or known.pk == by.user_id:
        raise WorksHere("This address cannot be used.")
    mine = User.objects.administered_by(by).filter(pk=known.pk).exists()
    here = Membership.objects.visible_to(by).filter(user=known).not_over(today)
    if known.is_active and mine and here.exists():
        raise WorksHere(
            f"{known.name} has this address and is on your list: give them roles there."
        )
    if not known.is_active:  # somebody comes back: with a link, not with the password of then
        known.is_active, known.name = True, name
        known.set_unusable_password()
        known.save(update_fields=["is_active", "name", "password"])
    return known


def _ask_for_link(by: Viewer, user: User) -> PasswordResetRequest:
    asked = PasswordResetRequest.objects.create(user=user, invited_by=by.user)
    outbox.put(Outbox.Kind.PASSWORD_RESET, [asked.pk], school=None)
    return asked
