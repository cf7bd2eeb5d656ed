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

from ledger.bodies import SOURCES, Source, setting_of
from ledger.models import SealedBody
from ledger.recording import adopt
from safeguard import walls

BATCH = 500


def without_entry(source: Source, school: UUID) -> Iterator[UUID]:
    """Yield the keys of a school's rows that no entry tells of, oldest first."""
    rows = source.rows().order_by("recorded_at", "id")
    if source.school:
        rows = rows.filter(**{source.school: school})
    told = SealedBody.objects.filter(kind__in=source.kinds)
    if not source.settings:
        rows = rows.filter(~Exists(told.filter(obj=OuterRef("pk"))))
        return rows.values_list("pk", flat=True).iterator()
    keys = list(rows.values_list("pk", flat=True))
    bodies = told.filter(obj__in=keys).values_list("obj", "body")
    known = {obj for obj, body in bodies if setting_of(body) in source.settings}
    return (key for key in keys if key not in known)


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
        remaining = iter(list(without_entry(source, school)))
        while batch := list(islice(remaining, BATCH)):
            with transaction.atomic():
                order = {key: place for place, key in enumerate(batch)}
                adopt(sorted(source.say(batch), key=lambda said: order[said.obj]))
            done[name] += len(batch)
    return done
