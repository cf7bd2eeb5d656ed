"""The standing figure: front, back and right side; the left side is the right one mirrored.

Drawn as an adult; `CHILD` says how a young child's proportions differ. What is paired is drawn on
the right of the paper, seen from the front with the palms forward.
"""

from incidents.bodymap.geometry import Stretch, band, even, limb
from incidents.bodymap.plates import Cell, Shape, View

WIDTH, HEIGHT, MIDDLE = 400, 900, 200

CHILD = Stretch(
    middle=MIDDLE,
    heights=(20, 112, 133, 146, 158, 172, 290, 446, 650, 880),
    becomes=(74, 186, 208, 215, 226, 239, 346, 492, 680, 880),
    breadths=(1.4, 1.42, 1.34, 0.94, 0.88, 0.86, 0.86, 0.85, 0.94, 1),
)

_NECK = Shape("neck", even(MIDDLE, (118, 20), (136, 20), (158, 24)))
_HEAD = Shape(
    "head",
    even(MIDDLE, (19, 5), (23, 18), (40, 34), (68, 39), (92, 37), (114, 28), (128, 16), (133, 7)),
)
_TORSO = Shape(
    "torso",
    even(
        MIDDLE,
        *((150, 22), (159, 43), (169, 63), (204, 66), (240, 64), (288, 58), (332, 53)),
        *((372, 56), (408, 65), (430, 69), (452, 69)),
    ),
)
_ARM = Shape(
    "arm",
    (
        ((250, 184), (250, 165)),
        ((262, 208), (287, 182)),
        ((266, 240), (300, 222)),
        ((273, 285), (307, 272)),
        ((281, 325), (313, 316)),
        ((285, 347), (317, 340)),
        ((288, 370), (322, 361)),
        ((295, 408), (327, 399)),
        ((306, 456), (329, 450)),
        ((309, 476), (331, 472)),
    ),
    paired=True,
)
_HAND = Shape(
    "hand",
    (
        ((309, 476), (331, 472)),
        ((305, 500), (338, 494)),
        ((307, 528), (341, 521)),
        ((312, 550), (340, 544)),
        ((319, 564), (335, 560)),
        ((325, 568), (330, 567)),
    ),
    paired=True,
)
_THUMB = Shape(
    "thumb",
    limb((333, 480, 9), (341, 494, 12), (348, 510, 11), (352, 522, 8), (353, 525, 3)),
    paired=True,
)
_LEG = Shape(
    "leg",
    band(
        *((452, 201, 269), (495, 203, 269), (545, 207, 265), (592, 211, 260), (624, 215, 256)),
        *((650, 216, 256), (676, 217, 254), (716, 214, 256), (762, 219, 251), (806, 225, 246)),
        (832, 225, 247),
    ),
    paired=True,
)
_FOOT = Shape(
    "foot",
    band((832, 225, 247), (850, 223, 256), (866, 225, 267), (876, 232, 268), (880, 240, 262)),
    paired=True,
)

FRONT = View(
    key="front",
    name="Front",
    size=(WIDTH, HEIGHT),
    on_the_right="left",
    figure=CHILD,
    shapes=(_NECK, _ARM, _HAND, _THUMB, _LEG, _FOOT, _TORSO, _HEAD),
    cells=(
        Cell("neck", "front of neck", (0, 2), soft=True),
        Cell("arm", "shoulder", (0, 2)),
        Cell("arm", "inner upper arm", (2, 4), (0, 0.5), soft=True),
        Cell("arm", "outer upper arm", (2, 4), (0.5, 1)),
        Cell("arm", "inside of elbow", (4, 6)),
        Cell("arm", "inner forearm", (6, 8), (0, 0.5)),
        Cell("arm", "outer forearm", (6, 8), (0.5, 1)),
        Cell("arm", "wrist", (8, 9)),
        Cell("hand", "palm", (0, 2)),
        Cell("hand", "fingers", (2, 5)),
        Cell("thumb", "thumb", (0, 4)),
        Cell("leg", "inner thigh", (0, 4), (0, 0.32), soft=True),
        Cell("leg", "front of thigh", (0, 4), (0.32, 0.72)),
        Cell("leg", "outer thigh", (0, 4), (0.72, 1)),
        Cell("leg", "knee", (4, 6)),
        Cell("leg", "inner shin", (6, 9), (0, 0.5)),
        Cell("leg", "outer shin", (6, 9), (0.5, 1)),
        Cell("leg", "ankle", (9, 10)),
        Cell("foot", "foot", (0, 4)),
        Cell("torso", "collarbone", (0, 2), (0.5, 1)),
        Cell("torso", "upper chest", (2, 4), (0.5, 1), soft=True),
        Cell("torso", "lower chest", (4, 5), (0.5, 1), soft=True),
        Cell("torso", "upper abdomen", (5, 7), (0.5, 1), soft=True),
        Cell("torso", "lower abdomen", (7, 9), (0.5, 1), soft=True),
        Cell("torso", "front of hip", (9, 10), (0.7, 1)),
        Cell("torso", "genital area", (9, 10), (0.3, 0.7), soft=True),
        Cell("head", "face and scalp", (0, 7)),
    ),
)

BACK = View(
    key="back",
    name="Back",
    size=(WIDTH, HEIGHT),
    on_the_right="right",
    figure=CHILD,
    shapes=(_NECK, _ARM, _HAND, _THUMB, _LEG, _FOOT, _TORSO, _HEAD),
    cells=(
        Cell("neck", "back of neck", (0, 2), soft=True),
        Cell("arm", "back of shoulder", (0, 2)),
        Cell("arm", "inner upper arm", (2, 4), (0, 0.5), soft=True),
        Cell("arm", "outer upper arm", (2, 4), (0.5, 1)),
        Cell("arm", "elbow", (4, 6)),
        Cell("arm", "inner forearm", (6, 8), (0, 0.5)),
        Cell("arm", "outer forearm", (6, 8), (0.5, 1)),
        Cell("arm", "back of wrist", (8, 9)),
        Cell("hand", "back of hand", (0, 2)),
        Cell("hand", "backs of fingers", (2, 5)),
        Cell("thumb", "back of thumb", (0, 4)),
        Cell("leg", "inner thigh", (0, 4), (0, 0.35), soft=True),
        Cell("leg", "back of thigh", (0, 4), (0.35, 0.72)),
        Cell("leg", "outer thigh", (0, 4), (0.72, 1)),
        Cell("leg", "back of knee", (4, 6)),
        Cell("leg", "inner calf", (6, 9), (0, 0.5)),
        Cell("leg", "outer calf", (6, 9), (0.5, 1)),
        Cell("leg", "back of ankle", (9, 10)),
        Cell("foot", "heel", (0, 4)),
        Cell("torso", "top of back", (0, 2), (0.5, 1), soft=True),
        Cell("torso", "shoulder blade", (2, 4), (0.5, 1), soft=True),
        Cell("torso", "middle of back", (4, 6), (0.5, 1), soft=True),
        Cell("torso", "lower back", (6, 8), (0.5, 1), soft=True),
        Cell("torso", "buttock", (8, 10), (0.5, 1), soft=True),
        Cell("head", "back of head", (0, 7)),
    ),
)

# From the right the child looks to the right of the paper. The arm reaches forwards, so that what is
# under it can be seen.
RIGHT = View(
    key="right",
    name="Right side",
    size=(WIDTH, HEIGHT),
    on_the_right="",
    side="right",
    figure=CHILD,
    shapes=(
        Shape(
            "neck", (((188, 120), (210, 128)), ((178, 136), (212, 146)), ((166, 152), (220, 162)))
        ),
        Shape(
            "head",
            band(
                *((19, 191, 203), (24, 172, 219), (44, 156, 236), (66, 152, 240), (80, 154, 240)),
                *(
                    (92, 159, 250),
                    (100, 165, 241),
                    (110, 176, 242),
                    (121, 192, 240),
                    (131, 208, 233),
                ),
            ),
        ),
        Shape(
            "torso",
            band(
                *((148, 172, 214), (168, 154, 230), (204, 146, 243), (244, 147, 248)),
                *((288, 154, 243), (332, 160, 238), (372, 156, 240), (408, 146, 242)),
                *((432, 143, 241), (462, 148, 238)),
            ),
        ),
        Shape(
            "leg",
            band(
                *(
                    (462, 148, 238),
                    (500, 156, 236),
                    (548, 163, 232),
                    (594, 169, 227),
                    (624, 172, 225),
                ),
                *(
                    (650, 173, 226),
                    (676, 170, 222),
                    (716, 164, 218),
                    (762, 170, 211),
                    (806, 179, 205),
                ),
                (832, 179, 207),
            ),
        ),
        Shape(
            "foot",
            (
                ((176, 838), (180, 872)),
                ((179, 832), (186, 877)),
                ((207, 832), (206, 874)),
                ((232, 849), (230, 876)),
                ((256, 862), (255, 878)),
                ((270, 868), (270, 878)),
                ((275, 872), (275, 876)),
            ),
        ),
        Shape(
            "arm",
            limb(
                *((190, 170, 14), (195, 184, 32), (204, 206, 38), (226, 250, 35), (246, 290, 32)),
                *((256, 309, 32), (267, 330, 31), (289, 367, 31), (314, 408, 23), (324, 425, 21)),
            ),
        ),
        Shape(
            "hand",
            limb((324, 425, 21), (336, 446, 28), (351, 470, 26), (363, 489, 18), (368, 497, 8)),
        ),
    ),
    cells=(
        Cell("neck", "side of neck", (0, 2), soft=True),
        Cell("leg", "front of thigh", (0, 4), (0.5, 1)),
        Cell("leg", "back of thigh", (0, 4), (0, 0.5)),
        Cell("leg", "side of knee", (4, 6)),
        Cell("leg", "side of shin", (6, 9), (0.5, 1)),
        Cell("leg", "side of calf", (6, 9), (0, 0.5)),
        Cell("leg", "outer ankle", (9, 10)),
        Cell("foot", "heel", (0, 2)),
        Cell("foot", "outer edge of foot", (2, 4)),
        Cell("foot", "toes", (4, 6)),
        Cell("torso", "side of chest and armpit", (1, 4), (0.35, 1), soft=True),
        Cell("torso", "shoulder blade", (0, 4), (0, 0.35), soft=True),
        Cell("torso", "top of chest", (0, 1), (0.35, 1), soft=True),
        Cell("torso", "flank", (4, 6), (0.35, 1), soft=True),
        Cell("torso", "lower back", (4, 6), (0, 0.35), soft=True),
        Cell("torso", "hip", (6, 9), (0.5, 1)),
        Cell("torso", "buttock", (6, 9), (0, 0.5), soft=True),
        Cell("head", "side of head", (0, 9)),
        Cell("arm", "shoulder", (0, 2)),
        Cell("arm", "front of upper arm", (2, 4), (0.5, 1)),
        Cell("arm", "outer upper arm", (2, 4), (0, 0.5)),
        Cell("arm", "elbow", (4, 6)),
        Cell("arm", "thumb side of forearm", (6, 8), (0.5, 1)),
        Cell("arm", "outer forearm", (6, 8), (0, 0.5)),
        Cell("arm", "wrist", (8, 9)),
        Cell("hand", "back of hand", (0, 2)),
        Cell("hand", "fingers", (2, 4)),
    ),
)

STANDING = (FRONT, BACK, RIGHT.mirrored("left", "Left side"), RIGHT)
