"""What was unusual in the access log: found by rules, read by the head or the chair, never changed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Membership, School, User
from accounts.permissions import Permission, Role
from pupils.models import Conflict
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet


def _about_a_head() -> Q:
    """Say of a finding that it is about somebody who was a head that day, also one of two."""
    heads = Membership.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=OuterRef("on_day")),
        role=Role.HEAD,
        school=OuterRef("school"),
        user=OuterRef("person"),
        starts_on__lte=OuterRef("on_day"),
    )
    return Q(Exists(heads))


class AnomalyFindingQuerySet(AppendOnlyQuerySet):
    """What the rules found."""

    def visible_to(self, viewer) -> "AnomalyFindingQuerySet":
        """Return the school's: to the chair those about a head, and all others to the head.

        None about themselves, since nobody judges their own looks, nor of a child they are near to.
        """
        judged = Q(pk__in=[])
        if viewer.has(Permission.SEE_ANOMALIES):
            judged |= ~_about_a_head()
        if viewer.has(Permission.SEE_HEADS_ANOMALIES):
            judged |= _about_a_head()
        near = Conflict.objects.current(timezone.localdate()).filter(user=viewer.user_id)
        about_them = Q(about__overlap=list(near.values_list("pupil", flat=True)))
        rows = self.filter(judged, school=viewer.school).exclude(person=viewer.user)
        return rows.exclude(about_them, rule=AnomalyFinding.Rule.COLLEAGUES_CHILD)

    def not_noted(self) -> "AnomalyFindingQuerySet":
        """Return what nobody has acknowledged."""
        return self.filter(note=None)


class AnomalyFinding(AppendOnlyModel):
    """One person did something unusual on one day, in one hour of it where the rule says so.

    `about` holds the pupils where the rule is about which ones they were. Found again, it has the
    same id, so that the nightly task may run twice.
    """

    class Rule(models.TextChoices):
        MANY_PUPILS = "many_pupils", "Many pupils in an hour"
        MANY_VIEWS = "many_views", "Many records in an hour"
        OUT_OF_HOURS = "out_of_hours", "Outside school hours"
        COLLEAGUES_CHILD = "colleagues_child", "A colleague’s child"
        NO_PART = "no_part", "Pupils they have no part in"
        DENIALS = "denials", "Refused many times"

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=20, choices=Rule)
    on_day = models.DateField()
    hour = models.PositiveSmallIntegerField(null=True)
    about = ArrayField(models.UUIDField(), default=list, blank=True)
    looks = models.PositiveIntegerField()
    pupils = models.PositiveIntegerField()

    objects = AnomalyFindingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "-on_day", "id"], name="finding_newest_first")]

    def __str__(self) -> str:
        return f"{self.rule} {self.on_day}"


class AnomalyNoteQuerySet(AppendOnlyQuerySet):
    """What heads, and chairs, made of it."""

    def visible_to(self, viewer) -> "AnomalyNoteQuerySet":
        """Return the notes on what the viewer may see."""
        return self.filter(finding__in=AnomalyFinding.objects.visible_to(viewer))


class AnomalyNote(AppendOnlyModel):
    """The head, or the chair, has looked at a finding, and says what it was."""

    finding = models.OneToOneField(AnomalyFinding, models.PROTECT, related_name="note")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.TextField()

    objects = AnomalyNoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="anomaly_note_says_something")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AnomalyMail(AppendOnlyModel):
    """The week's numbers, on their way to one head, or chair; once a week to each."""

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    recipient = models.ForeignKey(User, models.PROTECT, related_name="+")
    week_of = models.DateField()
    found = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "recipient", "week_of"], name="anomaly_mail_once_a_week"
            )
        ]

    def __str__(self) -> str:
        return f"anomaly mail of {self.week_of}"
