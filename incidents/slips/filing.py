"""What a lead does with a slip: file it to the right pupil, or put it aside and say why."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import services
from incidents.models import AlertGroup, Category, Incident, Slip, SlipFiled, SlipPutAside
from incidents.rules import Account, Linked
from incidents.slips import bodies
from incidents.slips.rows import About
from incidents.slips.written import NAME_THEM
from ledger.recording import record
from pupils.models import Pupil
from safeguard.errors import DomainError


class AlreadyDealtWith(DomainError):
    """Somebody else has filed it or put it aside meanwhile."""


class NotYours(DomainError):
    """The slip is not for this person."""


def file_slip(
    *,
    by: Viewer,
    slip: Slip,
    pupil: Pupil,
    level: int,
    categories: Sequence[Category],
    linked: Sequence[Linked] = (),
    subjects: Sequence[User] = (),
    alerted: Sequence[User] = (),
    groups: Sequence[AlertGroup] = (),
) -> Incident:
    """Make a slip an incident: recorded by whoever files it, told by whoever wrote it, word for word.

    One transaction. Filed twice, it is one incident.
    """
    by.require(Permission.FILE_SLIPS)
    mine = SlipFiled.objects.filter(slip=slip, by=by.user).select_related("incident").first()
    if mine is not None:
        return mine.incident
    _require_readable(by, slip)
    if SlipFiled.objects.filter(slip=slip).exists():
        raise AlreadyDealtWith("Somebody has filed this slip already.")
    if slip.about != About.NOBODY and not subjects:
        raise DomainError(NAME_THEM)
    try:
        with transaction.atomic():
            incident = services.add_incident(
                by=by,
                submission=slip.pk,
                pupil=pupil,
                account=account_of(slip),
                level=level,
                occurred_at=slip.occurred_at,
                precision=precision_of(slip),
                place_detail=slip.place,
                categories=categories,
                linked=linked,
                alerted=alerted,
                groups=groups,
                subjects=subjects,
            )
            filed = SlipFiled.objects.create(slip=slip, incident=incident, by=by.user)
            record(bodies.of_filed(filed), by=by)
    except IntegrityError:
        if not SlipFiled.objects.filter(slip=slip).exists():
            raise
        raise AlreadyDealtWith("Somebody has filed this slip already.") from None
    return incident


def put_aside(*, by: Viewer, slip: Slip, why: str, note: str) -> SlipPutAside:
    """Say that a slip is no incident, and why; it stays, and can still be filed."""
    by.require(Permission.READ_SLIPS)
    _require_readable(by, slip)
    if why not in SlipPutAside.Why:
        raise DomainError("Choose why it is put aside.")
    if not Slip.objects.waiting().filter(pk=slip.pk).exists():
        raise AlreadyDealtWith("Somebody has filed this slip or put it aside already.")
    try:
        with transaction.atomic():
            aside = SlipPutAside.objects.create(slip=slip, why=why, note=note.strip(), by=by.user)
            record(bodies.of_put_aside(aside), by=by)
    except IntegrityError:
        raise AlreadyDealtWith("Somebody has put this slip aside already.") from None
    return aside


def account_of(slip: Slip) -> Account:
    """Return what the incident says: every word as it was written, told by who wrote it."""
    return Account(
        told=slip.saw, told_by=slip.told_by, child_words=slip.child_words, heard=slip.heard
    )


def precision_of(slip: Slip) -> str:
    """Return how exactly the time is known."""
    known = Incident.Precision.APPROXIMATE if slip.is_time_known else Incident.Precision.DAY
    return known.value


def _require_readable(by: Viewer, slip: Slip) -> None:
    if slip.is_erased or not Slip.objects.visible_to(by).contains(slip):
        raise NotYours("This slip is not for you.")
