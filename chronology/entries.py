"""What an entry of a pupil's story holds: plain facts, without a query left in them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from chronology.cursors import Place
from incidents.account import Part, Tag, how_late, in_short, recorded_later
from incidents.marking import BodyMap
from incidents.models import Level


class Kind(StrEnum):
    """What an entry is."""

    STATUS = "status"
    INCIDENT = "incident"
    ACTION = "action"


class Rank(IntEnum):
    """What comes first of things that happened at one moment."""

    STATUS = 0
    INCIDENT = 1
    ACTION = 2


class Scope(StrEnum):
    """Whose incidents: the pupil's own, those the pupil is linked to, or both."""

    ALL = "all"
    OWN = "own"
    LINKED = "linked"


@dataclass(frozen=True)
class TimelineFilter:
    """What of the story is wanted; nothing said means all of it."""

    categories: frozenset[UUID] = frozenset()
    levels: frozenset[int] = frozenset()
    from_on: date | None = None
    until_on: date | None = None
    scope: Scope = Scope.ALL
    significant_only: bool = False

    @property
    def with_statuses(self) -> bool:
        """Whether statuses belong: they have no category and no level, and are the pupil's own."""
        return not (self.categories or self.levels or self.scope == Scope.LINKED)


@dataclass(frozen=True)
class OtherPupil:
    """Another child in an incident, and the part they play."""

    id: UUID
    name: str
    part: str
    in_chronology: bool


@dataclass(frozen=True)
class File:
    """A file kept with an entry."""

    id: UUID
    name: str
    content_type: str
    size: int


@dataclass(frozen=True)
class IncidentFacts:
    """What only an incident has."""

    level: Level
    place: str
    categories: tuple[Tag, ...]
    reported_as: tuple[str, ...]
    refined_by: UUID | None
    agencies: tuple[str, ...]
    others: tuple[OtherPupil, ...]
    parts: tuple[Part, ...]
    body_map: BodyMap | None = None
    marks: tuple[UUID, ...] = ()
    late_reason: str = ""

    @property
    def level_name(self) -> str:
        """The level by its name: urgent, review or record."""
        return self.level.name.lower()

    @property
    def child_words(self) -> str:
        """The child's exact words, when there are any."""
        return next((part.text for part in self.parts if part.key == "child_words"), "")


@dataclass(frozen=True)
class ActionFacts:
    """What only an action has."""

    kind: str
    narrative: str
    decision: str
    reasons: str
    impact: str
    agency: str


@dataclass(frozen=True)
class StatusFacts:
    """What only a status has."""

    status: str
    change: str
    on_date: date
    authority: str
    worker: str
    note: str


@dataclass(frozen=True)
class Entry:
    """One thing in a child's life, as the record has it."""

    kind: Kind
    id: UUID
    occurred_at: datetime
    recorded_at: datetime
    precision: str
    who: str
    who_is: str
    title: str
    text: str
    incident_id: UUID | None = None
    reference: str = ""
    about: str = ""
    part: str = ""
    is_own: bool = True
    is_significant: bool = False
    files: tuple[File, ...] = ()
    incident: IncidentFacts | None = None
    action: ActionFacts | None = None
    status: StatusFacts | None = None
    about_id: UUID | None = None
    of_id: UUID | None = None

    @property
    def place(self) -> Place:
        """Where the entry stands in the story."""
        return (self.occurred_at, int(Rank[self.kind.name]), self.recorded_at, self.id)

    @property
    def others(self) -> tuple[OtherPupil, ...]:
        """The other children, but for the one whose story this is."""
        linked = self.incident.others if self.incident else ()
        return tuple(other for other in linked if other.id != self.of_id)

    @property
    def in_short(self) -> str:
        """The entry on one line."""
        return in_short(self.text)

    @property
    def recorded_later(self) -> bool:
        """Whether it was recorded so long afterwards that the reader must be told."""
        return recorded_later(self.occurred_at, self.recorded_at, self.precision)

    @property
    def how_late(self) -> str:
        """By how much it was recorded later; "" when it was soon."""
        return how_late(self.occurred_at, self.recorded_at, self.precision)
