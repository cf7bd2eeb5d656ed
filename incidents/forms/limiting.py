"""The form in which a lead says who may read an incident, and from whom it is kept."""

from django import forms

from incidents.forms.alerting import NOT_ON_LIST
from incidents.forms.picking import PickingForm, StaffPicker
from incidents.forms.prose import ProseField
from incidents.models import Audience

CHOICES = [
    (Audience.THREAD, "Everybody whose rights reach it"),
    (Audience.LEADS, "The DSL, and those named below"),
    (Audience.NAMED, "You and those named below, nobody else"),
]


class LimitReadersForm(PickingForm):
    """Who may read an incident, and why."""

    audience = forms.ChoiceField(
        label="Who may read this incident?",
        choices=CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who may read it", "invalid_choice": NOT_ON_LIST},
    )
    readers = StaffPicker(
        label="Named readers",
        help_text="They read it with the rights they have: a name alone opens nothing.",
        required=False,
        error_messages={"invalid_choice": NOT_ON_LIST, "invalid_pk_value": NOT_ON_LIST},
    )
    reason = ProseField(
        label="Why?",
        help_text="It stays on record. Whoever recorded the incident goes on reading what they wrote.",
        rows=3,
        error_messages={"required": "Give your reason"},
    )

    def limit(self) -> dict:
        """Return what was said, by the names of the service's arguments."""
        said = self.cleaned_data
        return {
            "audience": said["audience"],
            "readers": list(said["readers"]),
            "reason": said["reason"],
        }


class KeepFromForm(PickingForm):
    """A member of staff whom the incident is about."""

    person = StaffPicker(
        label="Which member of staff is it about?",
        help_text="From now on they see nothing of it, whatever their post. This cannot be undone.",
        error_messages={
            "required": "Choose the member of staff from the list",
            "invalid_choice": NOT_ON_LIST,
            "invalid_pk_value": NOT_ON_LIST,
        },
    )
