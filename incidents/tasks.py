"""What the worker does for incidents: sends alerts that wait, and forgets what was abandoned."""

from celery import shared_task
from django.utils import timezone

from incidents import drafting, emails, orphans
from safeguard import outbox
from safeguard.models import Outbox

# With the mail server down each try waits for a time-out; the rest is swept up in half a minute.
FAILURES_BEFORE_A_REST = 5


@shared_task
def send_waiting_alerts() -> None:
    """Send every alert that is due, one transaction each, until none is left.

    Beat calls it every 30 seconds and a commit nudges it sooner; a row that another worker holds
    is skipped.
    """
    failures = 0
    while failures < FAILURES_BEFORE_A_REST:
        with outbox.claim(Outbox.Kind.ALERT, timezone.now()) as row:
            if row is None:
                return
            emails.send_alert(row.key)
        failures += row.done_at is None


@shared_task
def forget_old_drafts() -> None:
    """Delete drafts untouched for a fortnight, of which their authors' home pages told them."""
    drafting.forget_old(timezone.now())


@shared_task
def forget_orphans() -> None:
    """Delete what a crash left in the folder of files between the bytes and their row."""
    orphans.forget(timezone.now())
