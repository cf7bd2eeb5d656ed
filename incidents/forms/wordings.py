"""Two wordings of one incident side by side: what each says under each question, in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.forms import ChoiceField, DateField, FileField, ModelChoiceField
from django.forms.boundfield import BoundField
from django.utils import dateformat
from django.utils.datastructures import MultiValueDict

from accounts.viewer import Viewer
from incidents.bodymap.regions import regions
from incidents.forms.marking import MarkForm
from incidents.forms.picking import BoundPicker
from incidents.forms.recording import AddIncidentForm
from incidents.models import Draft, Wording
from safeguard.sealing import Unsealable


@dataclass(frozen=True)
class Line:
    """A question, and what stands under it in either wording."""

    label: str
    here: str
    there: str
    differs: bool


@dataclass(frozen=True)
class Comparison:
    """A draft and what another window holds of it."""

    pk: UUID
    here_at: datetime | None
    there_at: datetime
    lines: list[Line]
    pupils: set[UUID]


def compared(viewer: Viewer, draft: Draft | None, wording: Wording) -> Comparison:
    """Return both wordings, question by question; what neither answers is left out."""
    here, mine = _said(viewer, draft)
    there, theirs = _said(viewer, wording)
    labels = dict.fromkeys([*here, *there])
    lines = [
        Line(label, here.get(label, ""), there.get(label, ""), here.get(label) != there.get(label))
        for label in labels
    ]
    at = draft.saved_at if draft else None
    return Comparison(wording.pk, at, wording.saved_at, lines, mine | theirs)


def _said(viewer: Viewer, row: Draft | Wording | None) -> tuple[dict[str, str], set[UUID]]:
    """Return the answers by their questions, and which pupils are named in them."""
    try:
        answers = MultiValueDict(row.answers() if row else {})
    except Unsealable:
        answers = MultiValueDict()
    form = AddIncidentForm(viewer=viewer, answers=answers)
    said = {form[name].label: _in_words(form[name]) for name in form.fields}
    for place, mark in enumerate(form.marks, start=1):
        said[f"Mark {place}"] = _mark_in_words(mark)
    named = {UUID(one["value"]) for name in ("pupil", "linked") for one in form[name].picked}
    return {label: words for label, words in said.items() if words}, named


def _in_words(bound: BoundField) -> str:
    if isinstance(bound.field, FileField):
        return ""
    if isinstance(bound, BoundPicker):
        return "\n".join(" ".join([one["label"], one["detail"]]).strip() for one in bound.picked)
    value = bound.value()
    if isinstance(bound.field, ChoiceField | ModelChoiceField):
        return _chosen(bound.field, value)
    if isinstance(bound.field, DateField):
        return _day(bound.field, str(value or ""))
    return str(value or "").replace("\r\n", "\n").strip()


def _day(field: DateField, typed: str) -> str:
    """Return a day in words; what is none stands as it was typed."""
    try:
        day = field.to_python(typed)
    except ValidationError:
        return typed
    return dateformat.format(day, "D j M Y") if day else ""


def _chosen(field, value) -> str:
    values = {str(one) for one in (value if isinstance(value, list | tuple) else [value])}
    return "\n".join(str(label) for key, label in field.choices if key and str(key) in values)


def _mark_in_words(mark: MarkForm) -> str:
    region = regions().get(mark["region"].value() or "")
    place = [region.name] if region else []
    rest = [
        f"{mark[name].label}: {words}"
        for name in mark.fields
        if name not in {"at", "region"} and (words := _in_words(mark[name]))
    ]
    return "\n".join([*place, *rest])
