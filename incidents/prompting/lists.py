"""The questions that a school asks in its own way."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import School
from incidents.prompting.occasions import Occasion

LONGEST_TITLE = 40
LONGEST_ASK = 160


class PromptSetQuerySet(models.QuerySet):
    """What a school changed in the standard questions, and what it added."""

    def visible_to(self, viewer) -> "PromptSetQuerySet":
        """Return those of the viewer's school: everybody who records reads them."""
        return self.filter(school=viewer.school)


class PromptSet(models.Model):
    """A school's questions for one occasion: in the place of the standard ones, or beside them all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    occasion = models.CharField(max_length=12, choices=Occasion, blank=True)
    title = models.CharField(max_length=LONGEST_TITLE)
    asks = ArrayField(models.CharField(max_length=LONGEST_ASK))
    categories = ArrayField(models.UUIDField(), default=list, blank=True)
    shown = models.BooleanField(default=True)

    objects = PromptSetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "occasion"],
                condition=~models.Q(occasion=""),
                name="prompt_set_once_an_occasion",
            ),
            models.UniqueConstraint(fields=["school", "title"], name="prompt_set_titled_once"),
        ]

    def __str__(self) -> str:
        return self.title
