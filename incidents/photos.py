"""Whether a school lets photographs of injuries be added, and under which conditions.

They are not, until the DSL or the head says so: guidance is not to photograph a child's body but to draw
what is seen. Software cannot see what is on a picture. So whoever adds one says that it shows none, and
the log keeps that they said so.
"""

import uuid
from collections.abc import Iterable, Mapping

from django.db import models, transaction

from accounts.models import School, User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from ledger.recording import record_change
from safeguard.errors import DomainError

SETTING = "photographs of injuries"
LONGEST = 1_000
SUGGESTED = (
    "Only after the DSL has said so for this child, and on a device of the school’s, never your own."
    " Only parts of the body that are seen every day, with nothing taken off or moved. A second adult is"
    " there, and the child is asked and may say no. Delete the picture from the device once it is here."
)


class SaysNoConditions(DomainError):
    """Photographs are allowed, and nothing says when."""


class PhotoRuleQuerySet(models.QuerySet):
    """What schools say about photographs of injuries."""

    def visible_to(self, viewer) -> "PhotoRuleQuerySet":
        """Return that of the viewer's school: everybody who adds a picture has to know it."""
        return self.filter(school=viewer.school)


class PhotoRule(models.Model):
    """What a school has said about photographs of injuries; one that has said nothing has no row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.OneToOneField(School, models.PROTECT, related_name="+")
    allowed = models.BooleanField()
    conditions = models.TextField(max_length=LONGEST, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    objects = PhotoRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(allowed=False) | ~models.Q(conditions=""),
                name="photo_rule_allows_under_conditions",
            )
        ]

    def __str__(self) -> str:
        return "allowed" if self.allowed else "not allowed"


def rule_of(viewer: Viewer) -> PhotoRule | None:
    """Return what the viewer's school has said, once a request; None where it has said nothing."""
    return viewer.once(
        SETTING,
        lambda: PhotoRule.objects.visible_to(viewer).select_related("changed_by").first(),
    )


def are_allowed(viewer: Viewer) -> bool:
    """Whether photographs of injuries may be added in this school."""
    rule = rule_of(viewer)
    return rule is not None and rule.allowed


def change_rule(*, by: Viewer, allowed: bool, conditions: str) -> PhotoRule:
    """Allow photographs of injuries under these conditions, or allow them no more."""
    by.require(Permission.APPROVE_RIGHTS)
    conditions = conditions.strip()
    if allowed and not conditions:
        raise SaysNoConditions("Say under which conditions photographs are allowed.")
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        rule = PhotoRule.objects.visible_to(by).first() or PhotoRule(school=by.school)
        rule.allowed, rule.conditions, rule.changed_by = allowed, conditions, by.user
        rule.save()
        record_change(by=by, obj=rule.pk, body=in_ledger(rule))
    return rule


def in_ledger(rule: PhotoRule) -> Mapping[str, object]:
    """Return what the ledger keeps of it."""
    return {
        "setting": SETTING,
        "allowed": "yes" if rule.allowed else "no",
        "conditions": rule.conditions,
        "by": rule.changed_by_id,
    }


def must_be_asked(viewer: Viewer, content_types: Iterable[str]) -> bool:
    """Whether somebody who adds these has to say that none shows a child's body or an injury."""
    shows = any(one.startswith(("image/", "video/")) for one in content_types)
    return shows and not are_allowed(viewer)
