"""Keeping what is being written until it is submitted, and forgetting it when it is not.

A draft never comes back once its incident exists: a late autosave from a tab that was left open
is turned away, also when it arrives in the same moment as the submission.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import files
from incidents.models import Action, Draft, Incident, Upload
from safeguard import walls
from safeguard.errors import DomainError, NotAllowed

KEPT = timedelta(days=14)
MOST_DRAFTS = 50

Answers = Mapping[str, Sequence[str]]


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


def keep_draft(*, by: Viewer, draft: UUID, answers: Answers) -> None:
    """Seal what was typed so far; the first time makes the draft, under the id its form names."""
    by.require(Permission.ADD_INCIDENT)
    if submitted(by, draft) is not None:
        raise AlreadySubmitted("This incident has been submitted.")
    if added_instead(by, draft) is not None:
        raise AlreadySubmitted("What you wrote here has been added to another incident.")
    row = Draft(pk=draft, school=by.school, author=by.user)
    row.keep({name: list(values) for name, values in answers.items()})
    mine = Draft.objects.visible_to(by)
    if mine.filter(pk=draft).update(sealed=row.sealed, saved_at=timezone.now()):
        return
    if mine.count() >= MOST_DRAFTS:
        raise TooManyDrafts(
            f"You have {MOST_DRAFTS} unfinished incidents. Finish or delete one of them on your "
            "home page in another window, then continue here."
        )
    _begin(by, row)


def discard_draft(*, by: Viewer, draft: UUID) -> None:
    """Delete one's own unfinished incident, and the files that waited in it."""
    deleted, _ = Draft.objects.visible_to(by).filter(pk=draft).delete()
    if deleted:
        for upload in Upload.objects.visible_to(by).filter(draft=draft):
            files.remove(by=by, upload=upload)


def version_of(answers: Answers, uploads: Sequence[Upload]) -> str:
    """Return a mark of exactly this wording and these files, so that what is read is what is sent."""
    said = json.dumps([sorted(answers.items()), [str(upload.pk) for upload in uploads]])
    return hashlib.sha256(said.encode()).hexdigest()


def forget_old(now: datetime) -> int:
    """Delete drafts that nobody has touched for a fortnight, and files that wait for nothing.

    Home says the day beforehand, beside each draft. Files of an action are sent with its form
    and taken up in the same request, so that what is left of them is an abandoned form.
    """
    forgotten = 0
    for school in walls.schools():
        with walls.acting_in(school):
            forgotten += _forget_old_here(now)
    return forgotten


def _forget_old_here(now: datetime) -> int:
    old = now - KEPT
    forgotten, _ = Draft.objects.filter(saved_at__lt=old).delete()
    stale = Upload.objects.filter(sent_at__lt=old).exclude(draft__in=Draft.objects.values("pk"))
    for upload in stale:
        files.drop(upload)
    return forgotten


def _begin(by: Viewer, row: Draft) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        saved = Draft.objects.visible_to(by).filter(pk=row.pk)
        if not saved.update(sealed=row.sealed, saved_at=timezone.now()):
            raise NotAllowed("This draft is somebody else's.") from None
        return
    if submitted(by, row.pk) is not None:
        Draft.objects.visible_to(by).filter(pk=row.pk).delete()
        raise AlreadySubmitted("This incident has been submitted.")
