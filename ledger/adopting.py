"""Taking into the ledger what was recorded before there was one, or behind its back.

Safeguard itself is the actor: the ledger can say that a row was there on this day and what it said,
not who stood behind it when. Rows come in the order of causes before effects.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from ledger.bodies import SOURCES, Source
from ledger.models import SealedBody
from ledger.recording import adopt
from safeguard import walls

BATCH = 500


def without_entry(source: Source) -> Iterator[UUID]:
    """Yield the keys of rows that no entry tells of, oldest first."""
    told = SealedBody.objects.filter(obj=OuterRef("pk"), kind__in=source.kinds)
    rows = source.rows().filter(~Exists(told)).order_by("recorded_at", "id")
    return rows.values_list("pk", flat=True).iterator()


def adopt_everything() -> dict[str, int]:
    """Give every row of every table without an entry its entry; return how many in each."""
    done: Counter[str] = Counter({name: 0 for name in SOURCES if name != "access log"})
    for school in walls.schools():
        with walls.acting_in(school):
            done.update(_adopt_in(school))
    return dict(done)


def _adopt_in(school: UUID) -> Counter[str]:
    done: Counter[str] = Counter()
    for name, source in SOURCES.items():
        if name == "access log":
            continue  # it waits in a queue of its own
        remaining = iter(list(without_entry(source)))
        while batch := list(islice(remaining, BATCH)):
            with transaction.atomic():
                order = {key: place for place, key in enumerate(batch)}
                # Not every table is walled off: roles of other schools are theirs to adopt.
                ours = [said for said in source.say(batch) if said.school_id == school]
                adopt(sorted(ours, key=lambda said: order[said.obj]))
            done[name] += len(ours)
    return done
