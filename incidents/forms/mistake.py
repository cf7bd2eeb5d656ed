"""Saying what is wrong in an incident that can no longer be changed."""

from uuid import uuid4

from django import forms

from incidents.forms.prose import ProseField


class MistakeForm(forms.Form):
    """What is wrong, in the author's own words; the id makes sending twice be sending once."""

    narrative = ProseField(
        label="What is wrong, and what should it say?",
        help_text="For example: the wrong pupil, a wrong date, a name misspelt. "
        "The incident itself stays as you wrote it; the correction stands beside it.",
        error_messages={"required": "Say what is wrong"},
    )
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
