"""What of a pupil's story a report holds: dates, filters, and the entries left out one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from chronology.entries import Scope, TimelineFilter


class Wording(StrEnum):
    """How much of each entry is printed."""

    FULL = "full"
    LINE = "line"


@dataclass(frozen=True)
class Selection:
    """What the person who asked wants in the report; nothing said means everything."""

    from_on: date | None = None
    until_on: date | None = None
    categories: frozenset[UUID] = frozenset()
    levels: frozenset[int] = frozenset()
    agencies: frozenset[UUID] = frozenset()
    scope: Scope = Scope.ALL
    significant_only: bool = False
    wording: Wording = Wording.FULL
    with_addresses: bool = True
    left_out: frozenset[UUID] = frozenset()

    @property
    def is_full(self) -> bool:
        """Whether entries are printed whole."""
        return self.wording == Wording.FULL

    def as_filter(self) -> TimelineFilter:
        """Return the part of it that the timeline can answer."""
        return TimelineFilter(
            categories=self.categories,
            levels=self.levels,
            from_on=self.from_on,
            until_on=self.until_on,
            scope=self.scope,
            significant_only=self.significant_only,
        )

    def as_choices(self) -> dict[str, object]:
        """Return what `Report.choices` keeps; dates and entries left out have their own columns."""
        return {
            "categories": sorted(map(str, self.categories)),
            "levels": sorted(self.levels),
            "agencies": sorted(map(str, self.agencies)),
            "scope": self.scope.value,
            "significant_only": self.significant_only,
            "wording": self.wording.value,
            "with_addresses": self.with_addresses,
        }

    @classmethod
    def of(cls, report) -> "Selection":
        """Return the selection that a report was asked for with."""
        chosen: Mapping = report.choices
        return cls(
            from_on=report.from_on,
            until_on=report.until_on,
            categories=frozenset(map(UUID, chosen["categories"])),
            levels=frozenset(chosen["levels"]),
            agencies=frozenset(map(UUID, chosen["agencies"])),
            scope=Scope(chosen["scope"]),
            significant_only=chosen["significant_only"],
            wording=Wording(chosen["wording"]),
            with_addresses=chosen["with_addresses"],
            left_out=frozenset(report.left_out),
        )
