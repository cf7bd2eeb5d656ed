"""The school's lists as those who manage rights read them: grants by category, alert groups."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.viewer import Viewer
from incidents.models import AlertGroup, Category, CategoryGrant
from incidents.recipients import people_by_group


@dataclass(frozen=True)
class CategoryRights:
    """A category, and who may do what in it."""

    category: Category
    grants: list[CategoryGrant]

    @property
    def flags(self) -> list[str]:
        """What is special about it, in a word or two each."""
        said = {
            "restricted": self.category.restricted,
            "recorded by grant": self.category.added_by_grant,
            "shows injuries": self.category.shows_injuries,
        }
        return [word for word, is_so in said.items() if is_so]


@dataclass(frozen=True)
class GroupWithPeople:
    """An alert group, and who is in it today."""

    group: AlertGroup
    people: list[User]

    @property
    def is_always(self) -> bool:
        """Whether nobody can leave it out."""
        return self.group.purpose == AlertGroup.Purpose.ALWAYS

    @property
    def role_words(self) -> str:
        """The roles whose holders are in it."""
        labels = dict(AlertGroup._meta.get_field("roles").base_field.flatchoices)
        return ", ".join(labels.get(role, role) for role in self.group.roles)


def rights_by_category(viewer: Viewer) -> list[CategoryRights]:
    """Return the school's top-level categories with the grants that hold or will; two queries."""
    grants = defaultdict(list)
    rows = CategoryGrant.objects.visible_to(viewer).select_related("user")
    lasting = rows.filter(Q(ends_on=None) | Q(ends_on__gte=timezone.localdate()))
    for grant in lasting.order_by("role", "user__name", "starts_on", "id"):
        grants[grant.category_id].append(grant)
    tops = Category.objects.visible_to(viewer).in_use().top_level().in_order()
    return [CategoryRights(category, grants[category.pk]) for category in tops]


def groups_with_people(viewer: Viewer) -> list[GroupWithPeople]:
    """Return the groups in use, the always-alerted first; two queries."""
    rows = AlertGroup.objects.visible_to(viewer).in_use()
    groups = sorted(rows.order_by("name", "id"), key=lambda one: one.purpose != "always")
    people = people_by_group(groups, viewer.school, timezone.localdate())
    return [GroupWithPeople(group, people[group.pk]) for group in groups]
