"""Reports that were asked for, what was written for them, and what was made."""

import json
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import School, User
from accounts.permissions import Permission
from pupils.models import Pupil
from safeguard import sealing
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
        return self.order_by("-asked_at", "-id")


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
        return f"{self.get_kind_display()} {self.reference}"

    @property
    def reference(self) -> str:
        """What stands on every page of it: short, and naming nobody."""
        return f"R-{self.pk.hex[:8].upper()}"

    @property
    def title(self) -> str:
        """What the paper calls itself; no name, since titles end up in lists of files."""
        return TITLES[self.kind]

    @property
    def has_file(self) -> bool:
        """Whether the paper can be had; files are removed after a while, their log never."""
        return self.state == self.State.READY and bool(self.stored_as)

    @property
    def is_under_way(self) -> bool:
        """Whether the worker still owes it."""
        return self.state in {self.State.WAITING, self.State.WORKING}


TITLES: dict[str, str] = {
    Report.Kind.CHRONOLOGY: "Chronology",
    Report.Kind.CASE_CONFERENCE: "Report to child protection conference",
}


class ReportTextQuerySet(AppendOnlyQuerySet):
    """What people wrote for reports."""

    def visible_to(self, viewer) -> "ReportTextQuerySet":
        """Return one's own texts, and everybody's to those who read every category.

        What a lead writes rests on all that the lead may read; a colleague who holds some
        categories must not learn of the others from it.
        """
        if not viewer.has(Permission.MAKE_REPORTS):
            return self.none()
        rows = self.filter(pupil__in=Pupil.objects.visible_to(viewer))
        return rows if viewer.reads_every_category else rows.filter(written_by=viewer.user)

    def latest_about(self, pupil) -> "ReportText | None":
        """Return the version that the form offers again."""
        rows = self.filter(pupil=pupil)
        return rows.order_by("-recorded_at", "-id").first()  # type: ignore[return-value]


class ReportText(AppendOnlyModel):
    """One version of the parts of a report that only a person can write.

    `answers` holds, for each part, its text, who wrote it and when: a part that is taken over
    unchanged from an earlier version keeps its writer and its day.
    """

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
    """A file came into being: its SHA-256 proves later which paper it was, and what was in it."""

    report = models.OneToOneField(Report, models.PROTECT, related_name="made")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    incidents = ArrayField(models.UUIDField())
    actions = ArrayField(models.UUIDField())
    marks = ArrayField(models.UUIDField(), default=list, db_default=[])

    objects = ReportMadeQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sha256


class ReportDraftQuerySet(models.QuerySet):
    """What is being typed for a report."""

    def visible_to(self, viewer) -> "ReportDraftQuerySet":
        """Return the viewer's own drafts in the school acted in."""
        return self.filter(author=viewer.user, school=viewer.school)


class ReportDraft(models.Model):
    """Answers between the form and the report: sealed, their author's alone, one for each pupil."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    pupil = models.ForeignKey(Pupil, models.CASCADE, related_name="+")
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    saved_at = models.DateTimeField(auto_now=True)

    objects = ReportDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "pupil"], name="report_draft_one_each")
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def keep(self, typed: dict) -> None:
        """Seal what was typed; nothing is written until the row is saved."""
        self.sealed = sealing.seal(json.dumps(typed).encode(), purpose=self.purpose)

    def typed(self) -> dict:
        """Return what was typed."""
        return json.loads(sealing.unseal(self.sealed, purpose=self.purpose))

    @property
    def purpose(self) -> str:
        """What it is sealed for: this draft, of this author."""
        return f"report-draft:{self.pupil_id}:{self.author_id}"
