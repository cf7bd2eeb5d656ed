"""The words that a school looks for in its own way."""

import uuid

from django.db import models

from accounts.models import School
from incidents.writing.advice import STANDARD, Change
from incidents.writing.rules import EXPLAINED, Rule

WITH_A_LIST = [(rule.value, EXPLAINED[rule].list_name) for rule in STANDARD]


class WritingWordQuerySet(models.QuerySet):
    """What a school changed in the standard lists."""

    def visible_to(self, viewer) -> "WritingWordQuerySet":
        """Return the words of the viewer's school: everybody may know what is looked for."""
        return self.filter(school=viewer.school)

    def as_changes(self) -> list[Change]:
        """Return them as the advice takes them."""
        rows = self.values_list("rule", "phrase", "looked_for")
        return [Change(Rule(rule), phrase, looked_for) for rule, phrase, looked_for in rows]


class WritingWord(models.Model):
    """A word or phrase that a school looks for beside the standard list, or not although it is on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=12, choices=WITH_A_LIST)
    phrase = models.CharField(max_length=60)
    looked_for = models.BooleanField()

    objects = WritingWordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "rule", "phrase"], name="writing_word_once")
        ]

    def __str__(self) -> str:
        return self.phrase
