"""What people do about a pupil's file: record that a safeguarding status began or ended."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Permission
from accounts.viewer import Viewer
from ledger.recording import record
from pupils import bodies
from pupils.models import Pupil, StatusChange
from safeguard.errors import DomainError, NotAllowed


class NotYetThatDay(DomainError):
    """The day given lies in the future."""


@transaction.atomic
def record_status(
    *,
    by: Viewer,
    pupil: Pupil,
    kind: str,
    change: str,
    on_date: date,
    authority: str = "",
    worker: str = "",
    note: str = "",
) -> StatusChange:
    """Record that a status began or ended on a day; saying the same twice is one row.

    A row cannot be taken back, so a double click must not make two. The pupil's row is the lock.
    """
    by.require(Permission.RECORD_STATUS)
    known = Pupil.objects.visible_to(by).filter(pk=pupil.pk).select_for_update().first()
    if known is None:
        raise NotAllowed("You cannot record a status for this pupil.")
    if on_date > timezone.localdate():
        raise NotYetThatDay("Give a day that is not in the future.")
    said = {
        "pupil": known,
        "kind": kind,
        "change": change,
        "on_date": on_date,
        "authority": authority,
        "worker": worker,
        "note": note,
        "by": by.user,
    }
    recorded = StatusChange.objects.visible_to(by).filter(**said).first()
    if recorded is None:
        recorded = StatusChange.objects.create(**said)
        record(bodies.of_status(recorded), by=by)
    return recorded
