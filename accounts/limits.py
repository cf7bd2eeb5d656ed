"""How much one person may open in an hour before it is unusual, and before it ends (SR-16)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from accounts import sessions
from accounts.looks import LISTS, OPENS_A_RECORD
from accounts.viewer import Viewer
from ledger.access import record_access
from ledger.models import AccessEntry

PUPILS_AN_HOUR = 30
VIEWS_AN_HOUR = 300
ENDS_AT = 3  # times either limit
HOUR = timedelta(hours=1)


def end_if_too_many(viewer: Viewer, event: str, now: datetime) -> bool:
    """End the elevation of somebody who has opened three times what is unusual in an hour.

    It counts what is on the access log, and so holds over several sessions; elevating again opens
    one more page, until the hour is over.
    """
    if viewer.session is None or not viewer.is_elevated or event in LISTS:
        return False
    pupils, views = opened_since(viewer.user_id, now - HOUR)
    if pupils <= ENDS_AT * PUPILS_AN_HOUR and views <= ENDS_AT * VIEWS_AN_HOUR:
        return False
    ended = sessions.drop_elevation(viewer.session.pk)
    if ended:
        record_access(viewer, "session.elevation_ended", detail=f"{pupils} pupils, {views} views")
    return ended


def opened_since(user: UUID, moment: datetime) -> tuple[int, int]:
    """Return how many pupils' records somebody opened since a moment, and how many times.

    A page of two children is a look at each.
    """
    rows = AccessEntry.objects.filter(user=user, recorded_at__gt=moment, elevated=True)
    found = rows.filter(OPENS_A_RECORD).aggregate(
        pupils=Count("pupil", distinct=True), views=Count("pk")
    )
    return found["pupils"], found["views"]
