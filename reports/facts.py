"""What a report says, gathered from the record as the person who asked may read it now.

Plain dataclasses without HTML. The number of queries is the same for one incident and for ten.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.dateformat import format as in_words

from accounts.models import Membership, User
from accounts.viewer import Viewer
from chronology import timeline
from chronology.entries import Entry, Kind, Scope
from incidents.models import Action, Agency, Category, IncidentAgency, Level
from ledger import checkpoints
from ledger.models import Tree
from pupils.models import Pupil
from reports.conference import SectionFacts, sections_of
from reports.events import LEVELS, Event, anchor_of, events_of, source_of
from reports.models import Report
from reports.selection import Selection

DAY = "j F Y"


@dataclass(frozen=True)
class Line:
    """An entry on one line."""

    id: UUID
    kind: str
    occurred_at: datetime
    precision: str
    recorded_later: bool
    title: str
    text: str
    source: str
    level: str
    reference: str
    categories: tuple[str, ...]
    anchor: str


@dataclass(frozen=True)
class Counts:
    """How much of the record is in the report, and how much was left out by hand."""

    incidents: int
    actions: int
    statuses: int
    left_out: int


@dataclass(frozen=True)
class Paper:
    """Everything that is printed, and the ids of what it was taken from."""

    kind: str
    title: str
    reference: str
    school: str
    child: str
    child_line: str
    made_by: str
    made_by_job: str
    made_at: datetime
    reason: str
    period: str
    ledger: str
    filters: tuple[str, ...]
    counts: Counts
    is_partial: bool
    is_full: bool
    events: tuple[Event, ...]
    lines: tuple[Line, ...]
    sections: tuple[SectionFacts, ...]
    incident_ids: tuple[UUID, ...]
    action_ids: tuple[UUID, ...]
    mark_ids: tuple[UUID, ...]

    @property
    def is_conference(self) -> bool:
        """Whether it goes to people outside the school."""
        return self.kind == Report.Kind.CASE_CONFERENCE

    @property
    def body_maps(self) -> tuple[Event, ...]:
        """Events with a body map, for small figures beside each other; one alone shows no course."""
        drawn = tuple(event for event in self.events if event.body_map)
        return drawn if len(drawn) > 1 or not self.is_full else ()


def entries_for(viewer: Viewer, pupil: Pupil, selection: Selection) -> list[Entry]:
    """Return the entries that the filters choose, before any is left out by hand."""
    entries = timeline.entries(viewer, pupil, selection.as_filter())
    if not selection.agencies:
        return entries
    named = IncidentAgency.objects.visible_to(viewer).filter(agency__in=selection.agencies)
    asked = Action.objects.visible_to(viewer).filter(agency__in=selection.agencies)
    wanted = {
        *named.values_list("incident", flat=True),
        *asked.values_list("incident", flat=True),
    }
    return [entry for entry in entries if entry.incident_id in wanted]


def kept(entries: Iterable[Entry], left_out: frozenset[UUID]) -> list[Entry]:
    """Return the entries without those left out; an incident takes its thread with it."""
    return [
        entry for entry in entries if entry.id not in left_out and entry.incident_id not in left_out
    ]


def lines_of(entries: Iterable[Entry]) -> tuple[Line, ...]:
    """Return entries on one line each, in the order they happened."""
    return tuple(_line(entry) for entry in entries)


def gather(viewer: Viewer, report: Report, now: datetime) -> Paper:
    """Return all that a report says, from what this viewer may read at this moment."""
    pupil = report.pupil
    selection = Selection.of(report)
    found = entries_for(viewer, pupil, selection)
    entries = kept(found, selection.left_out)
    is_conference = report.kind == Report.Kind.CASE_CONFERENCE
    events = events_of(entries, name_others=not is_conference)
    job = _job(viewer, report.asked_by)
    sections = _sections(viewer, report, selection, entries, job, now) if is_conference else ()
    return Paper(
        kind=report.kind,
        title=report.title,
        reference=report.reference,
        school=viewer.school.name,
        child=pupil.name,
        child_line=_child_line(pupil),
        made_by=report.asked_by.name,
        made_by_job=job,
        made_at=now,
        reason=report.reason,
        period=_period(selection, entries),
        ledger=_ledger(viewer),
        filters=_filters(viewer, selection),
        counts=_counts(entries, len(found) - len(entries)),
        is_partial=not viewer.reads_every_category,
        is_full=selection.is_full,
        events=events,
        lines=lines_of(entries),
        sections=sections,
        incident_ids=_incident_ids(entries),
        action_ids=_action_ids(entries),
        mark_ids=_mark_ids(entries),
    )


def _ledger(viewer: Viewer) -> str:
    """Return what makes the paper a witness: root and day of the newest checkpoint, not its size."""
    checkpoint = checkpoints.newest(viewer.school.pk, Tree.RECORDS)
    if checkpoint is None:
        return ""
    day = timezone.localtime(checkpoint.recorded_at)
    root = base64.b64encode(checkpoint.root).decode()
    return f"Ledger records/{checkpoint.epoch}, {day:%-d %b %Y}: {root}"


def _sections(
    viewer: Viewer,
    report: Report,
    selection: Selection,
    entries: Sequence[Entry],
    job: str,
    now: datetime,
) -> tuple[SectionFacts, ...]:
    answers: Mapping[str, Mapping[str, str]] = report.text.answers
    author = (report.asked_by.name, job, viewer.school.name, now)
    return sections_of(viewer, report.pupil, selection, entries, answers, author)


def _line(entry: Entry) -> Line:
    facts = entry.incident
    return Line(
        id=entry.id,
        kind=entry.kind,
        occurred_at=entry.occurred_at,
        precision=entry.precision,
        recorded_later=entry.recorded_later,
        title="" if facts else entry.title,
        text=entry.in_short,
        source=source_of(entry),
        level=LEVELS[Level(facts.level)] if facts else "",
        reference=entry.reference,
        categories=tuple(tag.name for tag in facts.categories) if facts else (),
        anchor=anchor_of(entry),
    )


def _job(viewer: Viewer, person: User) -> str:
    jobs = Membership.objects.visible_to(viewer).current(timezone.localdate()).filter(user=person)
    job = jobs.order_by("-starts_on", "id").first()
    return (job.job_title or job.get_role_display()) if job else ""


def _child_line(pupil: Pupil) -> str:
    born = pupil.date_of_birth
    return ", ".join(filter(None, [f"born {in_words(born, DAY)}" if born else "", pupil.where]))


def _period(selection: Selection, entries: Sequence[Entry]) -> str:
    """Return the days between which the report looks, from the record where nobody said."""
    if not entries and not (selection.from_on and selection.until_on):
        return "Nothing recorded"
    first = selection.from_on or timezone.localdate(entries[0].occurred_at)
    last = selection.until_on or timezone.localdate(entries[-1].occurred_at)
    return f"{in_words(first, DAY)} to {in_words(last, DAY)}"


def _filters(viewer: Viewer, selection: Selection) -> tuple[str, ...]:
    """Return in words what was chosen, so that nobody takes a part for the whole."""
    said: list[str] = []
    if selection.categories:
        names = Category.objects.visible_to(viewer).filter(pk__in=selection.categories)
        said.append(f"Categories: {_listed(names.in_order().values_list('name', flat=True))}")
    if selection.levels:
        levels = sorted(selection.levels, reverse=True)
        said.append(f"Levels: {_listed(Level(level).label for level in levels)}")
    if selection.agencies:
        agencies = Agency.objects.visible_to(viewer).filter(pk__in=selection.agencies)
        said.append(
            f"Agencies: {_listed(agencies.order_by('name').values_list('name', flat=True))}"
        )
    if selection.scope == Scope.OWN:
        said.append("Incidents recorded about this child, not those they are linked to")
    if selection.scope == Scope.LINKED:
        said.append("Incidents recorded about others, to which this child is linked")
    if selection.significant_only:
        said.append("Significant events only")
    return tuple(said)


def _listed(names: Iterable[str]) -> str:
    return "; ".join(names)


def _counts(entries: Sequence[Entry], left_out: int) -> Counts:
    number = dict.fromkeys(Kind, 0)
    for entry in entries:
        number[entry.kind] += 1
    return Counts(number[Kind.INCIDENT], number[Kind.ACTION], number[Kind.STATUS], left_out)


def _incident_ids(entries: Sequence[Entry]) -> tuple[UUID, ...]:
    ids = {entry.incident_id for entry in entries if entry.incident_id is not None}
    return tuple(sorted(ids))


def _action_ids(entries: Sequence[Entry]) -> tuple[UUID, ...]:
    """Return the actions that are in it, and those whose choice of categories is.

    The second lie outside the report's dates, perhaps; who may not read them any more must not
    read their choice off the paper.
    """
    ids = [entry.id for entry in entries if entry.kind == Kind.ACTION]
    refining = [entry.incident.refined_by for entry in entries if entry.incident]
    return tuple(dict.fromkeys([*ids, *filter(None, refining)]))


def _mark_ids(entries: Sequence[Entry]) -> tuple[UUID, ...]:
    """Return the marks of body maps that are in it: who may not see injuries any more gets no paper."""
    return tuple(
        mark
        for entry in entries
        if entry.incident and entry.is_own
        for mark in entry.incident.marks
    )
