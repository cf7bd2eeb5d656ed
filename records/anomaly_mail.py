"""The week's numbers of what was unusual in the access log, by mail: numbers and nothing else.

To the head every week, of everybody else; to the chair of governors when something about a head
waits for them, since nobody judges their own looks.
"""

from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid5

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import School, User
from accounts.permissions import Role
from accounts.viewer import viewer_for
from records.models import AnomalyFinding, AnomalyMail
from safeguard import outbox, walls
from safeguard.models import Outbox

FROM_HOUR = 7
WEEK = timedelta(days=7)


def prepare(now: datetime) -> int:
    """Promise this week's mail to each head, and chair, who lacks it, from Monday at seven on."""
    local = timezone.localtime(now)
    monday = local.date() - timedelta(days=local.weekday())
    if local.date() == monday and local.hour < FROM_HOUR:
        return 0
    promised = 0
    for school in School.objects.order_by("pk"):
        with walls.acting_in(school.pk):
            promised += _prepare_for(school, monday)
    return promised


def send_week(mail: AnomalyMail) -> None:
    """Send one mail; the same one always carries the same Message-ID."""
    to_head = _heads(mail.school, mail.week_of).contains(mail.recipient)
    context = {
        "mail": mail,
        "until": mail.week_of - timedelta(days=1),
        "since": mail.week_of - WEEK,
        "address": settings.BASE_URL.rstrip("/")
        + reverse("anomalies" if to_head else "heads-looks"),
    }
    EmailMessage(
        subject=f"Safeguard access log, week to {context['until']:%-d %B %Y}",
        body=render_to_string(
            "emails/anomalies.txt" if to_head else "emails/heads_looks.txt", context
        ),
        to=[mail.recipient.email],
        headers={
            "Message-ID": f"<anomalies.{mail.pk}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    ).send()


def _prepare_for(school: School, monday: date) -> int:
    told = AnomalyMail.objects.filter(school=school, week_of=monday).values("recipient")
    heads = _heads(school, monday)
    chairs = User.objects.holding([Role.CHAIR], school, monday).exclude(pk__in=heads)
    rows = [_numbers_for(school, head, monday) for head in heads.exclude(pk__in=told)]
    of_heads = [_numbers_for(school, chair, monday) for chair in chairs.exclude(pk__in=told)]
    rows += [row for row in of_heads if row.waiting]
    with transaction.atomic():
        AnomalyMail.objects.bulk_create(rows, ignore_conflicts=True)
        outbox.put(Outbox.Kind.ANOMALY_MAIL, [row.pk for row in rows], school=school.pk)
    return len(rows)


def _heads(school: School, monday: date) -> QuerySet[User]:
    return User.objects.holding([Role.HEAD], school, monday)


def _numbers_for(school: School, recipient: User, monday: date) -> AnomalyMail:
    """Count what this person will see: not what is about themselves."""
    viewer = viewer_for(recipient, school)
    seen = AnomalyFinding.objects.none()
    if viewer is not None:
        seen = AnomalyFinding.objects.visible_to(viewer.elevated())
    return AnomalyMail(
        id=uuid5(school.pk, f"anomalies {recipient.pk} {monday}"),
        school=school,
        recipient=recipient,
        week_of=monday,
        found=seen.filter(on_day__gte=monday - WEEK, on_day__lt=monday).count(),
        waiting=seen.not_noted().count(),
    )
