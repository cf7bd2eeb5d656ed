"""Copies of files that are made to be looked at: pictures without what is hidden in them, pages of PDFs.

A file is never changed, and what is made of it stands here, by the name under which the file is kept,
so that it is the same before and after its incident is submitted. All of it can be made again.
"""

import uuid
from collections.abc import Iterable

from django.db import models

from accounts.models import School
from incidents.file_types import is_looked_at
from safeguard import outbox
from safeguard.models import Outbox


class PreparationQuerySet(models.QuerySet):
    """Files of which something is made to be looked at."""

    def of(self, files) -> "PreparationQuerySet":
        """Return what was made of these uploads or attachments."""
        return self.filter(stored_as__in=[file.stored_as for file in files])


class Preparation(models.Model):
    """One stored file, and how far it is to be looked at.

    Operational and no record of anybody's: it names a file by its random name, and no person.
    """

    class State(models.TextChoices):
        WAITING = "", "Being prepared"
        READY = "ready", "Can be looked at"
        FAILED = "failed", "Cannot be shown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    stored_as = models.CharField(max_length=64, unique=True)
    content_type = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State, blank=True, default=State.WAITING)
    why = models.CharField(max_length=20, blank=True)
    pages = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(auto_now_add=True)

    objects = PreparationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.stored_as[:8]} {self.state or 'waiting'}"


class ViewingCopy(models.Model):
    """A sealed picture, under its own random name: a picture drawn anew, or one page of a PDF."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    preparation = models.ForeignKey(Preparation, models.CASCADE, related_name="copies")
    page = models.PositiveSmallIntegerField()
    small = models.BooleanField()
    stored_as = models.CharField(max_length=64, unique=True)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["preparation", "page", "small"], name="viewing_copy_of_a_page_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stored_as[:8]} page {self.page}"


def ask_for(*files) -> int:
    """Promise that these uploads or attachments of one school can be looked at soon.

    In the transaction of the caller; of what cannot be looked at nothing is promised.
    """
    asked = [
        Preparation(
            school_id=school_of(file), stored_as=file.stored_as, content_type=file.content_type
        )
        for file in files
        if is_looked_at(file.content_type)
    ]
    if not asked:
        return 0
    Preparation.objects.bulk_create(asked, ignore_conflicts=True)
    fresh = Preparation.objects.filter(pk__in=[one.pk for one in asked])
    keys = list(fresh.values_list("pk", flat=True))
    outbox.put(Outbox.Kind.COPY, keys, school=asked[0].school_id)
    return len(keys)


def names_of(preparations: Iterable[Preparation]) -> list[str]:
    """Return under which names the copies of these are kept."""
    rows = ViewingCopy.objects.filter(preparation__in=[one.pk for one in preparations])
    return list(rows.values_list("stored_as", flat=True))


def school_of(file) -> uuid.UUID:
    """Return whose school an upload or an attachment is."""
    return file.school_id if hasattr(file, "school_id") else file.incident.school_id
