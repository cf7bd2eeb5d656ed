"""Forms about the life of records: naming who keeps the checkpoints."""

from uuid import uuid4

from django import forms


class KeeperForm(forms.Form):
    """Somebody outside who is to be sent the checkpoints every day."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    name = forms.CharField(
        label="Name",
        max_length=120,
        error_messages={"required": "Enter the person’s name"},
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )
    part = forms.CharField(
        label="Part",
        help_text="For example Chair of governors, or Data protection officer.",
        max_length=80,
        error_messages={"required": "Enter what they are to the school"},
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )
    address = forms.EmailField(
        label="E-mail address",
        help_text="Best one that the school’s own administrators do not look after.",
        error_messages={
            "required": "Enter an e-mail address",
            "invalid": "Enter an e-mail address, like name@example.org",
        },
        widget=forms.EmailInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )
