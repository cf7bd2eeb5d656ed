"""What a school demands of its people beyond what Safeguard asks of everybody's (SR-19, SR-22).

Nothing is demanded until the DSL or the head says so; the ledger keeps who did, and the other
leads are told. To demand something no more takes a second person (`lowering`). Nothing is demanded
that fewer than two who read records could meet: the school would lock itself out (SR-28).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import models, transaction

from accounts import bodies, lowering, sessions
from accounts.holders import require_two_who_meet, without_any, without_key
from accounts.models import AccountNotice, School, SettingProposal, User
from accounts.permissions import Permission
from accounts.roles import tell_leads
from accounts.viewer import Viewer
from ledger.recording import record_change


class Demand(models.TextChoices):
    """What may be demanded; the value is the school's field."""

    EVERYBODY = "requires_authenticator", "An authenticator of everybody"
    KEY = "requires_key", "A passkey or security key to elevate"


MEANS = {
    Demand.EVERYBODY: "With the password alone people record incidents, and read nothing: not what"
    " they recorded before, nor what they are alerted to. Who has no authenticator yet sets one up"
    " with a code that a colleague who leads safeguarding gives them in person.",
    Demand.KEY: "A code from an authenticator app no longer elevates: it can be phished, a key cannot."
    " Recovery codes go on working.",
}

OF_THE_SCHOOL = "school"
SHOWN_AT_ONCE = 10


# Of those who could not meet it: while it is demanded, before it is, and when there is nobody.
WORDS = {
    Demand.EVERYBODY: (
        "These have none yet, and only record:",
        "These would only record until they have one:",
        "Everybody who works here has one.",
    ),
    Demand.KEY: (
        "These cannot elevate now:",
        "These could not elevate any more until they have one:",
        "Everybody whose role uses an authenticator has one.",
    ),
}


@dataclass(frozen=True)
class Effect:
    """A demand, whether it holds, and who could not meet it today."""

    demand: Demand
    holds: bool
    locked_out: list[User]

    @property
    def are_many(self) -> bool:
        """Whether their names would push what is to be chosen off the page."""
        return len(self.locked_out) > SHOWN_AT_ONCE

    @property
    def says(self) -> str:
        """What becomes of those who could not meet it, in words."""
        now, then, nobody = WORDS[self.demand]
        if not self.locked_out:
            return nobody
        return now if self.holds else then


def demanded_by(school: School) -> set[Demand]:
    """Return what this school demands."""
    return {one for one in Demand if getattr(school, one.value)}


def effects(by: Viewer, on: date) -> list[Effect]:
    """Return for each demand who would be locked out by it, so that nobody is surprised."""
    by.require(Permission.APPROVE_RIGHTS)
    held = demanded_by(by.school)
    return [Effect(one, one in held, _locked_out(by.school, one, on)) for one in Demand]


def change(*, by: Viewer, demanded: Collection[Demand]) -> lowering.Changed:
    """Demand these, from the next click on; propose that what else is demanded be demanded no more."""
    by.require(Permission.APPROVE_RIGHTS)
    with transaction.atomic():
        school = School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        before, now = demanded_by(school), set(demanded)
        if now - before:
            _set(by, school, now | before)
            require_two_who_meet(school)
            sessions.drop_elevations_in(school, but=by.session)
        if not before - now:
            return lowering.Changed()
        waits = lowering.propose(
            by=by, setting=lowering.Setting.DEMANDS, of=OF_THE_SCHOOL, lowered=before - now
        )
    return lowering.Changed(waits)


def lower(*, by: Viewer, proposal: SettingProposal) -> None:
    """Demand no more what two people agreed on."""
    school = School.objects.select_for_update(no_key=True).get(pk=by.school_id)
    _set(by, school, demanded_by(school) - set(map(Demand, proposal.lowered)))


def lowered_in_words(proposal: SettingProposal) -> str:
    """Say what would be demanded no more."""
    words = "; ".join(Demand(one).label for one in proposal.lowered)
    return f"Demand no more: {words[0].lower()}{words[1:]}"


def _set(by: Viewer, school: School, now: Collection[Demand]) -> None:
    for one in Demand:
        setattr(school, one.value, one in now)
    school.save(update_fields=Demand.values)
    record_change(by=by, obj=school.pk, body=bodies.demands(school))
    tell_leads(school, AccountNotice.What.DEMANDS, but={by.user})


def _locked_out(school: School, demand: Demand, on: date) -> list[User]:
    lacking = without_any if demand is Demand.EVERYBODY else without_key
    return list(lacking(school, on))
