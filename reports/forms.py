"""What a report is asked for with: why, what of the record, and what only a person can write."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from django import forms

from chronology.entries import Scope
from incidents.models import Agency, Category, Level
from reports.models import ReportDraft, ReportText
from reports.parts import MEETINGS, SCALE, SECTIONS, Answer, Part, Section, typed_parts
from reports.selection import Selection, Wording

LONGEST = 10_000
SHORTEST_LINE = 200

SCOPES = [
    (Scope.ALL.value, "Both: recorded about this child, and those they are linked to"),
    (Scope.OWN.value, "Recorded about this child"),
    (Scope.LINKED.value, "Recorded about others, with a link to this child"),
]
WORDINGS = [(Wording.FULL.value, "Full text"), (Wording.LINE.value, "One line for each entry")]


class ManyIds(forms.Field):
    """Ids ticked in a list that the page draws itself; anything that is no id is left out."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value) -> frozenset[UUID]:
        """Return the ids."""
        found = set()
        for text in value or []:
            try:
                found.add(UUID(str(text)))
            except ValueError:
                continue
        return frozenset(found)


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.DateInput(
            attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"
        ),
        error_messages={"invalid": "Enter a date, such as 7 9 2026"},
    )


class ChronologyReportForm(forms.Form):
    """Why a report is made, and what of the record it holds."""

    starts_with_scope = Scope.ALL

    submission = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why are you making this report?",
        help_text="Printed on every page, with your name and the time.",
        max_length=200,
        error_messages={"required": "Say why you are making this report"},
    )
    from_on = _day("From")
    until_on = _day("To")
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(),
        label="Categories",
        help_text="All, unless you choose some.",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "columns"}),
    )
    levels = forms.TypedMultipleChoiceField(
        label="Levels",
        help_text="All, unless you choose some.",
        choices=[(level.value, level.label) for level in reversed(Level)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "inline"}),
    )
    agency = forms.ModelChoiceField(
        Agency.objects.none(), label="Agency", required=False, empty_label="Any, or none"
    )
    scope = forms.ChoiceField(label="Whose incidents?", choices=SCOPES, widget=forms.RadioSelect)
    significant_only = forms.BooleanField(label="Significant events only", required=False)
    wording = forms.ChoiceField(
        label="How much of each entry?",
        choices=WORDINGS,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )
    left_out = ManyIds(required=False)

    def __init__(self, data=None, *, viewer, initial: Mapping | None = None) -> None:
        """Offer the school's lists. Nothing is asked for unless “make” was pressed."""
        first = {
            "submission": uuid4(),
            "scope": self.starts_with_scope.value,
            "wording": Wording.FULL.value,
        }
        super().__init__(data, initial=first | dict(initial or {}))
        self.is_asked = data is not None and "make" in data
        fields = self.fields
        fields["categories"].queryset = Category.objects.visible_to(viewer).top_level().in_order()
        fields["agency"].queryset = Agency.objects.visible_to(viewer).order_by("name", "id")
        if data is not None and not self.is_asked:
            fields["reason"].required = False

    def clean(self) -> dict:
        """Refuse dates the wrong way round."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("from_on"), cleaned.get("until_on")
        if first and last and first > last:
            self.add_error("until_on", "The last day must not be before the first")
        return cleaned

    def selection(self) -> Selection:
        """Return what is chosen, as far as the form says it well."""
        if not self.is_bound:
            return Selection(scope=self.starts_with_scope)
        self.is_valid()
        chosen = self.cleaned_data
        agency = chosen.get("agency")
        return Selection(
            from_on=chosen.get("from_on"),
            until_on=chosen.get("until_on"),
            categories=frozenset(category.pk for category in chosen.get("categories", ())),
            levels=frozenset(chosen.get("levels", ())),
            agencies=frozenset({agency.pk} if agency else set()),
            scope=Scope(chosen.get("scope") or self.starts_with_scope),
            significant_only=chosen.get("significant_only", False),
            wording=Wording(chosen.get("wording") or Wording.FULL),
            with_addresses=not chosen.get("without_addresses", False),
            left_out=chosen["left_out"],
        )

    def request(self) -> dict[str, object]:
        """Return what `services.ask_for_report` is told."""
        return {
            "submission": self.cleaned_data["submission"],
            "reason": self.cleaned_data["reason"],
            "selection": self.selection(),
        }


@dataclass(frozen=True)
class Asked:
    """A section of the form: what the record fills in, and the fields for what it cannot."""

    title: str
    recorded: tuple[str, ...]
    fields: tuple[forms.BoundField, ...]


class ConferenceReportForm(ChronologyReportForm):
    """The same, and every part of the report that only a person can write. None is compulsory."""

    starts_with_scope = Scope.OWN  # what is recorded about others is not the family's to read

    without_addresses = forms.BooleanField(
        label="Leave addresses out",
        help_text="Tick this when somebody who may read the report must not learn where the"
        " child or a parent lives.",
        required=False,
    )

    def __init__(self, data=None, *, viewer, initial: Mapping | None = None) -> None:
        super().__init__(data, viewer=viewer, initial=initial)
        for part in typed_parts():
            self.fields[_name(part.key)] = _field(part)
            if part.dated:
                self.fields[_name(part.day_key)] = _day(part.dated)

    def sections(self) -> Iterator[Asked]:
        """Return the form's sections in the order of the paper, those that ask for something."""
        for section in SECTIONS:
            fields = tuple(self[name] for name in self._names(section))
            recorded = tuple(part.heading for part in section.parts if part.recorded)
            if fields:
                yield Asked(section.title, recorded, fields)

    def answers(self) -> dict[str, str]:
        """Return what was typed, by part."""
        return {key: _as_text(self.cleaned_data.get(_name(key))) for key in self._keys()}

    def typed_so_far(self) -> dict[str, str]:
        """Return what stands in the fields, well-formed or not, to be kept as a draft."""
        names = ["reason", *(_name(key) for key in self._keys())]
        return {name: self[name].data or "" for name in names}

    def request(self) -> dict[str, object]:
        """Return what `services.ask_for_report` is told."""
        return super().request() | {"answers": self.answers()}

    def _names(self, section: Section) -> Iterator[str]:
        for part in section.parts:
            if part.question:
                yield _name(part.key)
            if part.dated:
                yield _name(part.day_key)

    def _keys(self) -> Iterator[str]:
        for part in typed_parts():
            yield part.key
            if part.dated:
                yield part.day_key


def offered(viewer, pupil) -> dict[str, str]:
    """Return what a person finds in the form: their draft, or else the last report's answers."""
    draft = ReportDraft.objects.visible_to(viewer).filter(pupil=pupil).first()
    if draft is not None:
        return draft.typed()
    latest = ReportText.objects.visible_to(viewer).latest_about(pupil)
    answers = latest.answers if latest else {}
    return {_name(key): answer["text"] for key, answer in answers.items()}


def _name(key: str) -> str:
    return f"part_{key}"


def _as_text(value) -> str:
    return "" if value is None else str(value)


def _field(part: Part) -> forms.Field:
    said = {"label": part.question, "help_text": part.hint, "required": False}
    if part.answer == Answer.LONG:
        return forms.CharField(max_length=LONGEST, widget=forms.Textarea, **said)
    if part.answer == Answer.SHORT:
        return forms.CharField(max_length=SHORTEST_LINE, **said)
    if part.answer == Answer.SCALE:
        widget = forms.RadioSelect(attrs={"class": "inline"})
        return forms.ChoiceField(choices=[("", "Not said"), *SCALE], widget=widget, **said)
    return forms.ChoiceField(choices=[("", "Not said"), *MEETINGS], **said)
