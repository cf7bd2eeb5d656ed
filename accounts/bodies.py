"""What the ledger commits to when somebody is given a role, or a role ends."""

from accounts.models import Membership
from ledger.bodies import Said
from ledger.models import Kind


def of_role_granted(membership: Membership) -> Said:
    """Say that somebody was given a role in a school."""
    body = {
        "user": membership.user_id,
        "role": membership.role,
        "job_title": membership.job_title,
        "starts_on": membership.starts_on,
    }
    return Said(Kind.ROLE_GRANTED, membership.school_id, membership.pk, body)


def of_role_ended(membership: Membership) -> Said:
    """Say that a role has its last day."""
    body = {"user": membership.user_id, "role": membership.role, "ends_on": membership.ends_on}
    return Said(Kind.ROLE_REVOKED, membership.school_id, membership.pk, body)
