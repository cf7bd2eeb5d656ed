"""Where slips come in, what they say, and what became of each.

A slip is not an incident: whoever wrote it has no account, and names the child as they know it. A
lead files it to the right pupil, where it becomes an incident, or puts it aside with a reason. What
the writer wrote stays as it came.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID, uuid4

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Membership, School, User
from accounts.permissions import Permission, Role
from incidents.references import new_reference
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

# `told_by` of the incident that it becomes holds both, and how it came.
LONGEST_NAME = 60
LONGEST_ROLE = 36


class SlipAddressQuerySet(AppendOnlyQuerySet):
    """Posters, as they were put up and taken down."""

    def visible_to(self, viewer) -> "SlipAddressQuerySet":
        """Return the school's to those who look after its poster."""
        if not viewer.has(Permission.KEEP_POSTER):
            return self.none()
        return self.filter(school=viewer.school)

    def newest_first(self) -> "SlipAddressQuerySet":
        """Return them, the one that counts first."""
        return self.order_by("-recorded_at", "-id")

    def in_force(self) -> "SlipAddress | None":
        """Return the address that counts of one school's; None while it is switched off."""
        last = self.newest_first().first()
        return last if last is not None and last.token else None

    def open_with(self, token: str) -> "SlipAddress | None":
        """Return the school's address that has this token, if it is the one that counts now."""
        found = self.filter(token=token).select_related("school").newest_first().first()
        if not token or found is None:
            return None
        last = SlipAddress.objects.filter(school=found.school_id).newest_first().first()
        return found if found == last else None


class SlipAddress(AppendOnlyModel):
    """The address on a school's poster, or that there is none now; a school's last row counts.

    Its token hangs on a wall for everybody to read: it lets write, and nothing else.
    """

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    token = models.CharField(max_length=32, blank=True)
    shows_lead = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SlipAddressQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["token"], name="slip_address_token"),
            models.Index(fields=["school", "-recorded_at"], name="slip_address_newest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class About(models.TextChoices):
    """Whether a slip is about somebody who works at the school, which decides who reads it."""

    NOBODY = "nobody", "No"
    STAFF = "staff", "Yes, about a member of staff or a volunteer"
    HEAD = "head", "Yes, about the headteacher"


# Who reads a slip: the first line of which somebody works here today (KCSIE part four: about staff
# to the head, about the head to the chair of governors).
LEADS = frozenset({Role.DSL, Role.DEPUTY_DSL, Role.HEAD})
READ_BY: dict[str, tuple[frozenset[Role], ...]] = {
    About.NOBODY: (LEADS,),
    About.STAFF: (frozenset({Role.HEAD}), frozenset({Role.CHAIR}), frozenset({Role.DSL})),
    About.HEAD: (frozenset({Role.CHAIR}), frozenset({Role.DSL})),
}


def readers_of(school: School, on: date) -> dict[str, set[UUID]]:
    """Return whom each kind of slip is for today; none about the head is ever for a head."""
    working = Membership.objects.current(on).filter(school=school, user__is_active=True)
    holding = working.filter(role__in=[*LEADS, Role.CHAIR])
    held: dict[str, set[UUID]] = {role: set() for role in Role}
    for user, role in holding.values_list("user", "role"):
        held[role].add(user)
    readers = {}
    for about, lines in READ_BY.items():
        away = held[Role.HEAD] if about == About.HEAD else set()
        people = (set().union(*(held[role] for role in roles)) - away for roles in lines)
        readers[about] = next(filter(None, people), set())
    return readers


def kinds_for(viewer) -> Collection[str]:
    """Return which kinds of slips this person reads today."""
    if not viewer.has(Permission.READ_SLIPS):
        return ()
    readers = viewer.once(
        "readers of slips", lambda: readers_of(viewer.school, timezone.localdate())
    )
    return [about for about, people in readers.items() if viewer.user_id in people]


class SlipQuerySet(AppendOnlyQuerySet):
    """What came in, and who reads it."""

    def visible_to(self, viewer) -> "SlipQuerySet":
        """Return the slips of the kinds that are for this person.

        One that was filed is read by who reads the incident in full: conflicts and limits hold.
        """
        incidents = apps.get_model("incidents", "Incident").objects.read_in_full_by(viewer)
        elsewhere = SlipFiled.objects.filter(slip=OuterRef("pk")).exclude(
            incident__in=incidents.values("pk")
        )
        here = self.filter(school=viewer.school, about__in=kinds_for(viewer))
        return here.exclude(Exists(elsewhere))

    def waiting(self) -> "SlipQuerySet":
        """Return those that nobody has filed or put aside."""
        return self.filter(filed=None, put_aside=None)

    def set_aside(self) -> "SlipQuerySet":
        """Return those that were put aside and not filed since."""
        return self.filter(filed=None, put_aside__isnull=False)

    def urgent_first(self) -> "SlipQuerySet":
        """Return slips as they are to be taken up."""
        return self.order_by("-is_urgent", "recorded_at", "id")


class Slip(AppendOnlyModel):
    """What somebody without an account reported, as they wrote it."""

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=7, default=new_reference)
    submission = models.UUIDField(unique=True)
    about = models.CharField(max_length=8, choices=About)
    staff_name = models.CharField(max_length=120, blank=True)
    child_name = models.CharField(max_length=120)
    child_class = models.CharField(max_length=60, blank=True)
    saw = models.TextField(blank=True)
    heard = models.TextField(blank=True)
    child_words = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    is_time_known = models.BooleanField()
    place = models.CharField(max_length=120, blank=True)
    is_urgent = models.BooleanField()
    writer_name = models.CharField(max_length=LONGEST_NAME)
    writer_role = models.CharField(max_length=LONGEST_ROLE)
    writer_reach = models.CharField(max_length=120)

    objects = SlipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "reference"], name="slip_reference_once"),
            models.CheckConstraint(
                condition=~Q(saw="", heard="", child_words=""), name="slip_says_what_happened"
            ),
            models.CheckConstraint(
                condition=Q(about__in=["nobody", "staff", "head"]), name="slip_about_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["school", "-recorded_at", "id"], name="slip_newest"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def writer(self) -> str:
        """Who wrote it, as they said: also what the incident says of who told it."""
        return f"{self.writer_name}, {self.writer_role}"

    @property
    def is_erased(self) -> bool:
        """Whether what it said has been lawfully removed."""
        return not self.child_name

    @property
    def told_by(self) -> str:
        """Who told whoever files it, and how."""
        return f"{self.writer}, on a visitor’s slip"


class SlipAlertQuerySet(AppendOnlyQuerySet):
    """Who was told that a slip came."""

    def visible_to(self, viewer) -> "SlipAlertQuerySet":
        """Return who was told of slips that the viewer may read."""
        return self.filter(slip__in=Slip.objects.visible_to(viewer).values("pk"))

    def addressed_to(self, viewer) -> "SlipAlertQuerySet":
        """Return what this person was told of in the school acted in."""
        return self.filter(recipient=viewer.user, slip__school=viewer.school)


class SlipAlert(AppendOnlyModel):
    """A lead told that a slip came: their e-mail is an errand with this row's key."""

    slip = models.ForeignKey(Slip, models.PROTECT, related_name="alerts")
    recipient = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SlipAlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slip", "recipient"], name="slip_alert_once_each")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SlipFiledQuerySet(AppendOnlyQuerySet):
    """Slips that became incidents."""

    def visible_to(self, viewer) -> "SlipFiledQuerySet":
        """Return those whose incident the viewer may see: it says who wrote it."""
        incidents = apps.get_model("incidents", "Incident").objects.visible_to(viewer)
        return self.filter(incident__in=incidents.values("pk"))


class SlipFiled(AppendOnlyModel):
    """A lead files a slip: from now on it is an incident, which they recorded."""

    slip = models.OneToOneField(Slip, models.PROTECT, related_name="filed")
    incident = models.OneToOneField("incidents.Incident", models.PROTECT, related_name="filed_from")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SlipFiledQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)


class SlipPutAsideQuerySet(AppendOnlyQuerySet):
    """Slips that are no incident."""

    def visible_to(self, viewer) -> "SlipPutAsideQuerySet":
        """Return those of slips that the viewer may read."""
        return self.filter(slip__in=Slip.objects.visible_to(viewer).values("pk"))


class SlipPutAside(AppendOnlyModel):
    """A lead puts a slip aside, and says why; it stays, and can still be filed."""

    class Why(models.TextChoices):
        DUPLICATE = "duplicate", "It is recorded already"
        NOT_SAFEGUARDING = "not_ours", "It is no safeguarding concern"
        TEST = "test", "It was a test, or a prank"
        ELSEWHERE = "elsewhere", "It is kept elsewhere, as in a file on a member of staff"

    slip = models.OneToOneField(Slip, models.PROTECT, related_name="put_aside")
    why = models.CharField(max_length=10, choices=Why)
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SlipPutAsideQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)


class SlipCount(models.Model):
    """How many slips came from one place in a day; deleted when the day is over.

    `sender` is a keyed hash that changes daily, from which no address can be told.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    sender = models.CharField(max_length=64)
    day = models.DateField()
    number = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "sender", "day"], name="slip_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} on {self.day}"
