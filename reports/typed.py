"""What a person typed for a report: who wrote which part, when, and what they marked it as."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from reports.events import FIRST_HAND, OPINION, SECOND_HAND
from reports.parts import MEETINGS, Answer, Part, answer_keys

Answers = Mapping[str, Mapping[str, str]]

MARKER = re.compile(r"^(fact|opinion|second[- ]hand)\s*:\s*", re.IGNORECASE)
MARKED = {"fact": FIRST_HAND, "opinion": OPINION, "second-hand": SECOND_HAND}


@dataclass(frozen=True)
class Paragraph:
    """A piece of what somebody typed, and what kind of knowledge they marked it as."""

    text: str
    basis: str


@dataclass(frozen=True)
class Typed:
    """What somebody wrote under a heading, with who and when."""

    paragraphs: tuple[Paragraph, ...]
    day: date | None
    by: str
    on: date


def signed(
    typed: Mapping[str, str], earlier: Answers, *, by: str, at: datetime
) -> dict[str, dict[str, str]]:
    """Return answers each with its writer and time.

    What is taken over unchanged from the earlier version stays its own writer's: a head who
    recommends must not appear to have written what the form tutor wrote about attendance.
    """
    answers = {}
    for key in sorted(answer_keys() & typed.keys()):
        text = typed[key].replace("\r\n", "\n").strip()
        if not text:
            continue
        before = earlier.get(key)
        if before is not None and before["text"] == text:
            answers[key] = dict(before)
        else:
            answers[key] = {"text": text, "by": by, "at": at.isoformat()}
    return answers


def typed_under(part: Part, answers: Answers) -> Typed | None:
    """Return what was typed under a heading; None when nothing was."""
    answer = answers.get(part.key)
    day = answers.get(part.day_key) if part.dated else None
    source = answer or day
    if source is None:
        return None
    text = answer["text"] if answer else ""
    if part.answer == Answer.MEETING:
        text = dict(MEETINGS).get(text, text)
    return Typed(
        paragraphs=paragraphs_of(text, OPINION if part.judgement else ""),
        day=date.fromisoformat(day["text"]) if day else None,
        by=source["by"],
        on=timezone.localdate(datetime.fromisoformat(source["at"])),
    )


def paragraphs_of(text: str, otherwise: str) -> tuple[Paragraph, ...]:
    """Return a text line by line, each marked as its writer marked it.

    A line that begins “Opinion:”, “Second-hand:” or “Fact:” is set apart under that mark.
    """
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        marker = MARKER.match(line)
        basis = MARKED[marker[1].lower().replace(" ", "-")] if marker else otherwise
        found.append(Paragraph(line[marker.end() :] if marker else line, basis))
    return tuple(paragraph for paragraph in found if paragraph.text)
