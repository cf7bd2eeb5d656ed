"""What the worker does about accounts."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts import emails, keeping, sessions
from accounts.models import AccountNotice, PasswordResetRequest
from safeguard import outbox
from safeguard.models import Outbox


@shared_task
def send_waiting_password_resets() -> None:
    """Send every link that is waiting; beat calls it every 30 s, a commit nudges it sooner."""
    waiting = PasswordResetRequest.objects.select_related("user", "invited_by")
    outbox.work_off(
        Outbox.Kind.PASSWORD_RESET,
        lambda row: emails.send_password_reset(waiting.get(pk=row.key), timezone.now()),
    )


@shared_task
def send_waiting_account_notices() -> None:
    """Send every notice that waits; beat calls it every 30 s, a commit nudges it sooner."""
    waiting = AccountNotice.objects.select_related("user")
    outbox.work_off(
        Outbox.Kind.ACCOUNT_NOTICE, lambda row: emails.send_notice(waiting.get(pk=row.key))
    )


@shared_task
def forget_old_words() -> None:
    """Delete what was typed in forms and not asked for in a fortnight."""
    keeping.forget_old(timezone.now())


@shared_task
def forget_old_sessions() -> None:
    """Delete sessions that nobody can use any more, and what was known of their state."""
    sessions.forget_old(timezone.now())
    call_command("clearsessions")
