"""A view of the body: its shapes, and the regions that they are cut into."""

from dataclasses import dataclass, field, replace

from incidents.bodymap.geometry import Point, Stations, Stretch, mirror, moved


@dataclass(frozen=True)
class Shape:
    """A torso, an arm, a finger: cross-sections in a row. What is paired is mirrored as well."""

    key: str
    stations: Stations
    paired: bool = False


@dataclass(frozen=True)
class Cell:
    """A region: between which cross-sections of a shape it lies, and which share of their width.

    `soft`: bruises there come less from falls and knocks than over bone.
    """

    shape: str
    name: str
    along: tuple[int, int]
    across: tuple[float, float] = (0, 1)
    soft: bool = False

    @property
    def is_in_the_middle(self) -> bool:
        """Whether it reaches as far to one side as to the other."""
        return abs(sum(self.across) - 1) < 1e-9


@dataclass(frozen=True)
class View:
    """One drawing. `on_the_right` says which side of the child lies on the right of the paper.

    A view from one side shows that side alone: `side`.
    """

    key: str
    name: str
    size: tuple[int, int]
    on_the_right: str
    shapes: tuple[Shape, ...]
    cells: tuple[Cell, ...]
    side: str = ""
    figure: Stretch | None = None
    features: tuple[tuple[Point, ...], ...] = field(default=())

    @property
    def middle(self) -> float:
        """Where the drawing is mirrored."""
        return self.size[0] / 2

    def mirrored(self, side: str, name: str) -> "View":
        """Return what is seen from the other side."""
        turn = mirror(self.middle)
        key = self.key.replace(self.side, side)
        shapes = tuple(replace(one, stations=moved(one.stations, turn)) for one in self.shapes)
        features = tuple(tuple(map(turn, line)) for line in self.features)
        return replace(self, key=key, name=name, side=side, shapes=shapes, features=features)
