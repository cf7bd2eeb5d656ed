"""The alert by e-mail: who raised it, the category, a link, and nothing else.

Mail is read on lock screens and in shared mailboxes. No pupil, no text, no reference and no level
stands in subject, body or headers; the link holds a random id that opens nothing without signing
in. A test plants names in every field and reads every byte that leaves.
"""

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from accounts.viewer import viewer_for
from incidents.drafting import kept_until
from incidents.models import Alert, Draft, Slip, SlipAlert
from safeguard.failpoints import failpoint

SUBJECT = "New safeguarding alert"
UNFINISHED = "Something that you began in Safeguard"
OF_A_SLIP = "A visitor’s slip"
OF_AN_URGENT_SLIP = "Urgent: a visitor’s slip"


def send_alert(pk: UUID) -> None:
    """Send one alert; the same alert always carries the same Message-ID.

    Whoever may no longer open it, with their authenticator if it takes that, gets none, as when they
    left, or a lead limited the incident since (SR-45): the row stays, and the leads see it unread.
    """
    alert = Alert.objects.select_related(
        "incident__reported_by", "incident__school", "action__author", "recipient"
    ).get(pk=pk)
    viewer = viewer_for(alert.recipient, alert.incident.school)
    if viewer is None or not Alert.objects.visible_to(viewer.elevated()).contains(alert):
        return
    _send(SUBJECT, "alert", _context(alert), alert.recipient, alert.pk)


def send_draft_notice(notice: UUID) -> None:
    """Tell somebody that what they began will be deleted, unless they went on with it since."""
    draft = Draft.objects.select_related("author", "school").filter(notice=notice).first()
    if draft is None or viewer_for(draft.author, draft.school) is None:
        return
    context = {
        "begun_at": draft.begun_at,
        "kept_until": kept_until(draft),
        "link": _link("home"),
    }
    _send(UNFINISHED, "draft_notice", context, draft.author, notice)


def send_slip_notice(pk: UUID) -> None:
    """Tell a lead that a visitor's slip came: not who wrote it, about whom, or what (SR-45)."""
    notice = SlipAlert.objects.select_related("slip__school", "recipient").get(pk=pk)
    slip = notice.slip
    viewer = viewer_for(notice.recipient, slip.school)
    if viewer is None or not Slip.objects.visible_to(viewer.elevated()).contains(slip):
        return
    subject = OF_AN_URGENT_SLIP if slip.is_urgent else OF_A_SLIP
    context = {"is_urgent": slip.is_urgent, "link": _link("slip", slip.pk)}
    _send(subject, "slip", context, notice.recipient, notice.pk)


def _send(subject: str, template: str, context: dict, to: User, pk: UUID) -> None:
    """Send what one errand promised: under a Message-ID that is the same however often it is tried."""
    EmailMessage(
        subject=subject,
        body=render_to_string(f"emails/{template}.txt", context),
        to=[to.email],
        headers={
            "Message-ID": f"<{template}.{pk}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    ).send()
    failpoint("outbox.after_smtp_before_mark")


def _link(name: str, *args: UUID) -> str:
    return f"{settings.BASE_URL.rstrip('/')}{reverse(name, args=args)}"


def _context(alert: Alert) -> dict[str, str]:
    author = alert.action.author if alert.action else alert.incident.reported_by
    named = alert.incident.categories.select_related("category").order_by("category__position")
    labels = dict.fromkeys(one.category.label_for_mail for one in named)
    return {
        "author": author.name,
        "category": ", ".join(labels),
        "link": _link("alert", alert.pk),
    }
