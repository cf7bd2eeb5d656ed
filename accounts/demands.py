"""What a school demands of its people beyond what Safeguard asks of everybody's (SR-22).

Nothing is demanded until the DSL or the head says so; the ledger keeps who did, and the other
leads are told.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import models, transaction

from accounts import bodies, sessions
from accounts.holders import require_two_with_keys, without_key
from accounts.models import AccountNotice, School, User
from accounts.permissions import Permission
from accounts.roles import tell_leads
from accounts.viewer import Viewer
from ledger.recording import record_change


class Demand(models.TextChoices):
    """What may be demanded; the value is the school's field."""

    KEY = "requires_key", "A passkey or security key to elevate"


MEANS = {
    Demand.KEY: "A code from an authenticator app no longer elevates: it can be phished, a key cannot."
    " Recovery codes go on working.",
}


@dataclass(frozen=True)
class Effect:
    """A demand, whether it holds, and who could not meet it today."""

    demand: Demand
    holds: bool
    locked_out: list[User]


def demanded_by(school: School) -> set[Demand]:
    """Return what this school demands."""
    return {one for one in Demand if getattr(school, one.value)}


def effects(by: Viewer, on: date) -> list[Effect]:
    """Return for each demand who would be locked out by it, so that nobody is surprised."""
    by.require(Permission.APPROVE_RIGHTS)
    held = demanded_by(by.school)
    return [Effect(one, one in held, _locked_out(by.school, one, on)) for one in Demand]


def change(*, by: Viewer, demanded: Collection[Demand]) -> School:
    """Demand these, from the next click on, and nothing else."""
    by.require(Permission.APPROVE_RIGHTS)
    with transaction.atomic():
        school = School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        before, now = demanded_by(school), set(demanded)
        if now == before:
            return school
        if Demand.KEY in now - before:
            require_two_with_keys(school)
        for one in Demand:
            setattr(school, one.value, one in now)
        school.save(update_fields=Demand.values)
        record_change(by=by, obj=school.pk, body=bodies.demands(school, sorted(now)))
        if now - before:
            sessions.drop_elevations_in(school, but=by.session)
        tell_leads(school, AccountNotice.What.DEMANDS, but={by.user})
    return school


def _locked_out(school: School, demand: Demand, on: date) -> list[User]:
    del demand
    return list(without_key(school, on))
