"""What is being written and is not yet a record: sealed, and its author's alone."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.db import models

from accounts.models import School, User
from accounts.permissions import Permission
from safeguard import sealing


class OwnQuerySet(models.QuerySet):
    """What waits for its author alone."""

    def of(self, viewer):
        """Return the viewer's own in the school acted in, to be written and thrown away."""
        return self.filter(author=viewer.user, school=viewer.school)

    def visible_to(self, viewer):
        """Return the viewer's own; of somebody who reads nothing stored, what this session kept.

        Where the authenticator is demanded of everybody, a password that somebody else got hold of
        shows no draft that was begun before (security.md A3).
        """
        mine = self.of(viewer)
        if viewer.has(Permission.READ_OWN):
            return mine
        return mine.filter(session=viewer.session_id) if viewer.session else mine.none()

    def kept_back_from(self, viewer):
        """Return the viewer's own that open once the authenticator is used."""
        if not viewer.could_with_authenticator(Permission.READ_OWN):
            return self.none()
        return self.of(viewer).exclude(pk__in=self.visible_to(viewer).values("pk"))


class SealedAnswers(models.Model):
    """What somebody has typed in a form so far, which is its author's alone."""

    SEALED_AS: ClassVar[str]
    SEALED_FOR: ClassVar[tuple[str, ...]]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    session = models.UUIDField(null=True, editable=False)  # in which it was kept last

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)

    def keep(self, answers: Mapping[str, Sequence[str]]) -> None:
        """Seal what was typed; nothing is written until the row is saved."""
        self.sealed = sealing.seal(json.dumps(dict(answers)).encode(), purpose=self.purpose)

    def answers(self) -> dict:
        """Return what was typed."""
        return json.loads(sealing.unseal(self.sealed, purpose=self.purpose))

    @property
    def purpose(self) -> str:
        """What it is sealed for: this form, of this author, and nothing else."""
        ids = (getattr(self, name) for name in self.SEALED_FOR)
        return ":".join(map(str, (self.SEALED_AS, *ids, self.author_id)))


class DraftQuerySet(OwnQuerySet):
    """Unfinished incidents."""


class Draft(SealedAnswers):
    """An incident between its form and its submission.

    Its id becomes the incident's `submission`, which is unique: a double click, a retry or a
    second tab lands on the same receipt.
    """

    SEALED_AS, SEALED_FOR = "draft", ("pk",)

    revision = models.UUIDField(default=uuid.uuid4)  # another one each time that it is saved
    window = models.UUIDField(null=True)  # in which it was saved last, and how often there
    turn = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)
    # When its author was told by mail that it will be deleted, and the errand that this was.
    told_at = models.DateTimeField(null=True)
    notice = models.UUIDField(null=True)

    objects = DraftQuerySet.as_manager()


class WordingQuerySet(OwnQuerySet):
    """What was typed in a second window."""


class Wording(SealedAnswers):
    """The same draft as another window holds it: kept beside, until its author has compared the two.

    It outlives the draft, so that what a forgotten window held is there after submission, too.
    """

    SEALED_AS, SEALED_FOR = "wording", ("draft", "window")

    draft = models.UUIDField()
    window = models.UUIDField()
    saved_at = models.DateTimeField()

    objects = WordingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "author", "window"], name="wording_one_a_window"
            )
        ]


class UploadQuerySet(OwnQuerySet):
    """Files that wait in drafts."""


class Upload(models.Model):
    """A file that was sent and sealed, and waits for the incident or action it belongs to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    draft = models.UUIDField()
    sealed_name = models.BinaryField()
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=64, unique=True)
    session = models.UUIDField(null=True, editable=False)  # in which it was sent
    sent_at = models.DateTimeField(auto_now_add=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["draft", "author"], name="upload_in_draft")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def name(self) -> str:
        """What the file is called: of a draft, and so its author's alone until it is submitted."""
        return sealing.unseal(self.sealed_name, purpose=self.purpose_of_name).decode()

    @property
    def purpose_of_name(self) -> str:
        """What its name is sealed for: the file that is kept under its random one."""
        return _of_name(self.stored_as)


def seal_name(name: str, stored_as: str) -> bytes:
    """Return the name of a waiting file as its row keeps it."""
    return sealing.seal(name.encode(), purpose=_of_name(stored_as))


def _of_name(stored_as: str) -> str:
    return f"upload name:{stored_as}"
