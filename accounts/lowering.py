"""A security setting is lowered by two people: one proposes it, another agrees within a week (SR-51).

To make a setting stricter takes one person, and counts at once. Which settings there are, what each
is called and how it is lowered is said by the module that keeps it (`kept_settings`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import bodies
from accounts.kept_settings import KEPT_IN
from accounts.models import AccountNotice, School, SettingDecision, SettingProposal
from accounts.permissions import Permission
from accounts.roles import HeldAlready, NeedsSecondPerson, ProposalIsOver, tell_leads
from accounts.viewer import Viewer
from ledger.recording import record_change
from safeguard.errors import DomainError, NotAllowed

Setting = SettingProposal.Setting
MOST_DECISIONS = 10


@dataclass(frozen=True)
class Changed:
    """What came of changing a setting: what was made stricter holds, the rest may wait."""

    waits: SettingProposal | None = None


@dataclass(frozen=True)
class Waiting:
    """What waits for a second person, and what was decided lately, with its words."""

    proposed: list[tuple[SettingProposal, str]]
    decided: list[tuple[SettingDecision, str]]


def propose(
    *, by: Viewer, setting: Setting, of: str, lowered: Collection[str], reason: str = ""
) -> SettingProposal:
    """Propose that a setting be lowered, and why; those who may agree are told at once."""
    by.require(Permission.APPROVE_RIGHTS)
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)  # one after the other
        same = SettingProposal.objects.filter(school=by.school, setting=setting, of=of)
        if same.waiting(timezone.now()).exists():
            raise HeldAlready("A change to this waits for a second person: it is answered first.")
        proposal = SettingProposal.objects.create(
            school=by.school,
            setting=setting,
            of=of,
            lowered=sorted(lowered),
            reason=reason,
            proposed_by=by.user,
        )
        record_change(by=by, obj=proposal.pk, body=bodies.setting_proposed(proposal))
        tell_leads(by.school, AccountNotice.What.SETTING, but={by.user})
    return proposal


def approve(*, by: Viewer, proposal: SettingProposal, now: datetime) -> SettingDecision:
    """Lower a setting, as the second person: not who proposed it. The other leads are told."""
    held = _still_waiting(by, proposal, now)
    if by.user_id == held.proposed_by_id:
        raise NeedsSecondPerson("You proposed it: a second person has to agree.")
    with transaction.atomic():
        decision = _decided(by, held, approved=True)
        import_string(f"{KEPT_IN[held.setting]}.lower")(by=by, proposal=held)
        tell_leads(by.school, AccountNotice.What.RIGHTS, but={by.user})
    return decision


def refuse(*, by: Viewer, proposal: SettingProposal, reason: str, now: datetime) -> SettingDecision:
    """Leave a setting as it is, and say why; whoever proposed it takes it back the same way."""
    held = _still_waiting(by, proposal, now)
    if not reason.strip():
        raise DomainError("Say why not.")
    with transaction.atomic():
        return _decided(by, held, approved=False, reason=reason.strip())


def in_words(proposal: SettingProposal) -> str:
    """Say what would be lowered."""
    return import_string(f"{KEPT_IN[proposal.setting]}.lowered_in_words")(proposal)


def waiting_for(viewer: Viewer, settings: Collection[Setting], now: datetime) -> Waiting:
    """Return what waits of these kinds of setting, oldest first, and what was decided, newest first."""
    rows = SettingProposal.objects.visible_to(viewer).filter(setting__in=settings).waiting(now)
    proposed = rows.select_related("proposed_by").order_by("recorded_at", "id")
    decided = SettingDecision.objects.visible_to(viewer).filter(proposal__setting__in=settings)
    latest = decided.select_related("proposal__proposed_by", "by").order_by("-recorded_at", "id")
    return Waiting(
        proposed=[(one, in_words(one)) for one in proposed],
        decided=[(one, in_words(one.proposal)) for one in latest[:MOST_DECISIONS]],
    )


def _still_waiting(by: Viewer, proposal: SettingProposal, now: datetime) -> SettingProposal:
    by.require(Permission.APPROVE_RIGHTS)
    rows = SettingProposal.objects.visible_to(by).filter(pk=proposal.pk)
    held = rows.first()
    if held is None:
        raise NotAllowed("There is no such proposal.")
    if not rows.waiting(now).exists():
        raise ProposalIsOver("It was decided already, or has waited for more than a week.")
    return held


def _decided(
    by: Viewer, held: SettingProposal, *, approved: bool, reason: str = ""
) -> SettingDecision:
    try:
        with transaction.atomic():
            decision = SettingDecision.objects.create(
                proposal=held, by=by.user, approved=approved, reason=reason
            )
    except IntegrityError as error:
        raise ProposalIsOver("Somebody else has decided it just now.") from error
    record_change(by=by, obj=held.pk, body=bodies.setting_decided(decision))
    return decision
