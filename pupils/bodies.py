"""What the ledger commits to of what is recorded about a pupil."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from ledger.bodies import Said, Source, register
from ledger.models import Kind
from pupils.models import StatusChange


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


def _say(keys: Sequence[UUID]) -> Iterable[Said]:
    return map(of_status, StatusChange.objects.filter(pk__in=keys).select_related("pupil"))


register("statuses", Source(frozenset({Kind.STATUS}), StatusChange.objects.all, _say))
