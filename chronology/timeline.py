"""A pupil's story: incidents, the actions under them and statuses, in the order they happened.

The page and the reports read it here, so that both show the same entries to the same person. The
number of queries is the same for one entry and for a thousand.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from operator import attrgetter
from typing import TypeVar
from uuid import UUID

from django.db.models import Prefetch, Q
from django.utils import timezone

from accounts.models import Membership
from accounts.viewer import Viewer
from chronology import cursors
from chronology.entries import (
    ActionFacts,
    Entry,
    File,
    IncidentFacts,
    Kind,
    OtherPupil,
    Rank,
    Scope,
    StatusFacts,
    TimelineFilter,
)
from incidents.account import Tag, parts_of
from incidents.categories import Known, categories_of, in_order
from incidents.marking import body_map_of
from incidents.models import (
    Action,
    ActionCategory,
    ActionQuerySet,
    Attachment,
    AttachmentQuerySet,
    BodyMark,
    Incident,
    IncidentAgency,
    IncidentQuerySet,
    Level,
    LinkedPupil,
)
from pupils.models import Pupil, StatusChange

__all__ = [
    "ActionFacts",
    "Entry",
    "File",
    "IncidentFacts",
    "Kind",
    "OtherPupil",
    "Scope",
    "StatusFacts",
    "Tag",
    "TimelineFilter",
    "entries",
    "page",
]

Rows = TypeVar("Rows", IncidentQuerySet, ActionQuerySet)

PAGE = 40
END = "end"
PLACE = (datetime, int, datetime, UUID)


def entries(viewer: Viewer, pupil: Pupil, filters: TimelineFilter) -> list[Entry]:
    """Return all of a pupil's story that the viewer may read, in the order it happened."""
    reader = _Reader(viewer, pupil, filters)
    return reader.told(reader.incidents(), reader.actions(), reader.statuses())


def page(
    viewer: Viewer,
    pupil: Pupil,
    filters: TimelineFilter,
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> cursors.Page[Entry]:
    """Return one page of the story; `before=END` gives the latest. A made-up place is the start."""
    reader = _Reader(viewer, pupil, filters)
    start = cursors.read(after, PLACE) if after else None
    end = cursors.read(before, PLACE) if before not in ("", END) else None
    backwards = start is None and (end is not None or before == END)
    statuses = reader.statuses()
    places = [
        *_places(reader.incidents(), Rank.INCIDENT, start, end, backwards, size),
        *_places(reader.actions(), Rank.ACTION, start, end, backwards, size),
        *(
            place
            for place in map(_place_of, statuses)
            if (start is None or place > start) and (end is None or place < end)
        ),
    ]
    places = sorted(places)[-(size + 1) :] if backwards else sorted(places)[: size + 1]
    found = cursors.page_of(
        places,
        size,
        tuple,
        begun=start is not None,
        backwards=backwards,
        ended=end is None,
    )
    rows = reader.at(found.rows, statuses)
    return cursors.Page(rows=tuple(rows), before=found.before, after=found.after)


IN_ORDER = ("occurred_at", "recorded_at", "id")
LAST_FIRST = ("-occurred_at", "-recorded_at", "-id")


def _places(
    rows: IncidentQuerySet | ActionQuerySet,
    rank: Rank,
    start: cursors.Place | None,
    end: cursors.Place | None,
    backwards: bool,
    size: int,
) -> list[cursors.Place]:
    """Return where at most size + 1 rows of one kind stand, from a place onwards or backwards."""
    if start is not None:
        rows = rows.filter(_after(start, rank), occurred_at__gte=start[0])
    if end is not None:
        rows = rows.filter(_before(end, rank), occurred_at__lte=end[0])
    keys = rows.order_by(*(LAST_FIRST if backwards else IN_ORDER)).values_list(
        "occurred_at", "recorded_at", "id"
    )[: size + 1]
    return [(happened, int(rank), recorded, pk) for happened, recorded, pk in keys]


def _after(place: cursors.Place, rank: Rank) -> Q:
    happened, placed, recorded, pk = place
    if rank != placed:
        return Q(occurred_at__gte=happened) if rank > placed else Q(occurred_at__gt=happened)
    return (
        Q(occurred_at__gt=happened)
        | Q(occurred_at=happened, recorded_at__gt=recorded)
        | Q(occurred_at=happened, recorded_at=recorded, id__gt=pk)
    )


def _before(place: cursors.Place, rank: Rank) -> Q:
    happened, placed, recorded, pk = place
    if rank != placed:
        return Q(occurred_at__lte=happened) if rank < placed else Q(occurred_at__lt=happened)
    return (
        Q(occurred_at__lt=happened)
        | Q(occurred_at=happened, recorded_at__lt=recorded)
        | Q(occurred_at=happened, recorded_at=recorded, id__lt=pk)
    )


class _Reader:
    """Reads one pupil's rows for one viewer; keeps what several kinds of entry need."""

    def __init__(self, viewer: Viewer, pupil: Pupil, filters: TimelineFilter) -> None:
        self.viewer = viewer
        self.pupil = pupil
        self.filters = filters
        self.jobs: dict[UUID, str] = {}
        self.named: dict[UUID, Known] = {}

    def incidents(self) -> IncidentQuerySet:
        """Return the incidents wanted, within the dates wanted."""
        return self._within(self._wanted_incidents())

    def actions(self) -> ActionQuerySet:
        """Return the actions under incidents wanted, themselves within the dates wanted."""
        actions = Action.objects.visible_to(self.viewer)
        return self._within(actions.filter(incident__in=self._wanted_incidents()))

    def statuses(self) -> list[StatusChange]:
        """Return what began and ended; a pupil has few of these, so they are read at once."""
        if not self.filters.with_statuses:
            return []
        rows = StatusChange.objects.visible_to(self.viewer).filter(pupil=self.pupil)
        if self.filters.from_on:
            rows = rows.filter(on_date__gte=self.filters.from_on)
        if self.filters.until_on:
            rows = rows.filter(on_date__lte=self.filters.until_on)
        return list(rows.select_related("by"))

    def at(self, places: Iterable[cursors.Place], statuses: list[StatusChange]) -> list[Entry]:
        """Return the entries that stand at these places, in their order."""
        ids = {pk for *_, pk in places}
        return self.told(
            Incident.objects.visible_to(self.viewer).filter(pk__in=ids),
            Action.objects.visible_to(self.viewer).filter(pk__in=ids),
            [row for row in statuses if row.pk in ids],
        )

    def told(
        self,
        incidents: IncidentQuerySet,
        actions: ActionQuerySet,
        statuses: list[StatusChange],
    ) -> list[Entry]:
        """Return rows of all three kinds as entries, in the order in which they happened."""
        whole, acted = list(self._whole(incidents)), list(self._with_files(actions))
        self.named = categories_of(self.viewer, [row.pk for row in whole])
        self._learn_jobs(
            {
                *(row.reported_by_id for row in whole),
                *(row.author_id for row in acted),
                *(row.by_id for row in statuses),
            }
        )
        found = [
            *map(self._incident, whole),
            *map(self._action, acted),
            *map(self._status, statuses),
        ]
        return sorted(found, key=attrgetter("place"))

    def _whole(self, rows: IncidentQuerySet) -> IncidentQuerySet:
        """Fetch incidents with all that belongs to them."""
        viewer = self.viewer
        links = LinkedPupil.objects.visible_to(viewer).select_related("pupil")
        return (
            rows.with_people()
            .with_significance()
            .prefetch_related(
                Prefetch("agencies", IncidentAgency.objects.visible_to(viewer).order_by("wording")),
                Prefetch("linked_pupils", links.order_by("recorded_at", "id")),
                Prefetch("attachments", self._files().filter(action=None)),
                Prefetch("marks", BodyMark.objects.visible_to(viewer).in_order()),
            )
        )

    def _with_files(self, rows: ActionQuerySet) -> ActionQuerySet:
        return rows.select_related("incident__pupil", "author", "agency").prefetch_related(
            Prefetch("attachments", self._files()),
            Prefetch("categories", in_order(ActionCategory.objects.visible_to(self.viewer))),
        )

    def _wanted_incidents(self) -> IncidentQuerySet:
        filters = self.filters
        rows = Incident.objects.visible_to(self.viewer).of_and_linked_to(self.pupil)
        if filters.scope == Scope.OWN:
            rows = rows.filter(pupil=self.pupil)
        if filters.scope == Scope.LINKED:
            rows = rows.exclude(pupil=self.pupil)
        if filters.categories:
            rows = rows.in_categories(self.viewer, filters.categories)
        if filters.levels:
            rows = rows.filter(level__in=filters.levels)
        if filters.significant_only:
            rows = rows.marked_significant()
        return rows

    def _within(self, rows: Rows) -> Rows:
        if self.filters.from_on:
            rows = rows.filter(occurred_at__gte=_day(self.filters.from_on, time.min))
        if self.filters.until_on:
            rows = rows.filter(occurred_at__lte=_day(self.filters.until_on, time.max))
        return rows

    def _files(self) -> AttachmentQuerySet:
        return Attachment.objects.visible_to(self.viewer).order_by("name", "id")

    def _learn_jobs(self, people: set[UUID]) -> None:
        """Note what these people are at the school: the title of their latest job."""
        known = Membership.objects.visible_to(self.viewer).filter(user__in=people)
        for job in known.exclude(job_title="").order_by("starts_on", "id"):
            self.jobs[job.user_id] = job.job_title

    def _incident(self, row: Incident) -> Entry:
        links = list(row.linked_pupils.all())
        parts = parts_of(row)
        return Entry(
            kind=Kind.INCIDENT,
            id=row.pk,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            precision=row.precision,
            who=row.reported_by.name,
            who_is=self.jobs.get(row.reported_by_id, ""),
            title="Incident",
            text=next((part.text for part in parts), ""),
            incident_id=row.pk,
            reference=row.reference,
            about=row.pupil.name,
            about_id=row.pupil_id,
            of_id=self.pupil.pk,
            part=_part_of(self.pupil, links),
            is_own=row.pupil_id == self.pupil.pk,
            is_significant=row.is_significant,
            files=_files_of(row),
            incident=IncidentFacts(
                level=Level(row.level),
                place=", ".join(filter(None, [row.get_place_display(), row.place_detail])),
                categories=self.named[row.pk].now,
                reported_as=self.named[row.pk].reported,
                refined_by=self.named[row.pk].by_entry,
                agencies=tuple(agency.wording for agency in row.agencies.all()),
                others=tuple(
                    OtherPupil(
                        link.pupil_id, link.pupil.name, link.get_role_display(), link.in_chronology
                    )
                    for link in links
                ),
                parts=parts,
                body_map=body_map_of(row.marks.all()),
                marks=tuple(mark.pk for mark in row.marks.all()),
                late_reason=row.late_reason,
            ),
        )

    def _action(self, row: Action) -> Entry:
        decision = row.get_decision_display() if row.decision else ""
        return Entry(
            kind=Kind.ACTION,
            id=row.pk,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            precision=Incident.Precision.EXACT,
            who=row.author.name,
            who_is=self.jobs.get(row.author_id, ""),
            title=_title_of(row),
            text=row.narrative,
            incident_id=row.incident_id,
            reference=row.incident.reference,
            about=row.incident.pupil.name,
            about_id=row.incident.pupil_id,
            of_id=self.pupil.pk,
            is_own=row.incident.pupil_id == self.pupil.pk,
            files=_files_of(row),
            action=ActionFacts(
                kind=row.kind,
                narrative=row.narrative,
                decision=decision,
                reasons=row.reasons,
                impact=row.impact,
                agency=row.agency.name if row.agency else "",
            ),
        )

    def _status(self, row: StatusChange) -> Entry:
        return Entry(
            kind=Kind.STATUS,
            id=row.pk,
            occurred_at=_day(row.on_date, time.min),
            recorded_at=row.recorded_at,
            precision=Incident.Precision.DAY,
            who=row.by.name,
            who_is=self.jobs.get(row.by_id, ""),
            title=f"{row.get_kind_display()}: {row.get_change_display().lower()}",
            text=row.note,
            about=self.pupil.name,
            about_id=self.pupil.pk,
            of_id=self.pupil.pk,
            is_significant=True,
            status=StatusFacts(
                status=row.get_kind_display(),
                change=row.change,
                on_date=row.on_date,
                authority=row.authority,
                worker=row.worker,
                note=row.note,
            ),
        )


def _title_of(row: Action) -> str:
    """Return the kind of entry, with what was decided or which categories were chosen."""
    if row.decision:
        return f"{row.get_kind_display()}: {row.get_decision_display()}"
    chosen = "; ".join(map(str, row.categories.all()))
    return f"{row.get_kind_display()} to {chosen}" if chosen else row.get_kind_display()


def _place_of(row: StatusChange) -> cursors.Place:
    return (_day(row.on_date, time.min), int(Rank.STATUS), row.recorded_at, row.pk)


def _day(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=timezone.get_current_timezone())


def _part_of(pupil: Pupil, links: Iterable[LinkedPupil]) -> str:
    mine = (link for link in links if link.pupil_id == pupil.pk)
    return next((link.get_role_display() for link in mine), "")


def _files_of(row: Incident | Action) -> tuple[File, ...]:
    return tuple(
        File(file.pk, file.name, file.content_type, file.size) for file in row.attachments.all()
    )
