"""Who outside keeps the checkpoints: named and ended by the school's DSL or head."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.permissions import Permission
from accounts.viewer import Viewer
from ledger.models import Keeper
from ledger.recording import record_change
from records import bodies
from safeguard.errors import DomainError, NotAllowed


class AlreadyKeeps(DomainError):
    """This address is sent the checkpoints already."""


def add_keeper(*, by: Viewer, submission: UUID, name: str, part: str, address: str) -> Keeper:
    """Have somebody outside sent the checkpoints from today on; the same form twice is once."""
    by.require(Permission.NAME_KEEPERS)
    address = address.strip().lower()
    keeper = Keeper(id=submission, school=by.school, name=name, part=part, address=address)
    try:
        with transaction.atomic():
            keeper.save(force_insert=True)
            record_change(by=by, obj=keeper.pk, body=bodies.keeper(keeper))
    except IntegrityError:
        known = Keeper.objects.filter(pk=submission, school=by.school).first()
        if known is None:
            raise AlreadyKeeps(f"{address} is sent the checkpoints already.") from None
        return known
    return keeper


def end_keeper(*, by: Viewer, keeper: Keeper) -> None:
    """Send somebody no more checkpoints; what they have stays with them."""
    by.require(Permission.NAME_KEEPERS)
    if keeper.school_id != by.school.pk:
        raise NotAllowed("You cannot change who keeps another school's checkpoints.")
    with transaction.atomic():
        if Keeper.objects.filter(pk=keeper.pk, ended_at=None).update(ended_at=timezone.now()):
            ended = Keeper.objects.get(pk=keeper.pk)
            record_change(by=by, obj=ended.pk, body=bodies.keeper(ended))
