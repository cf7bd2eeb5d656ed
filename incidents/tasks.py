"""What the worker does for incidents: sends alerts that wait, and forgets what was abandoned."""

from celery import shared_task
from django.utils import timezone

from incidents import drafting, emails, orphans
from safeguard import outbox
from safeguard.models import Outbox


@shared_task
def send_waiting_alerts() -> None:
    """Send every alert that is due; beat calls it every 30 s, a commit nudges it sooner."""
    outbox.work_off(Outbox.Kind.ALERT, lambda row: emails.send_alert(row.key))


@shared_task
def forget_old_drafts() -> None:
    """Delete drafts untouched for a fortnight, of which their authors were told; tell the next."""
    now = timezone.now()
    drafting.forget_old(now)
    drafting.tell_authors(now)


@shared_task
def send_waiting_draft_notices() -> None:
    """Tell by mail whose drafts will be deleted; beat calls it every 30 s."""
    outbox.work_off(Outbox.Kind.DRAFT_NOTICE, lambda row: emails.send_draft_notice(row.key))


@shared_task
def forget_orphans() -> None:
    """Delete what a crash left in the folder of files between the bytes and their row."""
    orphans.forget(timezone.now())
