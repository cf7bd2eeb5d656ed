"""Cross-sections, the smooth curves along their ends, and paths of what lies between them."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import hypot

Point = tuple[float, float]
Station = tuple[Point, Point]
Stations = tuple[Station, ...]
Move = Callable[[Point], Point]
# A cubic curve: where it begins, its two handles, where it ends.
Curve = tuple[Point, Point, Point, Point]

STEPS = 8


def band(*rows: tuple[float, float, float]) -> Stations:
    """Return level cross-sections: y, and x at their two ends."""
    return tuple(((left, y), (right, y)) for y, left, right in rows)


def even(middle: float, *rows: tuple[float, float]) -> Stations:
    """Return level cross-sections that reach as far to the left of a line as to the right."""
    return band(*((y, middle - half, middle + half) for y, half in rows))


def limb(*rows: tuple[float, float, float]) -> Stations:
    """Return cross-sections square to a line: each where the line runs, and how thick it is."""
    return tuple(_across(rows, number) for number in range(len(rows)))


def _across(rows: Sequence[tuple[float, float, float]], number: int) -> Station:
    x, y, thick = rows[number]
    before, after = rows[max(number - 1, 0)], rows[min(number + 1, len(rows) - 1)]
    along = (after[0] - before[0], after[1] - before[1])
    half = thick / 2 / hypot(*along)
    across = (along[1] * half, -along[0] * half)
    return (x - across[0], y - across[1]), (x + across[0], y + across[1])


def moved(stations: Iterable[Station], move: Move) -> Stations:
    """Return cross-sections with each end put elsewhere."""
    return tuple((move(one), move(other)) for one, other in stations)


def mirror(middle: float) -> Move:
    """Return what puts a point as far on the other side of an upright line."""
    return lambda point: (2 * middle - point[0], point[1])


def path_between(
    stations: Stations, along: tuple[int, int], across: tuple[float, float] = (0, 1)
) -> tuple[Curve, ...]:
    """Return the closed curve around what lies between two cross-sections, or around a part of it."""
    first, last = along
    there = _edge(stations, across[0])[first:last]
    back = [_turned(curve) for curve in reversed(_edge(stations, across[1])[first:last])]
    return (*there, _line(there[-1][3], back[0][0]), *back, _line(back[-1][3], there[0][0]))


def smooth(points: Sequence[Point]) -> list[Curve]:
    """Return the curve through all of these points (Catmull-Rom)."""
    ends = [points[0], *points, points[-1]]
    return [
        (b, _handle(b, a, c, 1), _handle(c, b, d, -1), c)
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]


def written(curves: Sequence[Curve], *, closed: bool = True) -> str:
    """Return a path as SVG writes it."""
    parts = [f"M{_at(curves[0][0])}"]
    parts += [f"C{_at(b)} {_at(c)} {_at(d)}" for _, b, c, d in curves]
    return "".join(parts) + ("Z" if closed else "")


def flat(curves: Sequence[Curve]) -> list[Point]:
    """Return corners so close to each other that straight lines between them are the curve."""
    return [_on(curve, step / STEPS) for curve in curves for step in range(STEPS)]


def area_of(corners: Sequence[Point]) -> float:
    """Return how much lies inside."""
    return abs(sum(_wedges(corners))) / 2


def centre_of(corners: Sequence[Point]) -> Point:
    """Return the point on which it would balance."""
    wedges = _wedges(corners)
    whole = sum(wedges) * 3
    x = sum(wedge * (a[0] + b[0]) for wedge, (a, b) in zip(wedges, _sides(corners), strict=True))
    y = sum(wedge * (a[1] + b[1]) for wedge, (a, b) in zip(wedges, _sides(corners), strict=True))
    return x / whole, y / whole


def is_inside(point: Point, corners: Sequence[Point]) -> bool:
    """Return whether a point lies within."""
    x, y = point
    inside = False
    for a, b in _sides(corners):
        if (a[1] > y) != (b[1] > y) and x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]:
            inside = not inside
    return inside


@dataclass(frozen=True)
class Stretch:
    """Moves a drawing's heights, and its breadth at each of them, so that it has other proportions."""

    middle: float
    heights: tuple[float, ...]
    becomes: tuple[float, ...]
    breadths: tuple[float, ...]

    def there(self, point: Point) -> Point:
        """Return where a point comes to lie."""
        x, y = point
        breadth = between(self.heights, self.breadths, y)
        return self.middle + (x - self.middle) * breadth, between(self.heights, self.becomes, y)

    def back(self, point: Point) -> Point:
        """Return where a point came from."""
        y = between(self.becomes, self.heights, point[1])
        breadth = between(self.heights, self.breadths, y)
        return self.middle + (point[0] - self.middle) / breadth, y


def between(marks: Sequence[float], values: Sequence[float], at: float) -> float:
    """Return the value at a place between marks; beyond the last two as the line goes on."""
    number = min(max(bisect_right(marks, at), 1), len(marks) - 1)
    low, high = marks[number - 1], marks[number]
    share = (at - low) / (high - low)
    return values[number - 1] + share * (values[number] - values[number - 1])


def _edge(stations: Stations, share: float) -> list[Curve]:
    return smooth([_part_way(one, other, share) for one, other in stations])


def _part_way(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _handle(at: Point, before: Point, after: Point, way: int) -> Point:
    return at[0] + way * (after[0] - before[0]) / 6, at[1] + way * (after[1] - before[1]) / 6


def _turned(curve: Curve) -> Curve:
    return curve[3], curve[2], curve[1], curve[0]


def _line(a: Point, b: Point) -> Curve:
    return a, _part_way(a, b, 1 / 3), _part_way(a, b, 2 / 3), b


def _on(curve: Curve, share: float) -> Point:
    a, b, c, d = curve
    rest = 1 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    points = list(zip(weights, (a, b, c, d), strict=True))
    return sum(w * p[0] for w, p in points), sum(w * p[1] for w, p in points)


def _sides(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(corners, [*corners[1:], corners[0]], strict=True))


def _wedges(corners: Sequence[Point]) -> list[float]:
    return [a[0] * b[1] - b[0] * a[1] for a, b in _sides(corners)]


def _at(point: Point) -> str:
    return " ".join(f"{round(value, 1):g}" for value in point)
