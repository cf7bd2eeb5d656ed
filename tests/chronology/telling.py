"""Short ways to a story, for the tests that read one."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from chronology import timeline
from chronology.timeline import TimelineFilter
from pupils.models import StatusChange

LONDON = ZoneInfo("Europe/London")
EVERYTHING = TimelineFilter()


def at(day: str, clock: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=LONDON)


def status(pupil, by, day: str, **fields) -> StatusChange:
    return StatusChange.objects.create(
        pupil=pupil,
        by=by.user,
        kind=fields.pop("kind", StatusChange.Kind.CHILD_IN_NEED),
        change=fields.pop("change", StatusChange.Change.STARTED),
        on_date=date.fromisoformat(day),
        **fields,
    )


def story(viewer, pupil, **wanted) -> list:
    return [entry.id for entry in timeline.entries(viewer, pupil, TimelineFilter(**wanted))]
