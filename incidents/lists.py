"""The school's own lists: categories, agencies, alert groups, and grants by category."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import School, User
from accounts.permissions import Role

PALETTE = 12


class SchoolListQuerySet(models.QuerySet):
    """Entries of a list that a school keeps."""

    def visible_to(self, viewer):
        """Return the entries of the viewer's school."""
        return self.filter(school=viewer.school)

    def in_use(self):
        """Return entries that may still be picked."""
        return self.filter(retired_on=None)


class CategoryQuerySet(SchoolListQuerySet):
    """The two-level list of categories."""

    def top_level(self) -> "CategoryQuerySet":
        """Return what a reporter picks from."""
        return self.filter(parent=None)

    def in_order(self) -> "CategoryQuerySet":
        """Return categories in the order in which the school shows them."""
        return self.order_by("position", "name", "id")


class Category(models.Model):
    """A kind of concern. An incident keeps the wording of its day (`IncidentCategory`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    name = models.CharField(max_length=80)
    discreet_label = models.CharField(
        max_length=80, blank=True, help_text="What an e-mail says instead of the name."
    )
    colour = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField(default=0)
    retired_on = models.DateField(null=True, blank=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "parent", "name"],
                name="category_named_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(colour__gte=1, colour__lte=PALETTE), name="category_colour_in_palette"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label_for_mail(self) -> str:
        """What an alert says of it: the discreet label where the school has set one."""
        return self.discreet_label or self.name


class Agency(models.Model):
    """An organisation outside the school."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    retired_on = models.DateField(null=True, blank=True)

    objects = SchoolListQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "agencies"
        constraints = [models.UniqueConstraint(fields=["school", "name"], name="agency_named_once")]

    def __str__(self) -> str:
        return self.name


class AlertGroupQuerySet(SchoolListQuerySet):
    """Groups of staff who are alerted together."""

    def always(self) -> "AlertGroupQuerySet":
        """Return the groups that nobody can leave out."""
        return self.filter(purpose=AlertGroup.Purpose.ALWAYS)

    def to_pick(self) -> "AlertGroupQuerySet":
        """Return the groups that a person may add."""
        return self.filter(purpose=AlertGroup.Purpose.PICKED)

    def site_leads(self) -> "AlertGroupQuerySet":
        """Return the groups told of a reported mistake."""
        return self.filter(purpose=AlertGroup.Purpose.SITE_LEADS)


class AlertGroup(models.Model):
    """People alerted together: by name, and whoever holds one of the roles that day."""

    class Purpose(models.TextChoices):
        ALWAYS = "always", "Always alerted"
        SITE_LEADS = "site_leads", "Told of reported mistakes"
        PICKED = "picked", "Can be picked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.PICKED)
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    members = models.ManyToManyField(User, related_name="+", blank=True)
    retired_on = models.DateField(null=True, blank=True)

    objects = AlertGroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "name"], name="alert_group_named_once")
        ]

    def __str__(self) -> str:
        return self.name


class CategoryGrantQuerySet(models.QuerySet):
    """Which categories a role may read in a school."""

    def held_by(self, viewer) -> "CategoryGrantQuerySet":
        """Return the grants of the viewer's roles in the school acted in."""
        return self.filter(school=viewer.school, role__in=viewer.roles)


class CategoryGrant(models.Model):
    """A role's right to read and act in one top-level category."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role)
    category = models.ForeignKey(Category, models.PROTECT, related_name="grants")

    objects = CategoryGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "role", "category"], name="category_grant_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.category}"
