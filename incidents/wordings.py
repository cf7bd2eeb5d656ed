"""What a second window holds of a draft: kept beside it, compared, taken over or deleted.

Each window has one place, in which its words are saved as they are typed: two windows that are both
being typed in do not push each other out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from accounts.viewer import Viewer
from incidents.models import Action, BodyMark, Draft, Incident, Wording
from safeguard.sealing import Unsealable

MOST = 10  # of one draft; more windows than anybody writes in
ACCOUNT = (
    *("saw", "told", "told_by", "child_words", "heard", "opinion", "done_already"),
    *("parents_detail", "medical", "told_in_person", "place_detail", "late_reason"),
)
OF_A_MARK = ("shape", "colour", "first_aid", "child_said")

Answers = Mapping[str, Sequence[str]]


def beside(viewer: Viewer, draft: UUID) -> list[Wording]:
    """Return what other windows hold of a person's draft, or of the incident it became."""
    rows = Wording.objects.visible_to(viewer).filter(draft=draft)
    return list(rows.order_by("-saved_at", "id"))


def are_same(row: Draft | Wording, answers: Answers) -> bool:
    """Whether this is what is kept already, but for fields that are empty."""
    try:
        return _filled(row.answers()) == _filled(answers)
    except Unsealable:
        return False


def says_more(row: Draft | Wording, incident: Incident) -> bool:
    """Whether something was written that the incident does not say."""
    try:
        return has_more(row.answers(), incident)
    except Unsealable:
        return False


def has_more(answers: Answers, incident: Incident) -> bool:
    """Whether these answers hold words that are not in the incident that was submitted."""
    if any(_text(answers.get(name)) not in {"", getattr(incident, name)} for name in ACCOUNT):
        return True
    said = BodyMark.objects.filter(incident=incident).values_list(*OF_A_MARK)
    drawn = {text for mark in said for text in mark} | {""}
    return any(
        _text(values) not in drawn
        for name, values in answers.items()
        if name.startswith("mark-") and name.endswith(OF_A_MARK)
    )


def keep_beside(
    *, by: Viewer, draft: UUID, window: UUID, answers: Answers, at: datetime | None = None
) -> Wording:
    """Keep what a window holds in the window's own place."""
    mine = Wording.objects.of(by).filter(draft=draft)
    row = mine.filter(window=window).first()
    if row is None:
        row = Wording(school=by.school, author=by.user, draft=draft, window=window)
    row.keep(answers)
    row.session = by.session_id
    row.saved_at = at or timezone.now()
    row.save()
    surplus = list(mine.order_by("-saved_at", "-id").values_list("pk", flat=True)[MOST:])
    if surplus:
        Wording.objects.of(by).filter(pk__in=surplus).delete()
    return row


def keep_aside(*, by: Viewer, row: Draft, but: Answers) -> None:
    """Keep a draft's present words beside it, unless those that come now are the same."""
    if are_same(row, but):
        return
    try:
        answers = row.answers()
    except Unsealable:
        return
    window = row.window or uuid4()
    keep_beside(by=by, draft=row.pk, window=window, answers=answers, at=row.saved_at)


def keep_unsent(*, by: Viewer, incident: Incident, window: UUID | None, answers: Answers) -> bool:
    """Keep what a window still holds after the incident was submitted from another (FI-18).

    False when the incident says all of it.
    """
    if not has_more(answers, incident):
        return False
    draft = incident.submission
    with transaction.atomic():
        keep_beside(by=by, draft=draft, window=window or uuid4(), answers=answers)
    return True


def keep_uncarried(*, by: Viewer, action: Action, window: UUID | None, answers: Answers) -> bool:
    """Keep what a window still holds after the draft was added to another incident from another.

    False when the action says all of it.
    """
    if all(_text(answers.get(name)) in action.narrative for name in ACCOUNT):
        return False
    with transaction.atomic():
        keep_beside(by=by, draft=action.submission, window=window or uuid4(), answers=answers)
    return True


def take_over(*, by: Viewer, wording: Wording) -> None:
    """Make another window's words the draft; what was the draft is kept beside."""
    with transaction.atomic():
        row = Draft.objects.of(by).select_for_update().filter(pk=wording.draft).first()
        if row is None:
            row = Draft(pk=wording.draft, school=by.school, author=by.user)
        else:
            keep_aside(by=by, row=row, but=wording.answers())
        row.keep(wording.answers())
        row.window, row.turn, row.revision = wording.window, 0, uuid4()
        row.told_at = row.notice = None
        row.session = by.session_id
        row.save()
        discard(by=by, wording=wording)


def discard(*, by: Viewer, wording: Wording) -> None:
    """Delete what another window held."""
    Wording.objects.visible_to(by).filter(pk=wording.pk).delete()


def forget_same(*, by: Viewer, incident: Incident) -> None:
    """Delete wordings that say nothing beyond the incident that was submitted."""
    for wording in beside(by, incident.submission):
        if not says_more(wording, incident):
            discard(by=by, wording=wording)


def _filled(answers: Answers) -> dict[str, list[str]]:
    return {
        name: [_line_ends(value) for value in values]
        for name, values in answers.items()
        if any(value.strip() for value in values)
    }


def _text(values: Sequence[str] | None) -> str:
    return _line_ends(values[-1]).strip() if values else ""


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
