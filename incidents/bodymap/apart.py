"""Putting marks beside each other that would lie upon each other, so that each can be read."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import cos, hypot, pi, sin

from incidents.bodymap.geometry import Point

RINGS, WAYS = 6, 12


def apart(
    points: Sequence[Point], radius: float, size: tuple[int, int], taken: Iterable[Point] = ()
) -> list[Point]:
    """Return where each circle stands: on its point, or as near to it as there is room."""
    standing = list(taken)
    for point in points:
        standing.append(_free(point, radius, size, standing))
    return standing[len(standing) - len(points) :]


def _free(at: Point, radius: float, size: tuple[int, int], taken: Sequence[Point]) -> Point:
    for x, y in (at, *_around(at, radius)):
        on_paper = radius <= x <= size[0] - radius and radius <= y <= size[1] - radius
        clear = all(hypot(x - a, y - b) >= 2 * radius for a, b in taken)
        if clear and (on_paper or (x, y) == at):
            return x, y
    return at


def _around(at: Point, radius: float) -> Iterator[Point]:
    for ring, way in product(range(1, RINGS), range(WAYS)):
        reach, turn = ring * 2.1 * radius, way * 2 * pi / WAYS
        yield round(at[0] + reach * cos(turn), 1), round(at[1] + reach * sin(turn), 1)
