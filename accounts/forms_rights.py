"""Forms about what roles may do in a school, and about cover."""

from django import forms
from django.utils import timezone

from accounts import demands, rights
from accounts.forms_people import NOT_ON_LIST, BetweenDays, day_field
from accounts.models import User
from accounts.permissions import MAY_BE_WITHHELD, Permission, Role


class WithholdForm(forms.Form):
    """What the school takes from one role."""

    withheld = forms.MultipleChoiceField(
        label="What they may not do here",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": NOT_ON_LIST},
    )

    def __init__(self, *args, role: Role, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["withheld"].choices = [
            (one.name, f"{capital(one.value)}. {rights.MEANS[one]}")
            for one in Permission
            if one in MAY_BE_WITHHELD[role]
        ]

    def clean_withheld(self) -> list[Permission]:
        """Return the permissions themselves."""
        return [Permission[name] for name in self.cleaned_data["withheld"]]


class DemandsForm(forms.Form):
    """What the school demands of its people."""

    demanded = forms.MultipleChoiceField(
        label="What your school demands",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(one.value, f"{one.label}. {demands.MEANS[one]}") for one in demands.Demand],
        error_messages={"invalid_choice": NOT_ON_LIST},
    )

    def clean_demanded(self) -> list[demands.Demand]:
        """Return the demands themselves."""
        return [demands.Demand(value) for value in self.cleaned_data["demanded"]]


class CoverForm(BetweenDays):
    """Who stands in for whom, and when."""

    absent = forms.ModelChoiceField(
        User.objects.none(),
        label="Who is absent?",
        error_messages={"required": "Choose who is absent", "invalid_choice": NOT_ON_LIST},
    )
    deputy = forms.ModelChoiceField(
        User.objects.none(),
        label="Who stands in?",
        help_text="A deputy. Meanwhile they read every category, as the DSL does.",
        error_messages={"required": "Choose who stands in", "invalid_choice": NOT_ON_LIST},
    )
    starts_on = day_field("First day")
    ends_on = day_field("Last day")

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["absent"].queryset = rights.may_be_absent(viewer, today)
        self.fields["deputy"].queryset = rights.may_cover(viewer, today)
        for name, ask in (("starts_on", "Enter the first day"), ("ends_on", "Enter the last day")):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = ask


def capital(words: str) -> str:
    """Return words with a capital, and the rest as it is."""
    return words[:1].upper() + words[1:]
