"""What the virus scanner was asked about a stored file, and what it said.

Files are never changed, and what is known of one changes: it stands here, by the name under which the
file is kept, so that it is the same before and after the file's incident is submitted.
"""

import uuid

from django.db import models

from accounts.models import School
from incidents.copies import school_of
from safeguard import clamav, outbox
from safeguard.models import Outbox


class FileScanQuerySet(models.QuerySet):
    """What was asked of the scanner."""

    def of(self, files) -> "FileScanQuerySet":
        """Return what is known of these uploads or attachments."""
        return self.filter(stored_as__in=[file.stored_as for file in files])

    def suspect(self) -> "FileScanQuerySet":
        """Return those in which something was found."""
        return self.filter(result=FileScan.Result.SUSPECT)

    def given_up(self) -> "FileScanQuerySet":
        """Return those on which the scanner failed each time."""
        return self.filter(result=FileScan.Result.GIVEN_UP)


class FileScan(models.Model):
    """One stored file and the scanner: asked, tried so many times, and with what result.

    Operational and no record of anybody's: it names a file by its random name, and no person.
    """

    class Result(models.TextChoices):
        NONE = "", "Not known yet"
        CLEAN = "clean", "Nothing found"
        SUSPECT = "suspect", "Something found"
        GIVEN_UP = "given_up", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    stored_as = models.CharField(max_length=64, unique=True)
    result = models.CharField(max_length=10, choices=Result, blank=True, default=Result.NONE)
    found = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    scanned_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    objects = FileScanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(result="suspect") ^ models.Q(found=""),
                name="file_scan_suspect_says_of_what",
            )
        ]
        indexes = [
            models.Index(
                fields=["school"],
                condition=models.Q(result="suspect", told_at=None),
                name="file_scan_untold",
            )
        ]

    def __str__(self) -> str:
        return f"{self.stored_as[:8]} {self.result or 'waiting'}"


def ask_for(*files) -> int:
    """Promise a scan of uploads or attachments of the school acted in, in this transaction.

    Without a scanner nothing is promised, and the file counts as not checked.
    """
    if not files or not clamav.is_configured():
        return 0
    asked = [FileScan(school_id=school_of(file), stored_as=file.stored_as) for file in files]
    FileScan.objects.bulk_create(asked, ignore_conflicts=True)
    fresh = FileScan.objects.filter(pk__in=[scan.pk for scan in asked])
    keys = list(fresh.values_list("pk", flat=True))
    outbox.put(Outbox.Kind.SCAN, keys, school=asked[0].school_id)
    return len(keys)
