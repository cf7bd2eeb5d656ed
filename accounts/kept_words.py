"""What was typed in a form and not sent: sealed, and its author's alone."""

import json
import uuid

from django.db import models

from safeguard import sealing

Fields = list[tuple[str, str]]


class KeptWordsQuerySet(models.QuerySet):
    """Words that wait for their author."""

    def visible_to(self, viewer) -> "KeptWordsQuerySet":
        """Return the viewer's own words in the school acted in."""
        return self.filter(author=viewer.user, school=viewer.school)

    def waiting(self) -> "KeptWordsQuerySet":
        """Return those that their form has not taken."""
        return self.filter(taken_at=None)


class KeptWords(models.Model):
    """The fields of one form in one window, as they stood when they were last saved.

    The row stays for a while after its form was taken: what a slow connection brings later changes
    nothing then. Unfinished incidents are `Draft`s, which hold more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey("accounts.School", models.CASCADE, related_name="+")
    author = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    window = models.UUIDField()
    turn = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField()
    saved_at = models.DateTimeField(auto_now=True)
    taken_at = models.DateTimeField(null=True)

    objects = KeptWordsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "window"], name="kept_words_one_a_window")
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def keep(self, fields: Fields) -> None:
        """Seal what was typed; nothing is written until the row is saved."""
        self.sealed = sealing.seal(json.dumps(fields).encode(), purpose=self.purpose)

    def fields(self) -> Fields:
        """Return what was typed."""
        plain = sealing.unseal(self.sealed, purpose=self.purpose)
        return [(name, value) for name, value in json.loads(plain)]

    @property
    def purpose(self) -> str:
        """What they are sealed for: this window, of this author."""
        return f"kept-words:{self.window}:{self.author_id}"
