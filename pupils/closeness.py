"""What people say of who is near to a child, works with one, or had to open a file at once."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import AccountNotice, Membership, User
from accounts.permissions import Permission, Role, needed_strength
from accounts.roles import grant_role
from accounts.services import notify
from accounts.viewer import Viewer
from ledger.recording import record, record_change
from pupils import bodies
from pupils.models import (
    AccessReason,
    BreakGlass,
    BreakGlassReview,
    Conflict,
    Pupil,
    TeamMember,
)
from pupils.people import EMERGENCY_LASTS
from safeguard.errors import DomainError, NotAllowed

LEADS = (Role.DSL, Role.DEPUTY_DSL, Role.HEAD)


class NeedsAReason(DomainError):
    """Nothing was given where a reason is asked for."""


class NotForOneself(DomainError):
    """Somebody else has to do this."""


def declare_conflict(*, by: Viewer, user: User, pupil: Pupil, kind: str) -> Conflict:
    """Take down that somebody is too near to a pupil: from now on they see nothing of the child.

    Everybody says so of themselves; leads say so of others too.
    """
    if user.pk != by.user_id:
        by.require(Permission.RECORD_CONFLICT)
    if pupil.school_id != by.school_id or not _works_here(user, by):
        raise NotAllowed("Choose a colleague and a pupil of this school.")
    if kind not in Conflict.Kind:
        raise DomainError("Choose how they are related.")
    today = timezone.localdate()
    with transaction.atomic():
        held = Conflict.objects.current(today).filter(school=by.school, user=user, pupil=pupil)
        known = held.first()
        if known is not None:
            return known
        conflict = Conflict.objects.create(
            school=by.school,
            user=user,
            pupil=pupil,
            kind=kind,
            starts_on=today,
            declared_by=by.user,
        )
        record_change(by=by, obj=conflict.pk, body=bodies.conflict(conflict))
    return conflict


def end_conflict(*, by: Viewer, conflict: Conflict) -> Conflict:
    """End a conflict at once; never one's own: that would open what it keeps closed."""
    by.require(Permission.RECORD_CONFLICT)
    if conflict.user_id == by.user_id:
        raise NotForOneself("Ask the DSL or the head to end your own conflict of interest.")
    with transaction.atomic():
        rows = Conflict.objects.visible_to(by).select_for_update(of=("self",))
        held = rows.filter(pk=conflict.pk).first()
        if held is None:
            raise NotAllowed("There is no such conflict of interest.")
        held.ends_on = timezone.localdate() - timedelta(days=1)
        held.save(update_fields=["ends_on"])
        record_change(by=by, obj=held.pk, body=bodies.conflict(held))
    return held


def join_team(
    *, by: Viewer, pupil: Pupil, user: User, part: str, ends_on: date | None = None
) -> TeamMember:
    """Take somebody into the team around a child: with the authenticator they read its records."""
    by.require(Permission.NAME_TEAM)
    if not Pupil.objects.visible_to(by).contains(pupil) or not _works_here(user, by):
        raise NotAllowed("Choose a colleague and a pupil of this school.")
    if not part.strip():
        raise DomainError("Say what their part in the team is.")
    today = timezone.localdate()
    with transaction.atomic():
        member = TeamMember.objects.create(
            school=by.school,
            pupil=pupil,
            user=user,
            part=part.strip(),
            starts_on=today,
            ends_on=ends_on,
            named_by=by.user,
        )
        record_change(by=by, obj=member.pk, body=bodies.team_member(member))
        _let_read(user, by)
    return member


def _let_read(user: User, by: Viewer) -> None:
    """Give the role by which a team is read to somebody who has none; by itself it opens nothing."""
    held = Membership.objects.current(timezone.localdate()).filter(user=user, school=by.school)
    roles = frozenset(map(Role, held.values_list("role", flat=True)))
    if needed_strength(roles, Permission.READ_INCIDENTS) is None:
        grant_role(by=by, user=user, role=Role.KEY_WORKER, starts_on=timezone.localdate())


def leave_team(*, by: Viewer, member: TeamMember) -> TeamMember:
    """End somebody's part in the team around a child, at once: yesterday was their last day."""
    by.require(Permission.NAME_TEAM)
    with transaction.atomic():
        rows = TeamMember.objects.visible_to(by).select_for_update(of=("self",))
        held = rows.filter(pk=member.pk).first()
        if held is None:
            raise NotAllowed("There is no such member of a team.")
        held.ends_on = timezone.localdate() - timedelta(days=1)
        held.save(update_fields=["ends_on"])
        record_change(by=by, obj=held.pk, body=bodies.team_member(held))
    return held


def break_glass(*, by: Viewer, pupil: Pupil, reason: str) -> BreakGlass:
    """Open a pupil's file for some hours because it cannot wait; every lead is told at once.

    It opens no file of a child to whom the person is too near, nothing that is limited to named
    readers, and nothing about the person.
    """
    by.require(Permission.BREAK_GLASS)
    if not reason.strip():
        raise NeedsAReason("Say why it cannot wait. The leads read it at once.")
    near = Conflict.objects.of(by).filter(pupil=pupil)
    if pupil.school_id != by.school_id or near.exists():
        raise NotAllowed("There is no such pupil.")
    now = timezone.now()
    with transaction.atomic():
        opened = BreakGlass.objects.create(
            school=by.school,
            pupil=pupil,
            by=by.user,
            reason=reason.strip(),
            ends_at=now + EMERGENCY_LASTS,
        )
        record(bodies.of_break_glass(opened), by=by, sign=True)
        leads = User.objects.holding(LEADS, by.school, timezone.localdate())
        away = Conflict.objects.current(timezone.localdate()).filter(pupil=pupil).values("user")
        for lead in leads.exclude(pk=by.user_id).exclude(pk__in=away):
            notify(lead, AccountNotice.What.EMERGENCY)
    return opened


def review_break_glass(*, by: Viewer, opened: BreakGlass, judgement: str) -> BreakGlassReview:
    """Take down what another lead thinks of a file that was opened in an emergency."""
    by.require(Permission.REVIEW_BREAK_GLASS)
    if not BreakGlass.objects.visible_to(by).contains(opened):
        raise NotAllowed("There is nothing to review.")
    if opened.by_id == by.user_id:
        raise NotForOneself("Somebody else reviews what you opened.")
    if not judgement.strip():
        raise NeedsAReason("Say whether it was right, and what follows from it.")
    with transaction.atomic():
        review, is_new = BreakGlassReview.objects.get_or_create(
            of=opened, defaults={"by": by.user, "judgement": judgement.strip()}
        )
        if is_new:
            record(bodies.of_break_glass_review(review), by=by)
    return review


def give_reason(*, by: Viewer, pupil: Pupil, reason: str) -> AccessReason:
    """Take down why somebody looks at what asks for a reason; it counts for half a day."""
    if not Pupil.objects.listed_for(by).contains(pupil):
        raise NotAllowed("There is no such pupil.")
    if not reason.strip():
        raise NeedsAReason("Say why you need to read it.")
    return AccessReason.objects.create(
        school=by.school, pupil=pupil, by=by.user, reason=reason.strip()
    )


def _works_here(user: User, by: Viewer) -> bool:
    here = User.objects.working_at(by.school, timezone.localdate())
    return here.filter(pk=user.pk).exists()
