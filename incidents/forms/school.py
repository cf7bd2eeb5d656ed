"""Forms of those who say what each role or person may do by category, and who is in which group."""

from django import forms
from django.utils import timezone

from accounts.forms_people import NOT_ON_LIST, BetweenDays, day_field, line_field
from accounts.models import User
from accounts.permissions import Role
from incidents.granting import FLAGS, GRANTABLE, PARTS
from incidents.injuries import YEARS

FLAG_WORDS = {
    "restricted": "Restricted: an incident of it is read only with a grant for it, whatever else "
    "it is of. Who reads every category reads it too.",
    "added_by_grant": "Recorded by grant: only who holds a grant to add is offered it.",
    "shows_injuries": "Shows injuries: a grant for it opens body maps and pictures of injuries.",
}
PART_WORDS = {
    "see_pupils": "See pupils’ chronologies",
    "see_incidents": "See incidents",
    "add": "Add incidents",
    "act": "Add actions",
}
CHOOSE = {"invalid_choice": NOT_ON_LIST, "invalid_list": NOT_ON_LIST}


class CategoryForm(forms.Form):
    """What is special about a category."""

    flags = forms.MultipleChoiceField(
        label="What is special about it?",
        required=False,
        choices=[(flag, FLAG_WORDS[flag]) for flag in FLAGS],
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE,
    )
    reason = forms.CharField(
        label="Why is it changed?",
        help_text="It stands in the ledger beside the change. Name no child.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why it is changed"},
    )


class Colleagues(forms.ModelMultipleChoiceField):
    """Colleagues of the school, by name."""

    def __init__(self, **kwargs):
        super().__init__(User.objects.none(), error_messages=CHOOSE, **kwargs)


class GrantForm(BetweenDays):
    """What a role, or one person, may do in a category."""

    role = forms.ChoiceField(
        label="Which role?",
        help_text="Or choose one person below.",
        required=False,
        choices=[("", "No role: a person"), *((role.value, role.label) for role in GRANTABLE)],
        error_messages=CHOOSE,
    )
    user = forms.ModelChoiceField(
        User.objects.none(),
        label="Or which person?",
        required=False,
        empty_label="Nobody: a role",
        error_messages=CHOOSE,
    )
    parts = forms.MultipleChoiceField(
        label="What may they do?",
        help_text="Seeing needs the authenticator, and a role that reads by category.",
        choices=[(part, PART_WORDS[part]) for part in PARTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE | {"required": "Choose at least one thing that they may do"},
    )
    year_groups = forms.MultipleChoiceField(
        label="In which years?",
        help_text="None chosen means every year.",
        required=False,
        choices=[(year, year) for year in YEARS],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "inline"}),
        error_messages=CHOOSE,
    )
    starts_on = day_field("First day", "Today unless you say.")
    ends_on = day_field("Last day")

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, **kwargs)
        staff = User.objects.visible_to(viewer).working_at(viewer.school, timezone.localdate())
        others = staff.exclude(pk=viewer.user_id)
        self.fields["user"].queryset = others.order_by("name", "id")

    def clean(self):
        """Ask for one holder: a role or a person."""
        said = super().clean()
        if not self.errors and bool(said.get("role")) == bool(said.get("user")):
            self.add_error("role", "Choose a role or a person: one of the two")
        return said


class GroupForm(forms.Form):
    """An alert group: its name, and who is in it."""

    name = line_field("What is it called?", 80, "Enter a name for the group")
    roles = forms.MultipleChoiceField(
        label="Whoever holds one of these roles that day",
        required=False,
        choices=[(role.value, role.label) for role in Role],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "columns"}),
        error_messages=CHOOSE,
    )
    members = Colleagues(
        label="And these colleagues, by name",
        help_text="Only staff who record are ever alerted.",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "columns"}),
    )

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, **kwargs)
        staff = User.objects.visible_to(viewer).working_at(viewer.school, timezone.localdate())
        self.fields["members"].queryset = staff.order_by("name", "id")

    def clean_roles(self) -> list[Role]:
        """Return the roles themselves."""
        return [Role(role) for role in self.cleaned_data["roles"]]
