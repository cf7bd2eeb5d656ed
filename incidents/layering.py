"""The marks of several incidents laid over each other: the newest strongest, none hiding another.

Each incident is a layer with a letter, A the oldest, and a mark is called by the letter and its
number: "B2". How strong a layer is drawn says when it was recorded, and nothing of how old an injury
looked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from uuid import UUID

from incidents.bodymap.apart import apart
from incidents.bodymap.geometry import Point
from incidents.bodymap.plates import View
from incidents.bodymap.regions import Figure
from incidents.marking import TALL, BodyMap, Dot, Picture, drawn_of, on, picture_of, views_of
from incidents.models import BodyMark, Incident

STRENGTHS = 4
LETTERS = 26
# How much larger labels are than numbers on a single body map: they say more.
SCALE_TALL, SCALE_NEAR = 1.25, 1.5


@dataclass(frozen=True)
class Spot:
    """A mark as it is drawn: at x and y, and where it truly lies, which may be beside that."""

    label: str
    x: float
    y: float
    true_x: float
    true_y: float
    exact: bool
    side: int
    type: int
    drop: float

    @property
    def left(self) -> float:
        """Where its square begins, when nobody pointed there."""
        return round(self.x - self.side / 2, 1)

    @property
    def top(self) -> float:
        """Where its square begins."""
        return round(self.y - self.side / 2, 1)

    @property
    def is_aside(self) -> bool:
        """Whether it stands beside its place, because another mark is there."""
        return (self.x, self.y) != (self.true_x, self.true_y)


@dataclass(frozen=True)
class Layer:
    """One incident's marks. `strength` is 0 for the newest that are shown, 3 for the oldest."""

    letter: str
    incident: Incident
    body_map: BodyMap
    is_shown: bool
    strength: int

    @property
    def id(self) -> UUID:
        """The incident's."""
        return self.incident.pk


@dataclass(frozen=True)
class Spots:
    """What one layer puts on one view."""

    layer: Layer
    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class Sheet:
    """One view, with every layer that has a mark on it, the oldest undermost."""

    picture: Picture
    layers: tuple[Spots, ...]

    @property
    def radius(self) -> int:
        """How large a mark's circle is."""
        return self.picture.dot

    @property
    def in_words(self) -> str:
        """What a screen reader says in place of the drawing: the legend tells the rest."""
        shown = [one for one in self.layers if one.layer.is_shown]
        labels = [spot.label for one in shown for spot in one.spots]
        return f"{self.picture.name}: {', '.join(labels) if labels else 'no mark is shown'}"


@dataclass(frozen=True)
class Layers:
    """Every incident of a child with a body map, and the drawings that they share."""

    layers: tuple[Layer, ...]
    sheets: tuple[Sheet, ...]

    @property
    def newest_first(self) -> tuple[Layer, ...]:
        """The layers as the legend lists them."""
        return self.layers[::-1]


def layers_of(rows: Iterable[BodyMark], shown: frozenset[UUID] | None = None) -> Layers:
    """Return the layers of marks that come in the order of their incidents; None shows them all."""
    found = [list(marks) for _, marks in groupby(rows, key=lambda row: row.incident_id)]
    wanted = [shown is None or marks[0].incident_id in shown for marks in found]
    layers = tuple(_layer(place, marks, wanted) for place, marks in enumerate(found))
    figure = Figure(found[-1][0].figure) if found else Figure.CHILD
    every = [row for marks in found for row in marks]
    sheets = tuple(_sheet(view, figure, layers, found) for view in views_of(every))
    return Layers(layers, sheets)


def _layer(place: int, marks: Sequence[BodyMark], wanted: Sequence[bool]) -> Layer:
    newer = sum(wanted[place + 1 :])
    return Layer(
        letter=letter_of(place),
        incident=marks[0].incident,
        body_map=drawn_of(marks),
        is_shown=wanted[place],
        strength=newer * STRENGTHS // max(sum(wanted), 1),
    )


def letter_of(place: int) -> str:
    """Return A for the first, Z for the 26th, AA for the next."""
    before = letter_of(place // LETTERS - 1) if place >= LETTERS else ""
    return before + chr(ord("A") + place % LETTERS)


def _sheet(
    view: View, figure: Figure, layers: Sequence[Layer], found: Sequence[Sequence[BodyMark]]
) -> Sheet:
    drawn = picture_of(view, (), figure)
    blank = replace(drawn, scale=SCALE_TALL if drawn.height > TALL else SCALE_NEAR)
    taken: list[Point] = []
    spots = []
    # The newest choose first: they stand where they are.
    for layer, marks in reversed(list(zip(layers, found, strict=True))):
        here = on(view, marks)
        if here:
            dots = picture_of(view, here, figure).dots
            spots.append(Spots(layer, tuple(_spots(blank, layer, dots, taken))))
    return Sheet(blank, tuple(reversed(spots)))


def _spots(
    picture: Picture, layer: Layer, dots: Sequence[Dot], taken: list[Point]
) -> Iterator[Spot]:
    points = apart([(dot.x, dot.y) for dot in dots], picture.dot, picture.size, taken)
    taken += points
    for dot, (x, y) in zip(dots, points, strict=True):
        label = f"{layer.letter}{dot.number}"
        size = round(picture.type * min(0.9, 2 / len(label)))
        yield Spot(
            label=label,
            x=x,
            y=y,
            true_x=dot.x,
            true_y=dot.y,
            exact=dot.exact,
            side=2 * picture.dot - 4,
            type=size,
            drop=round(size * 0.36, 1),
        )
