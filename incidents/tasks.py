"""What the worker does for incidents: sends alerts that wait, and forgets what was abandoned."""

from celery import shared_task
from django.utils import timezone

from incidents import drafting, emails, orphans
from incidents.slips import counting
from safeguard import outbox
from safeguard.models import Outbox


@shared_task
def send_waiting_alerts() -> None:
    """Send every alert that is due; beat calls it every 30 s, a commit nudges it sooner."""
    outbox.work_off(Outbox.Kind.ALERT, lambda row: emails.send_alert(row.key))


@shared_task
def send_waiting_slip_notices() -> None:
    """Tell of every visitor's slip that is due; beat calls it every 30 s, a commit nudges it sooner."""
    outbox.work_off(Outbox.Kind.SLIP, lambda row: emails.send_slip_notice(row.key))


@shared_task
def forget_slip_counts() -> None:
    """Delete what was counted of the places that slips came from on earlier days."""
    counting.forget(timezone.localdate())


@shared_task
def forget_old_drafts() -> None:
    """Delete drafts untouched for a fortnight, of which their authors' home pages told them."""
    drafting.forget_old(timezone.now())


@shared_task
def forget_orphans() -> None:
    """Delete what a crash left in the folder of files between the bytes and their row."""
    orphans.forget(timezone.now())
