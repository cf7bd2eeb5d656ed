"""What is said of a mark on a body, and how many there may be: words, and rules without rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from incidents.bodymap.regions import Figure, Region, regions
from safeguard.errors import DomainError

MOST_MARKS = 30
YEARS = ["N1", "N2", "R", *map(str, range(1, 15))]
# Pupils of this year and above are drawn with a young person's proportions, unless a school says else.
FIRST_YEAR_OF_YOUNG_PEOPLE = "7"

SOFT_SITE = (
    "Bruises and marks here come less often from falls and knocks than those over bone. Tell the"
    " DSL in person today."
)
DOES_NOT_FIT = (
    "Tell the DSL in person today. Write down what was said, word for word, and do not ask the child"
    " to explain it again."
)


class MarkKind(models.TextChoices):
    """What kind of mark it is."""

    BRUISE = "bruise", "Bruise"
    CUT = "cut", "Cut or graze"
    BURN = "burn", "Burn"
    SCALD = "scald", "Scald"
    BITE = "bite", "Bite"
    SWELLING = "swelling", "Swelling"
    RED = "red", "Red area"
    WOUND = "wound", "Wound"
    OTHER = "other", "Something else"


class Answer(models.TextChoices):
    """Yes, no, or that nobody can say."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known"


class Sign(models.TextChoices):
    """What else could be seen or felt."""

    SWOLLEN = "swollen", "Swollen"
    SCAB = "scab", "Scab"
    BLISTER = "blister", "Blister"
    BLEEDING = "bleeding", "Bleeding"
    DIRT = "dirt", "Grit or dirt in it"
    HOT = "hot", "Hot to the touch"
    FEVER = "fever", "The child feels hot all over"
    STIFF = "stiff", "Moves less freely"
    SHAPE = "shape", "Held or shaped differently"


class Explanation(models.TextChoices):
    """Whether what was said explains what is seen: an opinion of the person recording."""

    FITS = "fits", "It could explain what I see"
    NONE = "none", "None was given, or the child did not know"
    NOT_ASKED = "not_asked", "I have not heard one"
    MISMATCH = "mismatch", "It does not fit the place, size or kind of mark"
    CHANGED = "changed", "It changed, or was evasive"
    ADULT = "adult", "In words that do not sound like the child’s own"


UNFITTING = frozenset(
    {Explanation.NONE, Explanation.MISMATCH, Explanation.CHANGED, Explanation.ADULT}
)


TOO_MANY = f"At most {MOST_MARKS} marks can be recorded. Put those that lie together in one."


class WrongMark(DomainError):
    """A mark is nowhere, of no kind, or one too many."""


@dataclass(frozen=True)
class Mark:
    """A mark as the reporter says it. Without a point, only its region is known."""

    region: str
    kind: str
    point: tuple[int, int] | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    shape: str = ""
    colour: str = ""
    broken: str = ""
    pain: str = ""
    signs: tuple[str, ...] = ()
    first_aid: str = ""
    child_said: str = ""
    explanation: str = ""

    @property
    def place(self) -> Region:
        """The region that it is in."""
        return regions()[self.region]


def require_marks(marks: Sequence[Mark]) -> None:
    """Raise WrongMark unless each stands in a known region, and there are not too many."""
    if len(marks) > MOST_MARKS:
        raise WrongMark(TOO_MANY)
    for mark in marks:
        if mark.region not in regions():
            raise WrongMark("Choose where on the body the mark is.")
        if mark.kind not in MarkKind.values:
            raise WrongMark("Choose what kind of mark it is.")
        if mark.point is not None and not mark.place.holds(mark.point):
            raise WrongMark("A mark was not placed where it is said to be. Place it again.")


def figure_for(year_group: str, young_from: str = FIRST_YEAR_OF_YOUNG_PEOPLE) -> Figure:
    """Return whose proportions a pupil of this year is drawn with, where young people begin there."""
    if young_from not in YEARS or year_group not in YEARS:
        return Figure.ADULT if young_from == YEARS[0] else Figure.CHILD
    grown = YEARS.index(year_group) >= YEARS.index(young_from)
    return Figure.ADULT if grown else Figure.CHILD
