"""What an entry commits to, and where it can be made again from.

Each app that records says, once, how its rows become bodies (`register`). The same function makes
the body when something happens and makes it again when the ledger is verified, so that a row that
was changed behind the application's back no longer matches what was committed to.

A body leaves out what is empty. So a field that is added later changes no body of before.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

import rfc8785
from django.db.models import QuerySet

from ledger.models import Kind


@dataclass(frozen=True)
class Said:
    """Something that happened, as the ledger takes it down."""

    kind: Kind
    school_id: UUID
    obj: UUID
    body: Mapping[str, object]
    acts_on: Sequence[UUID] = field(default=())


def is_the_same(now: Said, told: bytes) -> bool:
    """Whether a row still says, to the byte, what was committed to."""
    return canonical(now.body) == told


def never(told: bytes) -> bool:
    """Whether a row may be gone after this was said of it: by default it may not."""
    return False


@dataclass(frozen=True)
class Source:
    """A table whose every row has an entry, and how to say again what a row said.

    `agrees` compares what a row says now with what was committed to: to the byte, but where a row
    may rightly change and a later entry says so. Of a row that is told of as a setting, each time
    anew, the last entry says what it is; `settings` are what such entries call it, and after what
    `may_be_gone` agrees with there need be no row. `school` is the column of the school in a table
    without a wall (`safeguard.walls`).
    """

    kinds: frozenset[Kind]
    rows: Callable[[], QuerySet]
    say: Callable[[Sequence[UUID]], Iterable[Said]]
    agrees: Callable[[Said, bytes], bool] = is_the_same
    settings: frozenset[str] = frozenset()
    may_be_gone: Callable[[bytes], bool] = never
    school: str = ""


SOURCES: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Let the ledger know of a table; in the order in which its rows refer to each other."""
    SOURCES[name] = source


def register_setting(
    name: str,
    rows: Callable[[], QuerySet],
    of: Callable[[Any], Mapping[str, object]],
    settings: frozenset[str],
    *,
    may_be_gone: Callable[[bytes], bool] = never,
    school: str = "",
) -> None:
    """Let the ledger know of a table whose rows change, and are taken down whole each time."""

    def say(keys: Sequence[UUID]) -> Iterable[Said]:
        for row in rows().filter(pk__in=keys):
            yield Said(Kind.SETTING, row.school_id, row.pk, of(row))

    kinds = frozenset({Kind.SETTING})
    source = Source(kinds, rows, say, settings=settings, may_be_gone=may_be_gone, school=school)
    register(name, source)


def source_of(kind: str, body: bytes | None = None) -> str | None:
    """Return the name of the table that entries of this kind come from; None when there is none.

    Changed settings are all of one kind: what such an entry says is what tells.
    """
    setting = setting_of(body) if kind == Kind.SETTING else ""
    for name, source in SOURCES.items():
        if kind in source.kinds and (not source.settings or setting in source.settings):
            return name
    return None


def setting_of(body: bytes | memoryview | None) -> str:
    """Return which setting an entry says was changed; nothing where what it says is not readable."""
    try:
        said = json.loads(bytes(body or b"{}"))
    except ValueError:
        return ""
    return str(said.get("setting", "")) if isinstance(said, dict) else ""


def entry_id(kind: Kind, obj: UUID) -> UUID:
    """Return the identity of the entry that says this of this row: it can be said only once."""
    return uuid5(obj, kind)


def canonical(body: Mapping[str, object]) -> bytes:
    """Return the body's bytes (RFC 8785): what is empty left out, times in UTC, one kind of line."""
    return rfc8785.dumps(_plain(body))  # type: ignore[arg-type]


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return {str(name): _plain(one) for name, one in value.items() if not _is_empty(one)}
        case str():
            return str(value).replace("\r\n", "\n").replace("\r", "\n")
        case bool() | int():
            return value
        case UUID():
            return str(value)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case date():
            return value.isoformat()
        case Iterable():
            return [_plain(one) for one in value]
    raise TypeError(f"{type(value).__name__} does not belong in a body")


def _is_empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, list | tuple) and not value)
