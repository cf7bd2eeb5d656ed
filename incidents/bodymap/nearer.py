"""Nearer views, in which small places have names of their own: head, hands and feet.

They are the same for every age. What is paired is drawn on the right of the paper.
"""

from incidents.bodymap.geometry import Point, Stations, band, even, limb, mirror, moved
from incidents.bodymap.plates import Cell, Shape, View

HEAD_SIZE, HEAD_MIDDLE = (300, 360), 150
PAIR_SIZE, PAIR_MIDDLE = (400, 270), 200

_SKULL = Shape(
    "head",
    even(
        HEAD_MIDDLE,
        *((17, 12), (25, 46), (58, 85), (95, 99), (130, 102), (165, 100), (200, 93), (235, 80)),
        *((268, 59), (290, 36), (300, 18)),
    ),
)
_EAR = Shape(
    "ear",
    limb((252, 138, 8), (258, 145, 22), (257, 165, 22), (250, 188, 15), (246, 196, 6)),
    paired=True,
)
_THROAT = Shape("neck", even(HEAD_MIDDLE, (262, 58), (300, 56), (348, 66)))


def _both(*points: Point) -> tuple[tuple[Point, ...], ...]:
    turned = mirror(HEAD_MIDDLE)
    return points, tuple(map(turned, points))


HEAD_FRONT = View(
    key="head-front",
    name="Head, front",
    size=HEAD_SIZE,
    on_the_right="left",
    shapes=(_THROAT, _EAR, _SKULL),
    cells=(
        Cell("neck", "front of neck", (0, 2), (0.5, 1), soft=True),
        Cell("ear", "ear", (0, 4), soft=True),
        Cell("head", "top of head", (0, 2), (0.5, 1)),
        Cell("head", "forehead", (2, 4), (0.5, 1)),
        Cell("head", "temple", (4, 5), (0.85, 1)),
        Cell("head", "eye", (4, 5), (0.57, 0.85), soft=True),
        Cell("head", "bridge of nose", (4, 5), (0.43, 0.57)),
        Cell("head", "cheek", (5, 7), (0.62, 1), soft=True),
        Cell("head", "nose", (5, 7), (0.38, 0.62)),
        Cell("head", "jaw", (7, 8), (0.76, 1)),
        Cell("head", "mouth and lips", (7, 8), (0.24, 0.76)),
        Cell("head", "chin", (8, 10)),
    ),
    features=(
        *_both((172, 149), (184, 145), (200, 145), (211, 150)),
        *_both((168, 132), (186, 126), (208, 129), (216, 134)),
        ((141, 208), (146, 216), (154, 216), (159, 208)),
        ((127, 250), (142, 251), (150, 252), (158, 251), (173, 250)),
    ),
)

HEAD_BACK = View(
    key="head-back",
    name="Head, back",
    size=HEAD_SIZE,
    on_the_right="right",
    shapes=(_THROAT, _EAR, _SKULL),
    cells=(
        Cell("neck", "back of neck", (0, 2), (0.5, 1), soft=True),
        Cell("ear", "back of ear", (0, 4), soft=True),
        Cell("head", "crown", (0, 2), (0.5, 1)),
        Cell("head", "upper back of head", (2, 4), (0.5, 1)),
        Cell("head", "lower back of head", (4, 7), (0.5, 1)),
        Cell("head", "base of skull", (7, 10), (0.5, 1)),
    ),
)

HEAD_RIGHT = View(
    key="head-right",
    name="Head, right side",
    size=HEAD_SIZE,
    on_the_right="",
    side="right",
    shapes=(
        Shape(
            "neck",
            (
                ((66, 178), (176, 262)),
                ((73, 224), (180, 286)),
                ((72, 290), (184, 312)),
                ((58, 348), (204, 348)),
            ),
        ),
        Shape(
            "head",
            band(
                *((17, 138, 166), (25, 98, 206), (60, 56, 240), (95, 42, 250), (126, 39, 252)),
                *((150, 45, 249), (178, 62, 270), (192, 80, 256), (206, 98, 258), (224, 122, 254)),
                *((246, 146, 255), (262, 168, 244), (270, 192, 228)),
            ),
        ),
        Shape(
            "ear",
            limb((146, 136, 10), (141, 143, 28), (143, 165, 28), (151, 190, 18), (155, 198, 7)),
        ),
    ),
    cells=(
        Cell("neck", "side of neck", (0, 3), (0.4, 1), soft=True),
        Cell("neck", "back of neck", (0, 3), (0, 0.4), soft=True),
        Cell("head", "top of head", (0, 2)),
        Cell("head", "back of head", (2, 6), (0, 0.3)),
        Cell("head", "side of head", (2, 4), (0.3, 0.68)),
        Cell("head", "forehead", (2, 4), (0.68, 1)),
        Cell("head", "behind the ear", (4, 6), (0.3, 0.56), soft=True),
        Cell("head", "temple", (4, 5), (0.56, 0.76)),
        Cell("head", "eye", (4, 5), (0.76, 1), soft=True),
        Cell("head", "cheek", (5, 8), (0.56, 0.82), soft=True),
        Cell("head", "nose", (5, 7), (0.82, 1)),
        Cell("head", "base of skull", (6, 8), (0, 0.56)),
        Cell("head", "upper lip", (7, 8), (0.82, 1)),
        Cell("head", "jaw", (8, 12), (0, 0.6)),
        Cell("head", "mouth and lips", (8, 9), (0.6, 1)),
        Cell("head", "chin", (9, 12), (0.6, 1)),
        Cell("ear", "ear", (0, 4), soft=True),
    ),
    features=(
        ((214, 146), (226, 143), (238, 148)),
        ((212, 130), (228, 123), (246, 126)),
        ((234, 207), (246, 209), (257, 207)),
    ),
)


# With the thumbs outwards: backs of the hands as they are held up.
_HAND: Stations = band(
    *((258, 274, 326), (236, 272, 328), (204, 258, 342), (164, 255, 344), (128, 260, 341))
)
_FINGERS = {
    "little finger": limb(
        (267, 134, 18), (262, 112, 18), (257, 88, 16), (254, 72, 11), (253, 68, 4)
    ),
    "ring finger": limb((286, 129, 20), (283, 95, 19), (281, 60, 17), (280, 44, 12), (280, 39, 4)),
    "middle finger": limb(
        (306, 128, 20), (307, 90, 20), (308, 48, 18), (309, 30, 12), (309, 25, 4)
    ),
    "index finger": limb((327, 131, 20), (331, 98, 19), (335, 64, 17), (337, 49, 12), (338, 44, 4)),
    "thumb": limb(
        (330, 216, 22),
        (345, 196, 27),
        (361, 170, 24),
        (372, 144, 20),
        (376, 132, 13),
        (377, 127, 4),
    ),
}
_TOES = {
    "big toe": limb((271, 192, 27), (268, 214, 27), (267, 232, 25), (267, 241, 17), (267, 245, 6)),
    "second toe": limb(
        (293, 197, 16), (293, 220, 15), (293, 234, 14), (293, 241, 9), (293, 244, 4)
    ),
    "third toe": limb((310, 197, 15), (311, 218, 14), (312, 229, 13), (312, 235, 8), (312, 238, 4)),
    "fourth toe": limb(
        (326, 194, 14), (328, 212, 13), (330, 222, 12), (331, 228, 8), (331, 231, 4)
    ),
    "little toe": limb(
        (340, 188, 14), (343, 203, 13), (346, 213, 12), (347, 219, 8), (347, 222, 4)
    ),
}
_TOP = band((22, 278, 324), (60, 270, 330), (108, 263, 338), (156, 257, 346), (197, 257, 349))
_SOLE = band(
    *((16, 288, 312), (24, 276, 324), (52, 270, 329), (108, 274, 336), (156, 260, 345)),
    (197, 257, 349),
)


def _pair(middle: Stations, ends: dict[str, Stations], turn=None) -> tuple[Shape, ...]:
    shapes = {"middle": middle} | ends
    return tuple(
        Shape(key, moved(stations, turn) if turn else stations, paired=True)
        for key, stations in shapes.items()
    )


def _upside_down(point: Point) -> Point:
    return point[0], PAIR_SIZE[1] - point[1]


def _cells_of(ends: dict[str, Stations], words: str = "{}") -> tuple[Cell, ...]:
    return tuple(
        Cell(key, words.format(key), (0, len(stations) - 1)) for key, stations in ends.items()
    )


HANDS_PALM = View(
    key="hands-palm",
    name="Hands, palms",
    size=PAIR_SIZE,
    on_the_right="left",
    shapes=_pair(_HAND, _FINGERS, mirror(300)),
    cells=(
        Cell("middle", "wrist", (0, 1)),
        Cell("middle", "heel of hand", (1, 2), (0, 0.5)),
        Cell("middle", "base of thumb", (1, 2), (0.5, 1)),
        Cell("middle", "palm", (2, 4)),
        *_cells_of(_FINGERS),
    ),
)
HANDS_BACK = View(
    key="hands-back",
    name="Hands, backs",
    size=PAIR_SIZE,
    on_the_right="left",
    shapes=_pair(_HAND, _FINGERS),
    cells=(
        Cell("middle", "back of wrist", (0, 1)),
        Cell("middle", "back of hand", (1, 3)),
        Cell("middle", "knuckles", (3, 4)),
        *_cells_of(_FINGERS, "back of {}"),
    ),
)
FEET_TOP = View(
    key="feet-top",
    name="Feet, tops",
    size=PAIR_SIZE,
    on_the_right="left",
    shapes=_pair(_TOP, _TOES),
    cells=(
        Cell("middle", "front of ankle", (0, 1)),
        Cell("middle", "inner top of foot", (1, 4), (0, 0.5)),
        Cell("middle", "outer top of foot", (1, 4), (0.5, 1)),
        *_cells_of(_TOES),
    ),
)
FEET_SOLE = View(
    key="feet-sole",
    name="Feet, soles",
    size=PAIR_SIZE,
    on_the_right="left",
    shapes=_pair(_SOLE, _TOES, _upside_down),
    cells=(
        Cell("middle", "heel", (0, 2), soft=True),
        Cell("middle", "arch of foot", (2, 4), (0, 0.5), soft=True),
        Cell("middle", "outer edge of sole", (2, 4), (0.5, 1), soft=True),
        Cell("middle", "ball of foot", (4, 5), soft=True),
        *_cells_of(_TOES, "underside of {}"),
    ),
)

NEARER = (
    HEAD_FRONT,
    HEAD_BACK,
    HEAD_RIGHT.mirrored("left", "Head, left side"),
    HEAD_RIGHT,
    HANDS_PALM,
    HANDS_BACK,
    FEET_TOP,
    FEET_SOLE,
)
