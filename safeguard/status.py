"""How the installation is, in facts: what each app knows of itself, said in words for its keepers.

An app registers in its `vitals` module, so that the page of status needs to import none. A fact
names no person and quotes no record.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

logger = logging.getLogger(__name__)


class State(StrEnum):
    """Whether somebody has to do something."""

    WELL = "well"
    NOTICE = "notice"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Fact:
    """One thing about the installation; `do` says what helps, unless all is well."""

    name: str
    state: State
    says: str
    do: str = ""


@dataclass(frozen=True)
class Group:
    """Facts under one heading."""

    title: str
    facts: list[Fact]


Finder = Callable[[datetime], Iterable[Fact]]
Warner = Callable[[datetime], Fact | None]


@dataclass
class Register:
    """Who knows what: functions by heading, and functions that may have a warning for home."""

    finders: dict[str, list[Finder]] = field(default_factory=dict)
    warners: list[Warner] = field(default_factory=list)


TITLES = (
    "Recording",
    "Files",
    "Mail and errands",
    "Back-ups",
    "Ledger",
    "Room on the disks",
    "Versions",
)
_known = Register()


def register(title: str, finder: Finder) -> None:
    """Have the page of status ask this function, under one of the headings in TITLES."""
    if title not in TITLES:
        raise ValueError(f"{title} is no heading of the status page")
    finders = _known.finders.setdefault(title, [])
    if finder not in finders:
        finders.append(finder)


def register_warning(warner: Warner) -> None:
    """Have home ask this function, which costs one query at most, for a warning."""
    if warner not in _known.warners:
        _known.warners.append(warner)


def groups(now: datetime) -> list[Group]:
    """Return everything that is known, in the order of TITLES."""
    return [
        Group(title, [fact for finder in _known.finders[title] for fact in _ask(finder, now)])
        for title in TITLES
        if title in _known.finders
    ]


def warnings(now: datetime) -> list[Fact]:
    """Return what those who run the thing must be told wherever they begin."""
    found = (warner(now) for warner in _known.warners)
    return [fact for fact in found if fact is not None]


def needs_somebody(found: Iterable[Group]) -> list[Fact]:
    """Return the facts that are not well, the bad ones first."""
    facts = [fact for group in found for fact in group.facts if fact.state != State.WELL]
    return sorted(facts, key=lambda fact: fact.state != State.BAD)


def _ask(finder: Finder, now: datetime) -> list[Fact]:
    """Ask one function; its failing is a fact too, and must not hide the others."""
    try:
        return list(finder(now))
    except Exception as error:  # noqa: BLE001 - whatever failed, the other facts are wanted now
        logger.error("status: failed finder=%s error=%s", finder.__name__, type(error).__name__)
        name = finder.__name__.replace("_", " ").capitalize()
        return [
            Fact(
                name,
                State.UNKNOWN,
                f"This could not be found out ({type(error).__name__}).",
                "Look in the web process's log at this moment.",
            )
        ]
