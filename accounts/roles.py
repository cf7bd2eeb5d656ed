"""Who works where, in which role, and who had to agree to it.

A role by which somebody reads what others recorded is proposed by one person and given by another,
neither of whom is the one who is to have it (SR-51, AC32). Any other is given at once. Nobody
changes their own roles. A role can be ended by one person: every DSL and the head are told.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import bodies
from accounts.holders import require_two_after
from accounts.leaving import nothing_left_empty
from accounts.models import (
    AccountNotice,
    Membership,
    RoleDecision,
    RoleProposal,
    School,
    User,
)
from accounts.permissions import SAFEGUARDING_ROLES, Permission, Role
from accounts.services import notify
from accounts.viewer import Viewer
from ledger.recording import pseudonym, record, record_change
from safeguard.errors import DomainError, NotAllowed

ONE_DAY = timedelta(days=1)
INSPECTION_LASTS = timedelta(days=5)
TOLD = (Role.DSL, Role.HEAD)


class RoleHasEnded(DomainError):
    """The role has a last day already."""


class HeldAlready(DomainError):
    """The person has the role in those days."""


class NotForOneself(DomainError):
    """Nobody changes their own rights."""


class NeedsSecondPerson(DomainError):
    """Somebody else has to agree, or has not been asked the right way."""


class ProposalIsOver(DomainError):
    """The proposal was decided, or waited too long."""


class DatesDoNotFit(DomainError):
    """The days given are the wrong way round, or too far apart."""


@dataclass(frozen=True)
class Term:
    """In which post, and between which days, somebody is to have a role."""

    job_title: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class Given:
    """What came of asking for roles: those that hold, and those that wait for a second person."""

    roles: list[Membership] = field(default_factory=list)
    proposals: list[RoleProposal] = field(default_factory=list)


def grant_role(
    *,
    by: Viewer,
    user: User,
    role: Role,
    job_title: str = "",
    starts_on: date = date(2000, 1, 1),
    ends_on: date | None = None,
) -> Membership:
    """Give somebody a role in the school acted in; the ledger takes down who gave it.

    The school's system user gives any role, from the console; a person gives those for which
    nobody else has to be asked.
    """
    if not by.user.is_system:
        _require_may_change(by, user)
        if role in SAFEGUARDING_ROLES:
            raise NeedsSecondPerson("A second person has to agree to this role: propose it.")
    return _give(by, user, role, Term(job_title, starts_on, ends_on))


def give_or_propose(*, by: Viewer, user: User, roles: list[Role], term: Term) -> Given:
    """Give the roles that one person may give, and propose the others."""
    given = Given()
    with transaction.atomic():
        for role in roles:
            if role in SAFEGUARDING_ROLES:
                given.proposals.append(propose_role(by=by, user=user, role=role, term=term))
            else:
                starts_on = term.starts_on or timezone.localdate()
                granted = grant_role(
                    by=by,
                    user=user,
                    role=role,
                    job_title=term.job_title,
                    starts_on=starts_on,
                    ends_on=term.ends_on,
                )
                given.roles.append(granted)
    return given


def propose_role(*, by: Viewer, user: User, role: Role, term: Term) -> RoleProposal:
    """Propose that somebody be given a safeguarding role; those who may agree are told at once."""
    _require_may_change(by, user)
    _require_fits(by.school, user, role, term)
    now = timezone.now()
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)  # one after the other
        waiting = RoleProposal.objects.filter(school=by.school, user=user, role=role).waiting(now)
        if waiting.exists():
            raise HeldAlready("This role has been proposed for them and waits for an answer.")
        proposal = RoleProposal.objects.create(
            school=by.school,
            user=user,
            role=role,
            job_title=term.job_title,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            proposed_by=by.user,
        )
        record_change(by=by, obj=proposal.pk, body=bodies.role_proposed(proposal))
        tell_leads(by.school, AccountNotice.What.PROPOSAL, but={user, by.user})
    return proposal


def approve_role(*, by: Viewer, proposal: RoleProposal, now: datetime) -> Membership:
    """Give a proposed role, as the second person: not who proposed it, nor who is to have it."""
    by.require(Permission.APPROVE_RIGHTS)
    held = _still_waiting(by, proposal, now)
    if by.user_id == held.user_id:
        raise NotForOneself("Somebody else has to agree to a role of yours.")
    if by.user_id == held.proposed_by_id:
        raise NeedsSecondPerson("You proposed it: a second person has to agree.")
    if not held.user.is_active:
        raise ProposalIsOver("This account has ended meanwhile.")
    with transaction.atomic():
        decision = _decided(by, held, approved=True)
        today = timezone.localdate(now)
        starts_on = max(held.starts_on or today, today)
        term = Term(held.job_title, starts_on, held.ends_on)
        return _give(by, held.user, Role(held.role), term, decision)


def refuse_role(*, by: Viewer, proposal: RoleProposal, reason: str, now: datetime) -> RoleDecision:
    """Refuse a proposed role, and say why; whoever proposed it takes it back the same way."""
    held = _still_waiting(by, proposal, now)
    if by.user_id != held.proposed_by_id:
        by.require(Permission.APPROVE_RIGHTS)
    if not reason.strip():
        raise DomainError("Say why not.")
    with transaction.atomic():
        return _decided(by, held, approved=False, reason=reason.strip())


def end_role(*, by: Viewer, membership: Membership, on: date) -> Membership:
    """End a role with this day; the ledger takes down who ended it. It is never made longer."""
    if not by.user.is_system:
        _require_may_change(by, membership.user)
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        held = Membership.objects.select_for_update().get(pk=membership.pk, school=by.school)
        if held.ends_on is not None and held.ends_on <= on:
            raise RoleHasEnded(f"This role ends on {held.ends_on:%-d %B %Y} already.")
        if held.role in SAFEGUARDING_ROLES and not by.user.is_system:
            require_two_after(by.school, role=held, last=on)
        with nothing_left_empty(by.school):
            return close(by, held, on)


def close(by: Viewer, held: Membership, on: date) -> Membership:
    """Write down a role's last day, and tell those who must hear of it; inside a transaction."""
    known = held.ends_on is not None
    held.ends_on = on
    held.save(update_fields=["ends_on"])
    if known:
        record_change(by=by, obj=held.pk, body=bodies.role_shortened(held))
    else:
        record(bodies.of_role_ended(held), by=by, sign=True)
    if held.role in SAFEGUARDING_ROLES and not by.user.is_system:
        tell_leads(by.school, AccountNotice.What.ROLE, also={held.user})
    return held


def tell_leads(
    school: School,
    what: AccountNotice.What,
    *,
    also: set[User] = frozenset(),  # type: ignore[assignment] # nobody
    but: set[User] = frozenset(),  # type: ignore[assignment]
) -> None:
    """Tell every DSL and the head at once, by mail without names, that somebody's rights changed."""
    leads = set(User.objects.holding(TOLD, school, timezone.localdate()))
    for person in sorted((leads | also) - but, key=lambda one: str(one.pk)):
        notify(person, what)


def _require_may_change(by: Viewer, user: User) -> None:
    by.require(Permission.MANAGE_RIGHTS)
    if user.pk == by.user_id:
        raise NotForOneself("Nobody changes their own roles. Ask a colleague who may.")


def _require_fits(school: School, user: User, role: Role, term: Term) -> None:
    starts_on = term.starts_on or timezone.localdate()
    if term.ends_on is not None and term.ends_on < starts_on:
        raise DatesDoNotFit("The last day is before the first.")
    if role == Role.INSPECTOR and (
        term.ends_on is None or term.ends_on - starts_on >= INSPECTION_LASTS
    ):
        raise DatesDoNotFit("An inspector's account is for five days at most: give its last day.")
    rows = Membership.objects.filter(user=user, school=school, role=role)
    if rows.filter(Q(starts_on=starts_on) | Q(ends_on=None) | Q(ends_on__gte=starts_on)).exists():
        raise HeldAlready(f"{user.name} has this role in those days already: {role.label}.")


def _give(
    by: Viewer, user: User, role: Role, term: Term, decision: RoleDecision | None = None
) -> Membership:
    if not by.user.is_system:
        _require_fits(by.school, user, role, term)
    with transaction.atomic():
        membership = Membership.objects.create(
            user=user,
            school=by.school,
            role=role,
            job_title=term.job_title,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
        )
        record(bodies.of_role_granted(membership, decision), by=by, sign=True)
        pseudonym(by.school_id, user.pk)  # now, so that no later transaction has to wait for it
        if term.ends_on is not None:
            record(bodies.of_role_ended(membership), by=by)
        if role in SAFEGUARDING_ROLES and not by.user.is_system:
            tell_leads(by.school, AccountNotice.What.ROLE, also={user})
    return membership


def _still_waiting(by: Viewer, proposal: RoleProposal, now: datetime) -> RoleProposal:
    rows = RoleProposal.objects.visible_to(by).filter(pk=proposal.pk).with_people()
    held = rows.first()
    if held is None:
        raise NotAllowed("There is no such proposal.")
    if not rows.waiting(now).exists():
        raise ProposalIsOver("It was decided already, or has waited for more than a week.")
    return held


def _decided(by: Viewer, held: RoleProposal, *, approved: bool, reason: str = "") -> RoleDecision:
    try:
        with transaction.atomic():
            decision = RoleDecision.objects.create(
                proposal=held, by=by.user, approved=approved, reason=reason
            )
    except IntegrityError as error:
        raise ProposalIsOver("Somebody else has decided it just now.") from error
    record_change(by=by, obj=held.pk, body=bodies.role_decided(decision))
    return decision
