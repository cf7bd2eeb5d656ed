"""Forms about the sealed code."""

from django import forms

from accounts.forms import PasswordForm
from accounts.forms_people import NOT_ON_LIST
from accounts.models import User


class AskSealedForm(forms.Form):
    """Whom a sealed code is for."""

    user = forms.ModelChoiceField(
        User.objects.none(),
        label="Whom is it for?",
        help_text="One person alone can use it, in their own account: a deputy, for example.",
        error_messages={"required": "Choose whom it is for", "invalid_choice": NOT_ON_LIST},
    )

    def __init__(self, *args, named, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = named


class HalfField(forms.CharField):
    """Half of a sealed code, as it stands on paper."""

    def __init__(self, *, label: str, help_text: str):
        super().__init__(
            label=label,
            help_text=help_text,
            max_length=30,
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "off",
                    "autocapitalize": "characters",
                    "spellcheck": "false",
                    "class": "govuk-input--width-20",
                }
            ),
            error_messages={
                "required": "Enter the thirteen letters and digits of this half",
                "max_length": "Enter only the thirteen letters and digits of this half",
            },
        )


class UseSealedForm(PasswordForm):
    """Both halves, the password, and why."""

    first = HalfField(label="What is the first half?", help_text="From the head’s envelope.")
    second = HalfField(
        label="What is the second half?", help_text="From the envelope of the chair of governors."
    )
    reason = forms.CharField(
        label="Why can it not wait?",
        help_text="It is kept, and the leads read it. Name no child.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why it cannot wait"},
    )

    field_order = ["first", "second", "reason", "password"]


class ReviewSealedForm(forms.Form):
    """What another lead thinks of it."""

    judgement = forms.CharField(
        label="Was it right, and what follows from it?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say whether it was right"},
    )
