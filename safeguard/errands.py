"""An errand that takes longer than a transaction should: taken for a while, not locked.

`outbox.claim` keeps the row locked while the work is done, and nothing the worker writes can be
seen until it ends: right for a mail, wrong for a report whose progress somebody watches. Here the
errand is put off for the length of a lease, which the worker renews while it lives. A worker that
dies renews nothing, and the errand is due again. `try_number` tells the worker that has it from
one that had it before and was only slow.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from safeguard.models import Outbox

LEASE = timedelta(seconds=90)


@dataclass(frozen=True)
class Errand:
    """An errand in this worker's hands."""

    pk: UUID
    key: UUID
    school: UUID | None
    try_number: int


def take(kind: Outbox.Kind, now: datetime) -> Errand | None:
    """Take the next due errand of this kind for the length of a lease; None when there is none."""
    with transaction.atomic():
        row = (
            Outbox.objects.select_for_update(skip_locked=True)
            .filter(kind=kind, done_at=None, next_try_at__lte=now)
            .order_by("next_try_at", "id")
            .first()
        )
        if row is None:
            return None
        row.tries += 1
        row.next_try_at = now + LEASE
        row.save(update_fields=["tries", "next_try_at"])
    return Errand(pk=row.pk, key=row.key, school=row.school, try_number=row.tries)


def renew(errand: Errand, now: datetime) -> bool:
    """Keep the errand for another lease; False when somebody else has taken it meanwhile."""
    return bool(_held(errand).update(next_try_at=now + LEASE))


def settle(errand: Errand, now: datetime) -> bool:
    """Mark the errand done, in the transaction that does it; False when it is no longer ours."""
    return bool(_held(errand).update(done_at=now))


def put_off(errand: Errand, until: datetime) -> bool:
    """Give the errand back, to be done later; False when somebody else has taken it meanwhile."""
    return bool(_held(errand).update(next_try_at=until))


def _held(errand: Errand):
    return Outbox.objects.filter(pk=errand.pk, tries=errand.try_number, done_at=None)
