"""The form of the one hint that a school has to want."""

from django import forms

CHOICES = [
    ("no", "No: staff hear nothing of what colleagues record"),
    ("yes", "Yes: “A colleague has recorded something about this pupil today”, and no more"),
]


class TellingForm(forms.Form):
    """Whether staff hear that a colleague has recorded today."""

    tells = forms.TypedChoiceField(
        label="Do staff hear that a colleague has recorded something today?",
        choices=CHOICES,
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether staff hear of it"},
    )
