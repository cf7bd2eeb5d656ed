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
    EmailMessage(
        subject=SUBJECT,
        body=render_to_string("emails/alert.txt", _context(alert)),
        to=[alert.recipient.email],
        headers={
            "Message-ID": f"<alert.{alert.pk}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    ).send()
    failpoint("outbox.after_smtp_before_mark")


def send_draft_notice(notice: UUID) -> None:
    """Tell somebody that what they began will be deleted, unless they went on with it since."""
    draft = Draft.objects.select_related("author", "school").filter(notice=notice).first()
    if draft is None or viewer_for(draft.author, draft.school) is None:
        return
    context = {
        "begun_at": draft.begun_at,
        "kept_until": kept_until(draft),
        "link": f"{settings.BASE_URL.rstrip('/')}{reverse('home')}",
    }
    EmailMessage(
        subject=UNFINISHED,
        body=render_to_string("emails/draft_notice.txt", context),
        to=[draft.author.email],
        headers={
            "Message-ID": f"<draft.{notice}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    ).send()
    failpoint("outbox.after_smtp_before_mark")


def send_slip_notice(pk: UUID) -> None:
    """Tell a lead that a visitor's slip came: not who wrote it, about whom, or what (SR-45)."""
    notice = SlipAlert.objects.select_related("slip__school", "recipient").get(pk=pk)
    slip = notice.slip
    viewer = viewer_for(notice.recipient, slip.school)
    if viewer is None or not Slip.objects.visible_to(viewer.elevated()).contains(slip):
        return
    link = f"{settings.BASE_URL.rstrip('/')}{reverse('slip', args=[slip.pk])}"
    EmailMessage(
        subject=OF_AN_URGENT_SLIP if slip.is_urgent else OF_A_SLIP,
        body=render_to_string("emails/slip.txt", {"is_urgent": slip.is_urgent, "link": link}),
        to=[notice.recipient.email],
        headers={
            "Message-ID": f"<slip.{notice.pk}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    ).send()


def _context(alert: Alert) -> dict[str, str]:
    author = alert.action.author if alert.action else alert.incident.reported_by
    named = alert.incident.categories.select_related("category").order_by("category__position")
    labels = dict.fromkeys(one.category.label_for_mail for one in named)
    return {
        "author": author.name,
        "category": ", ".join(labels),
        "link": f"{settings.BASE_URL.rstrip('/')}{reverse('alert', args=[alert.pk])}",
    }
