"""What the ledger commits to of a disposal: what was proposed, by whom and why.

The two who approved and what is erased stand in the entry itself, open to everybody.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from ledger.bodies import Said, Source, register
from ledger.models import Kind
from records.models import Disposal


def of_disposal(disposal: Disposal) -> Said:
    """Say that two people agreed to remove what was proposed."""
    body = {
        "proposed_by": disposal.proposed_by_id,
        "proposed_at": disposal.recorded_at,
        "rule": disposal.rule,
        "reason": disposal.reason,
        "incidents": sorted(disposal.incidents),
        "actions": sorted(disposal.actions),
    }
    return Said(Kind.DISPOSAL, disposal.school_id, disposal.pk, body)


def _say(keys: Sequence[UUID]) -> Iterable[Said]:
    return map(of_disposal, Disposal.objects.filter(pk__in=keys))


# A proposal has its entry when it is executed, and not before.
register("disposals", Source(frozenset({Kind.DISPOSAL}), Disposal.objects.executed, _say))
