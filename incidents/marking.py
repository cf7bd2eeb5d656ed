"""A body map as people read it: only the views on which something is, and a legend by numbers.

Pages and papers draw it from the same facts, as vectors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from incidents.bodymap.plates import View
from incidents.bodymap.regions import (
    VIEWS,
    Figure,
    features_of,
    mover,
    outlines_of,
    regions,
    regions_in,
    sides_of,
)
from incidents.injuries import SOFT_SITE, Answer, Explanation, Mark, Sign
from incidents.models import BodyMark, Incident

TALL = 500


@dataclass(frozen=True)
class Dot:
    """A numbered mark on the paper. `exact`: somebody pointed there, and did not name it only."""

    number: int
    x: float
    y: float
    below: float  # where its number stands
    exact: bool


@dataclass(frozen=True)
class Picture:
    """One view, and the marks on it."""

    name: str
    width: int
    height: int
    left: str
    right: str
    outlines: tuple[str, ...]
    regions: tuple[str, ...]
    features: tuple[str, ...]
    dots: tuple[Dot, ...]

    @property
    def type(self) -> int:
        """How large numbers are written, for the size that the drawing has on paper."""
        return type_of(self.height)

    @property
    def dot(self) -> int:
        """How large a mark's circle is."""
        return round(self.type * 0.8)

    @property
    def in_words(self) -> str:
        """What a screen reader says in place of the drawing: the legend tells the rest."""
        numbers = ", ".join(str(dot.number) for dot in self.dots)
        return f"{self.name}: mark{'' if len(self.dots) == 1 else 's'} {numbers}"


@dataclass(frozen=True)
class Fact:
    """Something said of a mark, under its name."""

    key: str
    value: str


@dataclass(frozen=True)
class Line:
    """A line of the legend."""

    number: int
    kind: str
    where: str
    facts: tuple[Fact, ...]
    child_said: str
    soft: bool

    @property
    def title(self) -> str:
        """What it is, and where."""
        return f"{self.kind}: {self.where}"


@dataclass(frozen=True)
class BodyMap:
    """All marks of an incident that the reader may see."""

    pictures: tuple[Picture, ...]
    legend: tuple[Line, ...]
    soft_words = SOFT_SITE

    @property
    def is_soft(self) -> bool:
        """Whether a mark lies where bruises seldom come from falls."""
        return any(line.soft for line in self.legend)


def body_map_of(marks: Iterable[BodyMark]) -> BodyMap | None:
    """Return the drawing and the legend of these marks; None when there are none."""
    rows = sorted(marks, key=lambda mark: mark.number)
    if not rows:
        return None
    seen = {regions()[row.region].view.key for row in rows if row.region in regions()}
    pictures = [_picture(view, rows) for view in VIEWS.values() if view.key in seen]
    return BodyMap(tuple(pictures), tuple(map(_line, rows)))


def type_of(height: int) -> int:
    """Return the height of numbers on a drawing of this height: all are shown at about one scale."""
    return 26 if height > TALL else 15


def rows_of(marks: Sequence[Mark], figure: str, incident: Incident) -> list[BodyMark]:
    """Return what is kept of marks as the reporter said them, numbered in their order."""
    return [
        BodyMark(
            incident=incident,
            number=number,
            figure=Figure(figure),
            wording=mark.place.full_name,
            x=mark.point[0] if mark.point else None,
            y=mark.point[1] if mark.point else None,
            **_said(mark),
        )
        for number, mark in enumerate(marks, start=1)
    ]


def _said(mark: Mark) -> dict:
    kept = {name: value for name, value in vars(mark).items() if name != "point"}
    return kept | {"signs": sorted(mark.signs)}


def _picture(view: View, rows: Sequence[BodyMark]) -> Picture:
    here = [row for row in rows if row.region in regions() and regions()[row.region].view == view]
    figure = Figure(here[0].figure)
    left, right = sides_of(view)
    return Picture(
        name=view.name,
        width=view.size[0],
        height=view.size[1],
        left=left,
        right=right,
        outlines=_outlines(view.key, figure),
        regions=_regions(view.key, figure),
        features=tuple(features_of(view)),
        dots=tuple(_dot(view, figure, row) for row in here),
    )


@cache
def _outlines(view: str, figure: Figure) -> tuple[str, ...]:
    return tuple(outlines_of(VIEWS[view], figure))


@cache
def _regions(view: str, figure: Figure) -> tuple[str, ...]:
    return tuple(region.path(figure) for region in regions_in(VIEWS[view]))


def _dot(view: View, figure: Figure, row: BodyMark) -> Dot:
    exact = row.x is not None and row.y is not None
    point = (row.x, row.y) if row.x is not None and row.y is not None else None
    x, y = mover(view, figure)(point or regions()[row.region].centre)
    below = y + type_of(view.size[1]) * 0.36
    return Dot(row.number, round(x, 1), round(y, 1), round(below, 1), exact)


def _line(row: BodyMark) -> Line:
    region = regions().get(row.region)
    said = {
        "Size": _size(row),
        "Shape": row.shape,
        "Colour": row.colour,
        "Skin broken": Answer(row.broken).label if row.broken else "",
        "In pain": Answer(row.pain).label if row.pain else "",
        "Also": ", ".join(Sign(sign).label.lower() for sign in row.signs),
        "First aid": row.first_aid,
        "Explanation (opinion)": Explanation(row.explanation).label if row.explanation else "",
    }
    return Line(
        number=row.number,
        kind=row.get_kind_display(),
        where=row.wording,
        facts=tuple(Fact(key, value) for key, value in said.items() if value),
        child_said=row.child_said,
        soft=region is not None and region.soft,
    )


def _size(row: BodyMark) -> str:
    sizes = [size for size in (row.length_mm, row.width_mm) if size is not None]
    return f"{' by '.join(f'{size / 10:g}' for size in sizes)} cm" if sizes else ""
