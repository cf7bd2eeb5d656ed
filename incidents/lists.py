"""The school's own lists: categories, agencies, alert groups, and grants by category."""

import uuid
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import School, User
from accounts.permissions import Permission, Role

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

    def recorded_in_by(self, viewer) -> "CategoryQuerySet":
        """Return those in which this person may record: all, but for those that need a grant."""
        every = Permission.READ_EVERY_CATEGORY
        if viewer.has(every) or viewer.could_with_authenticator(every):
            return self
        held = CategoryGrant.objects.held_by(viewer).filter(add=True).values("category")
        return self.filter(Q(added_by_grant=False) | Q(pk__in=held))

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
    # An incident of a restricted category is read only with a grant for it, whatever else it is of.
    restricted = models.BooleanField(default=False)
    # Only who holds a grant to add records in it; of the others nobody is offered it.
    added_by_grant = models.BooleanField(default=False)
    # Body maps and pictures of injuries belong to it: they are shown by a grant for it alone.
    shows_injuries = models.BooleanField(default=False)
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
    """Which categories a role, or a person, may read in a school."""

    def visible_to(self, viewer) -> "CategoryGrantQuerySet":
        """Return the school's grants to those who give them."""
        if not viewer.has(Permission.MANAGE_RIGHTS):
            return self.none()
        return self.filter(school=viewer.school)

    def current(self, on: date) -> "CategoryGrantQuerySet":
        """Return the grants that hold on this day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)

    def held_by(self, viewer) -> "CategoryGrantQuerySet":
        """Return the grants that the viewer, or one of their roles, has today in this school."""
        theirs = Q(role__in=[*viewer.roles]) | Q(user=viewer.user_id)
        return self.current(timezone.localdate()).filter(theirs, school=viewer.school)


class CategoryGrant(models.Model):
    """What a role, or one person, may do in one top-level category; in some years, for a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    category = models.ForeignKey(Category, models.PROTECT, related_name="grants")
    see_pupils = models.BooleanField("see pupils' chronologies", default=True)
    see_incidents = models.BooleanField("see incidents", default=True)
    add = models.BooleanField("add incidents", default=True)
    act = models.BooleanField("add actions", default=True)
    year_groups = ArrayField(
        models.CharField(max_length=4), default=list, blank=True, help_text="None means every year."
    )
    starts_on = models.DateField(default=date(2000, 1, 1))
    ends_on = models.DateField(null=True, blank=True)

    objects = CategoryGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role="", user__isnull=False) | (~Q(role="") & Q(user=None)),
                name="category_grant_to_a_role_or_a_person",
            ),
        ]
        indexes = [models.Index(fields=["school", "role", "category"], name="category_grant_held")]

    def __str__(self) -> str:
        return f"{self.get_role_display() or self.user}: {self.category}"

    @classmethod
    def of(cls, viewer) -> tuple["CategoryGrant", ...]:
        """Return the grants that this person holds today; they are read once in a request."""
        held = cls.objects.held_by(viewer).select_related("category")
        return viewer.once("grants", lambda: tuple(held))
