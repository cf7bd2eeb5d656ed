"""Keyset pages: a place in a list, written so that it can stand in an address.

A place holds times, ranks and random ids, never a name or a text. Pages by place cost the same
wherever in the list they are, and nothing is skipped or repeated when rows are added.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypedDict, TypeVar
from uuid import UUID

Row = TypeVar("Row")
Place = tuple


class Asked(TypedDict):
    """The place that an address names, as it stands there."""

    after: str
    before: str


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and the places where the pages before and after them begin."""

    rows: tuple[Row, ...]
    before: str = ""
    after: str = ""


def write(place: Place) -> str:
    """Return a place as text for an address."""
    plain = [
        value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, UUID)
        else value
        for value in place
    ]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def read(text: str, shape: Sequence[type]) -> Place | None:
    """Return the place that a text names; None when there is none, or somebody made it up."""
    try:
        plain = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if len(plain) != len(shape):
            return None
        return tuple(_value(value, kind) for value, kind in zip(plain, shape, strict=True))
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return None


def _value(value, kind: type):
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return moment
    if kind is int and not isinstance(value, int):
        raise TypeError("a rank is a number")
    return kind(value)


def page_of(
    rows: Sequence[Row],
    size: int,
    place_of: Callable[[Row], Place],
    *,
    begun: bool,
    backwards: bool,
    ended: bool,
) -> Page[Row]:
    """Return a page from up to size + 1 rows in order; the row too many tells of more.

    begun: the rows were asked for from a place onwards. backwards: they were asked for up to a
    place, so that the row too many is the first. ended: up to the very end of the list.
    """
    more = len(rows) > size
    kept = tuple(rows[-size:] if backwards else rows[:size])
    earlier = more if backwards else begun
    later = not ended if backwards else more
    return Page(
        rows=kept,
        before=write(place_of(kept[0])) if kept and earlier else "",
        after=write(place_of(kept[-1])) if kept and later else "",
    )
