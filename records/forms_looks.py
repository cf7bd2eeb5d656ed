"""What the access log can be narrowed to. A pupil is picked, so that no name is in an address."""

from django import forms

from accounts.looks import LookKind
from accounts.models import User
from chronology.filters import DateInput
from incidents.forms.alerting import NOT_ON_LIST
from incidents.forms.picking import PickingForm, PupilPicker
from incidents.forms.prose import ProseField
from pupils.models import Pupil

A_DAY = "Give the day as a date, like 7/9/2026"
FILTERS = ("person", "pupil", "kind", "since", "until")


class ReadPupilPicker(PupilPicker):
    """One pupil whose file the person may open, also one who has left."""

    def to_pick(self):
        return Pupil.objects.visible_to(self.viewer)


class LogFilterForm(PickingForm):
    """Whose looks, at whom, of which kind, when. What makes no sense narrows nothing."""

    person = forms.ModelChoiceField(
        User.objects.none(), label="Who looked", required=False, empty_label="Anybody"
    )
    pupil = ReadPupilPicker(
        label="Whose file",
        required=False,
        help_text="Type a name or a form, and choose the pupil from the list.",
        error_messages=dict.fromkeys(("invalid_choice", "invalid_pk_value"), NOT_ON_LIST),
    )
    kind = forms.ChoiceField(
        label="What they did", required=False, choices=[("", "Anything"), *LookKind.choices]
    )
    since = forms.DateField(
        label="From", required=False, widget=DateInput, error_messages={"invalid": A_DAY}
    )
    until = forms.DateField(
        label="To", required=False, widget=DateInput, error_messages={"invalid": A_DAY}
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        people = User.objects.visible_to(self.viewer).exclude(pk=self.viewer.user_id)
        self.fields["person"].queryset = people.order_by("name", "id")  # type: ignore[attr-defined]

    def clean(self) -> dict:
        """Refuse a time that ends before it begins."""
        said = super().clean()
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", "Give a last day that is not before the first")
        return said

    def narrows(self) -> dict[str, str]:
        """Return the answers as they stand in an address: ids, kinds and days."""
        if not self.is_bound:
            return {}
        self.is_valid()
        said = {name: self.cleaned_data.get(name) for name in FILTERS}
        return {name: str(getattr(value, "pk", value)) for name, value in said.items() if value}


class NoteForm(forms.Form):
    """What the head says of something unusual."""

    text = ProseField(
        label="What did you find out?",
        help_text="For example: whom you asked, and what it was for. It cannot be changed later.",
        rows=3,
        error_messages={"required": "Say what you found out, or why there is nothing to ask"},
    )
