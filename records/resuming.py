"""Continuing a ledger after a loss, in a new epoch that begins by saying what was lost.

A back-up from before gives a ledger that is shorter than what was published of it. It cannot go on:
the signer refuses, and every note outside would contradict it. Two people let it end where it is
and begin the next epoch, whose entry 0 carries the note from outside, what there is instead, and
why. Done as the owner of the tables, since nobody else may move a head.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from accounts.permissions import Role
from accounts.viewer import Viewer
from ledger import archive
from ledger.bodies import Said
from ledger.models import Checkpoint, Head, Kind, Via
from ledger.recording import pseudonym, row
from ledger.verifier import Checkpoint as Noted
from ledger.verifier import Frontier, Refused, Vkey, open_note
from records import checkpoint_mail
from safeguard import outbox
from safeguard.errors import DomainError
from safeguard.models import Outbox

MAY_DECIDE = frozenset({Role.DSL, Role.HEAD})
AT_ONCE = 5000


class NotResumed(DomainError):
    """The ledger goes on as it is; the message says why."""


@dataclass(frozen=True)
class Resumed:
    """What was continued, and what the ledger now says of the loss."""

    ledger: str
    epoch: int
    size: int
    agreed: int
    published: int
    noted_epoch: int

    @property
    def begins(self) -> int:
        """The epoch that begins: after all of which anything was published."""
        return self.noted_epoch + 1

    @property
    def lost(self) -> str:
        """Which entries are lost, in a sentence."""
        if self.noted_epoch > self.epoch:
            first = self.size
            sentence = (
                f"{self.ledger} had been continued in epoch {self.noted_epoch}: all "
                f"{self.published} entries that were published of it are lost, and what else came "
                f"after the {self.size} entries of epoch {self.epoch} that are here."
            )
        else:
            first = min(self.size, self.published)
            sentence = self._lost_of_this_epoch(first, self.published - 1)
        if self.agreed < first:
            sentence += f" Of those before, the first {self.agreed} are proved by a checkpoint."
        return sentence

    def _lost_of_this_epoch(self, first: int, last: int) -> str:
        return (
            f"Entries {first} to {last} of {self.ledger}/{self.epoch} are lost."
            if first <= last
            else f"Entries of {self.ledger}/{self.epoch} are not those that were published."
        )


def resume(
    *,
    first: Viewer,
    second: Viewer,
    tree: str,
    note: str,
    reason: str,
    vkeys: Sequence[Vkey] = (),
) -> Resumed:
    """End a tree's epoch where it is and begin the next; run as the owner of the tables."""
    _require_two(first, second)
    if not reason.strip():
        raise NotResumed("Say what happened: the reason stands in the ledger.")
    head = Head.objects.filter(school=first.school_id, tree=tree, is_current=True).first()
    if head is None:
        raise NotResumed("This school has no such ledger.")
    noted, noted_epoch = _open(note, head, vkeys)
    with transaction.atomic():
        ended = _end(head, begins=noted_epoch + 1)
        frontier, at = _roots(ended, {noted.size, *_published_sizes(ended)})
        if noted_epoch == ended.epoch and at.get(noted.size) == noted.root:
            raise NotResumed("Nothing is lost: the ledger holds all that this note says.")
        agreed = _agreed(ended, at)
        done = Resumed(
            f"{head.name}/{tree}", ended.epoch, ended.size, agreed, noted.size, noted_epoch
        )
        _say(first, second, done, frontier, note, reason.strip())
        _take_in(ended, noted, noted_epoch, note)
        checkpoint_mail.tell_of_loss(first.school, done.lost, timezone.now())
    return done


def _require_two(first: Viewer, second: Viewer) -> None:
    if first.user_id == second.user_id or first.school_id != second.school_id:
        raise NotResumed("Name two different people of this school.")
    for person in (first, second):
        if not person.roles & MAY_DECIDE:
            raise NotResumed(f"{person.user.email} is neither the DSL nor the headteacher.")


def _open(note: str, head: Head, vkeys: Sequence[Vkey]) -> tuple[Noted, int]:
    """Return what a note says, and of which epoch: the one that is here, or one that was after it."""
    *_, epoch = note.partition("\n")[0].split("/")
    of_epoch = int(epoch) if epoch.isdecimal() else head.epoch
    filed = archive.key_in(archive.folder_of(head.name, head.tree, of_epoch))
    try:
        known = [*vkeys, *([Vkey.parse(filed)] if filed else [])]
        if not known:
            raise NotResumed(
                "The key with which the notes were signed is not in the archive. Give the one that "
                "was filed on paper with --vkey."
            )
        noted = open_note(note, known)
    except Refused as refused:
        raise NotResumed(f"This note cannot be believed: {refused}") from refused
    is_of_it = noted.origin.split("/")[1:] == [head.name, head.tree, str(of_epoch)]
    if not is_of_it or of_epoch < head.epoch:
        raise NotResumed(
            f"This note is about {noted.origin}, and the ledger is now {head.name}/{head.tree}/"
            f"{head.epoch}."
        )
    return noted, of_epoch


def _end(head: Head, *, begins: int) -> Head:
    """End the epoch; whoever records meanwhile waits and then stands in the next one."""
    with connection.cursor() as cursor:
        which = (head.school_id, str(head.tree), begins)
        cursor.execute("SELECT id FROM ledger_next_epoch(%s, %s, %s)", which)
    return Head.objects.get(school=head.school_id, tree=head.tree, epoch=head.epoch)


def _published_sizes(head: Head) -> set[int]:
    return {size for size, _ in _published(head)}


def _published(head: Head) -> Iterator[tuple[int, bytes]]:
    rows = Checkpoint.objects.filter(school=head.school_id, tree=head.tree, epoch=head.epoch)
    for size, root in rows.values_list("size", "root"):
        yield size, bytes(root)


def _agreed(head: Head, at: dict[int, bytes]) -> int:
    """Return up to where a checkpoint that was kept proves what is here."""
    return max((size for size, root in _published(head) if at.get(size) == root), default=0)


def _roots(head: Head, sizes: set[int]) -> tuple[Frontier, dict[int, bytes]]:
    """Return the whole tree's frontier, and the roots that it had at these sizes."""
    frontier, at = Frontier(), {}
    with connection.cursor() as cursor:
        for start in range(0, head.size, AT_ONCE):
            cursor.execute(
                "SELECT leaf FROM ledger_entry WHERE school_id = %s AND tree = %s AND epoch = %s"
                " AND seq >= %s AND seq < %s ORDER BY seq",
                [head.school_id, head.tree, head.epoch, start, start + AT_ONCE],
            )
            for (leaf,) in cursor.fetchall():
                frontier.append(bytes(leaf))
                if frontier.size in sizes:
                    at[frontier.size] = frontier.root()
    if frontier.size != head.size:
        raise NotResumed(
            f"The database itself is damaged: {head.size} entries should be there, and "
            f"{frontier.size} are. Restore a back-up first."
        )
    return frontier, at


def _say(
    first: Viewer, second: Viewer, done: Resumed, frontier: Frontier, note: str, reason: str
) -> None:
    """Add what will be entry 0 of the next epoch: nobody else sees that epoch before the commit."""
    body = {
        "note": note,
        "ended": {
            "epoch": done.epoch,
            "size": done.size,
            "root": frontier.root().hex(),
            "agreed": done.agreed,
        },
        "lost": done.lost,
        "reason": reason,
        "first": first.user_id,
        "second": second.user_id,
    }
    said = Said(Kind.RESTORED, first.school_id, uuid4(), body)
    told = row(said, pseudonym(first.school_id, first.user_id), Via.SYSTEM)
    told.tree = done.ledger.rpartition("/")[2]
    told.approver = pseudonym(first.school_id, second.user_id)
    told.save()
    outbox.put(Outbox.Kind.CHECKPOINT, [told.pk], school=told.school_id)


def _take_in(head: Head, noted: Noted, epoch: int, note: str) -> None:
    """Keep the note from outside where the ledger's own are kept; of a lost epoch, in the archive."""
    if epoch == head.epoch:
        which = {"school_id": head.school_id, "tree": head.tree, "epoch": epoch}
        taken = Checkpoint(**which, size=noted.size, root=noted.root, note=note)
        Checkpoint.objects.bulk_create([taken], ignore_conflicts=True)
    archive.keep_note(archive.folder_of(head.name, head.tree, epoch), noted.size, note)
