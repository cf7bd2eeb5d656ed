"""What a form, as far as it is filled in, says of how the marks on it came about."""

from django import forms
from django.utils import timezone

from incidents.explaining import Account, Misfit, compare, months_between
from incidents.forms.marking import MarkForm
from pupils.models import Pupil

TOLD = ("told", "child_words", "heard")


def misfits_of(form: forms.Form, marks: list[MarkForm], pupil: Pupil | None) -> list[Misfit]:
    """Return what is to be looked at again in the marks, as they and the account stand now."""
    placed = [(place, mark.so_far()) for place, mark in enumerate(marks, start=1)]
    here = [(place, mark) for place, mark in placed if mark is not None]
    numbers = [place for place, _ in here]
    account = Account(
        told=" ".join(str(form[name].value() or "") for name in TOLD),
        medical=str(form["medical"].value() or ""),
        age_in_months=_age(pupil),
    )
    return [
        Misfit(misfit.compared, tuple(numbers[number - 1] for number in misfit.marks))
        for misfit in compare([mark for _, mark in here], account)
    ]


def _age(pupil: Pupil | None) -> int | None:
    if pupil is None or pupil.date_of_birth is None:
        return None
    return months_between(pupil.date_of_birth, timezone.localdate())
