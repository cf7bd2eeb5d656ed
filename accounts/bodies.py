"""What the ledger commits to when an account or somebody's rights are changed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.models import (
    Cover,
    Membership,
    RoleDecision,
    RoleProposal,
    School,
    SealedCode,
    SealedCodeReview,
    SealedCodeUse,
    SettingDecision,
    SettingProposal,
    User,
)
from ledger.bodies import Said, Source, canonical, register, register_setting
from ledger.models import Kind, SealedBody

# A post may be called something else later, and whoever proposed the role stands in the entry alone.
KEPT_OF_A_ROLE = ("user", "role", "starts_on")
COVER = "cover"
DEMANDS = "demands"
DEMANDED = ("requires_authenticator", "requires_key")  # fields of a school, as in accounts.demands


def of_role_granted(membership: Membership, decision: RoleDecision | None = None) -> Said:
    """Say that somebody was given a role in a school, and who proposed it where two had to agree."""
    body = {
        "user": membership.user_id,
        "role": membership.role,
        "job_title": membership.job_title,
        "starts_on": membership.starts_on,
    }
    if decision is not None:
        body |= {
            "proposal": decision.proposal_id,
            "proposed_by": decision.proposal.proposed_by_id,
            "approved_by": decision.by_id,
        }
    return Said(Kind.ROLE_GRANTED, membership.school_id, membership.pk, body)


def of_role_ended(membership: Membership) -> Said:
    """Say that a role has its last day."""
    return Said(Kind.ROLE_REVOKED, membership.school_id, membership.pk, role_end(membership))


def role_end(membership: Membership) -> Mapping[str, object]:
    """Return whose role has which last day."""
    return {"user": membership.user_id, "role": membership.role, "ends_on": membership.ends_on}


def role_shortened(membership: Membership) -> Mapping[str, object]:
    """Return what the ledger keeps of a role that ends earlier than was said when it was given."""
    return {"setting": "role", **role_end(membership)}


def role_proposed(proposal: RoleProposal) -> Mapping[str, object]:
    """Return what the ledger keeps of a role that waits for a second person."""
    return {
        "setting": "role proposal",
        "user": proposal.user_id,
        "role": proposal.role,
        "starts_on": proposal.starts_on,
        "ends_on": proposal.ends_on,
        "proposed_by": proposal.proposed_by_id,
    }


def role_decided(decision: RoleDecision) -> Mapping[str, object]:
    """Return what the ledger keeps of the second person's answer."""
    return {
        "setting": "role proposal",
        "user": decision.proposal.user_id,
        "role": decision.proposal.role,
        "decision": "approved" if decision.approved else "refused",
        "reason": decision.reason,
    }


def setting_proposed(proposal: SettingProposal) -> Mapping[str, object]:
    """Return what the ledger keeps of a setting whose lowering waits for a second person."""
    return {
        "setting": "setting proposal",
        "what": proposal.setting,
        "of": proposal.of,
        "lowered": list(proposal.lowered),
        "reason": proposal.reason,
        "proposed_by": proposal.proposed_by_id,
    }


def setting_decided(decision: SettingDecision) -> Mapping[str, object]:
    """Return what the ledger keeps of the second person's answer about a setting."""
    return {
        "setting": "setting proposal",
        "what": decision.proposal.setting,
        "of": decision.proposal.of,
        "lowered": list(decision.proposal.lowered),
        "decision": "approved" if decision.approved else "refused",
        "reason": decision.reason,
    }


def person(user: User, what: str) -> Mapping[str, object]:
    """Return what the ledger keeps of an account that was added, changed, ended or unlocked."""
    return {
        "setting": "person",
        "what": what,
        "user": user.pk,
        "name": user.name,
        "active": "yes" if user.is_active else "no",
    }


def job_title(membership: Membership) -> Mapping[str, object]:
    """Return what the ledger keeps of what somebody's post is called."""
    return {
        "setting": "job title",
        "user": membership.user_id,
        "role": membership.role,
        "job_title": membership.job_title,
    }


def withheld(school: School, role: str) -> Mapping[str, object]:
    """Return what the ledger keeps of what a school takes from a role."""
    return {"setting": "rights", "role": role, "withheld": sorted(school.withheld.get(role, ()))}


def demands(school: School) -> Mapping[str, object]:
    """Return what the ledger keeps of what a school demands of its people."""
    demanded = [field for field in DEMANDED if getattr(school, field)]
    return {"setting": DEMANDS, "school": school.pk, "demanded": demanded}


def sealed_code(code: SealedCode, what: str) -> Mapping[str, object]:
    """Return what the ledger keeps of a sealed code that was asked for, or made."""
    return {
        "setting": "sealed code",
        "what": what,
        "user": code.user_id,
        "asked_by": code.asked_by_id,
    }


def of_sealed_code_used(used: SealedCodeUse) -> Said:
    """Say that a sealed code elevated somebody, why, and until when."""
    body = {
        "setting": "sealed code",
        "what": "used",
        "user": used.code.user_id,
        "code": used.code_id,
        "reason": used.reason,
        "ends_at": used.ends_at,
    }
    return Said(Kind.SETTING, used.code.school_id, used.pk, body)


def sealed_code_reviewed(review: SealedCodeReview) -> Mapping[str, object]:
    """Return what the ledger keeps of what another lead thought of its use."""
    return {
        "setting": "sealed code",
        "what": "reviewed",
        "used": review.of_id,
        "judgement": review.judgement,
    }


def cover(held: Cover) -> Mapping[str, object]:
    """Return what the ledger keeps of who stands in for whom."""
    return {
        "setting": COVER,
        "absent": held.absent_id,
        "by": held.by_id,
        "starts_on": held.starts_on,
        "ends_on": held.ends_on,
    }


def _roles() -> QuerySet[Membership]:
    return Membership.objects.annotate(recorded_at=F("starts_on"))


def _roles_that_end() -> QuerySet[Membership]:
    return _roles().exclude(ends_on=None)


def _say_given(keys: Sequence[UUID]) -> Iterator[Said]:
    for membership in Membership.objects.filter(pk__in=keys):
        yield of_role_granted(membership)


def _say_ended(keys: Sequence[UUID]) -> Iterator[Said]:
    """Say which last days roles have; one that lasts longer than was said since has none."""
    ends = _last_days_said(keys)
    for membership in Membership.objects.filter(pk__in=keys):
        last = membership.ends_on
        if last is not None and last.isoformat() > ends.get(membership.pk, last.isoformat()):
            membership.ends_on = None
        yield of_role_ended(membership)


def _last_days_said(keys: Sequence[UUID]) -> dict[UUID, str]:
    """Return the earliest last day that an entry gave a role after it had one."""
    rows = SealedBody.objects.filter(kind=Kind.SETTING, obj__in=keys, body__isnull=False)
    ends: dict[UUID, str] = {}
    for obj, body in rows.values_list("obj", "body"):
        said = json.loads(bytes(body or b"{}"))
        if said.get("setting") == "role":
            ends[obj] = min(said["ends_on"], ends.get(obj, said["ends_on"]))
    return ends


def _is_the_role_given(now: Said, told: bytes) -> bool:
    row, entry = json.loads(canonical(now.body)), json.loads(told)
    return all(row.get(name) == entry.get(name) for name in KEPT_OF_A_ROLE)


def _ends_no_later(now: Said, told: bytes) -> bool:
    """Whether a role still ends when it was said to end, or earlier: it is never made longer."""
    last = json.loads(canonical(now.body)).get("ends_on")
    return last is not None and last <= json.loads(told)["ends_on"]


register(
    "roles",
    Source(frozenset({Kind.ROLE_GRANTED}), _roles, _say_given, _is_the_role_given, school="school"),
)
register(
    "ends of roles",
    Source(
        frozenset({Kind.ROLE_REVOKED}), _roles_that_end, _say_ended, _ends_no_later, school="school"
    ),
)


def _covers() -> QuerySet[Cover]:
    return Cover.objects.annotate(recorded_at=F("starts_on"))


def _was_taken_back(told: bytes) -> bool:
    """Whether a cover ended before it began: such a row is not kept."""
    said = json.loads(told)
    return said["ends_on"] < said["starts_on"]


register_setting(
    "who stands in for whom",
    _covers,
    cover,
    frozenset({COVER}),
    may_be_gone=_was_taken_back,
    school="school",
)


def _demanding() -> QuerySet[School]:
    """Return the schools that demand anything, each as a row of its own."""
    some = Q(*((field, True) for field in DEMANDED), _connector=Q.OR)
    return School.objects.filter(some).annotate(school_id=F("pk"), recorded_at=F("pk"))


def _demands_nothing(told: bytes) -> bool:
    """Whether a school was said to demand nothing any more: of those no row is kept."""
    return not json.loads(told).get("demanded")


register_setting(
    "what schools demand",
    _demanding,
    demands,
    frozenset({DEMANDS}),
    may_be_gone=_demands_nothing,
    school="pk",
)
