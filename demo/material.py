"""What the demo is made of: the written schools, names, narratives and stories."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from incidents.injuries import Mark

CONTENT = Path(__file__).parent / "content"
FIELDS = (
    "saw",
    "told",
    "told_by",
    "child_words",
    "heard",
    "opinion",
    "done_already",
    "parents_told",
    "parents_detail",
    "medical",
    "told_in_person",
)


@dataclass(frozen=True)
class Step:
    """An action as it was written: of which kind, by whom, how many hours later."""

    kind: str
    by: str
    after_hours: float
    narrative: str
    decision: str = ""
    reasons: str = ""
    impact: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Narrative:
    """An incident as it was written, for any child whom it suits."""

    id: str
    ages: str
    categories: tuple[str, ...]
    level: str
    place: str
    hour: int
    author: str
    account: dict[str, str]
    linked: str
    agencies: tuple[str, ...]
    steps: tuple[Step, ...]
    years: tuple[str, str] | None = None
    only_for: str = ""
    days_ago: int = 0
    recorded_late_days: int = 0
    pupil: int = 1
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Story:
    """A child's whole story, told in several incidents."""

    id: str
    title: str
    school: str
    year_group: str
    summary: str
    incidents: tuple[Narrative, ...]
    second_year_group: str = ""
    second_relation: str = ""


@dataclass(frozen=True)
class StaffMember:
    """Somebody who works at a demo school."""

    name: str
    roles: tuple[str, ...]
    title: str

    def email_at(self, domain: str) -> str:
        """Return the school address, first and last name only."""
        words = [word for word in self.name.lower().split() if word not in {"dr", "sir"}]
        return f"{words[0]}.{words[-1]}@{domain}"


@dataclass(frozen=True)
class DemoSchool:
    """A demo school as it was written."""

    name: str
    slug: str
    urn: str
    phase: str
    domain: str
    emergency_instruction: str
    lead_name_and_room: str
    lead_telephone: str
    export: str
    years: tuple[str, ...]
    forms: tuple[str, ...]
    pupils_a_form: int
    incidents: int
    staff: tuple[StaffMember, ...] = field(default=())


def _read(name: str) -> dict:
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


@cache
def schools() -> tuple[DemoSchool, ...]:
    """Return the two schools."""
    return tuple(
        DemoSchool(
            **{
                **raw,
                "years": tuple(raw["years"]),
                "forms": tuple(raw["forms"]),
                "staff": tuple(
                    StaffMember(person["name"], tuple(person["roles"]), person["title"])
                    for person in raw["staff"]
                ),
            }
        )
        for raw in _read("schools.toml")["school"]
    )


@cache
def password_and_trust() -> tuple[str, str]:
    """Return what all demo accounts share."""
    raw = _read("schools.toml")
    return raw["password"], raw["trust"]


@cache
def names() -> dict[str, list[str]]:
    """Return invented girls', boys' and family names."""
    return {kind: words.split() for kind, words in _read("names.toml").items()}


@cache
def narratives() -> tuple[Narrative, ...]:
    """Return every narrative that suits more than one child."""
    found: list[Narrative] = []
    for path in sorted(CONTENT.glob("narratives_*.toml")):
        raw = _read(path.name)
        years, only = raw.get("years", {}), raw.get("only_for", {})
        for entry in raw["narrative"]:
            pair = years.get(entry["id"])
            found.append(
                _narrative(entry, tuple(pair) if pair else None, only.get(entry["id"], ""))
            )
    return tuple(found)


@cache
def stories() -> tuple[Story, ...]:
    """Return the twelve written stories."""
    return tuple(
        Story(
            id=raw["id"],
            title=raw["title"],
            school=raw["school"],
            year_group=str(raw["year_group"]),
            summary=raw["summary"],
            second_year_group=str(raw.get("second_year_group", "")),
            second_relation=raw.get("second_relation", ""),
            incidents=tuple(_narrative(entry) for entry in raw["incident"]),
        )
        for raw in _read("stories.toml")["story"]
    )


def _narrative(raw: dict, years: tuple | None = None, only_for: str = "") -> Narrative:
    return Narrative(
        id=raw["id"],
        ages=raw.get("ages", "any"),
        categories=(raw["category"], *raw.get("also", [])),
        level=raw["level"],
        place=raw["place"],
        hour=raw["hour"],
        author=raw["author"],
        account={name: raw[name] for name in FIELDS if raw.get(name)},
        linked=raw.get("linked", ""),
        agencies=tuple(raw.get("agencies", [])),
        steps=tuple(
            Step(
                kind=step["kind"],
                by=step["by"],
                after_hours=float(step["after_hours"]),
                narrative=step["narrative"],
                decision=step.get("decision", ""),
                reasons=step.get("reasons", ""),
                impact=step.get("impact", ""),
                categories=tuple(step.get("categories", [])),
            )
            for step in raw.get("action", [])
        ),
        years=years,
        only_for=only_for,
        days_ago=raw.get("days_ago", 0),
        recorded_late_days=raw.get("recorded_late_days", 0),
        pupil=raw.get("pupil", 1),
        marks=tuple(_mark(**mark) for mark in raw.get("mark", [])),
    )


def _mark(at: list[int] | None = None, signs: Sequence[str] = (), **said) -> Mark:
    """Return a mark on a body as it was written: `at` is where it lies on the young person's figure."""
    return Mark(point=(at[0], at[1]) if at else None, signs=tuple(signs), **said)
