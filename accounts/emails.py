"""Mail about one's own account. It never concerns a pupil, and nothing in it could."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts import links
from accounts.models import AccountNotice, PasswordResetRequest, User

LINKS_PER_HOUR = 3
GIVEN_UP_AFTER = timedelta(days=1)


def send_password_reset(request: PasswordResetRequest, now: datetime) -> bool:
    """Mail the link that was asked for, made at this moment, unless nobody may have it.

    What could not be sent for a day is given up: nobody waits for it any more.

    The Message-ID is the request's, so that a mail which leaves twice, because a worker died
    between the mail server's answer and our own note of it, can be seen to be one.
    """
    user = request.user
    if user is None or not user.is_active or user.is_system:
        return False
    if request.recorded_at + GIVEN_UP_AFTER <= now or not _within_limit(request):
        return False
    first = request.invited_by is not None and not user.has_usable_password()
    said = {"name": user.name, "asked_at": request.recorded_at, "asked_by": request.invited_by}
    message = EmailMessage(
        subject="Choose your password for Safeguard",
        body=render_to_string(
            "emails/invitation.txt" if first else "emails/password_reset.txt",
            said | {"link": _link(user, links.first(user) if first else links.another(user))},
        ),
        to=[user.email],
        headers={
            "Message-ID": f"<password-reset.{request.pk}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.send()
    return True


def send_notice(notice: AccountNotice) -> None:
    """Tell somebody what happened to their account; the same notice has the same Message-ID."""
    if not notice.user.is_active:
        return
    EmailMessage(
        subject="Your Safeguard account",
        body=render_to_string(
            "emails/account_notice.txt", {"name": notice.user.name, "notice": notice}
        ),
        to=[notice.user.email],
        headers={
            "Message-ID": f"<notice.{notice.pk}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    ).send()


def _within_limit(request: PasswordResetRequest) -> bool:
    """Whether fewer than three links were asked for in the hour before this one (SR-18)."""
    asked = PasswordResetRequest.objects.in_the_hour_before(request.recorded_at)
    return asked.filter(user=request.user).count() <= LINKS_PER_HOUR


def _link(user: User, token: str) -> str:
    """Return the address of the page; on our own host, whatever host the request named."""
    whose = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("choose-password", kwargs={"uidb64": whose, "token": token})
    return settings.BASE_URL.rstrip("/") + path
