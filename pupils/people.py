"""People and pupils: who may not see a child's records, who must, and who opened them in need.

A conflict of interest beats every right (security.md C4): nothing about the child is shown to that
person, nothing is counted for them, they are told of nothing. The team around the child and an
emergency give what a person's grants do not, for one child and for a time.
"""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import School, User
from accounts.permissions import Permission
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

EMERGENCY_LASTS = timedelta(hours=4)
REASON_LASTS = timedelta(hours=12)


def _model(name: str) -> Any:
    """Return a model that itself needs this file."""
    return apps.get_model("pupils", name)


class BetweenDates(models.QuerySet):
    """What holds between two days, the last of which may be open."""

    def current(self, on: date):
        """Return what holds on this day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)


class ConflictQuerySet(BetweenDates):
    """Who is too near to which child."""

    def of(self, viewer) -> "ConflictQuerySet":
        """Return the conflicts that this person has today."""
        return self.current(timezone.localdate()).filter(user=viewer.user_id)

    def visible_to(self, viewer) -> "ConflictQuerySet":
        """Return one's own; and to leads everybody else's, but of children they may not see."""
        rows = self.filter(school=viewer.school)
        if not viewer.has(Permission.READ_ABOUT_SELF):
            return rows.none()
        if not viewer.has(Permission.RECORD_CONFLICT):
            return rows.filter(user=viewer.user)
        near = Conflict.objects.of(viewer).values("pupil")
        return rows.filter(Q(user=viewer.user) | ~Q(pupil__in=near))


class Conflict(models.Model):
    """A member of staff is related, or otherwise too near, to a pupil between two days."""

    class Kind(models.TextChoices):
        OWN_CHILD = "own_child", "Own child"
        RELATION = "relation", "Other relation or closeness"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    pupil = models.ForeignKey("pupils.Pupil", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    declared_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = ConflictQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "pupil"], name="conflict_of_person"),
            models.Index(fields=["pupil"], name="conflict_about_pupil"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class TeamMemberQuerySet(BetweenDates):
    """Who works with which child."""

    def of(self, viewer) -> "TeamMemberQuerySet":
        """Return the teams that this person belongs to today."""
        return self.current(timezone.localdate()).filter(user=viewer.user_id, school=viewer.school)

    def read_by(self, viewer) -> "TeamMemberQuerySet":
        """Return those whose children's records they open: an inspector's after a reason for each."""
        rows = self.of(viewer)
        if viewer.inspects:
            rows = rows.filter(pupil__in=AccessReason.objects.of(viewer).values("pupil"))
        return rows

    def visible_to(self, viewer) -> "TeamMemberQuerySet":
        """Return the teams around pupils whose chronology the viewer may open."""
        pupils = _model("Pupil").objects.visible_to(viewer)
        return self.filter(pupil__in=pupils)


class TeamMember(models.Model):
    """A member of staff in the team around one child, who may read that child's records."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    pupil = models.ForeignKey("pupils.Pupil", models.PROTECT, related_name="team")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    part = models.CharField(max_length=80)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    named_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "pupil"], name="team_of_person"),
            models.Index(fields=["pupil"], name="team_of_pupil"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class BreakGlassQuerySet(AppendOnlyQuerySet):
    """Files that were opened in an emergency."""

    def of(self, viewer) -> "BreakGlassQuerySet":
        """Return those that this person has open at this moment."""
        return self.filter(by=viewer.user_id, school=viewer.school, ends_at__gt=timezone.now())

    def visible_to(self, viewer) -> "BreakGlassQuerySet":
        """Return one's own; and to those who review them all but of children they may not see."""
        rows = self.filter(school=viewer.school)
        near = Conflict.objects.of(viewer).values("pupil")
        if not viewer.has(Permission.REVIEW_BREAK_GLASS):
            rows = rows.filter(by=viewer.user)
        return rows.exclude(pupil__in=near)

    def since(self, moment: datetime) -> "BreakGlassQuerySet":
        """Return what was opened after this moment."""
        return self.filter(recorded_at__gt=moment)

    def not_reviewed(self) -> "BreakGlassQuerySet":
        """Return what nobody has given their judgement of."""
        return self.filter(review=None)


class BreakGlass(AppendOnlyModel):
    """Somebody opened a pupil's file in an emergency, for some hours; the leads were told at once."""

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    pupil = models.ForeignKey("pupils.Pupil", models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField()
    ends_at = models.DateTimeField()

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="break_glass_has_a_reason")
        ]
        indexes = [models.Index(fields=["by", "ends_at"], name="break_glass_open")]

    def __str__(self) -> str:
        return str(self.pk)


class BreakGlassReviewQuerySet(AppendOnlyQuerySet):
    """What leads thought of it."""

    def visible_to(self, viewer) -> "BreakGlassReviewQuerySet":
        """Return the reviews of what the viewer may see."""
        return self.filter(of__in=BreakGlass.objects.visible_to(viewer))


class BreakGlassReview(AppendOnlyModel):
    """Another lead's written judgement of a file that was opened in an emergency."""

    of = models.OneToOneField(BreakGlass, models.PROTECT, related_name="review")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    judgement = models.TextField()

    objects = BreakGlassReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(judgement=""), name="review_says_something")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AccessReasonQuerySet(AppendOnlyQuerySet):
    """Why somebody looked."""

    def of(self, viewer) -> "AccessReasonQuerySet":
        """Return the reasons that this person gave and that still count."""
        since = timezone.now() - REASON_LASTS
        return self.filter(by=viewer.user_id, school=viewer.school, recorded_at__gt=since)

    def visible_to(self, viewer) -> "AccessReasonQuerySet":
        """Return one's own, and to who sees who looked those about pupils they may open."""
        rows = self.filter(school=viewer.school)
        if not viewer.has(Permission.SEE_WHO_LOOKED):
            return rows.filter(by=viewer.user)
        pupils = _model("Pupil").objects.visible_to(viewer)
        return rows.filter(Q(by=viewer.user) | Q(pupil__in=pupils))


class AccessReason(AppendOnlyModel):
    """The reason somebody gave before they looked at what asks for one; it counts for half a day."""

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    pupil = models.ForeignKey("pupils.Pupil", models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField()

    objects = AccessReasonQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="reason_is_given")]
        indexes = [models.Index(fields=["by", "-recorded_at"], name="reason_of_person")]

    def __str__(self) -> str:
        return str(self.pk)
