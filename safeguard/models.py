"""The outbox: what has been promised and not yet done; and which processes live."""

import uuid

from django.db import models


class Outbox(models.Model):
    """An errand for the worker, written in the transaction that makes it due.

    The row is the obligation; the broker is only nudged. `key` names the row that the errand is
    about and is unique per kind, so that promising twice is promising once. `school` is where the
    worker has to act to see that row: empty for errands about an account.
    """

    class Kind(models.TextChoices):
        ALERT = "alert", "Alert by e-mail"
        PASSWORD_RESET = "password_reset", "Password reset by e-mail"
        REPORT = "report", "Report"
        CHECKPOINT_MAIL = "checkpoint_mail", "Checkpoint by e-mail"
        VERIFICATION = "verification", "Verification of a ledger"
        CHECKPOINT = "checkpoint", "Checkpoint at once"
        ACCOUNT_NOTICE = "account_notice", "Notice about an account by e-mail"
        ANOMALY_MAIL = "anomaly_mail", "What was unusual in a week, by e-mail"
        COPY = "copy", "Copy of a file to be looked at"
        SCAN = "scan", "Virus scan of a file"
        DRAFT_NOTICE = "draft_notice", "That a draft will be deleted, by e-mail"
        SLIP = "slip", "Notice of a visitor’s slip by e-mail"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.UUIDField()
    school = models.UUIDField(null=True)
    urgent = models.BooleanField(default=False, db_default=False)
    put_at = models.DateTimeField(auto_now_add=True)
    next_try_at = models.DateTimeField(auto_now_add=True)
    tries = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="outbox_promised_once")]
        indexes = [
            models.Index(
                fields=["kind", "-urgent", "next_try_at"],
                condition=models.Q(done_at=None),
                name="outbox_next",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Heartbeat(models.Model):
    """When a process was last seen, by the database's clock, and when that clock went back."""

    name = models.CharField(primary_key=True, max_length=20)
    seen_at = models.DateTimeField()
    stepped_back_at = models.DateTimeField(null=True)
    stepped_back_by = models.DurationField(null=True)

    def __str__(self) -> str:
        return self.name


class KeyGeneration(models.Model):
    """One key that sealed things here, by the name that those things give it; the key itself is not here.

    `done_at` is when nothing was left that an earlier one had sealed.
    """

    key = models.CharField(primary_key=True, max_length=16)
    begun_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key
