"""What the worker does for the ledger."""

from celery import shared_task
from django.utils import timezone

from ledger import checkpoints, clock, verifying
from ledger.sequencing import BATCH, sequence_access
from safeguard import outbox
from safeguard.models import Outbox


@shared_task
def put_access_on_its_tree() -> None:
    """Put what waits of the access log on its tree, a batch a transaction, until little is left."""
    while sequence_access() == BATCH:
        pass


@shared_task
def take_due_checkpoints() -> None:
    """Have every ledger signed that has grown, and publish what is not published yet."""
    checkpoints.take_due()


@shared_task
def take_waiting_checkpoints() -> None:
    """Have signed at once what must not wait; beat calls it every 30 s, a commit nudges it sooner."""
    outbox.work_off(Outbox.Kind.CHECKPOINT, _take_now)


def _take_now(errand: Outbox) -> None:
    if errand.school is not None:
        checkpoints.take_now(errand.school)


@shared_task
def mark_clock_steps() -> None:
    """Say in every ledger that the clock went back, if it did."""
    clock.mark_steps()


@shared_task
def verify_every_ledger() -> None:
    """Ask for the nightly verification of every school."""
    checkpoints.publish_everything()
    verifying.ask_for_every_school()


@shared_task(time_limit=4 * 3600)
def verify_waiting_ledgers() -> None:
    """Verify what was asked for; beat calls it every 30 s, a commit nudges it sooner."""
    while verifying.verify_next(timezone.now()):
        pass
