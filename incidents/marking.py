"""A body map as people read it: only the views on which something is, and a legend by numbers.

Pages and papers draw it from the same facts, as vectors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from incidents.bodymap.apart import apart
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

SIZE = "Size"
TALL = 500
WIDE = 320
SMALLER = 1.6  # how much larger numbers are written on a drawing that is shown small


@dataclass(frozen=True)
class Dot:
    """A numbered mark on the paper. `exact`: somebody pointed there, and did not name it only."""

    number: int
    x: float
    y: float
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
    scale: float = 1

    @property
    def type(self) -> int:
        """How large numbers are written, for the size that the drawing has on paper."""
        return round((26 if self.height > TALL else 15) * self.scale)

    @property
    def drop(self) -> float:
        """How far below a mark's middle its number stands."""
        return round(self.type * 0.36, 1)

    @property
    def is_wide(self) -> bool:
        """Whether it shows both hands or both feet, beside each other."""
        return self.width > WIDE and self.height < TALL

    @property
    def dot(self) -> int:
        """How large a mark's circle is."""
        return round(self.type * 0.8)

    @property
    def in_words(self) -> str:
        """What a screen reader says in place of the drawing: the legend tells the rest."""
        numbers = ", ".join(str(dot.number) for dot in self.dots)
        return f"{self.name}: mark{'' if len(self.dots) == 1 else 's'} {numbers}"

    @property
    def small(self) -> "Picture":
        """The same for one of many beside each other: the outline alone, and larger numbers."""
        larger = replace(self, regions=(), scale=SMALLER)
        points = apart([(dot.x, dot.y) for dot in self.dots], larger.dot, self.size)
        moved = zip(self.dots, points, strict=True)
        return replace(larger, dots=tuple(replace(dot, x=x, y=y) for dot, (x, y) in moved))

    @property
    def size(self) -> tuple[int, int]:
        """Its width and its height."""
        return self.width, self.height


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

    @property
    def size(self) -> str:
        """How large it is, where somebody said so."""
        return next((fact.value for fact in self.facts if fact.key == SIZE), "")


@dataclass(frozen=True)
class BodyMap:
    """All marks of an incident that the reader may see."""

    pictures: tuple[Picture, ...]
    legend: tuple[Line, ...]
    soft_words = SOFT_SITE

    @property
    def small(self) -> tuple[Picture, ...]:
        """The drawings for one of many beside each other."""
        return tuple(picture.small for picture in self.pictures)

    @property
    def is_soft(self) -> bool:
        """Whether a mark lies where bruises seldom come from falls."""
        return any(line.soft for line in self.legend)


def body_map_of(marks: Iterable[BodyMark]) -> BodyMap | None:
    """Return the drawing and the legend of these marks; None when there are none."""
    rows = sorted(marks, key=lambda mark: mark.number)
    return drawn_of(rows) if rows else None


def drawn_of(rows: Sequence[BodyMark]) -> BodyMap:
    """Return the drawing and the legend of marks that are there, in their order."""
    pictures = [picture_of(view, rows, Figure(rows[0].figure)) for view in views_of(rows)]
    return BodyMap(tuple(pictures), tuple(map(_line, rows)))


def views_of(rows: Iterable[BodyMark]) -> list[View]:
    """Return the views on which these marks lie, in the order in which they are shown."""
    seen = {regions()[row.region].view.key for row in rows if row.region in regions()}
    return [view for view in VIEWS.values() if view.key in seen]


def picture_of(view: View, rows: Iterable[BodyMark], figure: Figure) -> Picture:
    """Return a view, drawn as a child or a young person, with those of the marks that lie on it."""
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
        dots=tuple(_dot(view, figure, row) for row in on(view, rows)),
    )


def on(view: View, rows: Iterable[BodyMark]) -> list[BodyMark]:
    """Return those of the marks that lie on this view."""
    return [row for row in rows if row.region in regions() and regions()[row.region].view == view]


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
    return Dot(row.number, round(x, 1), round(y, 1), exact)


def _line(row: BodyMark) -> Line:
    region = regions().get(row.region)
    said = {
        SIZE: _size(row),
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
