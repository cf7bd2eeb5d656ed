"""What an entry commits to, and where it can be made again from.

Each app that records says, once, how its rows become bodies (`register`). The same function makes
the body when something happens and makes it again when the ledger is verified, so that a row that
was changed behind the application's back no longer matches what was committed to.

A body leaves out what is empty. So a field that is added later changes no body of before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
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


@dataclass(frozen=True)
class Source:
    """A table whose every row has an entry, and how to say again what a row said.

    `agrees` compares what a row says now with what was committed to: to the byte, but where a row
    may rightly change and a later entry says so.
    """

    kinds: frozenset[Kind]
    rows: Callable[[], QuerySet]
    say: Callable[[Sequence[UUID]], Iterable[Said]]
    agrees: Callable[[Said, bytes], bool] = is_the_same


SOURCES: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Let the ledger know of a table; in the order in which its rows refer to each other."""
    SOURCES[name] = source


def source_of(kind: str) -> Source | None:
    """Return where entries of this kind come from; None when no table holds them."""
    return next((source for source in SOURCES.values() if kind in source.kinds), None)


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
