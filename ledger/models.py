"""The access log: reading a child's record is an event too."""

import uuid

from django.db import models
from django.db.models.functions import Now

from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet


class AccessEntryQuerySet(AppendOnlyQuerySet):
    """The vocabulary of looking back at who looked."""

    def about(self, pupil_id: uuid.UUID) -> "AccessEntryQuerySet":
        """Return entries about one pupil, newest first."""
        return self.filter(pupil=pupil_id).order_by("-recorded_at", "id")


class AccessEntry(AppendOnlyModel):
    """One reading, denial or failure: who, what, about whom, when, from which page.

    Holds ids and no foreign keys, since the audit role that adds rows may read nothing else; no
    name and no text ever.
    """

    school = models.UUIDField(null=True)
    user = models.UUIDField(null=True)
    event = models.CharField(max_length=60)
    pupil = models.UUIDField(null=True)
    target = models.UUIDField(null=True)
    page = models.CharField(max_length=60, blank=True)
    elevated = models.BooleanField(default=False)
    detail = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["school", "pupil", "-recorded_at"], name="access_by_pupil"),
            models.Index(fields=["user", "-recorded_at"], name="access_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.recorded_at:%Y-%m-%d %H:%M}"
