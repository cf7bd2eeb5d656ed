"""Whom an incident or an entry is for, and from whom it is kept.

A person whom an incident is about sees nothing of it, whatever they are (SR-49). Leads may limit
an incident to named readers or to the DSL, and each entry says its own audience. The latest limit
counts; what it was before stays on record.
"""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from accounts.permissions import Permission
from pupils.models import AccessReason
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet


class Audience(models.TextChoices):
    """Who reads it, of those whose rights reach it."""

    THREAD = "thread", "Everybody who may read the incident"
    LEADS = "leads", "The DSL only"
    NAMED = "named", "Named readers only"


def _model(name: str) -> Any:
    """Return a model that itself needs this file."""
    return apps.get_model("incidents", name)


class SubjectQuerySet(AppendOnlyQuerySet):
    """People whom incidents are about."""

    def of(self, viewer) -> "SubjectQuerySet":
        """Return where this person is named."""
        return self.filter(user=viewer.user_id)

    def visible_to(self, viewer) -> "SubjectQuerySet":
        """Return who is named in incidents that the viewer reads in full, or recorded."""
        incidents = _model("Incident").objects
        return self.filter(
            Q(incident__in=incidents.read_in_full_by(viewer))
            | Q(named_by=viewer.user, incident__in=incidents.visible_to(viewer))
        )


class Subject(AppendOnlyModel):
    """A member of staff whom an incident is about: nothing of it is shown to them, ever."""

    incident = models.ForeignKey("incidents.Incident", models.PROTECT, related_name="subjects")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    named_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SubjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "user"], name="subject_once")]
        indexes = [models.Index(fields=["user", "incident"], name="subject_of_person")]

    def __str__(self) -> str:
        return str(self.pk)


class RestrictionQuerySet(AppendOnlyQuerySet):
    """Limits that leads put on incidents."""

    def visible_to(self, viewer) -> "RestrictionQuerySet":
        """Return the limits of incidents that the viewer reads in full."""
        incidents = _model("Incident").objects
        return self.filter(incident__in=incidents.read_in_full_by(viewer))

    def latest_of(self, incident) -> "RestrictionQuerySet":
        """Return an incident's limits, the one that counts first."""
        return self.filter(incident=incident).order_by("-recorded_at", "-id")

    def in_force(self) -> "RestrictionQuerySet":
        """Return the last limit of each incident that has one now."""
        last = Restriction.objects.latest_of(OuterRef("incident")).values("pk")[:1]
        return self.exclude(audience=Audience.THREAD).filter(pk=models.Subquery(last))

    def shutting_out(self, viewer) -> "RestrictionQuerySet":
        """Return the limits in force that leave this person out."""
        readers = RestrictionReader.objects.filter(restriction=OuterRef("pk"), user=viewer.user_id)
        shut = self.in_force().exclude(Exists(readers))
        if viewer.has(Permission.READ_LEADS_ONLY):
            shut = shut.exclude(leads_only_for(viewer, "incident__pupil"))
        return shut


class Restriction(AppendOnlyModel):
    """A lead limits who reads an incident, or opens it again, with a reason; the last one counts."""

    incident = models.ForeignKey("incidents.Incident", models.PROTECT, related_name="restrictions")
    audience = models.CharField(max_length=10, choices=Audience)
    reason = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="restriction_has_a_reason")
        ]
        indexes = [models.Index(fields=["incident", "-recorded_at"], name="restriction_latest")]

    def __str__(self) -> str:
        return str(self.pk)


class RestrictionReaderQuerySet(AppendOnlyQuerySet):
    """Named readers of incidents."""

    def visible_to(self, viewer) -> "RestrictionReaderQuerySet":
        """Return the readers named in limits that the viewer may see."""
        return self.filter(restriction__in=Restriction.objects.visible_to(viewer))


class RestrictionReader(AppendOnlyModel):
    """Somebody who goes on reading an incident that is limited."""

    restriction = models.ForeignKey(Restriction, models.PROTECT, related_name="readers")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = RestrictionReaderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["restriction", "user"], name="restriction_reader_once")
        ]
        indexes = [models.Index(fields=["user", "restriction"], name="restriction_of_person")]

    def __str__(self) -> str:
        return str(self.pk)


class ActionReaderQuerySet(AppendOnlyQuerySet):
    """Named readers of entries."""

    def visible_to(self, viewer) -> "ActionReaderQuerySet":
        """Return the readers of entries that the viewer may see."""
        actions = _model("Action").objects.visible_to(viewer)
        return self.filter(action__in=actions)


class ActionReader(AppendOnlyModel):
    """Somebody for whom an entry is, beside its author."""

    action = models.ForeignKey("incidents.Action", models.PROTECT, related_name="readers")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = ActionReaderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "user"], name="action_reader_once")
        ]
        indexes = [models.Index(fields=["user", "action"], name="action_reader_of_person")]

    def __str__(self) -> str:
        return str(self.pk)


def leads_only_for(viewer, pupil: str) -> Q:
    """Say which rows for the DSL only this person reads: all, or those for which they gave a reason.

    The head reads them too, and gives a reason each half day and pupil (security.md C2, note 5).
    """
    rows = Q(audience=Audience.LEADS)
    if viewer.must_give_reasons:
        rows &= Q(**{f"{pupil}__in": AccessReason.objects.of(viewer).values("pupil")})
    return rows
