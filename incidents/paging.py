"""Pages of lists in the order of recording, newest first.

A page is named by the row that it begins after, so that it costs the same wherever it is and
nothing is skipped or shown twice while rows are added. A place holds a moment and a random id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

SIZE = 25


@dataclass(frozen=True)
class Page:
    """Some rows, and the queries of the pages beside them ("" where there is none)."""

    rows: list
    newer: str = ""
    older: str = ""


def page_of(rows: QuerySet, asked: Mapping[str, str], *, size: int = SIZE, also: str = "") -> Page:
    """Return the page that an address asks for (?older= or ?newer=); the first if it is no place.

    What stands in `also` ("all=yes") is part of the addresses of the pages beside it.
    """
    older, newer = _place(asked.get("older", "")), _place(asked.get("newer", ""))
    if newer and not older:
        at, pk = newer
        after = Q(recorded_at__gt=at) | Q(recorded_at=at, pk__lt=pk)
        found = list(rows.filter(after).order_by("recorded_at", "-id")[: size + 1])
        return _page(found[:size][::-1], also, has_newer=len(found) > size, has_older=True)
    if older:
        at, pk = older
        rows = rows.filter(Q(recorded_at__lt=at) | Q(recorded_at=at, pk__gt=pk))
    found = list(rows.order_by("-recorded_at", "id")[: size + 1])
    return _page(found[:size], also, has_newer=bool(older), has_older=len(found) > size)


def _page(rows: list, also: str, *, has_newer: bool, has_older: bool) -> Page:
    if not rows:
        return Page(rows)
    start = f"?{also}&" if also else "?"
    return Page(
        rows,
        newer=f"{start}newer={_write(rows[0])}" if has_newer else "",
        older=f"{start}older={_write(rows[-1])}" if has_older else "",
    )


def _write(row) -> str:
    return f"{row.recorded_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{row.pk}"


def _place(text: str) -> tuple[datetime, UUID] | None:
    at, _, pk = text.partition("_")
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), UUID(pk)
    except ValueError:
        return None
