"""The form in which a lead sets an incident's categories anew."""

from collections.abc import Iterator
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceIterator
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from accounts.viewer import Viewer
from incidents import rules
from incidents.categories import categories_of
from incidents.forms.alerting import NOT_ON_LIST, AlertingForm
from incidents.forms.prose import ProseField
from incidents.models import Category, Incident
from safeguard.errors import DomainError

NONE_CHOSEN = "Choose between one and five categories"


class GroupsThatOpen(forms.CheckboxSelectMultiple):
    """Tick boxes in groups that open; those in which something is ticked begin open."""

    template_name = "incidents/fields/groups_that_open.html"

    def get_context(self, name, value, attrs) -> dict:
        context = super().get_context(name, value, attrs)
        context["widget"]["groups"] = [
            {
                "name": group,
                "options": options,
                "is_open": any(option["selected"] for option in options),
            }
            for group, options, _ in context["widget"]["optgroups"]
        ]
        return context


class ByTopLevel(ModelChoiceIterator):
    """Each top-level category with those below it."""

    def __iter__(self) -> Iterator:
        rows = list(self.queryset)
        for top in (row for row in rows if row.parent_id is None):
            below = [row for row in rows if row.parent_id == top.pk]
            yield top.name, [self.choice(row) for row in (top, *below)]


class CategoriesField(forms.ModelMultipleChoiceField):
    """Categories of both levels."""

    iterator = ByTopLevel

    def label_from_instance(self, category: Category) -> str:
        return category.name if category.parent_id else f"{category.name}, in general"


class RefineCategoriesForm(AlertingForm):
    """What the incident is of now, and why."""

    use_required_attribute = False

    submission = forms.UUIDField(widget=forms.HiddenInput)
    categories = CategoriesField(
        queryset=Category.objects.none(),
        label="What kind of concern is it, as far as is known now?",
        help_text="One to five, from any group. Where you tick a particular one, the general one of "
        "its group is left out.",
        widget=GroupsThatOpen,
        error_messages={
            "required": NONE_CHOSEN,
            "invalid_choice": NOT_ON_LIST,
            "invalid_pk_value": NOT_ON_LIST,
        },
    )
    reasons = ProseField(
        label="Why these?",
        help_text="What is known now that was not, or was seen differently.",
        error_messages={"required": "Give your reasons"},
    )
    files = None

    field_order = ("submission", "categories", "reasons", "alerted", "groups")

    def __init__(self, *args, viewer: Viewer, **kwargs):
        super().__init__(*args, viewer=viewer, **kwargs)
        in_use = Category.objects.visible_to(viewer).in_use()
        of_a_group = in_use.filter(Q(parent=None) | Q(parent__retired_on=None))
        self.fields["categories"].queryset = of_a_group.in_order()

    @classmethod
    def blank(cls, viewer: Viewer, incident: Incident) -> "RefineCategoriesForm":
        """Return the form as it is first shown, with the present categories ticked."""
        now = categories_of(viewer, [incident.pk])[incident.pk].chosen
        answers = MultiValueDict(
            {"submission": [str(uuid4())], "categories": [str(category) for category in now]}
        )
        return cls(viewer=viewer, answers=answers)

    def clean_categories(self) -> list[Category]:
        """Hold to the rule that the service holds to, and name what is particular only."""
        chosen = rules.most_particular(
            list(self.cleaned_data["categories"].select_related("parent"))
        )
        try:
            rules.require_refined(self.viewer, chosen)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return chosen

    def refined(self) -> dict:
        """Return what was said, by the names of the service's arguments."""
        said = self.cleaned_data
        written = {name: said[name] for name in ("submission", "categories", "reasons")}
        return written | self.told() | {"occurred_at": timezone.now()}
