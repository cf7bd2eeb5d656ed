"""Which of a child's body maps are laid over each other."""

from uuid import UUID

from django import forms

from chronology.body_maps import Wanted
from chronology.filters import DateInput, FilterForm


class BodyMapsForm(FilterForm):
    """The days between which, and which incidents: ids, since a name stands in no address."""

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

    def wanted(self) -> Wanted:
        """Return what was asked for; which layers, only where the form's boxes were sent."""
        answers = self.answers()
        return Wanted(answers.get("from_on"), answers.get("until_on"), self._chosen())

    def _chosen(self) -> frozenset[UUID] | None:
        if "chosen" not in self.asked:
            return None
        found = set()
        for value in self.asked.getlist("layer"):
            try:
                found.add(UUID(value))
            except ValueError:
                continue
        return frozenset(found)
