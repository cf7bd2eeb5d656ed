"""What somebody can take away as proof of an entry.

The proof file (C2SP tlog-proof) shows, without any other record, that an entry stands in a tree
whose root the signer has signed. It holds the entry's number, which tells how much a school records:
so it is made only when its person asks for it.
"""

from django.db.models import QuerySet

from ledger.models import Checkpoint, Entry
from ledger.tree import inclusion_ranges
from ledger.verifier import Proof, root_of


def covering(entry: Entry) -> Checkpoint | None:
    """Return the first checkpoint that covers an entry; None until there is one."""
    later = Checkpoint.objects.filter(
        school=entry.school_id, tree=entry.tree, epoch=entry.epoch, size__gt=entry.seq
    )
    return later.order_by("size").first()


def proof_of(entry: Entry, checkpoint: Checkpoint) -> str:
    """Return the proof file that an entry stands under a checkpoint."""
    hashes = [
        _root(entry, start, end) for start, end in inclusion_ranges(entry.seq, checkpoint.size)
    ]
    return str(Proof(entry.seq, tuple(hashes), checkpoint.note, bytes(entry.entry)))


def _root(entry: Entry, start: int, end: int) -> bytes:
    leaves = _stretch(entry, start, end).values_list("leaf", flat=True)
    return root_of(bytes(leaf) for leaf in leaves.iterator(chunk_size=10_000))


def _stretch(entry: Entry, start: int, end: int) -> QuerySet[Entry]:
    return Entry.objects.filter(
        school=entry.school_id, tree=entry.tree, epoch=entry.epoch, seq__gte=start, seq__lt=end
    ).order_by("seq")
