"""What the head, or the chair, reads of a finding: a sentence with its numbers, and its looks."""

from dataclasses import dataclass

from django.db import transaction

from accounts.limits import PUPILS_AN_HOUR, VIEWS_AN_HOUR
from accounts.permissions import Permission
from accounts.viewer import Viewer
from chronology.looks import Line, lines_of, numbered_for, seen_by, without_names
from records.anomalies import REFUSALS_AN_HOUR, looks_behind
from records.models import AnomalyFinding, AnomalyNote
from safeguard.errors import DomainError, NotAllowed

MOST_LOOKS = 200
Rule = AnomalyFinding.Rule


class SaysNothing(DomainError):
    """A note without words."""


@dataclass(frozen=True)
class Told:
    """A finding in words, with the looks for which it stands."""

    finding: AnomalyFinding
    sentence: str
    lines: list[Line]
    more: bool


def told(viewer: Viewer, finding: AnomalyFinding) -> Told:
    """Return a finding with the looks that the viewer may see, newest first."""
    in_full = viewer.has(Permission.SEE_ANOMALIES)
    seen = seen_by(viewer) if in_full else numbered_for(viewer)
    rows = list(looks_behind(seen, finding).order_by("-recorded_at", "id")[: MOST_LOOKS + 1])
    lines = lines_of(viewer, rows[:MOST_LOOKS])
    lines = lines if in_full else without_names(lines)
    return Told(finding, in_a_sentence(finding), lines, len(rows) > MOST_LOOKS)


def in_a_sentence(finding: AnomalyFinding) -> str:
    """Say who did what, how often and when, and what is usual."""
    who, day = finding.person.name, f"{finding.on_day:%a %-d %b %Y}"
    times, pupils = _many(finding.looks, "time"), _many(finding.pupils, "pupil")
    at = (
        ""
        if finding.hour is None
        else f" between {finding.hour:02}:00 and {finding.hour + 1:02}:00"
    )
    school = finding.school
    return {
        Rule.MANY_PUPILS: (
            f"{who} opened the records of {pupils}{at} on {day}. More than {PUPILS_AN_HOUR} in an"
            " hour is unusual."
        ),
        Rule.MANY_VIEWS: (
            f"{who} opened records {times}{at} on {day}. More than {VIEWS_AN_HOUR} in an hour is"
            " unusual."
        ),
        Rule.OUT_OF_HOURS: (
            f"{who} opened records {times}, of {pupils}, outside school hours on {day}. School hours"
            f" are {school.opens_at:%H:%M} to {school.closes_at:%H:%M} on weekdays."
        ),
        Rule.COLLEAGUES_CHILD: f"{who} opened the record of a colleague’s child {times} on {day}.",
        Rule.NO_PART: (
            f"{who} opened the records of {pupils} on {day} about whom they recorded nothing, were"
            " alerted to nothing, and gave no reason."
        ),
        Rule.DENIALS: (
            f"{who} was refused {times}{at} on {day}. More than {REFUSALS_AN_HOUR} in an hour is"
            " unusual."
        ),
    }[Rule(finding.rule)]


def acknowledge(*, by: Viewer, finding: AnomalyFinding, text: str) -> AnomalyNote:
    """Take down that somebody looked at a finding, and what it was; the first word stays.

    The head, or the chair of what is about the head.
    """
    if not by.has(Permission.SEE_HEADS_ANOMALIES):
        by.require(Permission.SEE_ANOMALIES)
    if not AnomalyFinding.objects.visible_to(by).contains(finding):
        raise NotAllowed("There is no such finding.")
    if not text.strip():
        raise SaysNothing("Say what you found out, or why there is nothing to ask.")
    with transaction.atomic():
        note, _ = AnomalyNote.objects.get_or_create(
            finding=finding, defaults={"by": by.user, "text": text.strip()}
        )
    return note


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
