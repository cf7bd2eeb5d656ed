"""Filters, the search for a pupil, and a status: is what was asked for well-formed?"""

from uuid import UUID

from django import forms
from django.utils import timezone

from chronology import timeline
from chronology.entries import Scope, TimelineFilter
from chronology.filters import DateInput, DaysForm, IncidentFilterForm
from chronology.review import ReviewFilter, State
from pupils.models import LEAST_LETTERS_BY_PREFIX, StatusChange


class ReviewForm(IncidentFilterForm):
    """Narrows the list for review."""

    state = forms.ChoiceField(
        label="State",
        required=False,
        initial=State.OPEN.value,
        choices=[
            (State.OPEN.value, "Open"),
            (State.CLOSED.value, "Closed"),
            (State.ALL.value, "Open and closed"),
        ],
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )

    def wanted(self) -> ReviewFilter:
        """Return what was asked for."""
        answers = self.answers()
        return ReviewFilter(
            levels=frozenset(int(level) for level in answers.get("level", ())),
            categories=frozenset(UUID(pk) for pk in answers.get("category", ())),
            state=State(answers.get("state") or State.OPEN),
        )


class TimelineForm(IncidentFilterForm, DaysForm):
    """Narrows a pupil's chronology, and says whether each entry is shown in full."""

    field_order = ("level", "category", "scope", "from_on", "until_on", "significant", "show")

    scope = forms.ChoiceField(
        label="Whose incidents",
        required=False,
        initial=Scope.ALL.value,
        choices=[
            (Scope.ALL.value, "The pupil’s own and linked"),
            (Scope.OWN.value, "The pupil’s own"),
            (Scope.LINKED.value, "Linked"),
        ],
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )
    significant = forms.BooleanField(label="Significant events only", required=False)
    show = forms.ChoiceField(
        required=False,
        initial="full",
        choices=[("full", "Full text"), ("short", "One line each")],
        widget=forms.HiddenInput,
    )

    def wanted(self) -> TimelineFilter:
        """Return what was asked for."""
        answers = self.answers()
        return TimelineFilter(
            categories=frozenset(UUID(pk) for pk in answers.get("category", ())),
            levels=frozenset(int(level) for level in answers.get("level", ())),
            from_on=answers.get("from_on"),
            until_on=answers.get("until_on"),
            scope=Scope(answers.get("scope") or Scope.ALL),
            significant_only=answers.get("significant", False),
        )

    @property
    def in_short(self) -> bool:
        """Whether each entry is shown on one line."""
        return self.answers().get("show") == "short"

    @property
    def address_in_full(self) -> str:
        """The address of the same entries in full."""
        return self.address(show="")

    @property
    def address_in_short(self) -> str:
        """The address of the same entries, one line each."""
        return self.address(show="short")

    @property
    def address_of_latest(self) -> str:
        """The address of the page with the latest entries."""
        return self.address(before=timeline.END)


class PupilSearchForm(forms.Form):
    """Finds a pupil by name or form; sent by POST, since a name stands in no address."""

    query = forms.CharField(
        label="Name or form",
        help_text="Two letters or more of a first name, a surname or a form. Leavers are found too.",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
        error_messages={"required": "Type part of a name or a form"},
    )

    def clean_query(self) -> str:
        """Ask for enough letters to mean somebody."""
        query = self.cleaned_data["query"]
        if max(map(len, query.split()), default=0) < LEAST_LETTERS_BY_PREFIX:
            raise forms.ValidationError("Type two letters or more of a name or a form")
        return query

    def words(self) -> str:
        """Return what is looked for; nothing, which finds nobody, when it was refused."""
        return self.cleaned_data["query"] if self.is_valid() else ""


class StatusForm(forms.Form):
    """A safeguarding status that began or ended."""

    kind = forms.ChoiceField(
        label="Which status?",
        choices=StatusChange.Kind.choices,
        widget=forms.RadioSelect(attrs={"class": "columns"}),
        error_messages={"required": "Choose the status"},
    )
    change = forms.ChoiceField(
        label="What happened to it?",
        choices=StatusChange.Change.choices,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        error_messages={"required": "Say whether it started or ended"},
    )
    on_date = forms.DateField(
        label="On which day?",
        help_text="The day it happened, not the day you heard of it.",
        widget=DateInput(),
        error_messages={
            "required": "Give the day",
            "invalid": "Give the day as a date, like 7/9/2026",
        },
    )
    authority = forms.CharField(
        label="Which local authority or agency?", required=False, max_length=120
    )
    worker = forms.CharField(
        label="Who is the worker?",
        help_text="Name and telephone number of the social worker or lead professional.",
        required=False,
        max_length=120,
    )
    note = forms.CharField(
        label="What else should a reader know?",
        help_text="For example the category of a plan, what a court has ordered, why it ended.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
    )

    def clean_on_date(self):
        """Refuse a day that has not come."""
        day = self.cleaned_data["on_date"]
        if day > timezone.localdate():
            raise forms.ValidationError("Give a day that is not in the future")
        return day
