"""What an incident says, part by part, under the school's prompts; and how late it was recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from incidents.models import Incident

# A lesson and a break may pass before somebody gets to a computer; more than that is worth saying.
SOON_ENOUGH = timedelta(hours=4)
SHORT = 160

# In the order in which a reader needs them. The headings name what it is, never how sure it is.
HEADINGS = {
    "saw": "What was seen",
    "told": "What was told",
    "child_words": "The child’s exact words",
    "heard": "What was heard from others",
    "opinion": "Opinion of the person recording",
    "done_already": "What was done already",
    "parents": "Parents or carers told",
    "medical": "Medical attention",
    "told_in_person": "Told in person",
}


@dataclass(frozen=True)
class Part:
    """One prompt and what was written under it."""

    key: str
    label: str
    text: str

    @property
    def kind(self) -> str:
        """How it is set apart: the child's own words, an opinion, or plainly."""
        return {"child_words": "words", "opinion": "opinion"}.get(self.key, "")


@dataclass(frozen=True)
class Tag:
    """A category in the wording of its day, and its colour."""

    name: str
    colour: int


def parts_of(incident: Incident) -> tuple[Part, ...]:
    """Return every part of an incident that says something, in the order of the prompts."""
    texts = {
        "saw": incident.saw,
        "told": incident.told,
        "child_words": incident.child_words,
        "heard": incident.heard,
        "opinion": incident.opinion,
        "done_already": incident.done_already,
        "parents": parents_told(incident),
        "medical": incident.medical,
        "told_in_person": incident.told_in_person,
    }
    told_by = f"{HEADINGS['told']}, by {incident.told_by}" if incident.told_by else HEADINGS["told"]
    labels = HEADINGS | {"told": told_by}
    if incident.told_by and not incident.told:
        texts["told"] = f"By {incident.told_by}"
        labels = HEADINGS
    return tuple(Part(key, labels[key], text) for key, text in texts.items() if text.strip())


def parents_told(incident: Incident) -> str:
    """Return whether parents were told, with what was written beside the answer."""
    said = incident.get_parents_told_display() if incident.parents_told else ""
    return "\n".join(filter(None, [f"{said}." if said else "", incident.parents_detail]))


def in_short(text: str) -> str:
    """Return the beginning of a text on one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= SHORT:
        return line
    return f"{line[:SHORT].rsplit(' ', 1)[0].rstrip(',;:.')} …"


def recorded_later(occurred_at: datetime, recorded_at: datetime, precision: str) -> bool:
    """Return whether so much time passed before recording that the reader must be told."""
    if precision == Incident.Precision.DAY:
        return timezone.localdate(recorded_at) > timezone.localdate(occurred_at)
    return recorded_at - occurred_at > SOON_ENOUGH


def how_late(occurred_at: datetime, recorded_at: datetime, precision: str) -> str:
    """Return by how much it was recorded later, in the one unit that matters (SR-60); "" when soon."""
    if not recorded_later(occurred_at, recorded_at, precision):
        return ""
    passed = recorded_at - occurred_at
    if precision == Incident.Precision.DAY:
        passed = timedelta(
            days=(timezone.localdate(recorded_at) - timezone.localdate(occurred_at)).days
        )
    number, unit = (passed.days, "day") if passed.days else (passed.seconds // 3600, "hour")
    return f"{number} {unit}{'s' if number > 1 else ''}"
