"""From the timeline's entries to the blocks of a paper: one for each event, whole, without queries.

On screen a story is a stream; on paper the reader wants each event with what was done about it,
under headings that are the same each time and say what is not recorded.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chronology.entries import Entry, File, Kind
from incidents.marking import BodyMap
from incidents.models import Action, Level

FIRST_HAND = "Fact, first-hand"
SECOND_HAND = "Second-hand"
OPINION = "Opinion"

BASIS = {"saw": FIRST_HAND, "told": SECOND_HAND, "heard": SECOND_HAND, "opinion": OPINION}
DONE_AT_THE_TIME = frozenset({"done_already", "parents", "medical", "told_in_person"})
# Of a page's 45 lines: a longer event is broken between its parts.
LINE, LONG = 70, 24
HEADLINE = 90
LEVELS = {Level.URGENT: "urgent", Level.REVIEW: "review", Level.RECORD: "record"}


@dataclass(frozen=True)
class Said:
    """A labelled piece of an account, and what kind of knowledge it is."""

    label: str
    text: str
    basis: str = ""


@dataclass(frozen=True)
class Step:
    """One entry of an incident's thread."""

    title: str
    occurred_at: datetime
    recorded_at: datetime
    recorded_later: bool
    source: str
    text: str
    reasons: str = ""
    impact: str = ""
    agency: str = ""
    files: tuple[File, ...] = ()
    reference: str = ""
    precision: str = ""


@dataclass(frozen=True)
class Event:
    """An incident with its thread, a status, or an action whose incident lies outside the report."""

    anchor: str
    kind: str
    occurred_at: datetime
    precision: str
    recorded_at: datetime
    recorded_later: bool
    source: str
    title: str
    summary: str
    reference: str = ""
    level: str = ""
    is_significant: bool = False
    categories: tuple[str, ...] = ()
    reported_as: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    place: str = ""
    belongs: str = ""
    others: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    child_words: str = ""
    at_the_time: tuple[Said, ...] = ()
    actions: tuple[Step, ...] = ()
    decisions: tuple[Step, ...] = ()
    outcomes: tuple[Step, ...] = ()
    files: tuple[File, ...] = ()
    body_map: BodyMap | None = None
    how_late: str = ""
    late_reason: str = ""

    @property
    def impacts(self) -> tuple[Step, ...]:
        """Entries of the thread that say what it meant for the child."""
        return tuple(step for step in self.thread if step.impact)

    @property
    def thread(self) -> tuple[Step, ...]:
        """All that was done afterwards, as it happened."""
        steps = (*self.actions, *self.decisions, *self.outcomes)
        return tuple(sorted(steps, key=lambda step: (step.occurred_at, step.recorded_at)))

    @property
    def all_files(self) -> tuple[File, ...]:
        """Files of the event and of its thread."""
        return (*self.files, *(file for step in self.thread for file in step.files))

    @property
    def said_of_marks(self) -> bool:
        """Whether the child said something about a mark on the body map."""
        return self.body_map is not None and any(mark.child_said for mark in self.body_map.legend)

    @property
    def is_long(self) -> bool:
        """Whether it fills so much of a page that keeping it whole would leave another empty."""
        texts = [line.text for line in (*self.said, *self.at_the_time)] + [self.child_words]
        texts += [text for step in self.thread for text in (step.text, step.reasons, step.impact)]
        written = [text for text in texts if text]
        lines = sum(len(text) // LINE + text.count("\n") + 2 for text in written)
        return lines > LONG or self.body_map is not None

    @property
    def missing(self) -> tuple[str, ...]:
        """What the record does not hold, in the order of the headings; said, never left blank."""
        if self.kind != Kind.INCIDENT:
            return ()
        parts = {
            "Child’s words": self.child_words or self.said_of_marks,
            "Impact on the child": self.impacts,
            "Action": self.at_the_time or self.actions,
            "Decision and reasons": self.decisions,
            "Outcome": self.outcomes,
            "Linked files": self.all_files,
        }
        return tuple(name for name, content in parts.items() if not content)


def events_of(entries: Sequence[Entry], *, name_others: bool) -> tuple[Event, ...]:
    """Return the entries as events in the order they happened, each action under its incident."""
    incidents = {entry.id for entry in entries if entry.kind == Kind.INCIDENT}
    threads: dict[UUID, list[Entry]] = {}
    alone: list[Entry] = []
    for entry in entries:
        if entry.kind == Kind.ACTION and entry.incident_id in incidents:
            threads.setdefault(entry.incident_id, []).append(entry)
        else:
            alone.append(entry)
    return tuple(_event(entry, threads.get(entry.id, []), name_others) for entry in alone)


def step_of(entry: Entry) -> Step:
    """Return an action as a line of a thread."""
    facts = entry.action
    assert facts is not None  # noqa: S101 - the timeline gives every action its facts
    return Step(
        title=entry.title,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        recorded_later=entry.recorded_later,
        source=source_of(entry),
        text=facts.narrative,
        reasons=facts.reasons,
        impact=facts.impact,
        agency=facts.agency,
        files=entry.files,
        reference=entry.reference,
    )


def headline_of(text: str) -> str:
    """Return the first sentence of a text, or its beginning, as a heading; the text follows whole."""
    line = " ".join(text.split())
    sentence = re.split(r"(?<=[.!?])\s", line, maxsplit=1)[0]
    if len(sentence) <= HEADLINE:
        return sentence
    return f"{sentence[:HEADLINE].rsplit(' ', 1)[0].rstrip(',;:.')} …"


def source_of(entry: Entry) -> str:
    """Return who recorded it, and what they are at the school."""
    return ", ".join(filter(None, [entry.who, entry.who_is]))


def anchor_of(entry: Entry) -> str:
    """Return the name of the entry's place inside the paper."""
    return f"entry-{entry.id}"


def _event(entry: Entry, thread: Iterable[Entry], name_others: bool) -> Event:
    common = {
        "anchor": anchor_of(entry),
        "kind": entry.kind,
        "occurred_at": entry.occurred_at,
        "precision": entry.precision,
        "recorded_at": entry.recorded_at,
        "recorded_later": entry.recorded_later,
        "how_late": entry.how_late,
        "source": source_of(entry),
        "title": entry.title,
        "reference": entry.reference,
    }
    if entry.kind == Kind.STATUS:
        return _status(entry, common)
    if entry.kind == Kind.ACTION:
        step = step_of(entry)
        return Event(
            **common, summary=headline_of(entry.text), files=(), **_sorted_thread([(entry, step)])
        )
    return _incident(entry, common, thread, name_others)


def _status(entry: Entry, common: dict) -> Event:
    facts = entry.status
    assert facts is not None  # noqa: S101 - the timeline gives every status its facts
    said = [
        Said("Local authority or agency", facts.authority),
        Said("Worker", facts.worker),
        Said("Note", facts.note),
    ]
    return Event(**common, summary="", said=tuple(line for line in said if line.text))


def _incident(entry: Entry, common: dict, thread: Iterable[Entry], name_others: bool) -> Event:
    facts = entry.incident
    assert facts is not None  # noqa: S101 - the timeline gives every incident its facts
    basis = BASIS if entry.is_own else BASIS | {"child_words": SECOND_HAND}
    said = [
        Said(part.label, part.text, basis[part.key]) for part in facts.parts if part.key in basis
    ]
    done = [Said(part.label, part.text) for part in facts.parts if part.key in DONE_AT_THE_TIME]
    return Event(
        **common,
        summary=headline_of(entry.text),
        level=LEVELS[Level(facts.level)],
        is_significant=entry.is_significant,
        categories=tuple(tag.name for tag in facts.categories),
        reported_as=facts.reported_as,
        agencies=facts.agencies,
        place=facts.place,
        late_reason=facts.late_reason,
        belongs=_belongs(entry, name_others),
        others=_others(entry, name_others),
        said=tuple(said),
        child_words=facts.child_words if entry.is_own else "",
        at_the_time=tuple(done),
        files=entry.files,
        body_map=facts.body_map if entry.is_own else None,
        **_sorted_thread([(action, step_of(action)) for action in thread]),
    )


def _sorted_thread(steps: list[tuple[Entry, Step]]) -> dict[str, tuple[Step, ...]]:
    """Return a thread under the paper's headings: what was decided, what came of it, the rest."""
    kinds = {Action.Kind.DECISION: "decisions", Action.Kind.OUTCOME: "outcomes"}
    sorted_steps: dict[str, list[Step]] = {"actions": [], "decisions": [], "outcomes": []}
    for entry, step in steps:
        heading = kinds.get(entry.action.kind, "actions") if entry.action else "actions"
        sorted_steps[heading].append(step)
    return {heading: tuple(found) for heading, found in sorted_steps.items()}


def _belongs(entry: Entry, name_others: bool) -> str:
    """Return whose incident it is when it is another child's."""
    if entry.is_own:
        return ""
    whom = entry.about if name_others else "another pupil"
    part = f" (here: {entry.part.lower()})" if entry.part else ""
    return f"Recorded about {whom}; this child is linked to it{part}."


def _others(entry: Entry, name_others: bool) -> tuple[str, ...]:
    """Return the other children in it; by their part alone where others will read the paper."""
    others = entry.incident.others if entry.incident else ()
    if entry.is_own:
        return tuple(
            f"{other.name if name_others else 'Another pupil'} ({other.part.lower()})"
            for other in others
        )
    return ()
