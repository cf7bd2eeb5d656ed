"""The menu: each app adds its own entries, since the kernel knows no app."""

from collections.abc import Callable
from dataclasses import dataclass


def no_count(viewer) -> int:
    """Show no badge."""
    return 0


@dataclass(frozen=True)
class Entry:
    """One page in the menu, for those for whom `shown` says so."""

    url_name: str
    label: str
    position: int
    shown: Callable[[object], bool]
    count: Callable[[object], int] = no_count
    also: frozenset[str] = frozenset()


_entries: list[Entry] = []


def add(entry: Entry) -> None:
    """Add a page to the menu; called once by its app when the application starts."""
    if entry not in _entries:
        _entries.append(entry)


def entries_for(viewer) -> list[Entry]:
    """Return what this person's menu shows, in order."""
    return sorted(
        (entry for entry in _entries if entry.shown(viewer)), key=lambda entry: entry.position
    )
