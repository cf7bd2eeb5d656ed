"""What the ledger commits to of what is recorded about a pupil."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import F, QuerySet

from ledger.bodies import Said, Source, entry_id, register, register_setting
from ledger.models import Kind
from pupils.models import BreakGlass, BreakGlassReview, Conflict, StatusChange, TeamMember

CONFLICT = "conflict"
TEAM = "team"


def of_status(change: StatusChange) -> Said:
    """Say that a safeguarding status began or ended."""
    body = {
        "pupil": change.pupil_id,
        "kind": change.kind,
        "change": change.change,
        "on_date": change.on_date,
        "authority": change.authority,
        "worker": change.worker,
        "note": change.note,
        "by": change.by_id,
        "recorded_at": change.recorded_at,
    }
    return Said(Kind.STATUS, change.pupil.school_id, change.pk, body)


def of_break_glass(opened: BreakGlass) -> Said:
    """Say that a pupil's file was opened in an emergency."""
    body = {
        "pupil": opened.pupil_id,
        "by": opened.by_id,
        "reason": opened.reason,
        "ends_at": opened.ends_at,
        "recorded_at": opened.recorded_at,
    }
    return Said(Kind.EMERGENCY, opened.school_id, opened.pk, body)


def of_break_glass_review(review: BreakGlassReview) -> Said:
    """Say what another lead thought of it."""
    body = {"by": review.by_id, "judgement": review.judgement, "recorded_at": review.recorded_at}
    return Said(
        Kind.EMERGENCY_REVIEWED,
        review.of.school_id,
        review.pk,
        body,
        acts_on=[entry_id(Kind.EMERGENCY, review.of_id)],
    )


def conflict(held: Conflict) -> dict[str, object]:
    """Return what the ledger keeps of a conflict of interest as it stands now."""
    return {
        "setting": CONFLICT,
        "user": held.user_id,
        "pupil": held.pupil_id,
        "kind": held.kind,
        "starts_on": held.starts_on,
        "ends_on": held.ends_on,
    }


def team_member(held: TeamMember) -> dict[str, object]:
    """Return what the ledger keeps of somebody's part in a child's team as it stands now."""
    return {
        "setting": TEAM,
        "user": held.user_id,
        "pupil": held.pupil_id,
        "part": held.part,
        "starts_on": held.starts_on,
        "ends_on": held.ends_on,
    }


def _say(keys: Sequence[UUID]) -> Iterable[Said]:
    return map(of_status, StatusChange.objects.filter(pk__in=keys).select_related("pupil"))


register("statuses", Source(frozenset({Kind.STATUS}), StatusChange.objects.all, _say))


def _say_opened(keys: Sequence[UUID]) -> Iterable[Said]:
    return map(of_break_glass, BreakGlass.objects.filter(pk__in=keys))


def _say_reviews(keys: Sequence[UUID]) -> Iterable[Said]:
    rows = BreakGlassReview.objects.filter(pk__in=keys).select_related("of")
    return map(of_break_glass_review, rows)


register("emergencies", Source(frozenset({Kind.EMERGENCY}), BreakGlass.objects.all, _say_opened))
register(
    "reviews of emergencies",
    Source(frozenset({Kind.EMERGENCY_REVIEWED}), BreakGlassReview.objects.all, _say_reviews),
)


def _conflicts() -> QuerySet[Conflict]:
    return Conflict.objects.annotate(recorded_at=F("starts_on"))


def _team_members() -> QuerySet[TeamMember]:
    return TeamMember.objects.annotate(recorded_at=F("starts_on"))


register_setting("conflicts of interest", _conflicts, conflict, frozenset({CONFLICT}))
register_setting("teams around a child", _team_members, team_member, frozenset({TEAM}))
