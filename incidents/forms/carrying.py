"""Carrying what was typed for an incident of its own over to an action under one that is open.

Nothing is lost on the way: what an action has a field for goes there, all else into its words, as it
was typed, whether it would have passed or not. The files go along by themselves: they wait under the
draft's id, which becomes the action's.
"""

from collections.abc import Iterator

from django import forms
from django.utils.datastructures import MultiValueDict

from incidents.account import parts_of
from incidents.forms.acting import AddActionForm
from incidents.forms.recording import AddIncidentForm
from incidents.models import Action, Draft, Incident, Level, LinkedPupil
from incidents.rules import Account

ABOUT_STAFF = "It is about a member of staff, who might read it in the other incident. Submit it as one of its own."
# An action has no level: those who are alerted to it would not be told first.
STAYS_URGENT = "It is urgent, and the other incident is not. Submit it as one of its own, so that it is looked at first."
TOGETHER = ("place", "place_detail")


def why_not(form: AddIncidentForm, incident: Incident) -> str:
    """Say why this has to stay an incident of its own; "" where it may be added to the other."""
    if form["subjects"].values:
        return ABOUT_STAFF
    urgent = _typed(form, "level") == str(Level.URGENT.value)
    return STAYS_URGENT if urgent and incident.level != Level.URGENT else ""


def carried(draft: Draft, form: AddIncidentForm, incident: Incident) -> AddActionForm:
    """Return the form of an action under an open incident, with all that the draft says."""
    answers = MultiValueDict(
        {
            "submission": [str(draft.pk)],
            "kind": [Action.Kind.UPDATE],
            "narrative": ["\n\n".join(_said(form))],
            "occurred_on": [_typed(form, "occurred_on")],
            "occurred_time": [_time(form)],
            "alerted": form["alerted"].values,
            "groups": [str(one) for one in _several(form, "groups")],
        }
    )
    return AddActionForm(viewer=form.viewer, incident=incident, answers=answers)


def _said(form: AddIncidentForm) -> Iterator[str]:
    """Yield each thing that was said, under its heading."""
    account = {name: _typed(form, name) for name in Account.__dataclass_fields__}
    for part in parts_of(Incident(**account)):
        yield f"{part.label}: {part.text}"
    for name, value in _beside(form).items():
        if value:
            yield f"{name}: {value}"
    for number, mark in enumerate(form.marks, start=1):
        yield f"Mark {number} on the body: {'; '.join(_of_mark(mark))}"


def _beside(form: AddIncidentForm) -> dict[str, str]:
    """Return what an action has no field for."""
    precision = _typed(form, "precision")
    exact = precision in {"", Incident.Precision.EXACT}
    urgent = _typed(form, "level") == str(Level.URGENT.value)
    return {
        "How soon": Level.URGENT.label if urgent else "",
        "When": "" if exact else _chosen(form["precision"]),
        "Where": ", ".join(filter(None, (_chosen(form[name]) for name in TOGETHER))),
        "Why it was recorded later": _typed(form, "late_reason"),
        "Categories": _named(form, "categories"),
        "Agencies": _named(form, "agencies"),
        "Other pupils": "; ".join(_linked(form)),
    }


def _linked(form: AddIncidentForm) -> Iterator[str]:
    parts = dict(LinkedPupil.Part.choices)
    for one in form["linked"].picked:
        part = parts.get(one["role"])
        yield f"{one['label']} ({one['detail']})" + (f", {part.lower()}" if part else "")


def _of_mark(mark: forms.Form) -> Iterator[str]:
    """Yield what was said of a mark; where somebody pointed is said by the region's name."""
    for bound in mark.visible_fields():
        said = _chosen(bound)
        if said:
            yield f"{bound.label.rstrip('?')}: {said}"


def _typed(form: forms.Form, name: str) -> str:
    return str(form[name].value() or "").strip()


def _time(form: AddIncidentForm) -> str:
    whole_day = _typed(form, "precision") == Incident.Precision.DAY
    return "00:00" if whole_day else _typed(form, "occurred_time")


def _chosen(bound: forms.BoundField) -> str:
    """Return an answer as its reader would see it: a choice by its label."""
    value = bound.value() or ""
    labels = dict(_flat(getattr(bound.field, "choices", ())))
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(labels.get(str(one), one)).strip() for one in values if one)


def _flat(choices) -> Iterator[tuple[str, str]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from ((one, f"{name} ({str(value).lower()})") for one, name in _flat(label))
        else:
            yield str(value), str(label)


def _several(form: forms.Form, name: str) -> list:
    return list(form[name].value() or []) if name in form.fields else []


def _named(form: AddIncidentForm, name: str) -> str:
    """Return the names of what was ticked of one of the school's lists."""
    ticked = {str(one) for one in _several(form, name)}
    return ", ".join(str(one) for one in form.fields[name].queryset if str(one.pk) in ticked)
