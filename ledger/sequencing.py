"""Putting the access log on its tree, in batches, within the minute.

A look is logged in autocommit by a role that may do nothing else, so that no page waits for the
head's lock. Taking from the queue and adding to the tree is one transaction: killed at any
point, a row still waits or is on the tree, and on it once.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from ledger.bodies import Said, Source, register
from ledger.models import AccessEntry, AccessWaiting, Kind, SealedBody, Tree, Via
from ledger.recording import pseudonym, row
from safeguard import walls
from safeguard.failpoints import failpoint

BATCH = 500  # the head moves once for each, and a row that moved often is slow to move again
EXPORTS = frozenset(
    {
        "attachment.opened",
        "attachment.original",
        "bundle.exported",
        "incident.proof",
        "report.asked",
        "report.made",
        "report.downloaded",
    }
)


def of_access(entry: AccessEntry) -> Said:
    """Say that somebody of a school looked, was refused, or took a copy away."""
    if entry.school is None:
        raise ValueError("a reading that belongs to no school stands on no tree")
    body = {
        "event": entry.event,
        "user": entry.user,
        "pupil": entry.pupil,
        "target": entry.target,
        "page": entry.page,
        "elevated": entry.elevated,
        "detail": entry.detail,
        "recorded_at": entry.recorded_at,
    }
    return Said(kind_of(entry.event), entry.school, entry.pk, body)


def kind_of(event: str) -> Kind:
    """Return what an event of the access log is called in the ledger."""
    if event.startswith("denied:"):
        return Kind.DENIED
    return Kind.EXPORTED if event in EXPORTS else Kind.VIEWED


def sequence_access() -> int:
    """Put the longest waiting rows of the access log on their trees; return how many."""
    _name_everybody()
    with transaction.atomic():
        waiting = AccessWaiting.objects.select_for_update(skip_locked=True)
        keys = [one.pk for one in waiting.order_by("recorded_at", "id")[:BATCH]]
        # By school, so that two of these at once take the heads in the same order.
        for school in walls.schools():
            with walls.acting_in(school):
                _take_down(AccessEntry.objects.filter(pk__in=keys, school=school))
        failpoint("sequencer.after_insert_before_delete")
        AccessWaiting.objects.filter(pk__in=keys).delete()
    return len(keys)


def _take_down(entries: QuerySet[AccessEntry]) -> None:
    called = _Names()
    SealedBody.objects.bulk_create(
        row(of_access(entry), called[entry.school, entry.user], _via(entry), Tree.ACCESS)
        for entry in entries.order_by("recorded_at", "id")
    )


def _name_everybody() -> None:
    """Give names before the batch's transaction: two that name people at once would wait in turn."""
    waiting = AccessWaiting.objects.order_by("recorded_at", "id").values_list("pk", flat=True)
    keys = list(waiting[:BATCH])
    for school in walls.schools() if keys else []:
        with walls.acting_in(school):
            who = AccessEntry.objects.filter(pk__in=keys, school=school).order_by("user")
            for user in who.values_list("user", flat=True).distinct():
                pseudonym(school, user)


class _Names(dict):
    """What people are called in each school, asked once each."""

    def __missing__(self, who):
        self[who] = pseudonym(*who)
        return self[who]


def _via(entry: AccessEntry) -> Via:
    if entry.user is None:
        return Via.SYSTEM
    return Via.ELEVATED if entry.elevated else Via.SIGNED_IN


def _say(keys: Sequence[UUID]) -> Iterable[Said]:
    return map(of_access, AccessEntry.objects.filter(pk__in=keys))


def _rows() -> QuerySet:
    return AccessEntry.objects.exclude(school=None)


register("access log", Source(frozenset({Kind.VIEWED, Kind.DENIED, Kind.EXPORTED}), _rows, _say))
