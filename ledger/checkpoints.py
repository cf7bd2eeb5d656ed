"""Checkpoints: the signer's word on every ledger, kept in the database and in the archive.

A checkpoint is asked for when a ledger has grown. The note is opened with the key that lies in the
archive since the first one, and not believed otherwise. The row comes first, then the file: what a
crash or an unreachable archive left out is put there by the next round. A ledger that no longer
holds what was published of it, as after a back-up was restored, is not asked for: it would be a fork.
"""

import contextlib
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Exists, OuterRef

from ledger import archive
from ledger.models import Checkpoint, Entry, Head
from ledger.signing import NotSigned, ask_for_note, ask_for_vkey
from ledger.verifier import Frontier, Refused, Vkey, open_note
from safeguard.failpoints import failpoint

logger = logging.getLogger(__name__)

LATELY = 100  # rows of each ledger whose files a round looks for
PATIENCE = timedelta(minutes=45)
LOOKED_AT = 5  # rows that are not the signer's are passed over, and found by the verification
CONTINUE = (
    "It cannot go on: it is continued in a new epoch, by two people, with manage.py resume_ledger."
)


class TwoWords(NotSigned):
    """A note contradicts what was published: another root of this size, or another key."""


def take_due() -> int:
    """Take a checkpoint of every ledger that has grown since the last; return how many.

    One that cannot be had keeps none of the others waiting, and is asked for again next time.
    """
    taken = 0
    for head in _grown():
        try:
            taken += bool(take(head))
        except NotSigned as error:
            _log(head, error)
    for head in Head.objects.all():
        _publish_missing(head, LATELY)
    return taken


def publish_everything() -> None:
    """Put every note into the archive that is not in it, however old."""
    for head in Head.objects.all():
        _publish_missing(head, None)


def take_now(school_id: UUID) -> list[Checkpoint]:
    """Take checkpoints of a school at once, after what must not stay undone unnoticed.

    Raises NotSigned when the signer is down; the next round then takes them.
    """
    heads = Head.objects.filter(school=school_id, is_current=True, size__gt=0)
    return [take(head) for head in heads.order_by("tree")]


def take(head: Head) -> Checkpoint:
    """Ask the signer for its word on a ledger, keep it and publish it."""
    _require_newest(head)
    vkey = vkey_of(head)
    _require_whole(head, _noted(head, vkey), _archived(head, vkey))
    note = ask_for_note(school=head.name, tree=head.tree, epoch=head.epoch)
    try:
        said = open_note(note, [vkey])
    except Refused as refused:
        raise TwoWords(
            f"The note about {head} is not signed with the key in the archive: {refused}"
        ) from refused
    if said.origin != vkey.name:
        raise TwoWords(f"The note about {head} speaks of another ledger.")
    which = {"school_id": head.school_id, "tree": head.tree, "epoch": head.epoch}
    row = Checkpoint(**which, size=said.size, root=said.root, note=note)
    Checkpoint.objects.bulk_create([row], ignore_conflicts=True)
    kept = Checkpoint.objects.get(**which, size=said.size)
    failpoint("checkpoint.after_sign_before_publish")
    if bytes(kept.root) != said.root:
        raise TwoWords(f"Two roots of {head.name}/{head.tree}/{head.epoch} at {said.size} exist.")
    _publish(head, kept)
    return kept


def _noted(head: Head, vkey: Vkey) -> set[tuple[int, bytes]]:
    """Return the largest size, and its root, of which the table has a note of the filed key."""
    which = {"school": head.school_id, "tree": head.tree, "epoch": head.epoch}
    rows = Checkpoint.objects.filter(**which).order_by("-size")[:LOOKED_AT]
    return set(islice(_signed((row.note for row in rows), vkey), 1))


def _archived(head: Head, vkey: Vkey) -> set[tuple[int, bytes]]:
    """Return the largest size, and its root, of which the archive has a note of the filed key.

    What is not signed with that key was never published, whoever has put it there.
    """
    folder = archive.folder_of(head.name, head.tree, head.epoch)
    notes = (archive.note_in(folder, size) for size in archive.sizes_in(folder))
    try:
        return set(islice(_signed(notes, vkey), 1))
    except OSError as error:  # not reachable now: the night's verification looks again
        _log(head, error)
    return set()


def _signed(notes: Iterable[str], vkey: Vkey) -> Iterator[tuple[int, bytes]]:
    for note in notes:
        with contextlib.suppress(Refused):
            said = open_note(note, [vkey])
            if said.origin == vkey.name:
                yield said.size, said.root


def _require_newest(head: Head) -> None:
    """Refuse an epoch that was ended long ago, and begins again to grow in a restored back-up."""
    newest = archive.newest_epoch(head.name, head.tree)
    if head.is_current and newest > head.epoch:
        raise TwoWords(
            f"{head.name}/{head.tree} had been continued in epoch {newest}, and here is epoch "
            f"{head.epoch}. {CONTINUE}"
        )


def _require_whole(
    head: Head, noted: set[tuple[int, bytes]], archived: set[tuple[int, bytes]]
) -> None:
    """Refuse a ledger that lacks what was published, or holds something else in its place."""
    published = noted | archived
    if not published:
        return
    largest = max(size for size, _ in published)
    if Head.objects.values_list("size", flat=True).get(pk=head.pk) < largest:
        raise TwoWords(
            f"{head.name}/{head.tree}/{head.epoch} is shorter than the {largest} entries that were "
            f"published of it. {CONTINUE}"
        )
    # Where the table has what the archive has, the signer itself goes on from there.
    if noted != archived and not published <= _roots(head, {size for size, _ in published}):
        raise TwoWords(
            f"{head.name}/{head.tree}/{head.epoch} does not hold the {largest} entries that were "
            f"published of it. {CONTINUE}"
        )


def _roots(head: Head, sizes: set[int]) -> set[tuple[int, bytes]]:
    frontier = Frontier()
    found = {(0, frontier.root())}
    rows = Entry.objects.filter(
        school=head.school_id, tree=head.tree, epoch=head.epoch, seq__lt=max(sizes)
    )
    for leaf in rows.order_by("seq").values_list("leaf", flat=True).iterator():
        frontier.append(bytes(leaf))
        if frontier.size in sizes:
            found.add((frontier.size, frontier.root()))
    return found


def vkey_of(head: Head) -> Vkey:
    """Return the key that was filed first; the signer's own word only until there is one."""
    folder = archive.folder_of(head.name, head.tree, head.epoch)
    try:
        filed = archive.key_in(folder)
    except OSError as error:  # not reachable now: the night's verification looks again
        filed = None
        _log(head, error)
    if filed is None:
        filed = ask_for_vkey(school=head.name, tree=head.tree, epoch=head.epoch)
        try:
            archive.keep_key(folder, filed)
        except archive.Altered:  # another worker filed it at this moment: the first one counts
            filed = archive.key_in(folder) or filed
        except OSError as error:
            _log(head, error)
    try:
        return Vkey.parse(filed)
    except Refused as refused:
        raise TwoWords(f"The key in the archive of {head} cannot be read: {refused}") from refused


def newest(school_id: UUID, tree: str) -> Checkpoint | None:
    """Return the newest checkpoint of a school's tree that is the signer's and fits the tree.

    A row alone is nobody's word: only a note that opens with the filed key goes out in mails and at
    the foot of papers.
    """
    for head in Head.objects.filter(school=school_id, tree=tree).order_by("-epoch"):
        rows = Checkpoint.objects.filter(
            school=school_id, tree=tree, epoch=head.epoch, size__lte=head.size
        )
        for row in rows.order_by("-size")[:LOOKED_AT]:
            if _is_signed(head, row):
                return row
    return None


def _is_signed(head: Head, row: Checkpoint) -> bool:
    try:
        vkey = vkey_of(head)
        said = open_note(row.note, [vkey])
    except (Refused, NotSigned, OSError):
        return False
    return (said.origin, said.size, said.root) == (vkey.name, row.size, bytes(row.root))


def waiting_since(head: Head, now: datetime) -> datetime | None:
    """Return since when entries wait to be signed, if that is longer than it should be."""
    signed = newest(head.school_id, head.tree)
    first = signed.size if signed and signed.epoch == head.epoch else 0
    unsigned = Entry.objects.filter(
        school=head.school_id, tree=head.tree, epoch=head.epoch, seq=first
    ).first()
    if unsigned is None or unsigned.recorded_at > now - PATIENCE:
        return None
    return unsigned.recorded_at


def _grown():
    signed = Checkpoint.objects.filter(
        school=OuterRef("school"),
        tree=OuterRef("tree"),
        epoch=OuterRef("epoch"),
        size=OuterRef("size"),
    )
    heads = Head.objects.filter(~Exists(signed), is_current=True, size__gt=0)
    return heads.order_by("name", "tree")


def _publish_missing(head: Head, most: int | None) -> None:
    folder = archive.folder_of(head.name, head.tree, head.epoch)
    which = {"school": head.school_id, "tree": head.tree, "epoch": head.epoch}
    for row in Checkpoint.objects.filter(**which).order_by("-size")[:most]:
        if not archive.has_note(folder, row.size):
            try:
                _publish(head, row)
            except NotSigned as error:
                _log(head, error)


def _publish(head: Head, row: Checkpoint) -> None:
    try:
        folder = archive.folder_of(head.name, head.tree, head.epoch)
        archive.keep_note(folder, row.size, row.note)
    except archive.Altered as altered:
        raise TwoWords(f"The archive holds another note: {altered}.") from altered
    except OSError as error:  # not reachable now: the next round finds the row without its file
        _log(head, error)


def _log(head: Head, error: Exception) -> None:
    say = logger.error if isinstance(error, TwoWords) else logger.warning
    say("checkpoint: tree=%s epoch=%s error=%s", head.tree, head.epoch, type(error).__name__)
