"""The questions about each mark on a body map, and which of a page's answers belong to one.

A mark is a fieldset whose fields carry its number: `mark-0-region`. Which marks there are is said by
the answers themselves, so that a draft needs no other memory of them.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from django import forms
from django.utils.datastructures import MultiValueDict

from incidents.bodymap.regions import choices, regions
from incidents.forms.prose import ProseField
from incidents.injuries import (
    DOES_NOT_FIT,
    MOST_MARKS,
    SOFT_SITE,
    UNFITTING,
    Answer,
    Explanation,
    Mark,
    MarkKind,
    Sign,
)

NAME = re.compile(r"mark-(?P<number>\d{1,2})-(?P<field>[a-z_]+)")
LAST = 99
POINT = re.compile(r"(\d{1,3}),(\d{1,3})")
SIZE = {
    "invalid": "Give the size in centimetres as 2.5",
    "min_value": "Give the size in centimetres as 2.5",
    "max_value": "Give the size in centimetres: at most 200",
}


class MarkForm(forms.Form):
    """Where a mark is, what it is, and what was said about it."""

    use_required_attribute = False

    at = forms.CharField(required=False, widget=forms.HiddenInput)
    region = forms.ChoiceField(
        label="Where on the body is it?",
        help_text="Left and right are the child’s own.",
        error_messages={"required": "Choose where on the body the mark is"},
    )
    kind = forms.ChoiceField(
        label="What kind of mark is it?",
        choices=[("", "Choose the kind"), *MarkKind.choices],
        error_messages={"required": "Choose what kind of mark it is"},
    )
    length_cm = forms.DecimalField(
        label="Length in cm",
        required=False,
        min_value=Decimal("0.1"),
        max_value=200,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-4"}),
        error_messages=SIZE,
    )
    width_cm = forms.DecimalField(
        label="Width in cm",
        required=False,
        min_value=Decimal("0.1"),
        max_value=200,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-4"}),
        error_messages=SIZE,
    )
    shape = forms.CharField(label="Shape", max_length=80, required=False)
    colour = forms.CharField(label="Colour", max_length=80, required=False)
    broken = forms.ChoiceField(
        label="Is the skin broken?",
        choices=Answer.choices,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        required=False,
    )
    pain = forms.ChoiceField(
        label="Is the child in pain there?",
        choices=Answer.choices,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        required=False,
    )
    signs = forms.MultipleChoiceField(
        label="What else can be seen or felt?",
        choices=Sign.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "columns"}),
        required=False,
    )
    first_aid = forms.CharField(label="What first aid was given?", max_length=200, required=False)
    child_said = ProseField(
        label="What did the child say about it?",
        help_text="Word for word. Do not ask how it happened more than once.",
        rows=2,
        required=False,
    )
    explanation = forms.ChoiceField(
        label="Does what you were told explain what you see?",
        choices=[("", "Choose, if you can"), *Explanation.choices],
        required=False,
    )

    def __init__(self, *args, number: int | str, listed: bool = True, **kwargs):
        super().__init__(*args, prefix=f"mark-{number}", **kwargs)
        self.number = number
        offered = choices() if listed else []
        self.fields["region"].choices = [("", "Choose a place"), *offered]

    soft_words = SOFT_SITE
    unfitting_words = DOES_NOT_FIT
    unfitting = " ".join(sorted(UNFITTING))

    @property
    def soft_hint(self) -> bool:
        """Whether it lies where bruises seldom come from falls."""
        region = regions().get(self["region"].value() or "")
        return region is not None and region.soft

    @property
    def explanation_hint(self) -> bool:
        """Whether the explanation does not fit."""
        return self["explanation"].value() in UNFITTING

    def so_far(self) -> Mark | None:
        """Return what is said of it while somebody still writes; None until it is somewhere."""
        said = {name: self[name].value() or "" for name in SAME}
        place, kind = self["region"].value() or "", self["kind"].value() or ""
        if place not in regions():
            return None
        sizes = [self._size_so_far(name) for name in ("length_cm", "width_cm")]
        signs = tuple(self["signs"].value() or ())
        return Mark(place, kind, None, *sizes, signs=signs, **said)

    def _size_so_far(self, name: str) -> int | None:
        try:
            return _millimetres(self.fields[name].clean(self[name].value()))
        except forms.ValidationError:
            return None

    def mark(self) -> Mark:
        """Return what was said, as the service takes it."""
        said = self.cleaned_data
        return Mark(
            region=said["region"],
            kind=said["kind"],
            point=_point_in(said["region"], said["at"]),
            length_mm=_millimetres(said["length_cm"]),
            width_mm=_millimetres(said["width_cm"]),
            signs=tuple(said["signs"]),
            **{name: said[name] for name in SAME},
        )


SAME = ("shape", "colour", "broken", "pain", "first_aid", "child_said", "explanation")


def _point_in(place: str, at: str) -> tuple[int, int] | None:
    """Return where somebody pointed; None where that is not in the region they then chose by name.

    The name is what they saw and read again; without scripts a point stays behind when it changes.
    """
    said = POINT.fullmatch(at)
    point = (int(said[1]), int(said[2])) if said else None
    return point if point and regions()[place].holds(point) else None


def _millimetres(size: Decimal | None) -> int | None:
    return None if size is None else round(size * 10)


def is_of_a_mark(name: str) -> bool:
    """Whether a field of the page belongs to a mark."""
    found = NAME.fullmatch(name)
    return found is not None and found["field"] in MarkForm.base_fields


def numbers_in(names: Iterable[str]) -> list[int]:
    """Return which marks there are, in their order."""
    found = {int(NAME.fullmatch(name)["number"]) for name in names if is_of_a_mark(name)}
    return sorted(found)


def with_another(answers: MultiValueDict) -> str:
    """Add an empty mark to the answers, and return its number; "" when there are enough."""
    numbers = numbers_in(answers)
    if len(numbers) >= MOST_MARKS:
        return ""
    last = max(numbers, default=-1)
    number = last + 1 if last < LAST else min(set(range(LAST)) - set(numbers))
    answers.setlist(f"mark-{number}-at", [""])
    return str(number)


def without(answers: MultiValueDict, number: str) -> None:
    """Take a mark off the answers."""
    for name in [one for one in answers if is_of_a_mark(one)]:
        if NAME.fullmatch(name)["number"] == number:
            del answers[name]
