"""Taking a slip from somebody without an account: one transaction, in the school of the poster.

Nothing is read for them: they name the child and the class as they know them. What comes twice from
one form is one slip. Who sends too much is told whom to tell in person, and keeps what they typed.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.viewer import Viewer
from incidents import recipients, rules
from incidents.models import Slip, SlipAlert
from incidents.references import new_reference
from incidents.slips import bodies, counting
from incidents.slips.rows import About, readers_of
from incidents.slips.written import Written
from ledger.recording import record
from safeguard import outbox
from safeguard.models import Outbox


def receive_slip(*, by: Viewer, submission: UUID, sender: str, written: Written) -> Slip:
    """Keep a slip and tell its readers; the same form twice, also at once, is one slip.

    `by` is Safeguard itself, acting in the school whose poster it is: nobody else is known.
    """
    if not by.user.is_system:
        raise ValueError("a slip is received for somebody without an account")
    existing = Slip.objects.filter(school=by.school, submission=submission).first()
    if existing is not None:
        return existing
    written.require_something()
    rules.require_past(written.occurred_at)
    today = timezone.localdate()
    counting.require_not_too_many(by.school, sender, today)
    try:
        with transaction.atomic():
            slip = _insert(school=by.school, submission=submission, **asdict(written))
            told = SlipAlert.objects.bulk_create(
                SlipAlert(slip=slip, recipient=person) for person in _told(by, slip, today)
            )
            keys = [one.pk for one in told]
            outbox.put(Outbox.Kind.SLIP, keys, school=by.school_id, urgent=slip.is_urgent)
            record(bodies.of_slip(slip, told=told), by=by)
    except IntegrityError:
        existing = Slip.objects.filter(school=by.school, submission=submission).first()
        if existing is None:
            raise
        return existing
    return slip


def _insert(**fields: Any) -> Slip:
    reference = new_reference()
    while Slip.objects.filter(school=fields["school"], reference=reference).exists():
        reference = new_reference()
    return Slip.objects.create(reference=reference, **fields)


def _told(by: Viewer, slip: Slip, today: date) -> Iterable[User]:
    """Return whom it is for: of the always-alerted group, or all of them where it has none such."""
    readers = readers_of(by.school, today)[slip.about]
    if slip.about == About.NOBODY:
        always = recipients.gather(school=by.school, on=today, author=by.user, named=(), groups=())
        among = [person for person, _ in always if person.pk in readers]
        if among:
            return among
    return User.objects.filter(pk__in=readers).order_by("name", "id")
