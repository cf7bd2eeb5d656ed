"""Writing the access log through the audit role's own connection, in autocommit.

A denial must be on record even when the request's transaction rolls back, and a page of a
child's record is not shown when its reading cannot be recorded: errors here are not caught.
"""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID, uuid4

from ledger.models import AccessEntry


class Looker(Protocol):
    """What is needed to know of the person who looks."""

    @property
    def user_id(self) -> UUID | None: ...

    @property
    def school_id(self) -> UUID | None: ...

    @property
    def is_elevated(self) -> bool: ...


def record_access(
    viewer: Looker,
    event: str,
    *,
    pupils: Iterable[UUID] = (),
    target: UUID | None = None,
    page: str = "",
    detail: str = "",
) -> None:
    """Record that viewer did event, once for each pupil whom it concerns (or once for none)."""
    AccessEntry.objects.using("audit").bulk_create(
        AccessEntry(
            id=uuid4(),
            school=viewer.school_id,
            user=viewer.user_id,
            event=event,
            pupil=pupil,
            target=target,
            page=page,
            elevated=viewer.is_elevated,
            detail=detail,
        )
        for pupil in (tuple(pupils) or (None,))
    )
