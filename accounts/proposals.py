"""A safeguarding role is proposed by one person and given by another (SR-51).

Neither may be the one who is to have it. A security setting is lowered the same way. All rows stay:
who asked, who answered, and why not.
"""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.permissions import Permission, Role
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

PROPOSAL_LASTS = timedelta(days=7)


class ProposalQuerySet(AppendOnlyQuerySet):
    """What was proposed, and waits for a second person."""

    def visible_to(self, viewer):
        """Return the school's, to those who say who holds which role."""
        if not viewer.has(Permission.MANAGE_RIGHTS):
            return self.none()
        return self.filter(school=viewer.school)

    def waiting(self, now: datetime):
        """Return those that somebody may still decide: for a week, and once."""
        return self.filter(decision=None, recorded_at__gt=now - PROPOSAL_LASTS)


class RoleProposalQuerySet(ProposalQuerySet):
    """Roles that were proposed."""

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


class SettingProposalQuerySet(ProposalQuerySet):
    """Security settings that somebody wants lowered."""


class SettingProposal(AppendOnlyModel):
    """A security setting is to be lowered, if a second person agrees within a week.

    `of` is the role or the category, and `lowered` what is given back to the one, or opened of the
    other: no more than that is done when it is agreed, whatever else has changed meanwhile.
    """

    class Setting(models.TextChoices):
        ROLE = "role", "What is taken from a role"
        CATEGORY = "category", "What is special about a category"
        DEMANDS = "demands", "What the school demands of everybody"
        TELLING = "telling", "Whether staff hear that a colleague has recorded today"

    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    setting = models.CharField(max_length=10, choices=Setting)
    of = models.CharField(max_length=36)
    lowered = ArrayField(models.CharField(max_length=40))
    reason = models.TextField(blank=True, db_default="")
    proposed_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    objects = SettingProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(lowered=[]), name="setting_proposal_says_what"),
        ]
        indexes = [
            models.Index(fields=["school", "-recorded_at"], name="setting_proposals_of_school"),
        ]

    def __str__(self) -> str:
        return f"{self.get_setting_display()}: lowering proposed"

    @property
    def over_at(self) -> datetime:
        """Until when it may be decided."""
        return self.recorded_at + PROPOSAL_LASTS


class SettingDecisionQuerySet(AppendOnlyQuerySet):
    """What second persons said of settings."""

    def visible_to(self, viewer) -> "SettingDecisionQuerySet":
        """Return the decisions on proposals that this person sees."""
        return self.filter(proposal__in=SettingProposal.objects.visible_to(viewer))


class SettingDecision(AppendOnlyModel):
    """What the second person said to a setting that was to be lowered: yes, or no and why; once."""

    proposal = models.OneToOneField(SettingProposal, models.PROTECT, related_name="decision")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    approved = models.BooleanField()
    reason = models.TextField(blank=True)

    objects = SettingDecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved=True) | ~Q(reason=""), name="setting_refused_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return "approved" if self.approved else "refused"
