"""What happened, provably: the bodies that were committed to, the entries that commit to them, and
the access log.

The running application adds a `SealedBody` for everything that happened. When its transaction
commits, the database itself makes the `Entry`: it takes the next number under the head's lock,
writes the canonical bytes and their leaf hash (migration 0004). The application's role can neither
write an entry nor choose its number, its bytes or its hash.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

__all__ = [
    "AccessEntry",
    "AccessWaiting",
    "Checkpoint",
    "CheckpointMail",
    "Entry",
    "Head",
    "Keeper",
    "Kind",
    "Pseudonym",
    "SealedBody",
    "Tree",
    "Verification",
    "VerificationRun",
    "Via",
]


class Tree(models.TextChoices):
    """The two streams of a school: what was recorded, and who looked."""

    RECORDS = "records", "Records"
    ACCESS = "access", "Access"


class Via(models.TextChoices):
    """How strongly the person had shown who they are."""

    SIGNED_IN = "S1", "Signed in with the password"
    ELEVATED = "S2", "Elevated with the authenticator"
    SYSTEM = "SYS", "Safeguard itself"
    BREAK_GLASS = "BG", "Break-glass"


class Kind(models.TextChoices):
    """What an entry says happened; the word stands in the ledger for as long as it is kept."""

    INCIDENT = "incident.created", "Incident recorded"
    ACTION = "action.added", "Action added"
    CORRECTION = "record.corrected", "Correction added"
    ALERT = "alert.granted", "Somebody alerted"
    ACKNOWLEDGEMENT = "alert.acknowledged", "Alert marked as read"
    SIGNIFICANCE = "record.marked", "Incident marked as significant, or no longer"
    SUBJECT = "record.kept_from", "Incident kept from a person whom it is about"
    RESTRICTION = "record.restricted", "Readers of an incident limited, or no longer"
    EMERGENCY = "emergency.opened", "Pupil's file opened in an emergency"
    EMERGENCY_REVIEWED = "emergency.reviewed", "Emergency access reviewed"
    SLIP = "slip.received", "Visitor’s slip received"
    SLIP_FILED = "slip.filed", "Visitor’s slip filed as an incident"
    SLIP_PUT_ASIDE = "slip.put_aside", "Visitor’s slip put aside"
    STATUS = "status.recorded", "Safeguarding status recorded"
    ROLE_GRANTED = "role.granted", "Role given"
    ROLE_REVOKED = "role.revoked", "Role ended"
    SETTING = "setting.changed", "Setting changed"
    DISPOSAL = "disposal.executed", "Record disposed of"
    RESTORED = "ledger.restored", "Ledger continued after a loss"
    CLOCK = "clock.stepped", "Clock went back"
    VIEWED = "access.viewed", "Record read"
    DENIED = "access.denied", "Reading refused"
    EXPORTED = "access.exported", "Record exported"


class Head(models.Model):
    """How long one of a school's trees is. Only the database's own function moves it.

    `name` is what the school is called in its entries: its URN, or its slug while it has none. It
    is fixed when the tree begins, since every published checkpoint carries it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    tree = models.CharField(max_length=8, choices=Tree)
    epoch = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    name = models.CharField(max_length=60)
    size = models.BigIntegerField(default=0)

    is_written_by_database = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "tree", "epoch"], name="head_once_each"),
            models.UniqueConstraint(
                fields=["school", "tree"], condition=Q(is_current=True), name="head_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}/{self.tree}/{self.epoch} at {self.size}"


class Pseudonym(models.Model):
    """What a person is called in a school's entries: random, and of no meaning outside this table.

    Removing the row is what cuts the last tie between an entry and a person. The row without a
    person stands for Safeguard itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=20)

    is_append_only = True  # the running program gives names and never changes one

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "user"], name="pseudonym_one_each", nulls_distinct=False
            ),
            models.UniqueConstraint(fields=["school", "name"], name="pseudonym_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SealedBody(AppendOnlyModel):
    """What an entry commits to: the canonical bytes (RFC 8785) and the salt that hides them.

    `id` is the entry's identity too. Where something can happen only once (an incident is
    recorded) it is made from `obj` and `kind`, so that a second time cannot be written down.
    Disposal empties body and salt and leaves the commitment, which then says nothing any more.
    """

    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    tree = models.CharField(max_length=8, choices=Tree, default=Tree.RECORDS)
    kind = models.CharField(max_length=30, choices=Kind)
    obj = models.UUIDField()
    actor = models.CharField(max_length=20)
    via = models.CharField(max_length=3, choices=Via)
    acts_on = ArrayField(models.UUIDField(), default=list, blank=True)
    approver = models.CharField(max_length=20, blank=True)
    rule = models.CharField(max_length=40, blank=True)
    targets = ArrayField(models.UUIDField(), default=list, blank=True)
    body = models.BinaryField(null=True)
    salt = models.BinaryField(null=True)
    commitment = models.BinaryField(null=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(body=None, salt=None) | Q(commitment__isnull=False),
                name="sealed_body_is_committed_to",
            ),
            models.UniqueConstraint(
                fields=["obj", "kind"],
                condition=~Q(kind=Kind.SETTING.value),
                name="sealed_body_once_each",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.DISPOSAL.value)
                | (~Q(approver="") & ~Q(approver=F("actor")) & ~Q(targets=[])),
                name="sealed_body_disposal_by_two",
            ),
        ]
        indexes = [models.Index(fields=["obj"], name="sealed_body_of_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.obj}"


class Entry(AppendOnlyModel):
    """A leaf of a school's tree: exact bytes, their number and their hash, made by the database."""

    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    tree = models.CharField(max_length=8, choices=Tree)
    epoch = models.PositiveIntegerField()
    seq = models.BigIntegerField()
    entry = models.BinaryField()
    leaf = models.BinaryField()

    is_written_by_database = True
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "tree", "epoch", "seq"], name="entry_numbered_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tree}/{self.epoch} #{self.seq}"

    @property
    def short_leaf(self) -> str:
        """What a receipt shows: enough of the hash to find the entry again, little to copy."""
        return bytes(self.leaf).hex()[:12]


class Checkpoint(AppendOnlyModel):
    """The signer's word on how long a tree is and what its root is; once published, for ever."""

    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    tree = models.CharField(max_length=8, choices=Tree)
    epoch = models.PositiveIntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "tree", "epoch", "size"], name="checkpoint_once_each_size"
            ),
        ]
        indexes = [
            models.Index(fields=["school", "tree", "-recorded_at"], name="checkpoint_newest")
        ]

    def __str__(self) -> str:
        return f"{self.tree}/{self.epoch} at {self.size}"


class VerificationRun(models.Model):
    """A full verification that was asked for, and how far it is."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Under way"
        DONE = "done", "Done"
        FAILED = "failed", "Broken off"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["school", "-asked_at"], name="verification_run_newest")]

    def __str__(self) -> str:
        return f"verification {self.state}"


class Verification(AppendOnlyModel):
    """What a full verification of a school's ledger found. Findings name numbers, never people."""

    run = models.OneToOneField(VerificationRun, models.PROTECT, related_name="result")
    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    records = models.BigIntegerField()
    access = models.BigIntegerField()
    checkpoints = models.BigIntegerField()
    is_good = models.BooleanField()
    findings = models.JSONField(default=list)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "-recorded_at"], name="verification_newest")]

    def __str__(self) -> str:
        return "good" if self.is_good else f"{len(self.findings)} findings"


class KeeperQuerySet(models.QuerySet):
    """Who keeps copies outside."""

    def visible_to(self, viewer) -> "KeeperQuerySet":
        """Return the school's keepers to those who read its ledger."""
        return self.filter(school=viewer.school) if viewer.reads_ledger else self.none()

    def current(self) -> "KeeperQuerySet":
        """Return those who are still sent the checkpoints."""
        return self.filter(ended_at=None)


class Keeper(models.Model):
    """Somebody outside who is sent the checkpoints and keeps them: the chair, the DPO.

    They need no account. A copy in a mailbox that the operator does not run is what makes a
    rewritten history show.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    part = models.CharField(max_length=80)
    address = models.EmailField()
    added_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = KeeperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "address"],
                condition=Q(ended_at=None),
                name="keeper_once_each_address",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CheckpointMail(AppendOnlyModel):
    """A day's checkpoints, on their way to one mailbox: once a day to each address.

    One that says what was lost goes out beside them, when a ledger was continued after a loss.
    """

    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    on_day = models.DateField()
    address = models.EmailField()
    name = models.CharField(max_length=120)
    records = models.ForeignKey(Checkpoint, models.PROTECT, null=True, related_name="+")
    access = models.ForeignKey(Checkpoint, models.PROTECT, null=True, related_name="+")
    lost = models.CharField(max_length=300, blank=True, default="", db_default="")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "on_day", "address"],
                condition=Q(lost=""),
                name="checkpoint_mail_once_each_day",
            ),
        ]

    def __str__(self) -> str:
        return f"checkpoint mail of {self.on_day}"


class AccessEntryQuerySet(AppendOnlyQuerySet):
    """The vocabulary of looking back at who looked."""

    def about(self, pupil_id: uuid.UUID) -> "AccessEntryQuerySet":
        """Return entries about one pupil, newest first."""
        return self.filter(pupil=pupil_id).order_by("-recorded_at", "id")


class AccessEntry(AppendOnlyModel):
    """One reading, denial or failure: who, what, about whom, when, from which page.

    Holds ids and no foreign keys, since the audit role that adds rows may read nothing else; no
    name and no text ever.
    """

    school = models.UUIDField(null=True)
    user = models.UUIDField(null=True)
    event = models.CharField(max_length=60)
    pupil = models.UUIDField(null=True)
    target = models.UUIDField(null=True)
    page = models.CharField(max_length=60, blank=True)
    elevated = models.BooleanField(default=False)
    detail = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["school", "pupil", "-recorded_at"], name="access_by_pupil"),
            models.Index(fields=["user", "-recorded_at"], name="access_by_user"),
            models.Index(fields=["school", "-recorded_at", "id"], name="access_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.recorded_at:%Y-%m-%d %H:%M}"


class AccessWaiting(models.Model):
    """A row of the access log that is not on the access tree yet; a trigger puts it here.

    Looking is logged in autocommit, many times a minute, so that each look must not wait for the
    head's lock. `sequencing` takes these in batches, within the minute.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["recorded_at"], name="access_waiting_oldest")]

    def __str__(self) -> str:
        return str(self.pk)
