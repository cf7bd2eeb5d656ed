"""The incidents of a school as its leads go through them: urgent first, then the newest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from accounts.viewer import Viewer
from chronology import cursors
from incidents.account import Tag
from incidents.categories import categories_of
from incidents.models import Action, Incident, Level

PAGE = 30
PLACE = (int, datetime, UUID)


class State(StrEnum):
    """Which incidents are wanted."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True)
class ReviewFilter:
    """What of the list is wanted; nothing said means everything that is open."""

    levels: frozenset[int] = frozenset()
    categories: frozenset[UUID] = frozenset()
    state: State = State.OPEN


@dataclass(frozen=True)
class ReviewRow:
    """An incident in the list."""

    id: UUID
    reference: str
    level: Level
    pupil_id: UUID
    pupil: str
    where: str
    author: str
    categories: tuple[Tag, ...]
    recorded_at: datetime
    age: str
    unread: int
    state: str

    @property
    def level_name(self) -> str:
        """The level by its name: urgent, review or record."""
        return self.level.name.lower()

    @property
    def state_kind(self) -> str:
        """How the state is marked: what nobody has taken up waits, what is closed is done."""
        return {"New": "waiting", "Closed": "done"}.get(self.state, "")

    @property
    def place(self) -> cursors.Place:
        """Where the incident stands in the list."""
        return (int(self.level), self.recorded_at, self.id)


def for_review(
    viewer: Viewer,
    filters: ReviewFilter,
    now: datetime,
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> cursors.Page[ReviewRow]:
    """Return one page of the incidents that the viewer reads in full. A made-up place is the start."""
    start = cursors.read(after, PLACE) if after else None
    end = cursors.read(before, PLACE) if before and start is None else None
    rows = _wanted(viewer, filters)
    if start is not None:
        rows = rows.filter(_beyond(start)).order_by("-level", "-recorded_at", "id")
    elif end is not None:
        rows = rows.filter(_short_of(end)).order_by("level", "recorded_at", "-id")
    else:
        rows = rows.order_by("-level", "-recorded_at", "id")
    wanted = list(rows.with_people().with_unread()[: size + 1])
    named = categories_of(viewer, [row.pk for row in wanted])
    found = [_row(row, named[row.pk].now, now) for row in wanted]
    return cursors.page_of(
        found[::-1] if end is not None else found,
        size,
        lambda row: row.place,
        begun=start is not None,
        backwards=end is not None,
        ended=False,
    )


def age(recorded_at: datetime, now: datetime) -> str:
    """Return how long ago something was recorded, in the one unit that matters."""
    passed = max(now - recorded_at, timedelta())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        number = int(passed.total_seconds() // length)
        if number:
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "just now"


def _wanted(viewer: Viewer, filters: ReviewFilter):
    rows = Incident.objects.visible_to(viewer).read_in_full_by(viewer).with_state()
    if filters.state == State.OPEN:
        rows = rows.still_open()
    if filters.state == State.CLOSED:
        rows = rows.filter(last_turn=Action.Kind.CLOSED)
    if filters.levels:
        rows = rows.filter(level__in=filters.levels)
    if filters.categories:
        rows = rows.in_categories(viewer, filters.categories)
    return rows


def _beyond(place: cursors.Place) -> Q:
    level, recorded, pk = place
    return (
        Q(level__lt=level)
        | Q(level=level, recorded_at__lt=recorded)
        | Q(level=level, recorded_at=recorded, id__gt=pk)
    )


def _short_of(place: cursors.Place) -> Q:
    level, recorded, pk = place
    return (
        Q(level__gt=level)
        | Q(level=level, recorded_at__gt=recorded)
        | Q(level=level, recorded_at=recorded, id__lt=pk)
    )


def _row(row, categories: tuple[Tag, ...], now: datetime) -> ReviewRow:
    return ReviewRow(
        id=row.pk,
        reference=row.reference,
        level=Level(row.level),
        pupil_id=row.pupil_id,
        pupil=row.pupil.name,
        where=row.pupil.where,
        author=row.reported_by.name,
        categories=categories,
        recorded_at=row.recorded_at,
        age=age(row.recorded_at, now),
        unread=row.unread,
        state=state_in_words(row),
    )


def state_in_words(row) -> str:
    """Return what has become of an incident, from `with_state`."""
    if row.last_turn == Action.Kind.CLOSED:
        return "Closed"
    if row.last_turn == Action.Kind.REOPENED:
        return "Opened again"
    if row.is_acted_on:
        return "Being looked at"
    return "Read" if row.is_read else "New"
