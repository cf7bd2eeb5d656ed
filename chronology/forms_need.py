"""Forms in which somebody says why: before reading what asks for a reason, and in an emergency."""

from django import forms
from django.utils import timezone

from incidents.forms.alerting import FROM_LIST
from incidents.forms.picking import PickingForm, PupilPicker, StaffPicker
from incidents.forms.prose import ProseField


class ReasonForm(forms.Form):
    """Why somebody looks."""

    reason = ProseField(
        label="Why do you need to read it?",
        help_text="It is kept with your name, and counts for this pupil until the end of your day.",
        rows=3,
        error_messages={"required": "Give your reason"},
    )


class BreakGlassForm(PickingForm):
    """Which pupil's file is opened at once, and why it cannot wait."""

    pupil = PupilPicker(
        label="Whose file do you need to open?",
        help_text="Type a name or a form, and choose the pupil from the list.",
        error_messages={"required": "Choose the pupil from the list"} | FROM_LIST,
    )
    reason = ProseField(
        label="Why can it not wait for the DSL?",
        help_text="The DSL, deputies and the head are told at once that you opened a file.",
        rows=4,
        error_messages={"required": "Say why it cannot wait"},
    )


class JudgementForm(forms.Form):
    """What another lead thinks of it."""

    judgement = ProseField(
        label="Was it right, and what follows from it?",
        rows=3,
        error_messages={"required": "Say whether it was right"},
    )


class TeamForm(PickingForm):
    """Somebody who joins the team around a child."""

    user = StaffPicker(
        label="Who joins the team?",
        help_text="With the authenticator they read this pupil’s chronology, and nothing of others.",
        error_messages={"required": "Choose a colleague from the list"} | FROM_LIST,
    )
    part = forms.CharField(
        label="What is their part?",
        help_text="For example: key worker, form tutor, attendance lead.",
        max_length=80,
        error_messages={"required": "Say what their part is"},
    )
    ends_on = forms.DateField(
        label="Until which day?",
        help_text="Leave it empty when it is not known yet.",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Give the day as a date, like 7/9/2026"},
    )

    def clean_ends_on(self):
        """Refuse a day that is over."""
        day = self.cleaned_data["ends_on"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError("Give a day that is not over")
        return day
