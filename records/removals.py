"""How a record comes to its lawful end: proposed, approved by two people, written down, erased.

Four tables for four moments, since a crash may come between any two. What was decided and that it
was done stays for ever; none of it says what the record said.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q

from accounts.models import School, User
from accounts.permissions import Permission
from incidents.models import Action, Incident, Slip
from ledger.models import Kind, SealedBody
from pupils.models import Conflict, Pupil
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet


class LegalHoldQuerySet(AppendOnlyQuerySet):
    """Which children's records may not be removed for now."""

    def visible_to(self, viewer) -> "LegalHoldQuerySet":
        """Return the school's holds to those who may dispose of records; none of a child near to them."""
        if not viewer.has(Permission.DISPOSE):
            return self.none()
        near = Conflict.objects.of(viewer).values("pupil")
        return self.filter(school=viewer.school).exclude(pupil__in=near)

    def in_force(self) -> "LegalHoldQuerySet":
        """Return the latest word on each child where it is that a hold is on."""
        latest = LegalHold.objects.filter(pupil=OuterRef("pupil")).order_by("-recorded_at", "-id")
        return self.filter(is_placed=True, pk=models.Subquery(latest.values("pk")[:1]))


class LegalHold(AppendOnlyModel):
    """An inquiry or a court needs a child's record: nothing of it is removed until it is lifted.

    Placed and lifted are each a row; the last counts.
    """

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    is_placed = models.BooleanField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="legal_hold_says_why"),
        ]
        indexes = [models.Index(fields=["pupil", "-recorded_at"], name="legal_hold_latest")]

    def __str__(self) -> str:
        return str(self.pk)


def _is_named_in(column: str) -> Func:
    """Say that a row's key is in this array of the disposal that is asked about."""
    return Func(
        F("pk"),
        OuterRef(column),
        arg_joiner=" = ANY (",
        template="%(expressions)s)",
        output_field=models.BooleanField(),
    )


class DisposalQuerySet(AppendOnlyQuerySet):
    """What was proposed to be removed, and how far it has come."""

    def visible_to(self, viewer) -> "DisposalQuerySet":
        """Return the school's proposals to those who may decide on them.

        None that names anything about them, or of a child to whom they are too near (AC20).
        """
        if not viewer.has(Permission.DISPOSE):
            return self.none()
        kept = Incident.objects.kept_from(viewer)
        under_kept = Action.objects.filter(incident__in=kept.values("pk"))
        read = Slip.objects.visible_to(viewer)
        others = Slip.objects.filter(school=viewer.school).exclude(pk__in=read.values("pk"))
        return self.filter(school=viewer.school).exclude(
            Exists(kept.filter(_is_named_in("incidents")))
            | Exists(under_kept.filter(_is_named_in("actions")))
            | Exists(others.filter(_is_named_in("slips")))
        )

    def executed(self) -> "DisposalQuerySet":
        """Return those that two people approved, so that the ledger says so."""
        told = SealedBody.objects.filter(obj=OuterRef("pk"), kind=Kind.DISPOSAL)
        return self.filter(Exists(told))

    def waiting(self) -> "DisposalQuerySet":
        """Return those that nobody or one person has approved."""
        told = SealedBody.objects.filter(obj=OuterRef("pk"), kind=Kind.DISPOSAL)
        return self.exclude(Exists(told))


class Disposal(AppendOnlyModel):
    """A proposal to remove incidents, with all that belongs to them, single entries of a thread, or
    visitors' slips that were put aside.

    `rule` is the retention rule's or the request's code, which stands in the ledger for ever and
    names nobody; `reason` says it in words, and is sealed with the entry.
    """

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=40)
    reason = models.TextField()
    incidents = ArrayField(models.UUIDField(), default=list, blank=True)
    actions = ArrayField(models.UUIDField(), default=list, blank=True)
    slips = ArrayField(models.UUIDField(), default=list, blank=True)

    objects = DisposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__regex="^[a-z0-9-]+$"), name="disposal_rule_is_a_code"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="disposal_says_why"),
            models.CheckConstraint(
                condition=~Q(incidents=[], actions=[], slips=[]), name="disposal_names_something"
            ),
        ]
        indexes = [models.Index(fields=["school", "-recorded_at"], name="disposal_newest")]

    def __str__(self) -> str:
        return f"{self.rule} {self.pk}"


class DisposalApprovalQuerySet(AppendOnlyQuerySet):
    """Who agreed."""

    def visible_to(self, viewer) -> "DisposalApprovalQuerySet":
        """Return approvals of proposals that the viewer may decide on."""
        return self.filter(disposal__in=Disposal.objects.visible_to(viewer))


class DisposalApproval(AppendOnlyModel):
    """One of the two people who have to agree."""

    disposal = models.ForeignKey(Disposal, models.PROTECT, related_name="approvals")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = DisposalApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["disposal", "by"], name="disposal_approval_once_each")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Erasure(AppendOnlyModel):
    """The database erased what an entry of the ledger had named; its own function says so.

    `disposal` is the entry's `obj`, without a foreign key: after a restore the ledger may know of
    a disposal whose proposal was lost.
    """

    disposal = models.UUIDField(unique=True)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    bodies = models.PositiveIntegerField()
    incidents = models.PositiveIntegerField()
    actions = models.PositiveIntegerField()
    files = models.PositiveIntegerField()

    is_written_by_database = True
    objects = AppendOnlyQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.disposal)


class ErasedFile(models.Model):
    """A sealed file whose row is gone and whose bytes are still to be deleted by the worker."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    disposal = models.UUIDField()
    stored_as = models.CharField(max_length=64)

    is_worked_off = True  # only the erase function adds to it

    def __str__(self) -> str:
        return str(self.pk)
