"""Comparing what was told with what is seen: where the two are known to fit each other badly.

Prompts, never a verdict: each says what is known, about which marks, and what to do; whether it means
anything here is for people to judge. They are made anew each time from what is being written, and
nothing of them is kept. Why each is asked, and whose knowledge it is, is said in `COMPARED`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from incidents.injuries import Mark, MarkKind, Sign

MOST = 5  # at once: more is noise
MOBILE_FROM = 12  # months: the age by which nearly all children move about by themselves
ADULT_BITE_MM = 30
CLUSTER = 3
HOT = frozenset({MarkKind.BURN, MarkKind.SCALD})
BLOWS = frozenset({MarkKind.BRUISE, MarkKind.SWELLING, MarkKind.RED, MarkKind.CUT, MarkKind.WOUND})
# Where children knock themselves when they fall forwards or run: over bone, and outwards.
FALLEN_ON = frozenset(
    {
        *("knee", "inner shin", "outer shin", "side of shin", "side of knee", "elbow", "palm"),
        *("heel of hand", "base of thumb", "forehead", "chin", "nose", "bridge of nose", "wrist"),
        *("hip", "front of hip", "outer forearm", "ankle", "outer ankle", "foot", "toes"),
    }
)
# Where nobody touches a hot thing by accident, or would leave the hand.
SELDOM_BURNT = frozenset(
    {
        *(
            "back of hand",
            "backs of fingers",
            "knuckles",
            "buttock",
            "lower back",
            "middle of back",
        ),
        *("top of back", "shoulder blade", "heel", "arch of foot", "ball of foot"),
        *("outer edge of sole", "genital area", "inner thigh", "back of thigh"),
    }
)
WHO = ("left", "right")


def _words(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.IGNORECASE)


FALL = _words(
    *("fell", "fall(?:en|ing|s)?", "tripp(?:ed|ing)", "slipp(?:ed|ing)", "tumbled?"),
    *("bump(?:ed|ing|s)?", "knock(?:ed)? (?:him|her|my|them)sel(?:f|ves)", "rolled (?:off|out)"),
)
CLEAR_EDGE = _words(
    *("clear(?:ly)? (?:edged?|line|border|defined|marked)", "sharp(?:ly)? (?:edged?|line|border)"),
    *("(?:sharp|clear|straight|even)[ -]edged?", "straight line", "tide ?mark", "like a (?:glove|sock)"),
    *("glove", "sock", "stocking"),
)  # fmt: skip
SHAPED = _words(
    *("hand ?prints?", "hand", "fingers?", "finger ?tips?", "finger ?marks?", "thumb", "grip"),
    *("slap", "belt", "buckle", "strap", "stick", "loop(?:ed)?", "cord", "cable", "rope", "wire"),
    *("ligature", "parallel lines", "two lines", "teeth", "shoe", "iron", "cigarette", "hob"),
)
LATER = _words(
    *("yesterday", "last (?:night|week|month)", "the other day", "days? ago", "weeks? ago"),
    *("(?:at|over) the weekend", "(?:on|last|since) (?:mon|tues|wednes|thurs|fri|satur|sun)day"),
)
UNSEEN = re.compile(r"\s*(?:(?:no|none|not|nothing|n/a)\b.{0,40})?\s*", re.IGNORECASE)


class Compared(StrEnum):
    """One way in which an injury and what is said of it are known to fit badly."""

    BABY = "baby"
    FELL = "fell"
    SIDES = "sides"
    MANY = "many"
    CLUSTER = "cluster"
    SHAPE = "shape"
    HOT_PLACE = "hot_place"
    HOT_EDGE = "hot_edge"
    BITE = "bite"
    LATE = "late"
    UNTOLD = "untold"


@dataclass(frozen=True)
class Known:
    """What is known, what to do, and whose knowledge it is."""

    asks: str
    source: str


NICE = (
    "NICE CG89, Child maltreatment: when to suspect maltreatment in under 18s (2009, updated 2017)"
)
RCPCH = "RCPCH Child Protection Evidence, systematic reviews"
COMPARED = {
    Compared.BABY: Known(
        "A baby who does not yet crawl or walk seldom gets a mark by accident. A doctor must see it"
        " today, whatever the explanation: tell the DSL now.",
        "Child Safeguarding Practice Review Panel, Bruising in non-mobile infants (2022); " + NICE,
    ),
    Compared.FELL: Known(
        "You were told of a fall or a knock. Falls mark knees, shins, elbows and the forehead far more"
        " often than this place. Where did the child land, as it was told?",
        "Pierce and others, TEN-4-FACESp, JAMA Network Open (2021); " + NICE + "; " + RCPCH,
    ),
    Compared.SIDES: Known(
        "The same kind of mark is on both sides of the body. One accident seldom does that.",
        NICE + ", on injuries that are symmetrical; " + RCPCH,
    ),
    Compared.MANY: Known(
        "Marks are on more than one side of the body, and one fall or knock was told of. Which of them"
        " was explained?",
        NICE + ", on multiple bruises and an unsuitable explanation",
    ),
    Compared.CLUSTER: Known(
        "Several bruises lie close together. Write down how many, how large and in what pattern.",
        NICE + ", on bruises in clusters; " + RCPCH,
    ),
    Compared.SHAPE: Known(
        "It has the shape of something. Describe the shape as you see it, and do not say what made it"
        " unless somebody told you.",
        NICE + ", on the shape of a hand, an implement or a ligature; TEN-4-FACESp (2021)",
    ),
    Compared.HOT_PLACE: Known(
        "A burn here seldom comes from touching something hot by accident.",
        NICE + ", on backs of hands, soles, buttocks and back; " + RCPCH,
    ),
    Compared.HOT_EDGE: Known(
        "A burn with a clear edge can mean that the skin was held against, or in, something hot."
        " Splashes have uneven edges.",
        NICE + ", on forced immersion and sharply delineated borders; " + RCPCH,
    ),
    Compared.BITE: Known(
        "It measures 3 cm or more across: it may not be a young child’s. Wash nothing off, and tell the"
        " DSL at once.",
        NICE + ", on human bites; " + RCPCH,
    ),
    Compared.LATE: Known(
        "It is said to have happened earlier, and no doctor or nurse is named. Write down when it was"
        " said to have happened, who knew of it, and what was done.",
        NICE + ", on delay in seeking help and on medical care",
    ),
    Compared.UNTOLD: Known(
        "Nothing is written yet of how it came about. If somebody said so, write it down word for word;"
        " if not, do not ask the child: say that no explanation was given.",
        NICE + ", on an absent explanation; Achieving best evidence (Ministry of Justice, 2022)",
    ),
}
CLOSING = (
    "These are prompts and no findings: each has innocent causes, too, and the DSL weighs it with what"
    " else is known. Tell the DSL in person today. Nothing of this is kept."
)


@dataclass(frozen=True)
class Account:
    """What was said of how it happened, who was told, and how old the child is."""

    told: str = ""
    medical: str = ""
    age_in_months: int | None = None


@dataclass(frozen=True)
class Misfit:
    """Something to look at again, and at which marks, by their numbers on the drawing."""

    compared: Compared
    marks: tuple[int, ...]

    @property
    def text(self) -> str:
        """The marks it is about, and what is known."""
        return f"{_named(self.marks)}: {COMPARED[self.compared].asks}"


def compare(marks: Sequence[Mark], account: Account) -> list[Misfit]:
    """Return what fits badly, the gravest first; at most five prompts."""
    numbered = list(enumerate(marks, start=1))
    said = " ".join([account.told, *(mark.child_said for mark in marks)]).strip()
    found = [
        Misfit(compared, tuple(numbers))
        for compared, look in LOOKS.items()
        if (numbers := look(numbered, said, account))
    ]
    return found[:MOST]


def months_between(born: date, on: date) -> int:
    """Return how many whole months old somebody is."""
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


Numbered = Sequence[tuple[int, Mark]]
Look = Callable[[Numbered, str, Account], Iterable[int]]


def _baby(marks: Numbered, said: str, account: Account) -> list[int]:
    age = account.age_in_months
    return [number for number, _ in marks] if age is not None and age < MOBILE_FROM else []


def _fell(marks: Numbered, said: str, account: Account) -> list[int]:
    if not FALL.search(said):
        return []
    return [number for number, mark in marks if mark.kind in BLOWS and mark.place.soft]


def _sides(marks: Numbered, said: str, account: Account) -> list[int]:
    places: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, mark in marks:
        hurt = mark.kind in HOT or (mark.kind in BLOWS and not _is_fallen_on(mark))
        if hurt and mark.place.side:
            places[mark.kind, mark.place.bare_name][mark.place.side].append(number)
    both = [by_side for by_side in places.values() if all(by_side.get(side) for side in WHO)]
    return sorted(number for by_side in both for numbers in by_side.values() for number in numbers)


def _many(marks: Numbered, said: str, account: Account) -> list[int]:
    if not FALL.search(said):
        return []
    hit = [(n, mark) for n, mark in marks if mark.kind in BLOWS and not _is_fallen_on(mark)]
    return [n for n, _ in hit] if len({_aspect(mark) for _, mark in hit}) > 1 else []


def _cluster(marks: Numbered, said: str, account: Account) -> list[int]:
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, mark in marks:
        if mark.kind == MarkKind.BRUISE and not _is_fallen_on(mark):
            places[mark.place.bare_name, mark.place.side].append(number)
    return sorted(n for numbers in places.values() if len(numbers) >= CLUSTER for n in numbers)


def _shape(marks: Numbered, said: str, account: Account) -> list[int]:
    return [number for number, mark in marks if SHAPED.search(mark.shape)]


def _hot_place(marks: Numbered, said: str, account: Account) -> list[int]:
    return [n for n, mark in marks if mark.kind in HOT and mark.place.bare_name in SELDOM_BURNT]


def _hot_edge(marks: Numbered, said: str, account: Account) -> list[int]:
    return [
        number
        for number, mark in marks
        if mark.kind in HOT and CLEAR_EDGE.search(f"{mark.shape} {mark.colour}")
    ]


def _bite(marks: Numbered, said: str, account: Account) -> list[int]:
    return [
        number
        for number, mark in marks
        if mark.kind == MarkKind.BITE
        and max(mark.length_mm or 0, mark.width_mm or 0) >= ADULT_BITE_MM
    ]


def _late(marks: Numbered, said: str, account: Account) -> list[int]:
    if not LATER.search(said) or not UNSEEN.fullmatch(account.medical):
        return []
    return [number for number, mark in marks if _wants_a_doctor(mark)]


def _untold(marks: Numbered, said: str, account: Account) -> list[int]:
    if said:
        return []
    return [
        number
        for number, mark in marks
        if not mark.explanation and (mark.place.soft or mark.kind in HOT)
    ]


LOOKS: dict[Compared, Look] = {
    Compared.BABY: _baby,
    Compared.HOT_EDGE: _hot_edge,
    Compared.HOT_PLACE: _hot_place,
    Compared.SHAPE: _shape,
    Compared.BITE: _bite,
    Compared.FELL: _fell,
    Compared.SIDES: _sides,
    Compared.MANY: _many,
    Compared.CLUSTER: _cluster,
    Compared.LATE: _late,
    Compared.UNTOLD: _untold,
}


def _is_fallen_on(mark: Mark) -> bool:
    return mark.place.bare_name in FALLEN_ON


def _aspect(mark: Mark) -> str:
    """Return which side of the body it is on: front, back, left or right."""
    view = mark.place.view.key.removeprefix("head-")
    return {"hands-palm": "front", "feet-top": "front", "hands-back": "back", "feet-sole": "back"}.get(
        view, view
    )  # fmt: skip


def _wants_a_doctor(mark: Mark) -> bool:
    grave = {Sign.BLISTER, Sign.BLEEDING, Sign.STIFF, Sign.SHAPE}
    return mark.kind in {*HOT, MarkKind.WOUND, MarkKind.BITE} or not grave.isdisjoint(mark.signs)


def _named(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Mark {numbers[0]}"
    return f"Marks {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
