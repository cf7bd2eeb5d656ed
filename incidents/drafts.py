"""What is being written and is not yet a record: sealed, and its author's alone."""

import json
import uuid
from collections.abc import Mapping, Sequence

from django.db import models

from accounts.models import School, User
from safeguard import sealing

PURPOSE = "draft"


class DraftQuerySet(models.QuerySet):
    """Unfinished incidents."""

    def visible_to(self, viewer) -> "DraftQuerySet":
        """Return the viewer's own drafts in the school acted in."""
        return self.filter(author=viewer.user, school=viewer.school)


class Draft(models.Model):
    """An incident between its form and its submission.

    Its id becomes the incident's `submission`, which is unique: a double click, a retry or a
    second tab lands on the same receipt.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    revision = models.UUIDField(default=uuid.uuid4)  # another one each time that it is saved
    window = models.UUIDField(null=True)  # in which it was saved last, and how often there
    turn = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)
    # When its author was told by mail that it will be deleted, and the errand that this was.
    told_at = models.DateTimeField(null=True)
    notice = models.UUIDField(null=True)

    objects = DraftQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)

    def keep(self, answers: Mapping[str, Sequence[str]]) -> None:
        """Seal what was typed; nothing is written until the row is saved."""
        self.sealed = sealing.seal(json.dumps(dict(answers)).encode(), purpose=self._purpose())

    def answers(self) -> dict:
        """Return what was typed."""
        return json.loads(sealing.unseal(self.sealed, purpose=self._purpose()))

    def _purpose(self) -> str:
        return f"{PURPOSE}:{self.pk}:{self.author_id}"


class WordingQuerySet(models.QuerySet):
    """What was typed in a second window."""

    def visible_to(self, viewer) -> "WordingQuerySet":
        """Return the viewer's own wordings in the school acted in."""
        return self.filter(author=viewer.user, school=viewer.school)


class Wording(models.Model):
    """The same draft as another window holds it: kept beside, until its author has compared the two.

    It outlives the draft, so that what a forgotten window held is there after submission, too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    draft = models.UUIDField()
    window = models.UUIDField()
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()

    objects = WordingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "author", "window"], name="wording_one_a_window"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def keep(self, answers: Mapping[str, Sequence[str]]) -> None:
        """Seal what was typed; nothing is written until the row is saved."""
        self.sealed = sealing.seal(json.dumps(dict(answers)).encode(), purpose=self._purpose())

    def answers(self) -> dict:
        """Return what was typed."""
        return json.loads(sealing.unseal(self.sealed, purpose=self._purpose()))

    def _purpose(self) -> str:
        return f"wording:{self.draft}:{self.window}:{self.author_id}"


class UploadQuerySet(models.QuerySet):
    """Files that wait in drafts."""

    def visible_to(self, viewer) -> "UploadQuerySet":
        """Return files in the viewer's own drafts."""
        return self.filter(author=viewer.user, school=viewer.school)


class Upload(models.Model):
    """A file that was sent and sealed, and waits for the incident or action it belongs to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    draft = models.UUIDField()
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(auto_now_add=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["draft", "author"], name="upload_in_draft")]

    def __str__(self) -> str:
        return str(self.pk)
