"""A safeguarding role is proposed by one person and given by another (SR-51).

Neither may be the one who is to have it. Both rows stay: who asked, who answered, and why not.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from accounts.permissions import Permission, Role
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

PROPOSAL_LASTS = timedelta(days=7)


class RoleProposalQuerySet(AppendOnlyQuerySet):
    """Roles that were proposed."""

    def visible_to(self, viewer) -> "RoleProposalQuerySet":
        """Return the school's, to those who say who holds which role."""
        if not viewer.has(Permission.MANAGE_RIGHTS):
            return self.none()
        return self.filter(school=viewer.school)

    def waiting(self, now: datetime) -> "RoleProposalQuerySet":
        """Return those that somebody may still decide: for a week, and once."""
        return self.filter(decision=None, recorded_at__gt=now - PROPOSAL_LASTS)

    def with_people(self) -> "RoleProposalQuerySet":
        """Fetch who is meant and who proposed it along with each."""
        return self.select_related("user", "proposed_by")


class RoleProposal(AppendOnlyModel):
    """Somebody is to be given a safeguarding role, if a second person agrees within a week."""

    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    job_title = models.CharField(max_length=80, blank=True)
    starts_on = models.DateField(null=True)  # on the day on which it is agreed, unless said
    ends_on = models.DateField(null=True)
    proposed_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    objects = RoleProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(user=F("proposed_by")), name="role_proposed_for_somebody_else"
            ),
        ]
        indexes = [
            models.Index(fields=["school", "-recorded_at"], name="role_proposals_of_school"),
            models.Index(fields=["user"], name="role_proposals_for_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} proposed"

    @property
    def over_at(self) -> datetime:
        """Until when it may be decided."""
        return self.recorded_at + PROPOSAL_LASTS


class RoleDecisionQuerySet(AppendOnlyQuerySet):
    """What second persons said."""

    def visible_to(self, viewer) -> "RoleDecisionQuerySet":
        """Return the decisions on proposals that this person sees."""
        return self.filter(proposal__in=RoleProposal.objects.visible_to(viewer))


class RoleDecision(AppendOnlyModel):
    """What the second person said to a proposed role: yes, or no and why; once."""

    proposal = models.OneToOneField(RoleProposal, models.PROTECT, related_name="decision")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    approved = models.BooleanField()
    reason = models.TextField(blank=True)

    objects = RoleDecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved=True) | ~Q(reason=""), name="role_refused_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return "approved" if self.approved else "refused"
