"""Reports that were asked for, what was written for them, and what was made."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import School, User
from accounts.permissions import Permission
from pupils.models import Pupil
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet


class ReportQuerySet(models.QuerySet):
    """Reports, and the fence around them."""

    def visible_to(self, viewer) -> "ReportQuerySet":
        """Return reports the viewer asked for, while they may still make reports."""
        if not viewer.has(Permission.MAKE_REPORTS):
            return self.none()
        return self.filter(school=viewer.school, asked_by=viewer.user)

    def newest_first(self) -> "ReportQuerySet":
        """Return reports as a list shows them."""
        return self.order_by("-asked_at", "id")


class Report(models.Model):
    """A report somebody asked for, about whom and why, and how far the worker has got."""

    class Kind(models.TextChoices):
        CHRONOLOGY = "chronology", "Chronology"
        CASE_CONFERENCE = "case_conference", "Case-conference report"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=20, choices=Kind)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="reports")
    asked_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=200)
    from_on = models.DateField(null=True, blank=True)
    until_on = models.DateField(null=True, blank=True)
    choices = models.JSONField(default=dict)
    left_out = ArrayField(models.UUIDField(), default=list, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=80, blank=True)
    stored_as = models.CharField(max_length=64, blank=True)
    pages = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(done__lte=100), name="report_done_is_a_percentage")
        ]
        indexes = [models.Index(fields=["asked_by", "-asked_at", "id"], name="report_by_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class ReportTextQuerySet(AppendOnlyQuerySet):
    """What people wrote for reports."""

    def visible_to(self, viewer) -> "ReportTextQuerySet":
        """Return texts for pupils whose reports the viewer may make."""
        if not viewer.has(Permission.MAKE_REPORTS):
            return self.none()
        return self.filter(pupil__in=Pupil.objects.visible_to(viewer))

    def newest_first(self) -> "ReportTextQuerySet":
        """Return versions, the latest first."""
        return self.order_by("-recorded_at", "-id")


class ReportText(AppendOnlyModel):
    """One version of the parts of a report that only a person can write."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    report = models.OneToOneField(Report, models.PROTECT, related_name="text")
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answers = models.JSONField()

    objects = ReportTextQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)


class ReportMadeQuerySet(AppendOnlyQuerySet):
    """The log of what was made."""

    def visible_to(self, viewer) -> "ReportMadeQuerySet":
        """Return the log for reports that the viewer may see."""
        return self.filter(report__in=Report.objects.visible_to(viewer))


class ReportMade(AppendOnlyModel):
    """A file came into being: its SHA-256 proves later which paper it was."""

    report = models.OneToOneField(Report, models.PROTECT, related_name="made")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField()
    size = models.PositiveIntegerField()

    objects = ReportMadeQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sha256
