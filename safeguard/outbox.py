"""The one place where anything is handed to the worker.

`put` writes a row in the caller's transaction and nudges the broker after commit. A dead broker
loses nothing: beat asks for the waiting rows every 30 seconds. The row lock is the lease: a
worker that dies gives it back at once.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.utils import timezone

from safeguard import walls
from safeguard.failpoints import failpoint
from safeguard.models import Outbox

logger = logging.getLogger(__name__)

TASKS = {
    Outbox.Kind.ALERT: "incidents.tasks.send_waiting_alerts",
    Outbox.Kind.PASSWORD_RESET: "accounts.tasks.send_waiting_password_resets",
    Outbox.Kind.REPORT: "reports.tasks.make_waiting_reports",
    Outbox.Kind.CHECKPOINT_MAIL: "records.tasks.send_waiting_checkpoint_mail",
    Outbox.Kind.VERIFICATION: "ledger.tasks.verify_waiting_ledgers",
    Outbox.Kind.CHECKPOINT: "ledger.tasks.take_waiting_checkpoints",
    Outbox.Kind.ACCOUNT_NOTICE: "accounts.tasks.send_waiting_account_notices",
    Outbox.Kind.ANOMALY_MAIL: "records.tasks.send_waiting_anomaly_mail",
    Outbox.Kind.COPY: "incidents.tasks.prepare_waiting_copies",
    Outbox.Kind.SCAN: "incidents.tasks.scan_waiting_files",
    Outbox.Kind.DRAFT_NOTICE: "incidents.tasks.send_waiting_draft_notices",
    Outbox.Kind.SLIP: "incidents.tasks.send_waiting_slip_notices",
}
MAIL = frozenset(
    {
        *(Outbox.Kind.ALERT, Outbox.Kind.PASSWORD_RESET, Outbox.Kind.SLIP),
        *(Outbox.Kind.CHECKPOINT_MAIL, Outbox.Kind.ACCOUNT_NOTICE, Outbox.Kind.ANOMALY_MAIL),
        Outbox.Kind.DRAFT_NOTICE,
    }
)
LONGEST_PAUSE = timedelta(minutes=15)
# With the mail server down each try waits for a time-out; the rest is swept up in half a minute.
FAILURES_BEFORE_A_REST = 5


def put(
    kind: Outbox.Kind, keys: Iterable[UUID], *, school: UUID | None, urgent: bool = False
) -> None:
    """Promise an errand for each key in this transaction; nudge the worker once it has committed.

    The worker acts in that school when it does it; in none for an errand about an account. What is
    urgent goes first when many wait. Promising what is promised already changes nothing.
    """
    rows = [Outbox(kind=kind, key=key, school=school, urgent=urgent) for key in keys]
    Outbox.objects.bulk_create(rows, ignore_conflicts=True)
    waiting = [callback for _, callback, _ in transaction.get_connection().run_on_commit]
    if rows and NUDGES[kind] not in waiting:  # one nudge a transaction is enough
        transaction.on_commit(NUDGES[kind], robust=True)


def nudge(kind: Outbox.Kind) -> None:
    """Tell the worker that something of this kind waits; failing is harmless and logged."""
    try:
        current_app.send_task(TASKS[kind], retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - any broker trouble: the sweep will find the row
        logger.warning("outbox: nudge failed kind=%s error=%s", kind, type(error).__name__)


NUDGES = {kind: partial(nudge, kind) for kind in Outbox.Kind}


@contextmanager
def claim(kind: Outbox.Kind, now: datetime) -> Iterator[Outbox | None]:
    """Lend the next due row of this kind, locked until the block ends; None when there is none.

    Inside the block the worker acts in the row's school.
    Leaving the block marks the errand done; an exception inside it is recorded (its class name
    only, never its text) and the row is due again after a pause that doubles.
    """
    with transaction.atomic():
        row = (
            Outbox.objects.select_for_update(skip_locked=True)
            .filter(kind=kind, done_at=None, next_try_at__lte=now)
            .order_by("-urgent", "next_try_at", "id")
            .first()
        )
        if row is None:
            yield None
            return
        failpoint("outbox.after_claim")
        try:
            with walls.acting_in(row.school), transaction.atomic():
                yield row
        except Exception as error:  # noqa: BLE001 - whatever failed, the errand stays promised
            row.tries += 1
            row.last_error = type(error).__name__
            row.next_try_at = now + min(
                timedelta(seconds=5 * 2 ** min(row.tries, 10)), LONGEST_PAUSE
            )
            row.save(update_fields=["tries", "last_error", "next_try_at"])
            logger.warning("outbox: failed kind=%s key=%s error=%s", kind, row.key, row.last_error)
        else:
            row.done_at = now
            row.tries += 1
            row.save(update_fields=["done_at", "tries"])


def work_off(kind: Outbox.Kind, do: Callable[[Outbox], object]) -> None:
    """Do what is due of this kind, one transaction each, until none is left or five have failed.

    Beat has it called every 30 seconds and a commit nudges it sooner; a row that another worker
    holds is skipped.
    """
    failures = 0
    while failures < FAILURES_BEFORE_A_REST:
        with claim(kind, timezone.now()) as row:
            if row is None:
                return
            do(row)
        failures += row.done_at is None
