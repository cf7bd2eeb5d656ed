"""Who may open a file in which state of the scan: one question, asked by whatever hands one out.

Seeing that a file is there was decided before, by `Attachment.objects.visible_to`; this comes on top
(SR-71, and "Choices made" in the requirements). A file that is not checked is for its author, who has
it already, and after a warning for those who lead. One in which something was found is for nobody.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from accounts.permissions import Role
from accounts.viewer import Viewer
from incidents.models import Attachment, FileScan, Upload
from safeguard import clamav

WITHIN = timedelta(minutes=15)
# The head stands in where it is the DSL of whom an incident speaks.
WARNED = frozenset({Role.DSL, Role.DEPUTY_DSL, Role.HEAD})


class State(StrEnum):
    """What the scanner has said of a file so far."""

    NOT_CHECKED = "not checked"
    PENDING = "pending"
    CLEAN = "clean"
    SUSPECT = "suspect"
    ERROR = "error"


class Way(StrEnum):
    """How somebody comes to a file."""

    OPENS = "opens"
    WARNS = "warns"
    CLOSED = "closed"


WORDS = {
    State.NOT_CHECKED: "Not checked for viruses",
    State.PENDING: "Being checked for viruses",
    State.CLEAN: "",
    State.SUSPECT: "Closed: the virus scanner found something in it",
    State.ERROR: "Could not be checked for viruses",
}


@dataclass(frozen=True)
class Opening:
    """Whether a person may open a file now, and what is said of it."""

    state: State
    way: Way

    @property
    def words(self) -> str:
        """What stands beside the file's name; nothing when all is well."""
        said = WORDS[self.state]
        if self.way == Way.CLOSED and self.state != State.SUSPECT:
            return f"{said}: a safeguarding lead can open it"
        return said


def may_open(
    attachment: Attachment, viewer: Viewer, *, redrawn: bool = False, now: datetime | None = None
) -> Opening:
    """Return how this person comes to a file that they may see; `redrawn` for our own copy of it."""
    shown = {attachment.pk} if redrawn else frozenset()
    return openings([attachment], viewer, redrawn=shown, now=now)[attachment.pk]


def openings(
    attachments: Iterable[Attachment],
    viewer: Viewer,
    *,
    redrawn: Collection[UUID] = frozenset(),
    now: datetime | None = None,
) -> dict[UUID, Opening]:
    """Return the same for several files, in one question to the database."""
    attachments = list(attachments)
    states = states_of(attachments, now or timezone.now())
    return {
        one.pk: Opening(
            states[one.stored_as],
            _way(states[one.stored_as], viewer, _author_of(one), one.pk in redrawn),
        )
        for one in attachments
    }


def states_of(files: Iterable[Attachment | Upload], now: datetime) -> dict[str, State]:
    """Return what is known of stored files, by the names under which they are kept."""
    files = list(files)
    if not files:
        return {}
    known = {scan.stored_as: scan for scan in FileScan.objects.of(files)}
    return {file.stored_as: _state(known.get(file.stored_as), now) for file in files}


def _state(scan: FileScan | None, now: datetime) -> State:
    if scan is not None and scan.result == FileScan.Result.CLEAN:
        return State.CLEAN
    if scan is not None and scan.result == FileScan.Result.SUSPECT:
        return State.SUSPECT
    if scan is None or not clamav.is_configured():
        return State.NOT_CHECKED
    if scan.tries:
        return State.ERROR
    return State.PENDING if now - scan.asked_at < WITHIN else State.NOT_CHECKED


def _way(state: State, viewer: Viewer, author: UUID, redrawn: bool) -> Way:
    if state == State.SUSPECT:
        return Way.CLOSED
    if state == State.CLEAN or viewer.user_id == author:
        return Way.OPENS
    if redrawn and not clamav.is_configured():
        return Way.OPENS
    return Way.WARNS if viewer.roles & WARNED else Way.CLOSED


def _author_of(attachment: Attachment) -> UUID:
    action = attachment.action
    return action.author_id if action is not None else attachment.incident.reported_by_id
