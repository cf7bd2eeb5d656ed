"""What the record fills in of a case-conference report, beside what was typed for it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateformat import format as in_words

from accounts.viewer import Viewer
from chronology.entries import Entry, Kind, OtherPupil
from incidents.models import Action, Incident, Level, LinkedPupil
from pupils.mis_codes import MAIN_ETHNICITIES
from pupils.models import Contact, Pupil, StatusChange
from reports.events import LEVELS, Step, anchor_of, source_of, step_of
from reports.parts import SECTIONS, Part
from reports.selection import Selection
from reports.typed import Answers, Typed, typed_under

DAY = "j F Y"
LEFT_OUT = "Left out of this report"
MOST_OPEN = 12
# The MIS writes codes; a conference reads words.
SEXES = {"F": "Female", "M": "Male"}
SEN = {"N": "No special provision", "K": "SEN support", "E": "Education, health and care plan"}
SETTLING = frozenset({Action.Kind.DECISION, Action.Kind.REFERRAL, Action.Kind.OUTCOME})


@dataclass(frozen=True)
class Fact:
    """A label and what the record holds under it; empty means not recorded."""

    label: str
    value: str


@dataclass(frozen=True)
class Person:
    """An adult in the child's life, or a brother or sister."""

    name: str
    relation: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Involvement:
    """An agency: from when to when the record names it, how often, and what passed between us."""

    name: str
    first: date
    last: date
    incidents: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Quote:
    """Words that stand in the record, and where."""

    occurred_at: datetime
    precision: str
    reference: str
    source: str
    text: str
    anchor: str
    level: str = ""


@dataclass(frozen=True)
class PartFacts:
    """A heading with what is recorded and what is typed under it."""

    part: Part
    recorded: Any
    typed: Typed | None

    @property
    def template(self) -> str:
        """Where the layout of the recorded content stands."""
        return f"reports/pdf/recorded/{self.part.recorded}.html"

    @property
    def is_empty(self) -> bool:
        """Whether neither the record nor anybody says anything."""
        return not self.recorded and self.typed is None


@dataclass(frozen=True)
class SectionFacts:
    """A numbered section, filled."""

    number: int
    key: str
    title: str
    parts: tuple[PartFacts, ...]


Author = tuple[str, str, str, datetime]


def sections_of(
    viewer: Viewer,
    pupil: Pupil,
    selection: Selection,
    entries: Sequence[Entry],
    answers: Answers,
    author: Author,
) -> tuple[SectionFacts, ...]:
    """Return every section of the report with what is recorded and typed in it."""
    statuses = _statuses(viewer, pupil, selection)
    recorded: dict[str, Callable[[], Any]] = {
        "child": lambda: _child(viewer, pupil, selection, statuses),
        "contacts": lambda: _contacts(viewer, pupil, selection),
        "siblings": lambda: _siblings(viewer, entries),
        "agencies": lambda: _agencies(entries, statuses),
        "history": lambda: _history(entries, statuses),
        "still_open": lambda: _still_open(viewer, entries),
        "parent_contacts": lambda: _parent_contacts(entries),
        "child_words": lambda: _child_words(entries),
        "done": lambda: tuple(step_of(entry) for entry in entries if _settles(entry)),
        "events": lambda: bool(entries),
        "author": lambda: _author(author),
    }
    return tuple(
        SectionFacts(
            number,
            section.key,
            section.title,
            tuple(
                PartFacts(
                    part,
                    recorded[part.recorded]() if part.recorded else None,
                    typed_under(part, answers),
                )
                for part in section.parts
            ),
        )
        for number, section in enumerate(SECTIONS, start=1)
    )


def _statuses(viewer: Viewer, pupil: Pupil, selection: Selection) -> tuple[StatusChange, ...]:
    rows = StatusChange.objects.visible_to(viewer).filter(pupil=pupil)
    return tuple(rows.exclude(pk__in=selection.left_out).order_by("on_date", "recorded_at", "id"))


def _day(day: date | None) -> str:
    return in_words(day, DAY) if day else ""


def _child(
    viewer: Viewer, pupil: Pupil, selection: Selection, statuses: Sequence[StatusChange]
) -> tuple[Fact, ...]:
    age = pupil.age_on(timezone.localdate())
    born = " ".join(
        filter(None, [_day(pupil.date_of_birth), f"({age})" if age is not None else ""])
    )
    return (
        Fact("Name", pupil.name),
        Fact("Legal name", pupil.legal_name),
        Fact("Date of birth (age)", born),
        Fact("Sex", SEXES.get(pupil.sex, pupil.sex)),
        Fact("Ethnicity", MAIN_ETHNICITIES.get(pupil.ethnicity, (pupil.ethnicity,))[0]),
        Fact("First language", pupil.first_language),
        Fact("Language at home", pupil.home_language),
        Fact("School", viewer.school.name),
        Fact("Year and form", pupil.where),
        Fact("Joined the school", _day(pupil.entry_date)),
        Fact("Special educational needs", SEN.get(pupil.sen_provision, "")),
        Fact("Safeguarding status now", "; ".join(_now(statuses))),
        Fact("Address", pupil.address if selection.with_addresses else LEFT_OUT),
    )


def _now(statuses: Sequence[StatusChange]) -> list[str]:
    """Return what has begun and not ended."""
    latest = {change.kind: change for change in statuses}
    return [
        f"{change.get_kind_display()} since {_day(change.on_date)}"
        for change in latest.values()
        if change.change == StatusChange.Change.STARTED
    ]


def _contacts(viewer: Viewer, pupil: Pupil, selection: Selection) -> tuple[Person, ...]:
    rows = Contact.objects.visible_to(viewer).filter(pupil=pupil).in_order()
    return tuple(_contact(row, selection) for row in rows)


def _contact(row: Contact, selection: Selection) -> Person:
    answer = {True: "Yes", False: "No", None: ""}
    return Person(
        name=row.name,
        relation=row.relationship,
        facts=(
            Fact("Parental responsibility", answer[row.parental_responsibility]),
            Fact("Lives with the child", answer[row.lives_with]),
            Fact("Date of birth", ""),
            Fact("Ethnicity", ""),
            Fact("Language", row.language),
            Fact("Restriction", row.restriction),
            Fact("Address", row.address if selection.with_addresses else LEFT_OUT),
        ),
    )


def _siblings(viewer: Viewer, entries: Iterable[Entry]) -> tuple[Person, ...]:
    """Return brothers and sisters at the school, as far as incidents name them as such."""
    sibling = LinkedPupil.Part.SIBLING.label
    ids = {other.id for entry in entries for other in _others(entry) if other.part == sibling} | {
        entry.about_id for entry in entries if not entry.is_own and entry.part == sibling
    }
    rows = Pupil.objects.visible_to(viewer).filter(pk__in=ids).in_order()
    return tuple(
        Person(
            name=row.name,
            relation=sibling,
            facts=(
                Fact("Date of birth", _day(row.date_of_birth)),
                Fact("Ethnicity", row.ethnicity),
                Fact("Language", row.first_language),
                Fact("School", ", ".join(filter(None, [viewer.school.name, row.where]))),
            ),
        )
        for row in rows
    )


def _others(entry: Entry) -> tuple[OtherPupil, ...]:
    return entry.incident.others if entry.incident and entry.is_own else ()


def _agencies(
    entries: Iterable[Entry], statuses: Iterable[StatusChange]
) -> tuple[Involvement, ...]:
    """Return each agency with its dates, from incidents, contacts, referrals and statuses."""
    seen: dict[str, list[date]] = {}
    incidents: dict[str, set] = {}
    steps: dict[str, list[Step]] = {}
    for entry in entries:
        if entry.incident:
            for name in entry.incident.agencies:
                seen.setdefault(name, []).append(timezone.localdate(entry.occurred_at))
                incidents.setdefault(name, set()).add(entry.incident_id)
        if entry.action and entry.action.agency:
            name = entry.action.agency
            seen.setdefault(name, []).append(timezone.localdate(entry.occurred_at))
            steps.setdefault(name, []).append(step_of(entry))
    for change in statuses:
        if change.authority:
            seen.setdefault(change.authority, []).append(change.on_date)
            steps.setdefault(change.authority, []).append(_status_step(change))
    return tuple(
        Involvement(
            name, min(days), max(days), len(incidents.get(name, ())), tuple(steps.get(name, ()))
        )
        for name, days in sorted(seen.items(), key=lambda pair: (min(pair[1]), pair[0]))
    )


def _status_step(change: StatusChange) -> Step:
    at = datetime.combine(change.on_date, datetime.min.time(), timezone.get_current_timezone())
    worker = f"Worker: {change.worker}." if change.worker else ""
    return Step(
        title=f"{change.get_kind_display()}: {change.get_change_display().lower()}",
        occurred_at=at,
        recorded_at=change.recorded_at,
        recorded_later=False,
        source="",
        text=" ".join(filter(None, [worker, change.note])),
        precision=Incident.Precision.DAY,
    )


def _history(entries: Sequence[Entry], statuses: Sequence[StatusChange]) -> tuple[Fact, ...]:
    """Return in figures what the record holds, and every status with its beginning and end."""
    incidents = [entry for entry in entries if entry.kind == Kind.INCIDENT]
    if not incidents and not statuses:
        return ()
    facts = []
    if incidents:
        first, last = (timezone.localdate(incidents[at].occurred_at) for at in (0, -1))
        number = "1 incident" if len(incidents) == 1 else f"{len(incidents)} incidents"
        facts.append(Fact("Recorded", f"{number}, {_day(first)} to {_day(last)}"))
        names = [tag.name for entry in incidents for tag in entry.incident.categories]  # type: ignore[union-attr]
        facts.append(Fact("By category", _tallied(names)))
        levels = [Level(entry.incident.level).label for entry in incidents]  # type: ignore[union-attr]
        facts.append(Fact("By level", _tallied(levels)))
    for change in statuses:
        value = f"{change.get_change_display()} {_day(change.on_date)}"
        facts.append(Fact(change.get_kind_display(), value))
    return tuple(facts)


def _tallied(names: Sequence[str]) -> str:
    """Return names with how often each occurs, the most frequent first."""
    tally = {name: names.count(name) for name in names}
    in_order = sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
    return "; ".join(f"{name} {number}" for name, number in in_order)


def _still_open(viewer: Viewer, entries: Sequence[Entry]) -> tuple[Quote, ...]:
    """Return the latest incidents that somebody must look at and nobody has closed."""
    wanted = [entry for entry in entries if entry.incident and entry.incident.level > Level.RECORD]
    rows = Incident.objects.visible_to(viewer).filter(pk__in=[entry.id for entry in wanted])
    still_open = set(rows.still_open().values_list("pk", flat=True))
    return tuple(_quote(entry, entry.in_short) for entry in wanted if entry.id in still_open)[
        -MOST_OPEN:
    ]


def _parent_contacts(entries: Iterable[Entry]) -> tuple[Quote, ...]:
    """Return when parents or carers were told or spoken with, and what was said."""
    found = []
    for entry in entries:
        if not entry.is_own:
            continue  # another child's parents
        if entry.action and entry.action.kind == Action.Kind.PARENT_CONTACT:
            found.append(_quote(entry, entry.action.narrative))
        if entry.incident:
            told = [part.text for part in entry.incident.parts if part.key == "parents"]
            found += [_quote(entry, f"Told: {text}") for text in told]
    return tuple(found)


def _child_words(entries: Iterable[Entry]) -> tuple[Quote, ...]:
    return tuple(
        _quote(entry, entry.incident.child_words)
        for entry in entries
        if entry.incident and entry.incident.child_words and entry.is_own
    )


def _quote(entry: Entry, text: str) -> Quote:
    return Quote(
        occurred_at=entry.occurred_at,
        precision=entry.precision,
        reference=entry.reference,
        source=source_of(entry),
        text=text,
        anchor=anchor_of(entry),
        level=LEVELS[Level(entry.incident.level)] if entry.incident else "",
    )


def _settles(entry: Entry) -> bool:
    return entry.action is not None and (entry.action.kind in SETTLING or bool(entry.action.impact))


def _author(author: Author) -> tuple[Fact, ...]:
    name, job, school, now = author
    return (
        Fact("Name", name),
        Fact("Role", job),
        Fact("School", school),
        Fact("Date", _day(timezone.localdate(now))),
    )
