"""Who looked at a pupil's file, and when: from the access log, for those who oversee it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.looks import LISTS
from accounts.permissions import Permission
from accounts.viewer import Viewer
from chronology.looks import Line, lines_of, seen_of
from pupils.models import Pupil

# Enough for the last weeks of a busy file; the whole log is a report of its own.
LATEST = 100
SHOWN = 8


@dataclass(frozen=True)
class Look:
    """Somebody looked, once or several times on one day."""

    name: str
    what: str
    last_at: datetime
    times: int
    reasons: tuple[str, ...] = ()


def who_looked(viewer: Viewer, pupil: Pupil) -> list[Look]:
    """Return who looked at this pupil's file lately, newest first; nobody without the right.

    Looks at what the viewer may not see are left out: they would tell that it is there, and who
    wrote it (AC22).
    """
    if not viewer.has(Permission.SEE_WHO_LOOKED) or pupil.school_id != viewer.school_id:
        return []
    about = seen_of(viewer, pupil)
    latest = about.exclude(event__in=LISTS).order_by("-recorded_at", "id")[:LATEST]
    seen: dict[tuple, list[Line]] = {}
    for line in lines_of(viewer, latest):
        day = timezone.localdate(line.at)
        seen.setdefault((line.user, line.what, day), []).append(line)
    return [_look(lines) for lines in list(seen.values())[:SHOWN]]


def _look(lines: list[Line]) -> Look:
    newest = lines[0]
    given = dict.fromkeys(reason for line in lines for reason in line.reasons)
    return Look(newest.name, newest.what, newest.at, len(lines), tuple(given))
