"""Who looked at a pupil's file, and when: from the access log, for those who oversee it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.models import Action, Alert, Attachment, Audience, Incident, LinkedPupil
from ledger.models import AccessEntry
from pupils.models import Pupil

# Enough for the last weeks of a busy file; the whole log is a report of its own.
LATEST = 100
SHOWN = 8

# A name in a list of many is no look at the file.
LISTS = (
    *("review.read", "pupils.search", "pupil.find"),
    *("alert.list", "incident.own_list", "report.listed"),
)
WORDS = {
    "alert.acknowledged": "marked an alert as read",
    "alert.opened": "opened an alert",
    "attachment.opened": "opened a file",
    "chronology.read": "read the chronology",
    "incident.act": "added an action, or began to",
    "incident.mistake": "reported a mistake, or began to",
    "incident.read": "read an incident",
    "incident.review": "was recording an incident",
    "incident.significant": "marked an event",
    "report.asked": "asked for a report",
    "report.downloaded": "took a report as a file",
    "report.read": "opened a report",
    "status.form": "began to record a status",
    "status.recorded": "recorded a status",
}


@dataclass(frozen=True)
class Look:
    """Somebody looked, once or several times on one day."""

    name: str
    what: str
    last_at: datetime
    times: int


def who_looked(viewer: Viewer, pupil: Pupil) -> list[Look]:
    """Return who looked at this pupil's file lately, newest first; nobody without the right.

    Looks at what the viewer may not see are left out: they would tell that it is there, and who
    wrote it (AC22).
    """
    if not viewer.has(Permission.SEE_WHO_LOOKED) or pupil.school_id != viewer.school_id:
        return []
    about = AccessEntry.objects.about(pupil.pk).filter(school=viewer.school_id)
    rows = about.exclude(event__in=LISTS).exclude(target__in=_hidden_from(viewer, pupil))
    latest = rows[:LATEST]
    seen: dict[tuple, list[datetime]] = {}
    for row in latest:
        day = timezone.localdate(row.recorded_at)
        seen.setdefault((row.user, row.event, day), []).append(row.recorded_at)
    shown = list(seen.items())[:SHOWN]
    names = User.objects.in_bulk({user for (user, _, _), _ in shown if user})
    return [
        Look(
            name=names[user].name if user in names else "Somebody no longer known",
            what=WORDS.get(event, "opened the record"),
            last_at=max(moments),
            times=len(moments),
        )
        for (user, event, _), moments in shown
    ]


def _hidden_from(viewer: Viewer, pupil: Pupil) -> set[UUID]:
    """Return the records about a pupil that the viewer may not see, and what belongs to them."""
    linked = LinkedPupil.objects.filter(pupil=pupil).values("incident")
    incidents = Incident.objects.filter(Q(pupil=pupil) | Q(pk__in=linked))
    seen = Incident.objects.visible_to(viewer).values("pk")
    hidden = dict(incidents.exclude(pk__in=seen).values_list("pk", "submission"))
    entries = Action.objects.filter(incident__in=incidents).exclude(audience=Audience.THREAD)
    limited = entries.exclude(pk__in=Action.objects.visible_to(viewer).values("pk"))
    of_hidden = Q(incident__in=list(hidden)) | Q(action__in=limited.values("pk"))
    alerts = Alert.objects.filter(of_hidden).values_list("pk", flat=True)
    files = Attachment.objects.filter(of_hidden).values_list("pk", flat=True)
    return {*hidden, *hidden.values(), *alerts.union(files, all=True)}
