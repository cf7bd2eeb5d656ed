"""From which year on pupils are drawn as young people."""

from django import forms

from incidents.outlines import CHOICES


class OutlineForm(forms.Form):
    """The year, or all, or none."""

    young_from = forms.ChoiceField(
        label="From which year are pupils drawn as young people?",
        help_text="The younger are drawn as children. Whoever records can choose the other outline for a pupil.",
        choices=CHOICES,
        error_messages={
            "required": "Choose a year",
            "invalid_choice": "Choose a year from the list",
        },
    )
