"""Codes on paper: those given in person to set an authenticator up, and those kept for its loss.

Both are 80 random bits, shown once and stored as Argon2id hashes; the first four characters stand
beside the hash, so that one hash and not ten is computed for a code that is typed (SR-23). What was
issued and what was used are rows that stay.
"""

import base64
import secrets
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.db import models
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin

from accounts.hashers import Argon2id
from accounts.permissions import Permission
from accounts.sealed_codes import SealedCode
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

LONGEST_WAIT_SECONDS = 900
ASKED_FOR = timedelta(hours=24)  # how long a request for help stays open
CONFIRMED_WITHIN = timedelta(minutes=30)  # of the first who has seen the person
PREFIX = 4
MISREAD = str.maketrans("018", "OIB", " -\t\r\n")  # digits that base32 does not have


class CappedThrottling(ThrottlingMixin):
    """Pauses after wrong codes: doubling from one second, and never longer than fifteen minutes.

    Without the cap somebody who knows the password could keep a lead out for days (security.md V6).
    """

    class Meta:
        abstract = True

    def waits_until(self) -> datetime | None:
        """Return until when wrong codes keep this factor shut; None when there were none."""
        if not self.throttling_failure_count or self.throttling_failure_timestamp is None:
            return None
        pause = min(2 ** min(self.throttling_failure_count - 1, 20), LONGEST_WAIT_SECONDS)
        return self.throttling_failure_timestamp + timedelta(seconds=pause)

    def verify_is_allowed(self) -> tuple[bool, dict | None]:
        until = self.waits_until()
        if until is not None and timezone.now() < until:
            return False, {"locked_until": until}
        return True, None

    def get_throttle_factor(self) -> int:
        return 1


class CodeKind(models.TextChoices):
    """What a code on paper is for."""

    ENROLMENT = "enrolment", "Setting an authenticator up"
    RECOVERY = "recovery", "When the authenticator is lost"
    SEALED = "sealed", "When nobody's authenticator is at hand"


class CodeBatchQuerySet(AppendOnlyQuerySet):
    """What was issued to whom."""

    def visible_to(self, viewer) -> "CodeBatchQuerySet":
        """Return what was issued to this person."""
        return self.filter(user=viewer.user)

    def newest(self, user, kind: str) -> "CodeBatch | None":
        """Return the batch that counts; those before it are void."""
        issued = self.filter(user=user, kind=kind).order_by("-recorded_at", "-id")
        return cast("CodeBatch | None", issued.first())


class CodeBatch(AppendOnlyModel):
    """Codes issued together; the newest batch alone counts, and an empty one ends those before it."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=CodeKind)
    school = models.ForeignKey("accounts.School", models.PROTECT, null=True, related_name="+")
    issued_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(null=True)

    objects = CodeBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind=CodeKind.ENROLMENT, issued_by=models.F("user")),
                name="enrolment_code_from_another_person",
            )
        ]
        indexes = [models.Index(fields=["user", "kind", "-recorded_at"], name="code_batch_newest")]

    def __str__(self) -> str:
        return f"{self.kind} codes of {self.user_id}"


class PrintedCodeQuerySet(AppendOnlyQuerySet):
    """Codes on paper."""

    def visible_to(self, viewer) -> "PrintedCodeQuerySet":
        """Return this person's codes."""
        return self.filter(batch__user=viewer.user)

    def usable(self, user, kind: str, now: datetime) -> "PrintedCodeQuerySet":
        """Return the codes of the newest batch that were not used, unless their time is over."""
        batch = CodeBatch.objects.newest(user, kind)
        if batch is None or (batch.expires_at is not None and batch.expires_at <= now):
            return self.none()
        return self.filter(batch=batch, use=None)


class PrintedCode(AppendOnlyModel):
    """One code, as its hash."""

    batch = models.ForeignKey(CodeBatch, models.PROTECT, related_name="codes")
    prefix = models.CharField(max_length=PREFIX)
    hashed = models.CharField(max_length=128)

    objects = PrintedCodeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"code {self.pk}"

    def fits(self, plain: str) -> bool:
        """Whether this is the code that was typed."""
        return Argon2id().verify(plain, self.hashed)


class PrintedCodeUseQuerySet(AppendOnlyQuerySet):
    """Codes that were used."""

    def visible_to(self, viewer) -> "PrintedCodeUseQuerySet":
        """Return the uses of this person's codes."""
        return self.filter(code__batch__user=viewer.user)


class PrintedCodeUse(AppendOnlyModel):
    """The moment a code was accepted; there is one at most."""

    code = models.OneToOneField(PrintedCode, models.PROTECT, related_name="use")

    objects = PrintedCodeUseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"use of {self.code_id}"


class CodeBook(CappedThrottling, Device):
    """What a person's wrong codes on paper are counted by, apart from the app's (AC27).

    Asked only through `accounts.authenticator.judge`, which holds the row.
    """

    kind = models.CharField(max_length=10, choices=CodeKind)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="code_book_one_each")]

    def verify_token(self, token: str) -> bool:
        """Accept a code of the newest batch, once; or both halves of a school's sealed code."""
        if not self.verify_is_allowed()[0]:
            return False
        if (
            self._is_sealed_code(token)
            if self.kind == CodeKind.SEALED
            else self._is_of_batch(token)
        ):
            self.throttle_reset()
            return True
        self.throttle_increment()
        return False

    def _is_of_batch(self, token: str) -> bool:
        plain = as_typed(token)
        likely = PrintedCode.objects.usable(self.user, self.kind, timezone.now())
        for code in likely.filter(prefix=plain[:PREFIX]):
            if code.fits(plain):
                PrintedCodeUse.objects.create(code=code)
                return True
        return False

    def _is_sealed_code(self, token: str) -> bool:
        """Judge the halves for the school that stands before them; its use is another's to write."""
        school, _, halves = token.partition(":")
        code = SealedCode.objects.usable(self.user, UUID(school))
        return code is not None and code.fits(as_typed(halves))


def new_code() -> str:
    """Return 80 random bits as sixteen letters and digits."""
    return base64.b32encode(secrets.token_bytes(10)).decode()


def in_fours(code: str) -> str:
    """Return a code as it stands on paper."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def as_typed(token: str) -> str:
    """Return a code without what people add or misread in it."""
    return token.upper().translate(MISREAD)


class KeyChallenge(models.Model):
    """What a passkey or security key is asked to sign, in one session and for one purpose.

    It is deleted by whoever takes it up, and only one statement deletes a row: one answer in eight
    hands is accepted once. In Django's session, which is saved whole, it would not be (V22).
    """

    class Purpose(models.TextChoices):
        ADD = "add", "Adding a key"
        PROVE = "prove", "Showing who one is"

    session = models.ForeignKey("accounts.SessionState", models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=5, choices=Purpose)
    state = models.JSONField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "purpose"], name="key_challenge_one_each")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} in {self.session_id}"


class HelpRequestQuerySet(AppendOnlyQuerySet):
    """People who lost their authenticator and ask two colleagues to confirm who they are."""

    def visible_to(self, viewer) -> "HelpRequestQuerySet":
        """Return what was asked in the school acted in, by colleagues whom one may confirm."""
        if not viewer.has(Permission.CONFIRM_PERSON):
            return self.none()
        return self.filter(school=viewer.school).exclude(user=viewer.user)

    def still_open(self, now: datetime) -> "HelpRequestQuerySet":
        """Return what is not over: asked today, and first confirmed half an hour ago at most."""
        late = HelpConfirmation.objects.filter(confirmed_at__lte=now - CONFIRMED_WITHIN)
        recent = self.filter(asked_at__gt=now - ASKED_FOR, given=None)
        return recent.exclude(pk__in=late.values("request"))


class HelpRequest(AppendOnlyModel):
    """Somebody lost their authenticator; said_lost, and it was shut at once (SR-26, AC42)."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    said_lost = models.BooleanField()
    asked_at = models.DateTimeField()

    objects = HelpRequestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-asked_at"], name="help_by_user")]

    def __str__(self) -> str:
        return f"help for {self.user_id}"


class HelpConfirmationQuerySet(AppendOnlyQuerySet):
    """Who has seen whom."""

    def visible_to(self, viewer) -> "HelpConfirmationQuerySet":
        """Return what was said about requests that one may confirm."""
        return self.filter(request__in=HelpRequest.objects.visible_to(viewer))


class HelpConfirmation(AppendOnlyModel):
    """A colleague says, under a code of their own: I have seen this person."""

    request = models.ForeignKey(HelpRequest, models.PROTECT, related_name="confirmations")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    objects = HelpConfirmationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "by"], name="help_confirmed_once_each")
        ]

    def __str__(self) -> str:
        return f"{self.by_id} for {self.request_id}"


class HelpGivenQuerySet(AppendOnlyQuerySet):
    """Requests that led to a new code."""

    def visible_to(self, viewer) -> "HelpGivenQuerySet":
        """Return those of requests that one may confirm."""
        return self.filter(request__in=HelpRequest.objects.visible_to(viewer))


class HelpGiven(AppendOnlyModel):
    """Two had confirmed: the old factors ended, and a code for new ones came of it."""

    request = models.OneToOneField(HelpRequest, models.PROTECT, related_name="given")
    batch = models.OneToOneField(CodeBatch, models.PROTECT, related_name="+")

    objects = HelpGivenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"help given for {self.request_id}"
