"""Keeping what is being written until it is submitted, and forgetting it when it is not.

A draft never comes back once its incident exists: a late autosave from a tab that was left open
is turned away, also when it arrives in the same moment as the submission.

Two windows never overwrite each other. A page says from where it began (`Start`); what was saved from
elsewhere since then stays, and the other words are kept beside it (`incidents.wordings`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import files, wordings
from incidents.models import Action, Draft, Incident, Upload, Wording
from incidents.wordings import Answers
from safeguard import outbox, walls
from safeguard.errors import DomainError, NotAllowed
from safeguard.models import Outbox
from safeguard.rescue import Kept

KEPT = timedelta(days=14)
TOLD_BEFORE = timedelta(days=3)  # its end, by mail, to those who do not open their home page
MOST_DRAFTS = 50


class TooManyDrafts(DomainError):
    """The person has as many unfinished incidents as are kept."""


class AlreadySubmitted(DomainError):
    """The draft has become an incident."""


def submitted(by: Viewer, draft: UUID) -> Incident | None:
    """Return the incident that this draft of the person's own has become, if it has."""
    return Incident.objects.received_from(by).filter(submission=draft).first()


def added_instead(by: Viewer, draft: UUID) -> Action | None:
    """Return the action that this draft of the person's own has become, added to another incident."""
    return Action.objects.visible_to(by).filter(submission=draft, author=by.user).first()


def is_kept_back(viewer: Viewer, draft: UUID) -> bool:
    """Whether it is a draft of the person's own that opens once their authenticator is used."""
    return Draft.objects.kept_back_from(viewer).filter(pk=draft).exists()


@dataclass(frozen=True)
class Start:
    """From where a page began: which window it is, what it had read, how often it has sent since.

    A page that says nothing of it, as none of ours does, is taken as the latest.
    """

    window: UUID | None = None
    revision: UUID | None = None
    turn: int = 0

    def continues(self, row: Draft) -> bool:
        """Whether nothing was saved from elsewhere since the page began."""
        if self.window is None and self.revision is None:
            return True
        return self.revision == row.revision or self._is_own(row)

    def is_behind(self, row: Draft) -> bool:
        """Whether this window has sent more since: a slow connection brings the earlier later."""
        return self._is_own(row) and self.turn < row.turn

    def _is_own(self, row: Draft) -> bool:
        return self.window is not None and self.window == row.window


LATEST = Start()


def keep_draft(*, by: Viewer, draft: UUID, answers: Answers, start: Start = LATEST) -> Kept:
    """Seal what was typed so far; the first time makes the draft, under the id its form names.

    What another window saved meanwhile stays the draft; these words are kept beside it.
    """
    _require_open(by, draft)
    with transaction.atomic():
        row = _locked(by, draft)
        if row is None:
            return _begin(by, draft, answers, start)
        if start.continues(row):
            return _write(by, row, answers, start)
        if wordings.are_same(row, answers):
            return Kept(row.revision)
        window = start.window or uuid4()
        wordings.keep_beside(by=by, draft=draft, window=window, answers=answers)
        return Kept(beside=True)


def go_on_with(*, by: Viewer, draft: UUID, answers: Answers, start: Start = LATEST) -> Kept:
    """Seal what a person sent by pressing a button: it is what they have before their eyes.

    What another window saved meanwhile makes way, and is kept beside.
    """
    _require_open(by, draft)
    with transaction.atomic():
        row = _locked(by, draft)
        if row is None:
            return _begin(by, draft, answers, start)
        if not start.continues(row):
            wordings.keep_aside(by=by, row=row, but=answers)
            row.turn = 0
        if start.window is not None:
            Wording.objects.of(by).filter(draft=draft, window=start.window).delete()
        return _write(by, row, answers, start)


def end_draft(*, by: Viewer, incident: Incident) -> None:
    """Delete the draft that has become an incident, in the transaction that makes it.

    What another window saved since it was read for the last time is not in the incident, and stays.
    """
    row = _locked(by, incident.submission)
    if row is None:
        return
    if wordings.says_more(row, incident):
        wordings.keep_aside(by=by, row=row, but={})
    row.delete()


def end_carried(*, by: Viewer, action: Action) -> None:
    """Delete the draft that has become an action under another incident, in the same transaction."""
    row = _locked(by, action.submission)
    if row is not None:
        row.delete()


def discard_draft(*, by: Viewer, draft: UUID) -> None:
    """Delete one's own unfinished incident in all its wordings, and the files that waited in it."""
    deleted, _ = Draft.objects.of(by).filter(pk=draft).delete()
    if deleted:
        Wording.objects.of(by).filter(draft=draft).delete()
        for upload in Upload.objects.of(by).filter(draft=draft):
            files.remove(by=by, upload=upload)


def version_of(answers: Answers, uploads: Sequence[Upload]) -> str:
    """Return a mark of exactly this wording and these files, so that what is read is what is sent."""
    said = json.dumps([sorted(answers.items()), [str(upload.pk) for upload in uploads]])
    return hashlib.sha256(said.encode()).hexdigest()


def forget_old(now: datetime) -> int:
    """Delete drafts that nobody has touched for a fortnight, and files that wait for nothing.

    Home says the day beforehand, beside each draft, and a mail three days before that there is one:
    none is deleted without. Files of an action are sent with its form
    and taken up in the same request, so that what is left of them is an abandoned form.
    """
    forgotten = 0
    for school in walls.schools():
        with walls.acting_in(school):
            forgotten += _forget_old_here(now)
    return forgotten


def _forget_old_here(now: datetime) -> int:
    old = now - KEPT
    told = now - TOLD_BEFORE + timedelta(hours=12)  # the night's round is not on the minute
    forgotten, _ = Draft.objects.filter(saved_at__lt=old, told_at__lt=told).delete()
    left = Wording.objects.filter(saved_at__lt=old)
    left.exclude(draft__in=Draft.objects.values("pk")).delete()
    stale = Upload.objects.filter(sent_at__lt=old).exclude(draft__in=Draft.objects.values("pk"))
    for upload in stale:
        files.drop(upload)
    return forgotten


def kept_until(draft: Draft) -> datetime:
    """Return when a draft will be deleted: not before its author was told of it three days ago."""
    ends = draft.saved_at + KEPT
    return max(ends, draft.told_at + TOLD_BEFORE) if draft.told_at else ends


def tell_authors(now: datetime) -> int:
    """Promise a mail to the author of each draft that will be deleted in three days."""
    told = 0
    for school in walls.schools():
        with walls.acting_in(school), transaction.atomic():
            due = Draft.objects.filter(saved_at__lt=now - KEPT + TOLD_BEFORE, told_at=None)
            keys = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True))
            notices = {key: uuid4() for key in keys}
            for key, notice in notices.items():
                Draft.objects.filter(pk=key).update(told_at=now, notice=notice)
            outbox.put(Outbox.Kind.DRAFT_NOTICE, notices.values(), school=school)
            told += len(keys)
    return told


def _require_open(by: Viewer, draft: UUID) -> None:
    by.require(Permission.ADD_INCIDENT)
    if submitted(by, draft) is not None:
        raise AlreadySubmitted("This incident has been submitted.")
    if added_instead(by, draft) is not None:
        raise AlreadySubmitted("What you wrote here has been added to another incident.")


def _locked(by: Viewer, draft: UUID) -> Draft | None:
    return Draft.objects.of(by).select_for_update().filter(pk=draft).first()


def _write(by: Viewer, row: Draft, answers: Answers, start: Start) -> Kept:
    if start.is_behind(row):
        return Kept(row.revision)
    row.keep(answers)
    row.window, row.turn, row.revision = start.window, start.turn, uuid4()
    row.told_at = row.notice = None
    row.session = by.session_id
    row.save()
    return Kept(row.revision)


def _begin(by: Viewer, draft: UUID, answers: Answers, start: Start) -> Kept:
    mine = Draft.objects.of(by)
    if mine.count() >= MOST_DRAFTS:
        raise TooManyDrafts(
            f"You have {MOST_DRAFTS} unfinished incidents. Finish or delete one of them on your "
            "home page in another window, then continue here."
        )
    row = Draft(pk=draft, school=by.school, author=by.user, window=start.window, turn=start.turn)
    row.session = by.session_id
    row.keep(answers)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if not mine.filter(pk=draft).exists():
            raise NotAllowed("This draft is somebody else's.") from None
        return keep_draft(by=by, draft=draft, answers=answers, start=start)
    if submitted(by, draft) is not None:
        mine.filter(pk=draft).delete()
        raise AlreadySubmitted("This incident has been submitted.")
    return Kept(row.revision)
