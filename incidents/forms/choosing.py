"""Whom an incident is about, how soon somebody must look, and what kind of concern it is."""

from collections.abc import Callable

from django import forms

from accounts.viewer import Viewer
from incidents import rules
from incidents.forms.alerting import FROM_LIST
from incidents.forms.picking import PickingForm, PupilPicker, SeveralPupilsPicker
from incidents.models import Category, Level, LinkedPupil
from safeguard.errors import DomainError

LEVELS = {
    Level.RECORD: "For the record: nobody needs to act on it today",
    Level.REVIEW: "DSL to review: somebody must look at it today",
    Level.URGENT: "Urgent now: a child may be in danger, or must not go home yet",
}


class ChoosingForm(PickingForm):
    """What is chosen of an incident, whoever wrote it: its pupils, its level and its categories."""

    pupil = PupilPicker(
        label="Which pupil is this about?",
        help_text="Type a name or a form, and choose the pupil from the list.",
        error_messages={
            "required": "Choose the pupil from the list",
            "invalid_choice": "Choose the pupil from the list",
        },
    )
    linked = SeveralPupilsPicker(
        label="Which other pupils are involved?",
        help_text="Only pupils whom this concerns too: what is written may stand in their file.",
        parts=LinkedPupil.Part.choices,
        required=False,
        error_messages=FROM_LIST,
    )
    level = forms.TypedChoiceField(
        label="How soon must somebody look at this?",
        choices=list(LEVELS.items()),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how soon somebody must look at this"},
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(),
        label="What kind of concern is it?",
        help_text="Choose one, two or three. If unsure, choose what comes nearest.",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "columns"}),
        error_messages={"required": "Choose one, two or three categories"} | FROM_LIST,
    )

    def __init__(self, *args, viewer: Viewer, **kwargs):
        super().__init__(*args, viewer=viewer, **kwargs)
        mine = Category.objects.visible_to(viewer).recorded_in_by(viewer)
        self.fields["categories"].queryset = mine.in_use().top_level().in_order()

    def clean(self) -> dict:
        """Hold to what the service will hold to, so that a refusal stands beside its field."""
        said = super().clean()
        self._check("categories", rules.require_categories, self.viewer, said.get("categories"))
        if said.get("pupil"):
            pupil, links = said["pupil"], self.links()
            self._check("linked", rules.require_pupils, self.viewer, pupil, links)
        return said

    def links(self) -> list[rules.Linked]:
        """Return the linked pupils with their parts, in the order in which they were picked."""
        pupils = {str(pupil.pk): pupil for pupil in self.cleaned_data.get("linked", ())}
        return [
            rules.Linked(pupils[one["value"]], one["role"], one["in_chronology"])
            for one in self["linked"].picked
            if one["value"] in pupils
        ]

    def chosen(self) -> dict:
        """Return what was chosen, by the names of the service's arguments."""
        said = self.cleaned_data
        return {
            "pupil": said["pupil"],
            "level": said["level"],
            "categories": list(said["categories"]),
            "linked": self.links(),
        }

    def _check(self, name: str, rule: Callable, *args: object) -> None:
        """Hold to a rule, unless the field has been refused already."""
        if name in self.errors:
            return
        try:
            rule(*args)
        except DomainError as refusal:
            self.add_error(name, str(refusal))
