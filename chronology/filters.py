"""Filters of lists: what was asked for, in words, and the addresses that take each off again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from django import forms
from django.http import QueryDict  # noqa: TID251 - reads the address of a list

from incidents.models import Category, Level

LEVELS = [
    (str(Level.URGENT.value), "Urgent"),
    (str(Level.REVIEW.value), "Review"),
    (str(Level.RECORD.value), "Record"),
]


@dataclass(frozen=True)
class InUse:
    """A filter in use, in words, and the address of the list without it."""

    text: str
    remove_url: str


class DateInput(forms.DateInput):
    """The browser's own date field, which wants the date written its own way."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"class": "govuk-input--width-10"})


class FilterForm(forms.Form):
    """A form whose answers stand in the address: words and ids of lists, never a name.

    An answer that makes no sense filters nothing, and is said to be wrong where it was given.
    """

    def __init__(self, data: QueryDict) -> None:
        self.asked = data.copy()
        for name, field in self.base_fields.items():
            if field.initial is not None and not self.asked.get(name):
                self.asked[name] = field.initial
        super().__init__(self.asked)

    def answers(self) -> dict:
        """Return what was understood."""
        self.is_valid()
        return self.cleaned_data

    def in_use(self) -> list[InUse]:
        """Return the filters in use, each with the way to take it off."""
        return [InUse(text, self._without(name, value)) for name, value, text in self._said()]

    def address(self, **more: str) -> str:
        """Return the address of this list with these filters, and something more."""
        query = self._query()
        for name, value in more.items():
            query[name] = value
        return f"?{query.urlencode()}"

    def _query(self) -> QueryDict:
        query = QueryDict(mutable=True)
        for name, field in self.fields.items():
            kept = [value for value in self.asked.getlist(name) if value not in ("", field.initial)]
            if kept:
                query.setlist(name, kept)
        return query

    def _without(self, name: str, value: str) -> str:
        query = self._query()
        query.setlist(name, [kept for kept in query.getlist(name) if kept != value])
        return f"?{query.urlencode()}"

    def _said(self) -> Iterator[tuple[str, str, str]]:
        answers = self.answers()
        for name, values in self._query().lists():
            field = self.fields[name]
            if name not in answers or field.widget.is_hidden:
                continue
            words = dict(getattr(field, "choices", ()))
            for value in values:
                day = answers[name] if isinstance(field, forms.DateField) else None
                said = f"{field.label} {day:%-d %b %Y}" if day else words.get(value, field.label)
                yield name, value, str(said)


class DaysForm(FilterForm):
    """The days between which something is looked at."""

    from_on = forms.DateField(
        label="From",
        required=False,
        widget=DateInput(),
        error_messages={"invalid": "Give the first day as a date, like 1/9/2026"},
    )
    until_on = forms.DateField(
        label="Until",
        required=False,
        widget=DateInput(),
        error_messages={"invalid": "Give the last day as a date, like 31/8/2026"},
    )

    def clean(self) -> None:
        """Refuse days in the wrong order: they would show nothing, which reads as a clean file."""
        first, last = self.cleaned_data.get("from_on"), self.cleaned_data.get("until_on")
        if first and last and last < first:
            del self.cleaned_data["from_on"]
            self.add_error("until_on", "Give a last day that is not before the first")


class IncidentFilterForm(FilterForm):
    """What every list of incidents can be narrowed by."""

    level = forms.MultipleChoiceField(
        label="Level", required=False, choices=LEVELS, widget=forms.CheckboxSelectMultiple
    )
    category = forms.MultipleChoiceField(
        label="Category", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: QueryDict, *, viewer) -> None:
        super().__init__(data)
        categories = Category.objects.visible_to(viewer).top_level().in_order()
        category = cast("forms.MultipleChoiceField", self.fields["category"])
        category.choices = [(str(row.pk), row.name) for row in categories]
        self.fields["category"].widget.attrs["class"] = "columns"
        self.fields["level"].widget.attrs["class"] = "inline"
