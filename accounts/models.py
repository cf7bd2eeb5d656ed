"""Schools, the people who work in them, their sessions and their authenticators."""

import uuid
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django_otp.models import Device, TimestampMixin

from accounts import totp
from accounts.factors import CappedThrottling
from accounts.kept_words import KeptWords
from accounts.permissions import GRANTS, Permission, Role, Strength
from accounts.proposals import (
    RoleDecision,
    RoleProposal,
    SettingDecision,
    SettingProposal,
)
from accounts.sealed_codes import SealedCode, SealedCodeAgreed, SealedCodeReview, SealedCodeUse
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

__all__ = [
    "AccountNotice",
    "Authenticator",
    "Cover",
    "KeptWords",
    "Membership",
    "PasswordResetRequest",
    "RoleDecision",
    "RoleProposal",
    "School",
    "SealedCode",
    "SealedCodeAgreed",
    "SealedCodeReview",
    "SealedCodeUse",
    "SessionState",
    "SettingDecision",
    "SettingProposal",
    "User",
]

FRESH = timedelta(minutes=2)


class School(models.Model):
    """A school, and what it tells its staff when a child is in danger now."""

    class Phase(models.TextChoices):
        PRIMARY = "primary", "Primary"
        SECONDARY = "secondary", "Secondary"
        ALL_THROUGH = "all_through", "All-through"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    urn = models.CharField("unique reference number", max_length=6, blank=True)
    phase = models.CharField(max_length=12, choices=Phase)
    trust_name = models.CharField(max_length=120, blank=True)
    emergency_instruction = models.TextField()
    lead_name_and_room = models.CharField(max_length=120)
    lead_telephone = models.CharField(max_length=40)
    idle_minutes = models.PositiveSmallIntegerField(default=10)
    # When somebody is in school on a weekday: a look at other times is listed as unusual.
    opens_at = models.TimeField(default=time(7))
    closes_at = models.TimeField(default=time(18))
    # Elevating takes a passkey or security key: a code from an app no longer does.
    requires_key = models.BooleanField(default=False, db_default=False)
    # With the password alone nobody reads what is stored, not even what they recorded themselves.
    requires_authenticator = models.BooleanField(default=False, db_default=False)
    # Whoever records hears that a colleague has recorded about the same child today (SR-48's exception).
    tells_of_colleagues = models.BooleanField(default=False, db_default=False)
    # When the sealed code was used last: read with every page, which else would ask for its uses.
    seal_used_at = models.DateTimeField(null=True, editable=False)
    # What the school has taken from its roles: names of permissions, by role.
    withheld = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(idle_minutes__gte=5, idle_minutes__lte=30),
                name="school_idle_between_5_and_30_minutes",
            ),
            models.CheckConstraint(
                condition=Q(urn="") | Q(urn__regex=r"^[0-9]{6}$"), name="school_urn_is_six_digits"
            ),
            models.UniqueConstraint(fields=["urn"], condition=~Q(urn=""), name="school_urn_once"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")), name="school_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Finds people by their school e-mail address, whatever its capitals."""

    def get_by_natural_key(self, username):
        """Return the person with this address, as Django asks at sign-in."""
        return self.with_address(username).get()

    def create_user(self, *, email: str, name: str, password: str | None = None) -> "User":
        """Add a person; without a password they choose one by the reset link."""
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class UserQuerySet(models.QuerySet):
    """The vocabulary of colleagues."""

    def with_address(self, email: str) -> "UserQuerySet":
        """Return whoever has this address, in capitals or not.

        Not `iexact`: PostgreSQL's UPPER() makes ſ an S and ı an I, so that one account could be
        guessed at under many spellings, each with a lock-out count of its own.
        """
        return self.alias(lower_email=Lower("email")).filter(lower_email=email.strip().lower())

    def working_at(self, school, on: date) -> "UserQuerySet":
        """Return active people with a role in this school on this day."""
        members = Membership.objects.current(on).filter(school=school)
        return self.filter(is_active=True, pk__in=members.values("user"))

    def holding(self, roles, school, on: date) -> "UserQuerySet":
        """Return active people who hold any of these roles in this school on this day."""
        members = Membership.objects.current(on).filter(school=school, role__in=roles)
        return self.filter(is_active=True, pk__in=members.values("user"))

    def who_record_at(self, school, on: date) -> "UserQuerySet":
        """Return those who may be alerted: everybody whose role reads what it is alerted to."""
        return self.holding(RECORDING_ROLES, school, on)

    def visible_to(self, viewer) -> "UserQuerySet":
        """Colleagues of the school acted in."""
        return self.filter(pk__in=Membership.objects.filter(school=viewer.school).values("user"))

    def administered_by(self, viewer) -> "UserQuerySet":
        """Return those whose accounts this person looks after: leavers, and who is to come, too."""
        if not viewer.has(Permission.MANAGE_PEOPLE):
            return self.none()
        worked = Membership.objects.filter(school=viewer.school).values("user")
        proposed = RoleProposal.objects.filter(school=viewer.school).values("user")
        return self.filter(Q(pk__in=worked) | Q(pk__in=proposed), is_system=False)


class User(AbstractBaseUser):
    """A person with an account; the school e-mail address is the username."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_one_account_per_address")]
        indexes = [GinIndex(fields=["name"], name="user_name_trgm", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.name


RECORDING_ROLES = frozenset(
    role for role, rights in GRANTS.items() if Permission.READ_ALERTED in rights
)


class MembershipQuerySet(models.QuerySet):
    """Who works where, today."""

    def current(self, on: date) -> "MembershipQuerySet":
        """Return memberships that hold on this day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)

    def not_over(self, on: date) -> "MembershipQuerySet":
        """Return memberships that hold on this day or begin later."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on))

    def visible_to(self, viewer) -> "MembershipQuerySet":
        """Return memberships of the school acted in."""
        return self.filter(school=viewer.school)


class Membership(models.Model):
    """A person's role in a school, between dates."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    school = models.ForeignKey(School, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    job_title = models.CharField(max_length=80, blank=True)
    starts_on = models.DateField(default=date(2000, 1, 1))
    ends_on = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "school", "role", "starts_on"], name="membership_once"
            )
        ]
        indexes = [models.Index(fields=["school", "role"], name="membership_by_role")]

    def __str__(self) -> str:
        return f"{self.user} at {self.school}: {self.get_role_display()}"


class CoverQuerySet(models.QuerySet):
    """Who stands in for whom."""

    def current(self, on: date) -> "CoverQuerySet":
        """Return what holds on this day."""
        return self.filter(starts_on__lte=on, ends_on__gte=on)

    def visible_to(self, viewer) -> "CoverQuerySet":
        """Return the school's, to those who arrange it; to others who they stand in for."""
        rows = self.filter(school=viewer.school)
        if viewer.has(Permission.MANAGE_RIGHTS):
            return rows
        return rows.filter(Q(by=viewer.user) | Q(absent=viewer.user))


class Cover(models.Model):
    """A deputy stands in for an absent DSL between two days, and reads every category meanwhile."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    absent = models.ForeignKey(User, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    arranged_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = CoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="cover_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(absent=models.F("by")), name="cover_is_somebody_else"
            ),
        ]
        indexes = [models.Index(fields=["by", "school", "ends_on"], name="cover_of_deputy")]

    def __str__(self) -> str:
        return f"cover from {self.starts_on} to {self.ends_on}"


class SessionState(models.Model):
    """One signed-in session's lock, elevation and last activity.

    Changed only by the conditional single UPDATEs in `accounts.sessions`, never kept in the
    session dictionary: that is saved whole, so a slow request could undo a lock (SR-101).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    school = models.ForeignKey(School, models.CASCADE, null=True, related_name="+")
    began_at = models.DateTimeField()
    last_activity = models.DateTimeField()
    locked_at = models.DateTimeField(null=True)
    elevated_at = models.DateTimeField(null=True)
    elevated_until = models.DateTimeField(null=True)
    fresh_code_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=60, blank=True, default="", db_default="")
    # The browser that elevated, as a hash: elsewhere the session has the password's strength.
    bound_to = models.CharField(max_length=64, blank=True, default="", db_default="")
    by_seal = models.BooleanField(default=False, db_default=False)  # elevated by the sealed code

    class Meta:
        indexes = [models.Index(fields=["user", "ended_at"], name="session_by_user")]

    def __str__(self) -> str:
        return f"session of {self.user_id}"

    def strength(self, now: datetime) -> Strength:
        """Return how strong this session is at this moment."""
        if self.elevated_until is not None and self.elevated_until > now:
            return Strength.ELEVATED
        return Strength.SIGNED_IN

    def is_fresh(self, now: datetime) -> bool:
        """Whether the authenticator was used in this elevation two minutes ago at most (SR-38)."""
        if self.fresh_code_at is None or self.strength(now) < Strength.ELEVATED:
            return False
        return self.fresh_code_at > now - FRESH


class Authenticator(TimestampMixin, CappedThrottling, Device):
    """An authenticator app (TOTP, RFC 6238), its secret sealed under the installation's key.

    Ask it for nothing directly: `accounts.authenticator` goes through `django_otp.verify_token`,
    which holds the row, so that one code in eight hands is accepted once (security.md V4).
    """

    sealed_secret = models.BinaryField()
    last_step = models.BigIntegerField(default=-1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user"], name="authenticator_one_each")]

    def verify_token(self, token: str) -> bool:
        """Accept a code of this step or its neighbours once, and none from before the last one."""
        if not self.verify_is_allowed()[0]:
            return False
        now = timezone.now()
        secret = totp.unsealed(self.sealed_secret, self.user_id)
        step = totp.matching_step(secret, token, now, after=self.last_step)
        if step is None:
            self.throttle_increment()
            return False
        self.last_step = step
        self.throttle_reset(commit=False)
        self.last_used_at = now
        self.save()
        return True


class PasswordResetRequestQuerySet(AppendOnlyQuerySet):
    """Requests, counted so that nobody's mailbox is filled by a prankster."""

    def in_the_hour_before(self, moment: datetime) -> "PasswordResetRequestQuerySet":
        """Return the requests of the hour that ends at this moment, itself included."""
        return self.filter(recorded_at__gt=moment - timedelta(hours=1), recorded_at__lte=moment)


class PasswordResetRequest(AppendOnlyModel):
    """Somebody asked for a reset link; the worker decides whether there is anybody to send it to.

    A row is written for addresses that nobody has, too (user is empty then), so that answering
    takes the same work, and the same time, whether or not an account exists (SR-11).
    """

    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    address = models.GenericIPAddressField(null=True)
    # Who looks after the account and asked for its owner: then the first link lasts a week.
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = PasswordResetRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["address", "recorded_at"], name="reset_by_address"),
            models.Index(fields=["user", "recorded_at"], name="reset_by_user"),
        ]

    def __str__(self) -> str:
        return f"reset asked {self.recorded_at:%Y-%m-%d %H:%M}"


class AccountNoticeQuerySet(AppendOnlyQuerySet):
    """What people were told of their own accounts."""

    def visible_to(self, viewer) -> "AccountNoticeQuerySet":
        """Return what this person was told."""
        return self.filter(user=viewer.user)


class AccountNotice(AppendOnlyModel):
    """Something happened to an account that its owner must hear of, should it not have been them.

    With `about` it is a colleague's account, and the one who is told answers for its school.
    """

    class What(models.TextChoices):
        NEW_DEVICE = "new_device", "Signed in on a device that is new here"
        PASSWORD = "password", "Chose a new password"
        AUTHENTICATOR = "authenticator", "Set up an authenticator"
        EMERGENCY = "emergency", "A colleague opened a pupil's file in an emergency"
        PROPOSAL = "proposal", "A safeguarding role waits for a second person"
        ROLE = "role", "A safeguarding role was given or ended"
        RIGHTS = "rights", "Somebody's rights were widened"
        SETTING = "setting", "A lowered security setting waits for a second person"
        CODE_GIVEN = "code_given", "Was given a code to set up an authenticator"
        RECOVERY_CODES = "recovery_codes", "Made new recovery codes"
        RECOVERY_USED = "recovery_used", "Used a recovery code"
        WRONG_CODES = "wrong_codes", "Five wrong codes were typed"
        AFTER_FAILURES = "after_failures", "Got in after several wrong tries"
        LOST = "lost", "Reported the authenticator as lost: it no longer works"
        HELP_ASKED = "help_asked", "Asked colleagues to confirm who they are"
        RECOVERED = "recovered", "Confirmed by two colleagues: sets up a new authenticator"
        KEY_ADDED = "key_added", "Added a passkey or security key"
        FACTOR_REMOVED = "factor_removed", "Removed an authenticator or key"
        DEMANDS = "demands", "What the school asks for before records open was changed"
        SEALED_ASKED = "sealed_asked", "A sealed code waits for a second person"
        SEALED_MADE = "sealed_made", "A sealed code was made for you, for an emergency"
        SEALED_USED = "sealed_used", "Used the sealed code"
        ELEVATION_MOVED = "elevation_moved", "Elevated access turned up in another browser: ended"

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    what = models.CharField(max_length=20, choices=What)
    device = models.CharField(max_length=60, blank=True)
    about = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = AccountNoticeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-recorded_at"], name="notice_by_user")]

    def __str__(self) -> str:
        return f"{self.what} of {self.user_id}"
