"""The school's access log, for those who oversee it: page by page, and as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.looks import LookKind, kind_of, of_kind
from accounts.permissions import Permission
from accounts.viewer import Viewer
from chronology.looks import Line, lines_of, own_of, seen_by
from incidents.paging import page_of
from ledger.models import AccessEntry, AccessEntryQuerySet
from safeguard.errors import DomainError

SIZE = 50
MOST_EXPORTED = 10_000
EXPORTS_A_DAY = 5
COUNTED_DAYS = 30
HEADINGS = ("When", "Who", "What", "Pupils", "Authenticator used", "Reason given")


class TooManyExports(DomainError):
    """The day's exports are used up."""


@dataclass(frozen=True)
class LogPage:
    """Some lines of the log, and the addresses of the pages beside them."""

    lines: list[Line]
    newer: str
    older: str

    @property
    def pupils(self) -> set[UUID]:
        """Whom the page names."""
        return {pupil.pk for line in self.lines for pupil in line.pupils}


@dataclass(frozen=True)
class DayCount:
    """How often something of a kind was done on a day."""

    day: date
    kind: str
    times: int


def log_for(viewer: Viewer, asked: Mapping[str, str], narrowed: Mapping, address: str) -> LogPage:
    """Return the page of the log that an address asks for, newest first."""
    found = page_of(narrowed_to(seen_by(viewer), narrowed), asked, size=SIZE, also=address)
    return LogPage(lines_of(viewer, found.rows), found.newer, found.older)


def own_looks(viewer: Viewer, asked: Mapping[str, str]) -> LogPage:
    """Return a page of what somebody did here themselves."""
    found = page_of(own_of(viewer), asked, size=SIZE)
    return LogPage(lines_of(viewer, found.rows), found.newer, found.older)


def narrowed_to(rows: AccessEntryQuerySet, narrowed: Mapping) -> AccessEntryQuerySet:
    """Return the lines that fit the answers of `LogFilterForm`."""
    if narrowed.get("person"):
        rows = rows.filter(user=narrowed["person"].pk)
    if narrowed.get("pupil"):
        rows = rows.filter(pupil=narrowed["pupil"].pk)
    if narrowed.get("kind"):
        rows = rows.filter(of_kind(LookKind(narrowed["kind"])))
    if narrowed.get("since"):
        rows = rows.filter(recorded_at__gte=begins(narrowed["since"]))
    if narrowed.get("until"):
        rows = rows.filter(recorded_at__lt=begins(narrowed["until"] + timedelta(days=1)))
    return rows


def begins(day: date) -> datetime:
    """Return when a day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


def may_export(viewer: Viewer, now: datetime) -> None:
    """Refuse the sixth export of a day (SR-16)."""
    mine = AccessEntry.objects.filter(user=viewer.user_id, event="log.exported")
    if mine.filter(recorded_at__gt=now - timedelta(days=1)).count() >= EXPORTS_A_DAY:
        raise TooManyExports(
            f"You have taken the log as a file {EXPORTS_A_DAY} times since yesterday. Try tomorrow."
        )


def lines_to_export(viewer: Viewer, narrowed: Mapping) -> tuple[list[Line], bool]:
    """Return the newest lines for a file, and whether there were more than it holds."""
    rows = narrowed_to(seen_by(viewer), narrowed).order_by("-recorded_at", "id")
    found = list(rows[: MOST_EXPORTED + 1])
    return lines_of(viewer, found[:MOST_EXPORTED]), len(found) > MOST_EXPORTED


def as_rows(lines: list[Line], more: bool) -> Iterator[tuple[str, ...]]:
    """Return the rows of a file for a spreadsheet, its headings first."""
    yield HEADINGS
    yield from _rows(lines)
    if more:
        yield (f"There are more. A file holds {MOST_EXPORTED}: narrow it by days.",)


def counts_for(viewer: Viewer, today: date) -> list[DayCount]:
    """Return how much was done in the school, day by day and kind by kind, without any name."""
    viewer.require(Permission.SEE_LOG_COUNTS)
    rows = (
        AccessEntry.objects.filter(
            school=viewer.school_id, recorded_at__gte=begins(today - timedelta(days=COUNTED_DAYS))
        )
        .annotate(day=TruncDate("recorded_at"))
        .values("day", "event")
        .annotate(times=Count("pk"))
        .order_by("-day", "event")
    )
    together: dict[tuple[date, str], int] = {}
    for row in rows:
        kind = kind_of(row["event"])
        key = (row["day"], kind.label if kind else "Other")
        together[key] = together.get(key, 0) + row["times"]
    return [DayCount(day, kind, times) for (day, kind), times in together.items()]


def _rows(lines: list[Line]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        named = [f"{pupil.name} ({pupil.where})" for pupil in line.pupils]
        more = [f"and {line.unnamed} more"] if line.unnamed else []
        yield (
            f"{timezone.localtime(line.at):%Y-%m-%d %H:%M:%S}",
            line.name,
            line.what,
            "; ".join(named + more),
            "yes" if line.elevated else "no",
            " / ".join(line.reasons),
        )
