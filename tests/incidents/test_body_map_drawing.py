"""The drawing of a body: every region has a name, a place, and the right side of the child."""

import re
from collections import Counter
from itertools import product
from math import hypot
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from incidents.bodymap.geometry import area_of, flat, is_inside, moved, path_between
from incidents.bodymap.regions import (
    VIEWS,
    Figure,
    Region,
    as_json,
    choices,
    mover,
    regions,
    regions_in,
    shapes_of,
)

PATH = re.compile(r"M-?[\d.]+ -?[\d.]+(C(-?[\d.]+ -?[\d.]+ ?){3})+Z")
FACING = ["front", "head-front", "hands-palm", "hands-back", "feet-top", "feet-sole"]
STEP = 6


def corners(region: Region, figure: Figure) -> list:
    return flat(region.curves(figure))


def x_of(region: str) -> int:
    return regions()[region].centre[0]


def test_there_are_regions_enough_on_every_view():
    assert len(regions()) > 70
    assert set(VIEWS) >= {"front", "back", "left", "right", "head-front", "head-back", "head-left"}
    assert all(len(regions_in(view)) >= 9 for view in VIEWS.values())


def test_a_name_is_given_once_in_a_view():
    """A name that meant two places would say nothing in a record."""
    names = Counter((region.view.key, region.name) for region in regions().values())

    assert [name for name, times in names.items() if times > 1] == []
    assert all(
        len(region.id) <= 60 and len(region.full_name) <= 80 for region in regions().values()
    )
    assert all(re.fullmatch(r"[a-z-]+", name) for name in regions())


@pytest.mark.parametrize("figure", Figure)
def test_every_region_is_a_closed_path_of_some_size(figure):
    for region in regions().values():
        assert PATH.fullmatch(region.path(figure)), region.id
        assert area_of(corners(region, figure)) > 100, region.id


@pytest.mark.parametrize("figure", Figure)
@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_regions_fill_their_outline_and_do_not_lie_upon_each_other(view, figure):
    """What is pressed has one name; an arm before the body, and an ear on the head, are the rest."""
    move = mover(view, figure)
    outlines = [
        flat(path_between(moved(shape, move), (0, len(shape) - 1))) for shape in shapes_of(view)
    ]
    drawn = [corners(region, figure) for region in regions_in(view)]
    width, height = view.size
    inside = outside = twice = empty = 0
    for point in product(range(2, width, STEP), range(2, height, STEP)):
        hits = sum(is_inside(point, shape) for shape in drawn)
        body = any(is_inside(point, outline) for outline in outlines)
        inside += body
        outside += hits > 0 and not body
        twice += hits > 1
        empty += body and not hits

    assert all(0 <= x <= width and 0 <= y <= height for shape in drawn for x, y in shape)
    assert outside / inside < 0.005
    assert empty / inside < 0.01
    assert twice / inside < 0.11


@pytest.mark.parametrize("figure", Figure)
@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_wherever_a_region_is_pressed_it_holds_the_point_that_is_sent(view, figure):
    """As a browser sends it: moved back to the adult's drawing, in whole numbers."""
    shapes = [(region, corners(region, figure)) for region in regions_in(view)]
    drawn = [(region, shape, *box_of(shape)) for region, shape in shapes]
    width, height = view.size
    back = view.figure.back if figure == Figure.CHILD and view.figure else lambda point: point
    pressed = Counter()
    for point in product(range(1, width, 4), range(1, height, 4)):
        hits = [
            region
            for region, shape, (left, right), (top, bottom) in drawn
            if left <= point[0] <= right and top <= point[1] <= bottom and is_inside(point, shape)
        ]
        if hits:
            x, y = back(point)
            assert hits[-1].holds((round(x), round(y))), (hits[-1].id, point)
            pressed[hits[-1].id] += 1
    assert set(pressed) == {region.id for region in regions_in(view)}


def box_of(shape: list) -> tuple:
    """The lowest and the highest of each of a shape's two: what lies outside is not within."""
    return tuple((min(ends), max(ends)) for ends in zip(*shape, strict=True))


def test_a_region_holds_no_point_of_another_far_from_its_edge():
    for region in regions().values():
        others = [other for other in regions_in(region.view) if other.id != region.id]
        for other in others:
            inside = is_inside(other.centre, corners(region, Figure.ADULT))
            assert inside or not region.holds(other.centre) or near(region, other), (
                region.id,
                other.id,
            )


def near(region: Region, other: Region) -> bool:
    """Whether the middle of a small region lies within a few units of another's line."""
    x, y = other.centre
    return min(hypot(x - a, y - b) for a, b in corners(region, Figure.ADULT)) < 5


@pytest.mark.parametrize("figure", Figure)
def test_a_mark_placed_by_name_alone_stands_in_its_region(figure):
    for region in regions().values():
        place = mover(region.view, figure)(region.centre)
        assert is_inside(place, corners(region, figure)), region.id


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_left_is_the_childs_left_in_every_view(view):
    """Seen from the front the child's left lies on the right of the paper; from behind, on the left."""
    for region in regions_in(view):
        x, _ = region.centre
        if view.side:
            assert region.side == view.side
        elif region.side:
            on_the_right = "left" if view.key in FACING else "right"
            assert (x > view.middle) == (region.side == on_the_right), region.id
        else:
            assert abs(x - view.middle) <= 1, region.id


def test_the_sides_look_the_right_way_and_thumbs_and_toes_are_where_they_belong():
    assert x_of("right-toes") > x_of("right-heel")
    assert x_of("left-toes") < x_of("left-heel")
    assert x_of("head-right-nose") > x_of("head-right-back-of-head")
    assert x_of("head-left-nose") < x_of("head-left-back-of-head")
    for side, outwards in (("left", 1), ("right", -1)):
        assert outwards * (x_of(f"front-thumb-{side}") - x_of(f"front-palm-{side}")) > 0
        palm = x_of(f"hands-palm-thumb-{side}") - x_of(f"hands-palm-palm-{side}")
        back = x_of(f"hands-back-back-of-thumb-{side}") - x_of(f"hands-back-back-of-hand-{side}")
        assert outwards * palm < 0 < outwards * back
        for toes in ("feet-top-{}", "feet-sole-underside-of-{}"):
            big, little = (x_of(f"{toes}-{side}".format(toe)) for toe in ("big-toe", "little-toe"))
            assert outwards * (little - big) > 0


def test_left_and_right_are_one_drawing_mirrored():
    """So that neither side is easier to press, or has a place that the other has not."""
    for region in regions().values():
        if not region.side:
            continue
        other = "left" if region.side == "right" else "right"
        twin = regions()[
            region.id.replace(region.side, other, 1)
            if region.view.side
            else f"{region.id.removesuffix(region.side)}{other}"
        ]
        assert twin.bare_name == region.bare_name
        assert twin.centre[1] == region.centre[1]
        assert abs(twin.centre[0] - (region.view.size[0] - region.centre[0])) <= 1


def test_the_list_offers_every_region_under_its_view():
    listed = {key: (view, name) for view, part in choices() for key, name in part}

    assert listed == {region.id: (region.view.name, region.name) for region in regions().values()}


@pytest.mark.parametrize("figure", Figure)
def test_what_browsers_draw_is_what_the_server_names(figure):
    """`script/assets` draws these files."""
    assert Path(finders.find(f"body-map/{figure}.json")).read_text() == as_json(figure)


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_a_point_of_the_childs_drawing_comes_back_to_where_it_was(view):
    if view.figure is None:
        return
    for region in regions_in(view):
        x, y = view.figure.back(view.figure.there(region.centre))
        assert (round(x), round(y)) == region.centre


def test_places_where_bruises_are_less_often_accidents_are_marked():
    """Neck, ears, back, chest, buttocks, inner thigh; not shins, knees or forehead."""
    soft = {region.bare_name for region in regions().values() if region.soft}

    assert soft >= {"ear", "front of neck", "buttock", "inner thigh", "lower chest", "lower back"}
    assert soft.isdisjoint({"knee", "inner shin", "outer shin", "forehead", "elbow", "chin"})
