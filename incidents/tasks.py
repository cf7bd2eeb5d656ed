"""What the worker does for incidents: sends alerts that wait, and forgets what was abandoned."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from incidents import drafting, emails, orphans, scanning, viewing
from incidents.slips import counting
from safeguard import clamav, outbox
from safeguard.models import Outbox

LONG_ENOUGH = 240  # seconds


@shared_task
def send_waiting_alerts() -> None:
    """Send every alert that is due; beat calls it every 30 s, a commit nudges it sooner."""
    outbox.work_off(Outbox.Kind.ALERT, lambda row: emails.send_alert(row.key))


@shared_task
def prepare_waiting_copies() -> None:
    """Make what is looked at of every file that waits; beat calls it every 30 s, a commit sooner.

    After some minutes the rest is left to the next call: Celery's own limit kills the worker.
    """
    began = monotonic()
    while viewing.prepare_next(timezone.now()) and monotonic() - began < LONG_ENOUGH:
        pass


@shared_task
def find_unprepared_files() -> None:
    """Have copies made of files of before there were any."""
    viewing.find_unprepared()


@shared_task
def scan_waiting_files() -> None:
    """Have every file scanned that is due; beat calls it every 30 s, a commit nudges it sooner.

    After some minutes the rest is left to the next call: Celery's own limit kills the worker.
    """
    began = monotonic()
    if clamav.is_configured():
        while scanning.scan_next(timezone.now()):
            if monotonic() - began > LONG_ENOUGH:
                break
    scanning.tell_leads()


@shared_task
def find_unscanned_files() -> None:
    """Ask for files that nobody has asked for, as when a scanner is new."""
    scanning.find_unscanned()


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
