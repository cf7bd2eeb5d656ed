"""What the ledger commits to of a disposal, and of who keeps the checkpoints outside.

Of a disposal: what was proposed, by whom and why. The two who approved and what is erased stand in
the entry itself, open to everybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import F, QuerySet

from ledger.bodies import Said, Source, register, register_setting
from ledger.models import Keeper, Kind
from records.models import Disposal

KEEPER_ADDED = "keeper added"
KEEPER_ENDED = "keeper ended"


def of_disposal(disposal: Disposal) -> Said:
    """Say that two people agreed to remove what was proposed."""
    body = {
        "proposed_by": disposal.proposed_by_id,
        "proposed_at": disposal.recorded_at,
        "rule": disposal.rule,
        "reason": disposal.reason,
        "incidents": sorted(disposal.incidents),
        "actions": sorted(disposal.actions),
        "slips": sorted(disposal.slips),
    }
    return Said(Kind.DISPOSAL, disposal.school_id, disposal.pk, body)


def keeper(named: Keeper) -> Mapping[str, object]:
    """Return what the ledger keeps of somebody who is, or was, sent the checkpoints."""
    return {
        "setting": KEEPER_ADDED if named.ended_at is None else KEEPER_ENDED,
        "keeper": named.pk,
        "name": named.name,
        "part": named.part,
        "address": named.address,
    }


def _say(keys: Sequence[UUID]) -> Iterable[Said]:
    return map(of_disposal, Disposal.objects.filter(pk__in=keys))


# A proposal has its entry when it is executed, and not before.
register("disposals", Source(frozenset({Kind.DISPOSAL}), Disposal.objects.executed, _say))


def _keepers() -> QuerySet[Keeper]:
    return Keeper.objects.annotate(recorded_at=F("added_at"))


register_setting(
    "keepers of checkpoints", _keepers, keeper, frozenset({KEEPER_ADDED, KEEPER_ENDED})
)
