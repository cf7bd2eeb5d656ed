"""What is recorded long after it happened: a reader in ten years asks why, and so does the form."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from incidents.models import Incident

LATE_AFTER = timedelta(hours=24)


def asks_why(occurred_at: datetime, precision: str, now: datetime) -> bool:
    """Whether more than a day has passed; a day without its time counts from its end."""
    happened = occurred_at
    if precision == Incident.Precision.DAY:
        next_day = timezone.localdate(occurred_at) + timedelta(days=1)
        happened = timezone.make_aware(datetime.combine(next_day, time(0, 0)))
    return now - happened > LATE_AFTER
