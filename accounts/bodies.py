"""What the ledger commits to when an account or somebody's rights are changed."""

from collections.abc import Mapping

from accounts.models import Cover, Membership, RoleDecision, RoleProposal, School, User
from ledger.bodies import Said
from ledger.models import Kind


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


def cover(held: Cover) -> Mapping[str, object]:
    """Return what the ledger keeps of who stands in for whom."""
    return {
        "setting": "cover",
        "absent": held.absent_id,
        "by": held.by_id,
        "starts_on": held.starts_on,
        "ends_on": held.ends_on,
    }
