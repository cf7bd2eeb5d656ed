"""Limiting who reads an incident, and keeping it from a member of staff whom it is about."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import bodies, rules
from incidents.models import Audience, Incident, Restriction, RestrictionReader, Subject
from ledger.recording import record
from safeguard.errors import DomainError


def limit_readers(
    *, by: Viewer, incident: Incident, audience: str, readers: Sequence[User], reason: str
) -> Restriction:
    """Limit who reads an incident to named people, or to the DSL as well; or open it again.

    Whoever limits it stays among its readers, so that no incident is left without one. Its author
    goes on reading what they submitted.
    """
    by.require(Permission.RESTRICT)
    if not rules.leads(by, incident):
        raise rules.NotInThread("You cannot limit who reads this incident.")
    if audience not in Audience:
        raise DomainError("Choose who may read this incident.")
    if not reason.strip():
        raise rules.SaysNothing("Give your reason.")
    rules.require_colleagues(by, readers)
    with transaction.atomic():
        limit = Restriction.objects.create(
            incident=incident, audience=audience, reason=reason, by=by.user
        )
        people = dict.fromkeys([by.user, *readers]) if audience != Audience.THREAD else ()
        named = RestrictionReader.objects.bulk_create(
            RestrictionReader(restriction=limit, user=person) for person in people
        )
        record(bodies.of_restriction(limit, readers=named), by=by)
    return limit


def keep_from(*, by: Viewer, incident: Incident, person: User) -> Subject:
    """Say that an incident is about a member of staff: from now on they see nothing of it.

    It cannot be taken back, since nothing that is known can be made unknown; said twice it is once.
    Not of oneself: somebody who reads the incident would then be the only one to have decided it.
    """
    by.require(Permission.RESTRICT)
    if not rules.leads(by, incident):
        raise rules.NotInThread("You cannot say whom this incident is about.")
    rules.require_subjects(by, [person], [])
    with transaction.atomic():
        kept, is_new = Subject.objects.get_or_create(
            incident=incident, user=person, defaults={"named_by": by.user}
        )
        if is_new:
            record(bodies.of_subject(kept), by=by)
    return kept
