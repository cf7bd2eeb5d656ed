"""That a back-up was made, or failed, and that one was restored to see whether it can be."""

from django.db import models
from django.db.models import Q

from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet


class BackupMadeQuerySet(AppendOnlyQuerySet):
    """The log of back-ups."""

    def newest_first(self) -> "BackupMadeQuerySet":
        """Return them as a list shows them."""
        return self.order_by("-finished_at", "-id")

    def good(self) -> "BackupMadeQuerySet":
        """Return those that ended with a whole file on the disk."""
        return self.filter(outcome=BackupMade.Outcome.MADE)


class BackupMade(AppendOnlyModel):
    """One try at a back-up. Its absence is the alarm: nobody is told of a job that never ran.

    `holds_until` is the moment whose state the file holds; what came after it is not in it.
    """

    class Outcome(models.TextChoices):
        MADE = "made", "Made"
        FAILED = "failed", "Failed"

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=6, choices=Outcome)
    holds_until = models.DateTimeField(null=True)
    name = models.CharField(max_length=80, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.BigIntegerField(default=0)
    files = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)

    objects = BackupMadeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="failed", sha256="")
                | Q(outcome="made", sha256__regex="^[0-9a-f]{64}$", holds_until__isnull=False),
                name="backup_made_has_its_hash",
            ),
            models.CheckConstraint(
                condition=Q(outcome="made") | ~Q(reason=""), name="backup_failed_says_why"
            ),
        ]
        indexes = [models.Index(fields=["outcome", "-finished_at"], name="backup_newest")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.finished_at:%Y-%m-%d %H:%M}"


class DrillMadeQuerySet(AppendOnlyQuerySet):
    """The log of drills."""

    def newest_first(self) -> "DrillMadeQuerySet":
        """Return them as a list shows them."""
        return self.order_by("-finished_at", "-id")

    def good(self) -> "DrillMadeQuerySet":
        """Return those in which everything was there again."""
        return self.filter(outcome=DrillMade.Outcome.GOOD)


class DrillMade(AppendOnlyModel):
    """A back-up was restored beside the running copy and compared with what it says it holds."""

    class Outcome(models.TextChoices):
        GOOD = "good", "Good"
        FAILED = "failed", "Failed"

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=6, choices=Outcome)
    holds_until = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.BigIntegerField(default=0)
    files = models.BigIntegerField(default=0)
    files_opened = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)

    objects = DrillMadeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="good", holds_until__isnull=False)
                | (Q(outcome="failed") & ~Q(reason="")),
                name="drill_says_what_it_found",
            ),
        ]
        indexes = [models.Index(fields=["outcome", "-finished_at"], name="drill_newest")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.finished_at:%Y-%m-%d %H:%M}"
