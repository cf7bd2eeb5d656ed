"""Every region of every view, by its id, with its name; and the outlines they lie in.

A mark is kept by its place on the adult's drawing; a child's is the same one stretched, so that
nothing of a mark depends on which of the two was looked at.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property

from incidents.bodymap.geometry import (
    Curve,
    Move,
    Point,
    Stations,
    centre_of,
    flat,
    is_inside,
    mirror,
    moved,
    path_between,
    smooth,
    written,
)
from incidents.bodymap.nearer import NEARER
from incidents.bodymap.plates import Cell, Shape, View
from incidents.bodymap.standing import STANDING

VIEWS = {view.key: view for view in (*STANDING, *NEARER)}
OTHER = {"left": "right", "right": "left"}
# How far from a region it may still be pressed: its line is drawn, and points are whole numbers.
EDGE = 3
WAYS = [(1, 0), (-1, 0), (0, 1), (0, -1)]


class Figure(StrEnum):
    """Whose proportions the drawing has."""

    CHILD = "child"
    ADULT = "adult"


@dataclass(frozen=True)
class Region:
    """A named place on a body, in one view and on one side, or in the middle."""

    id: str
    view: View
    side: str
    bare_name: str
    soft: bool
    shape: Stations
    along: tuple[int, int]
    across: tuple[float, float]

    @property
    def name(self) -> str:
        """What it is called wherever it is named: in the list, under a finger, by a screen reader."""
        return f"{self.bare_name}, {self.side}" if self.side else self.bare_name

    @property
    def full_name(self) -> str:
        """Its name, with the view in which it was pointed at."""
        return f"{self.name} ({self.view.name.lower()})"

    def curves(self, figure: Figure = Figure.ADULT) -> tuple[Curve, ...]:
        """Return its outline."""
        return path_between(moved(self.shape, mover(self.view, figure)), self.along, self.across)

    def holds(self, point: Point) -> bool:
        """Whether a point of the adult's drawing lies in it, or on its line, as either figure is drawn.

        A child's lines are smoothed anew, and run a little aside from the adult's when stretched.
        """
        return any(
            is_inside(near, self._corners[figure])
            for figure in Figure
            for near in _around(mover(self.view, figure)(point))
        )

    @cached_property
    def _corners(self) -> dict[Figure, list[Point]]:
        return {figure: flat(self.curves(figure)) for figure in Figure}

    def path(self, figure: Figure = Figure.ADULT) -> str:
        """Return its outline as SVG writes it."""
        return written(self.curves(figure))

    @cached_property
    def centre(self) -> tuple[int, int]:
        """Where a mark stands that was placed by name alone."""
        x, y = centre_of(self._corners[Figure.ADULT])
        return round(x), round(y)


def _around(point: Point) -> list[Point]:
    x, y = point
    return [point, *((x + dx * EDGE, y + dy * EDGE) for dx, dy in WAYS)]


def mover(view: View, figure: Figure) -> Move:
    """Return what puts a point of the adult's drawing where it lies on this figure's."""
    stretches = figure == Figure.CHILD and view.figure is not None
    return view.figure.there if stretches and view.figure else _as_it_is


def outlines_of(view: View, figure: Figure = Figure.ADULT) -> list[str]:
    """Return the outline of each shape, in the order in which they are drawn."""
    move = mover(view, figure)
    return [
        written(path_between(moved(stations, move), (0, len(stations) - 1)))
        for stations in shapes_of(view)
    ]


def shapes_of(view: View) -> list[Stations]:
    """Return the shapes of a view, both of those that are paired."""
    turn = mirror(view.middle)
    found: list[Stations] = []
    for shape in view.shapes:
        found += [moved(shape.stations, turn), shape.stations] if shape.paired else [shape.stations]
    return found


def features_of(view: View) -> list[str]:
    """Return the few lines by which a face is known as one."""
    return [written(smooth(line), closed=False) for line in view.features]


@cache
def regions() -> dict[str, Region]:
    """Return every region by its id, view after view, from the head down."""
    found: dict[str, Region] = {}
    for view in VIEWS.values():
        shapes = {shape.key: shape for shape in view.shapes}
        for cell in view.cells:
            for region in _regions_of(view, cell, shapes[cell.shape]):
                found[region.id] = region
    return found


def regions_in(view: View) -> list[Region]:
    """Return a view's regions in the order in which they are drawn."""
    return [region for region in regions().values() if region.view == view]


@cache
def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the regions as a list to choose from, under their views, from the head down."""
    return [
        (view.name, [(region.id, region.name) for region in _downwards(view)])
        for view in VIEWS.values()
    ]


def as_json(figure: Figure) -> str:
    """Return all that a browser needs to draw a figure: the file body-map/FIGURE.json that script/assets writes."""
    drawn = [_view_for_browser(view, figure) for view in VIEWS.values()]
    listed = [[name, [key for key, _ in part]] for name, part in choices()]
    return json.dumps({"views": drawn, "list": listed}, ensure_ascii=False) + "\n"


def _view_for_browser(view: View, figure: Figure) -> dict:
    stretch = view.figure if figure == Figure.CHILD else None
    return {
        "key": view.key,
        "name": view.name,
        "size": view.size,
        "sides": sides_of(view),
        "stretch": {
            "middle": stretch.middle,
            "heights": stretch.heights,
            "becomes": stretch.becomes,
            "breadths": stretch.breadths,
        }
        if stretch
        else None,
        "outlines": outlines_of(view, figure),
        "features": features_of(view),
        "regions": [
            {
                "id": region.id,
                "name": region.name,
                "soft": region.soft,
                "centre": region.centre,
                "path": region.path(figure),
            }
            for region in regions_in(view)
        ],
    }


def sides_of(view: View) -> tuple[str, str]:
    """Return what is written to the left and to the right of the paper: the child's own sides."""
    if not view.on_the_right:
        return ("", "")
    return (OTHER[view.on_the_right], view.on_the_right)


def _downwards(view: View) -> list[Region]:
    return sorted(regions_in(view), key=lambda region: (round(region.centre[1], -1), region.name))


def _regions_of(view: View, cell: Cell, shape: Shape) -> list[Region]:
    here = _region(view, cell, shape.stations, cell.across, view.side or view.on_the_right)
    if view.side:
        return [here]
    there_side = OTHER[view.on_the_right]
    if shape.paired:
        turned = moved(shape.stations, mirror(view.middle))
        return [_region(view, cell, turned, cell.across, there_side), here]
    if cell.is_in_the_middle:
        return [_region(view, cell, shape.stations, cell.across, "")]
    across = (1 - cell.across[1], 1 - cell.across[0])
    return [_region(view, cell, shape.stations, across, there_side), here]


def _region(
    view: View, cell: Cell, stations: Stations, across: tuple[float, float], side: str
) -> Region:
    words = [view.key, cell.name.replace(" ", "-"), "" if view.side else side]
    return Region(
        id="-".join(filter(None, words)),
        view=view,
        side=side,
        bare_name=cell.name,
        soft=cell.soft,
        shape=stations,
        along=cell.along,
        across=across,
    )


def _as_it_is(point: Point) -> Point:
    return point
