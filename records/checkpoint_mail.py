"""The daily checkpoint by e-mail: into mailboxes that whoever runs Safeguard does not run.

It goes out at seven every day, also when nothing has changed, so that its absence says something.
It names no child and nobody who recorded.
"""

from datetime import date, datetime
from urllib.parse import urlsplit
from uuid import uuid5

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import School, User
from accounts.permissions import Role
from ledger import checkpoints
from ledger.models import CheckpointMail, Head, Keeper, Tree
from safeguard import outbox, walls
from safeguard.models import Outbox

FROM_HOUR = 7
INSIDE = [Role.HEAD, Role.DSL]


def is_due(now: datetime) -> bool:
    """Say whether somebody lacks today's mail: from seven on, and until everybody has it."""
    local = timezone.localtime(now)
    return local.hour >= FROM_HOUR and any(_lacks_some(one, local.date()) for one in _schools())


def prepare(now: datetime) -> int:
    """Promise today's mail to everybody who lacks it; return to how many."""
    today = timezone.localdate(now)
    done = 0
    for school in _schools():
        with walls.acting_in(school.pk):
            done += _prepare_for(school, today)
    return done


def recipients(school: School, on: date) -> dict[str, str]:
    """Return who is sent the checkpoints of a school: names by address, each address once."""
    inside = User.objects.holding(INSIDE, school, on).values_list("email", "name")
    outside = Keeper.objects.filter(school=school, ended_at=None).values_list("address", "name")
    return {address.lower(): name for address, name in (*inside, *outside)}


def tell_of_loss(school: School, lost: str, now: datetime) -> None:
    """Promise a mail to everybody who keeps checkpoints: the ledger lacks what they have notes of.

    In the transaction in which it is continued; `lost` is what the ledger itself says of it.
    """
    today = timezone.localdate(now)
    rows = [
        CheckpointMail(school=school, on_day=today, address=address, name=name, lost=lost)
        for address, name in recipients(school, today).items()
    ]
    CheckpointMail.objects.bulk_create(rows)
    keys = [row.pk for row in rows]
    outbox.put(Outbox.Kind.CHECKPOINT_MAIL, keys, school=school.pk, urgent=True)


def send(mail: CheckpointMail) -> None:
    """Send one mail; the same one always carries the same Message-ID."""
    day = f"{mail.on_day:%-d %B %Y}"
    template = "emails/loss.txt" if mail.lost else "emails/checkpoint.txt"
    EmailMessage(
        subject=f"Safeguarding ledger, {'a loss, ' if mail.lost else ''}{day}",
        body=render_to_string(template, _context(mail, day)),
        to=[mail.address],
        headers={
            "Message-ID": f"<checkpoint.{mail.pk}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    ).send()


def _schools():
    return School.objects.filter(pk__in=Head.objects.values("school"))


def _lacks_some(school: School, on: date) -> bool:
    with walls.acting_in(school.pk):
        return bool(_lacking(school, on))


def _lacking(school: School, on: date) -> dict[str, str]:
    known = CheckpointMail.objects.filter(school=school, on_day=on, lost="")
    have = set(known.values_list("address", flat=True))
    return {
        address: name for address, name in recipients(school, on).items() if address not in have
    }


def _prepare_for(school: School, on: date) -> int:
    newest = {tree: checkpoints.newest(school.pk, tree) for tree in Tree.values}
    rows = [
        CheckpointMail(
            id=uuid5(school.pk, f"{on} {address}"),
            school=school,
            on_day=on,
            address=address,
            name=name,
            **newest,
        )
        for address, name in _lacking(school, on).items()
    ]
    with transaction.atomic():
        CheckpointMail.objects.bulk_create(rows, ignore_conflicts=True)
        keys = [row.pk for row in rows]
        outbox.put(Outbox.Kind.CHECKPOINT_MAIL, keys, school=school.pk)
    return len(rows)


def _context(mail: CheckpointMail, day: str) -> dict[str, object]:
    return {
        "name": mail.name,
        "school": mail.school.name,
        "day": day,
        "records": mail.records,
        "access": mail.access,
        "lost": mail.lost,
        "records_size": _grouped(mail.records.size if mail.records else 0),
    }


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
