"""Fields in which people are picked, never typed, and forms that keep what was typed.

A picker works as a search page without JavaScript: "Find" sends the whole form, the answer shows
whom it found, and all that was typed is still there. `answers` is that: everything typed so far,
by field name, whether it would pass or not.
"""

import re
from collections.abc import Iterable

from django import forms
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from accounts.models import User
from accounts.viewer import Viewer
from incidents import finding
from incidents.finding import Found, Person, is_id
from pupils.models import Pupil

# What a page sends beside what was picked: the words looked for, and each pick's part.
OF_PICKER = re.compile(r"(?P<picker>\w+?)_(?:query|found|(?:role|chronology)_(?P<pick>[0-9a-f-]+))")

# Given to each field when it is made: a field forgets a template that its class names.
TEMPLATE = "incidents/fields/picker.html"


class BoundPicker(BoundField):
    """What components/typeahead.html needs to know, whether the form is being checked or not."""

    @property
    def url(self) -> str:
        """Where the type-ahead asks."""
        return reverse(self.field.url_name)

    @property
    def is_optional(self) -> bool:
        """Whether nobody needs to be picked."""
        return not self.field.required

    @property
    def values(self) -> list[str]:
        """The ids that were sent, without what is no id."""
        value = self.value() or []
        sent = value if isinstance(value, list | tuple) else [value]
        return [str(one) for one in dict.fromkeys(sent) if is_id(one)]

    @property
    def picked(self) -> list[dict]:
        """Who is picked, in the order in which they were."""
        people = {person.value: person for person in self.field.people(self.values)}
        return [
            {"value": value, "label": people[value].label, "detail": people[value].detail}
            | self._part_of(value)
            for value in self.values
            if value in people
        ]

    @property
    def query(self) -> str:
        """What was looked for with the Find button."""
        return self.form.answers.get(f"{self.name}_query", "").strip()

    @property
    def found(self) -> list[Person]:
        """Whom that search found, but for those picked already."""
        taken = set(self.values)
        results = self.field.find(self.query).results if self.query else ()
        return [person for person in results if person.value not in taken]

    def _part_of(self, value: str) -> dict:
        if not self.field.roles:
            return {}
        role = self.form.answers.get(f"{self.name}_role_{value}")
        ticked = f"{self.name}_chronology_{value}" in self.form.answers
        # A child found without JavaScript has no select and no tick box yet: the box begins ticked.
        return {"role": role or "", "in_chronology": ticked or role is None}


class Picker:
    """The part of a picking field that both kinds, of pupils and of staff, share."""

    url_name = ""
    multiple = False
    roles: tuple[dict, ...] = ()
    locked: tuple[dict, ...] = ()
    viewer: Viewer | None = None

    def get_bound_field(self, form: forms.Form, field_name: str) -> BoundPicker:
        return BoundPicker(form, self, field_name)

    def look_as(self, viewer: Viewer) -> None:
        """Offer what this person may pick from."""
        self.viewer = viewer
        self.queryset = self.to_pick()


class OfPupils:
    """Picks among the pupils on the roll."""

    url_name = "find-pupil"

    def to_pick(self):
        return Pupil.objects.pickable_by(self.viewer)

    def people(self, values: Iterable[str]) -> list[Person]:
        return finding.pupils_as_people(self.viewer, self.queryset.filter(pk__in=values))

    def find(self, words: str) -> Found:
        return finding.find_pupils(self.viewer, words)


class OfStaff:
    """Picks among the colleagues who may be alerted."""

    url_name = "find-staff"

    def to_pick(self):
        return finding.staff_to_pick(self.viewer)

    def people(self, values: Iterable[str]) -> list[Person]:
        return finding.staff_as_people(self.viewer, self.queryset.filter(pk__in=values))

    def find(self, words: str) -> Found:
        return finding.find_staff(self.viewer, words)


class PupilPicker(OfPupils, Picker, forms.ModelChoiceField):
    """One pupil."""

    def __init__(self, **kwargs):
        super().__init__(Pupil.objects.none(), template_name=TEMPLATE, **kwargs)


class SeveralPupilsPicker(OfPupils, Picker, forms.ModelMultipleChoiceField):
    """Other pupils, each with the part they played."""

    multiple = True

    def __init__(self, *, parts: Iterable[tuple[str, str]], **kwargs):
        super().__init__(Pupil.objects.none(), template_name=TEMPLATE, **kwargs)
        choices = [("", "Choose their part"), *parts]
        self.roles = tuple({"value": value, "label": label} for value, label in choices)


class StaffPicker(OfStaff, Picker, forms.ModelMultipleChoiceField):
    """Colleagues."""

    multiple = True

    def __init__(self, **kwargs):
        super().__init__(User.objects.none(), template_name=TEMPLATE, **kwargs)


class PickingForm(forms.Form):
    """A form that keeps every answer as typed, and whose pickers offer what the viewer may pick.

    Give `data` to check it, or only `answers` to show what was typed without judging it.
    """

    def __init__(self, data=None, *, viewer: Viewer, answers=None, **kwargs):
        self.viewer = viewer
        self.answers = answers if answers is not None else data or MultiValueDict()
        super().__init__(data, initial=kwargs.pop("initial", {}) | self._typed(), **kwargs)
        for field in self._pickers().values():
            field.look_as(viewer)

    def clean(self) -> dict:
        """Refuse a name that was typed into a search box and never picked: it would be lost."""
        for name in self._pickers():
            asked = self.answers.get(f"{name}_query", "").strip()
            answered = self[name].values and asked == self.answers.get(f"{name}_found", "").strip()
            if asked and not answered and name not in self.errors:
                self.add_error(name, f"Choose “{asked}” from the list, or clear the search box.")
        return super().clean()

    @classmethod
    def keeps(cls, name: str) -> bool:
        """Whether a field of the page is part of what is kept; anything else is ignored."""
        if name in cls.base_fields:
            return True
        of_picker = OF_PICKER.fullmatch(name)
        field = cls.base_fields.get(of_picker["picker"]) if of_picker else None
        if not isinstance(field, Picker):
            return False
        return of_picker["pick"] is None or (bool(field.roles) and is_id(of_picker["pick"]))

    def _pickers(self) -> dict[str, Picker]:
        return {name: field for name, field in self.fields.items() if isinstance(field, Picker)}

    def _typed(self) -> dict:
        typed = {}
        for name, field in self.base_fields.items():
            if name in self.answers and not isinstance(field, forms.FileField):
                several = getattr(field.widget, "allow_multiple_selected", False)
                typed[name] = self.answers.getlist(name) if several else self.answers.get(name)
        return typed
