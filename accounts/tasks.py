"""What the worker does about accounts."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts import emails, sessions
from accounts.models import AccountNotice, PasswordResetRequest
from safeguard import outbox
from safeguard.models import Outbox

# With the mail server down each try waits for a time-out; the rest is swept up in half a minute.
FAILURES_BEFORE_A_REST = 5


@shared_task
def send_waiting_password_resets() -> None:
    """Send every link that is waiting; beat calls it every 30 s, a commit nudges it sooner."""
    while True:
        now = timezone.now()
        with outbox.claim(Outbox.Kind.PASSWORD_RESET, now) as row:
            if row is None:
                return
            asked = PasswordResetRequest.objects.select_related("user", "invited_by").get(
                pk=row.key
            )
            emails.send_password_reset(asked, now)


@shared_task
def send_waiting_account_notices() -> None:
    """Send every notice that waits; beat calls it every 30 s, a commit nudges it sooner."""
    failures = 0
    while failures < FAILURES_BEFORE_A_REST:
        with outbox.claim(Outbox.Kind.ACCOUNT_NOTICE, timezone.now()) as row:
            if row is None:
                return
            emails.send_notice(AccountNotice.objects.select_related("user").get(pk=row.key))
        failures += row.done_at is None


@shared_task
def forget_old_sessions() -> None:
    """Delete sessions that nobody can use any more, and what was known of their state."""
    sessions.forget_old(timezone.now())
    call_command("clearsessions")
