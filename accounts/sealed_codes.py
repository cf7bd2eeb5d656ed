"""The sealed code: two halves on paper that together elevate one named person, once (SR-27).

Nobody sees both halves: one is shown to who asks for the code, the other to who agrees. What was
asked, agreed, used and reviewed are rows that stay; the newest code that was agreed is the school's.
"""

import base64
import secrets
from datetime import datetime, timedelta
from typing import cast

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string

from accounts.hashers import Argon2id
from accounts.permissions import Permission
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

WAITS = timedelta(days=7)
HALF = 13  # letters and digits: 64 bits


def new_half() -> str:
    """Return 64 random bits as letters and digits."""
    return base64.b32encode(secrets.token_bytes(8)).decode().rstrip("=")


def hashed(half: str) -> str:
    """Return what the database keeps of a half."""
    return Argon2id().encode(half, get_random_string(22))


class SealedCodeQuerySet(AppendOnlyQuerySet):
    """Sealed codes, agreed or waiting for it."""

    def visible_to(self, viewer) -> "SealedCodeQuerySet":
        """Return the school's, to those who give codes."""
        if not viewer.has(Permission.GIVE_CODES):
            return self.none()
        return self.filter(school=viewer.school)

    def waiting(self, now: datetime) -> "SealedCodeQuerySet":
        """Return those to which a second person may still agree: for a week, and once."""
        return self.filter(agreed=None, recorded_at__gt=now - WAITS)

    def newest(self, school) -> "SealedCode | None":
        """Return the school's: the last that was agreed; those before it are void."""
        rows = self.filter(school=school, agreed__isnull=False)
        last = rows.order_by("-agreed__recorded_at", "-id").select_related("user", "agreed")
        return cast("SealedCode | None", last.first())

    def usable(self, user, school) -> "SealedCode | None":
        """Return the school's code if it names this person and was not used."""
        code = self.newest(school)
        if code is None or code.user_id != user.pk or SealedCodeUse.objects.of(code).exists():
            return None
        return code


class SealedCode(AppendOnlyModel):
    """Somebody asked for a code for one named person, and was shown its first half, for the head."""

    school = models.ForeignKey("accounts.School", models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    first_half = models.CharField(max_length=128)

    objects = SealedCodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(user=F("asked_by")), name="sealed_code_asked_for_somebody_else"
            )
        ]
        indexes = [models.Index(fields=["school", "-recorded_at"], name="sealed_codes_of_school")]

    def __str__(self) -> str:
        return f"sealed code {self.pk}"

    def fits(self, halves: str) -> bool:
        """Whether these are both halves, in their order; each is judged whatever the other is."""
        first = Argon2id().verify(halves[:HALF], self.first_half)
        second = Argon2id().verify(halves[HALF:], self.agreed.second_half)
        return first and second

    @property
    def over_at(self) -> datetime:
        """Until when somebody may agree."""
        return self.recorded_at + WAITS


class OfSealedCode(AppendOnlyQuerySet):
    """What became of sealed codes."""

    path = "code"

    def visible_to(self, viewer):
        """Return what became of codes that this person sees."""
        return self.filter(**{f"{self.path}__in": SealedCode.objects.visible_to(viewer)})


class SealedCodeAgreed(AppendOnlyModel):
    """A second person agreed, and was shown the second half, for the chair of governors."""

    code = models.OneToOneField(SealedCode, models.PROTECT, related_name="agreed")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    second_half = models.CharField(max_length=128)

    objects = OfSealedCode.as_manager()

    def __str__(self) -> str:
        return f"agreed: {self.code_id}"


class SealedCodeUseQuerySet(OfSealedCode):
    """Sealed codes that were used."""

    def of(self, code: SealedCode) -> "SealedCodeUseQuerySet":
        """Return the use of this code, if it was used."""
        return self.filter(code=code)

    def open_for(self, user, school, now: datetime) -> "SealedCodeUseQuerySet":
        """Return what this person may still go on under."""
        return self.filter(code__user=user, code__school=school, ends_at__gt=now)

    def lately(self, school, since: datetime) -> "SealedCodeUseQuerySet":
        """Return what was used in this school since this moment, the last first."""
        rows = self.filter(code__school=school, recorded_at__gt=since)
        return rows.select_related("code__user").order_by("-recorded_at", "-id")


class SealedCodeUse(AppendOnlyModel):
    """The named person brought both halves; it elevates them for some hours. There is one at most."""

    code = models.OneToOneField(SealedCode, models.PROTECT, related_name="use")
    reason = models.TextField()
    ends_at = models.DateTimeField()

    objects = SealedCodeUseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="sealed_code_used_for_a_reason")
        ]

    def __str__(self) -> str:
        return f"use of {self.code_id}"


class OfSealedCodeUse(OfSealedCode):
    """What was thought of the use of sealed codes."""

    path = "of__code"


class SealedCodeReview(AppendOnlyModel):
    """Another lead's written judgement of the use of a sealed code."""

    of = models.OneToOneField(SealedCodeUse, models.PROTECT, related_name="review")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    judgement = models.TextField()

    objects = OfSealedCodeUse.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(judgement=""), name="sealed_code_review_says_something"
            )
        ]

    def __str__(self) -> str:
        return f"review of {self.of_id}"
