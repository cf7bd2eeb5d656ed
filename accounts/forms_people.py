"""Forms of whoever looks after the school's people. None has a field for anybody's secret."""

from django import forms
from django.core.validators import RegexValidator

from accounts.permissions import SAFEGUARDING_ROLES, Role

NOT_ON_LIST = "Choose from the list"
ONE_LINE = RegexValidator(r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$", "Write it on one line")
SECOND_PERSON = "needs a second person"


def role_choices(roles=Role) -> list[tuple[str, str]]:
    """Return roles to choose from, with a word where a second person has to agree."""
    return [
        (role.value, f"{role.label}: {SECOND_PERSON}" if role in SAFEGUARDING_ROLES else role.label)
        for role in roles
    ]


def day_field(label: str, help_text: str = "") -> forms.DateField:
    """Return a field for a day that need not be given."""
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.DateInput(
            attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"
        ),
        error_messages={"invalid": "Enter a day, such as 1 September 2026"},
    )


def line_field(label: str, longest: int, required: str = "", **kwargs) -> forms.CharField:
    """Return a field for one line of text."""
    return forms.CharField(
        label=label,
        max_length=longest,
        required=bool(required),
        validators=[ONE_LINE],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": required,
            "max_length": f"Shorten this to {longest} characters or fewer",
        },
        **kwargs,
    )


class BetweenDays(forms.Form):
    """Part of a form: a first and a last day in their order."""

    def clean(self):
        """Refuse a last day before the first."""
        said = super().clean()
        first, last = said.get("starts_on"), said.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "The last day is before the first: change one of them")
        return said


class SearchForm(forms.Form):
    """Words of a name or address."""

    words = forms.CharField(
        label="Name or e-mail address",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20"}),
    )


class AddPersonForm(BetweenDays):
    """Somebody who is to have an account."""

    name = line_field("Name", 120, "Enter the person’s name, as colleagues know it")
    email = forms.EmailField(
        label="School e-mail address",
        help_text="They sign in with it, and are sent the link by which they begin.",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Enter their school e-mail address",
            "invalid": "Enter a whole e-mail address, such as a.teacher@yourschool.sch.uk",
        },
    )
    job_title = line_field("Job title", 80, help_text="Colleagues see it beside the name.")
    roles = forms.MultipleChoiceField(
        label="Roles",
        help_text="Give teaching or support staff as well as a role that needs a second person: "
        "then they can record meanwhile.",
        choices=role_choices(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one role", "invalid_choice": NOT_ON_LIST},
    )
    starts_on = day_field("First day", "Today unless you say.")
    ends_on = day_field("Last day", "For supply staff and inspectors.")

    def clean_roles(self) -> list[Role]:
        """Return the roles themselves."""
        return [Role(role) for role in self.cleaned_data["roles"]]


class ChangePersonForm(forms.Form):
    """What somebody and their post are called."""

    name = line_field("Name", 120, "Enter the person’s name, as colleagues know it")
    job_title = line_field("Job title", 80)


class GiveRoleForm(BetweenDays):
    """A role that somebody is to have."""

    role = forms.ChoiceField(
        label="Role",
        choices=role_choices(),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role", "invalid_choice": NOT_ON_LIST},
    )
    job_title = line_field("Job title", 80)
    starts_on = day_field("First day", "Today unless you say.")
    ends_on = day_field("Last day")

    def clean_role(self) -> Role:
        """Return the role itself."""
        return Role(self.cleaned_data["role"])


class EndRoleForm(forms.Form):
    """When a role is to end."""

    AT_ONCE, LATER = "at_once", "later"
    when = forms.ChoiceField(
        label="When does it end?",
        choices=[(AT_ONCE, "At once"), (LATER, "After a last day")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose when it ends", "invalid_choice": NOT_ON_LIST},
    )
    last_day = day_field("Last day")

    def clean(self):
        """Ask for the day where one is meant."""
        said = super().clean()
        if said.get("when") == self.LATER and not said.get("last_day"):
            self.add_error("last_day", "Enter the last day")
        return said


class DecideRoleForm(forms.Form):
    """The second person's answer."""

    APPROVE, REFUSE = "approve", "refuse"
    answer = forms.ChoiceField(
        label="Do you agree?",
        choices=[(APPROVE, "Yes, give the role"), (REFUSE, "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes or no", "invalid_choice": NOT_ON_LIST},
    )
    reason = forms.CharField(
        label="If not, why not?",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self):
        """Ask for a reason where the answer is no."""
        said = super().clean()
        if said.get("answer") == self.REFUSE and not said.get("reason", "").strip():
            self.add_error("reason", "Say why not")
        return said


class DecideSettingForm(DecideRoleForm):
    """The second person's answer to a setting that is to be lowered."""

    answer = forms.ChoiceField(
        label="Do you agree?",
        choices=[(DecideRoleForm.APPROVE, "Yes, change it"), (DecideRoleForm.REFUSE, "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes or no", "invalid_choice": NOT_ON_LIST},
    )


class NoQuestions(forms.Form):
    """A page that only has to be confirmed."""


class StaffFileForm(forms.Form):
    """A CSV of staff."""

    file = forms.FileField(
        label="Which file?",
        help_text="CSV, at most 500 kB and 1,000 people.",
        error_messages={
            "required": "Choose a file",
            "empty": "This file is empty: choose another",
            "missing": "Choose a file",
        },
    )
