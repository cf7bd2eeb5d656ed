"""Walking one ledger from its first entry to its last, and finding what does not hold.

Memory stays the same however long it is: what is kept are the roots at checkpoints still to come,
and the numbers of entries whose content is gone. A million entries are walked within a minute, so
what is done for each is done without an object or a call more than it needs.
"""

import hashlib
import hmac
from binascii import unhexlify
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.entries import ENTRY, former_epochs, numbers
from ledger.findings import Findings
from ledger.verifier import COMMIT_PREFIX, Frontier

DISPOSAL = b"disposal.executed"
AT_ONCE = 1000  # leaves that are put on the tree in one step

# An entry as the database keeps it and what is kept beside it: seq, entry, leaf; body, salt,
# commitment; actor, recorded_at, obj, type, via, of which the last five are None where nothing is.
Row = tuple[
    *tuple[int, bytes, bytes],
    *tuple[bytes | None, bytes | None, bytes | None],
    *tuple[str | None, str | None, str | None, str | None, str | None],
]


@dataclass(frozen=True, slots=True)
class Former:
    """What a disposal names of an epoch before its own."""

    seq: int
    epoch: int
    target: int


class Walk:
    """The check of one ledger; give it rows in their order, then `finish`."""

    def __init__(
        self,
        *,
        school: str,
        tree: str,
        epoch: int,
        roots: Mapping[int, bytes],
        findings: Findings,
    ):
        self.name = f"{tree}/{epoch}"
        self.epoch = epoch
        self.findings = findings
        self.size = 0
        self.former: list[Former] = []
        self.gone: set[int] = set()
        self._frontier = Frontier()
        self._leaves: list[bytes] = []
        self._scope = (school.encode(), tree.encode(), str(epoch).encode())
        self._roots = roots
        self._good = 0  # up to where the newest agreeing checkpoint reaches
        self._bad = False
        self._expected = 0
        self._absent: set[int] = set()
        self._reach(0)

    def add(self, row: Row) -> bool:
        """Take in the next entry; say whether its content is here and is what was committed to."""
        seq, entry, leaf, body, salt, commitment, *beside = row
        computed = hashlib.sha256(b"\x00" + entry).digest()
        if computed != leaf:
            self._find("E_LEAF", seq)
        said = ENTRY.fullmatch(entry)
        whole = False
        if said is None:
            self._find("E_CANON", seq)
        else:
            (actor, approver, at, commit, epoch, former, obj) = said.group(*BEFORE_REFS)
            (refs, school, number, targets, tree, kind, via) = said.group(*AFTER_OBJ)
            if seq != self._expected:
                until = max(seq - 1, 0)
                self.findings.add("E_SEQ", self.name, seq=self._expected, until=until)
            if int(number) != seq:
                self._find("E_SEQ", seq)
            if (school, tree, epoch) != self._scope:
                self._find("E_SCOPE", seq)
            if (refs or targets) and max(numbers(refs) + numbers(targets)) >= seq:
                self._find("E_REF", seq)
            if kind == DISPOSAL:
                self._dispose(seq, actor, approver, targets, former)
            promised = unhexlify(commit) if commit else None
            if promised != commitment or not _agree(beside, (actor, at, obj, kind, via)):
                self._find("E_BODY", seq)
            if promised is not None:
                whole = self._is_whole(seq, promised, body, salt)
            elif kind != DISPOSAL:  # which alone says everything by itself
                self._find("E_BODY", seq)
        self._expected = seq + 1
        self._grow(computed)
        return whole

    def finish(self, size: int) -> None:
        """Compare with the length that the head says, and with the checkpoints beyond it."""
        self._reach(self.size)
        if self._expected != size:
            first, last = sorted((self._expected, size))
            self.findings.add("E_SEQ", self.name, seq=first, until=last - 1)
        for promised in sorted(self._roots):
            if promised > self.size:
                self.findings.add("E_TRUNC", self.name, seq=self.size, until=promised - 1)

    def compare_with_disposals(self) -> None:
        """Find what is gone and not disposed of, and the reverse, once every epoch was walked."""
        for seq in sorted(self._absent - self.gone):
            self._find("E_MISSING", seq)
        for seq in sorted(self.gone - self._absent):
            self._find("E_UNDEAD", seq)

    def find_unknown(self, seq: int) -> None:
        """Find fault with an entry that names one which is not there."""
        self._find("E_REF", seq)

    def _grow(self, leaf: bytes) -> None:
        self._leaves.append(leaf)
        self.size += 1
        if self.size in self._roots or len(self._leaves) >= AT_ONCE:
            self._reach(self.size)

    def _reach(self, size: int) -> None:
        """Put the waiting leaves on the tree, and compare the root where one is promised."""
        self._frontier.extend(self._leaves)
        self._leaves.clear()
        promised = self._roots.get(size)
        if promised is None:
            return
        if promised == self._frontier.root():
            self._good = size
        elif not self._bad:  # every later root differs too, and says no more about where
            self._bad = True
            self.findings.add("E_ROOT", self.name, seq=self._good, until=max(size - 1, 0))

    def _dispose(
        self, seq: int, actor: bytes, approver: bytes | None, targets: bytes, former: bytes
    ) -> None:
        if approver is None or approver == actor:
            self._find("E_TWO", seq)
            return
        self.gone.update(numbers(targets))
        for epoch, named in former_epochs(former):
            if epoch >= self.epoch:
                self._find("E_REF", seq)
            else:
                self.former += (Former(seq, epoch, target) for target in named)

    def _is_whole(self, seq: int, promised: bytes, body: bytes | None, salt: bytes | None) -> bool:
        if body is None or salt is None:
            self._absent.add(seq)
            return False
        if hmac.digest(salt, COMMIT_PREFIX + body, "sha256") != promised:
            self._find("E_COMMIT", seq)
            return False
        return True

    def _find(self, code: str, seq: int) -> None:
        self.findings.add(code, self.name, seq=seq)


BEFORE_REFS = ("actor", "approver", "at", "commit", "epoch", "former", "obj")
AFTER_OBJ = ("refs", "school", "seq", "targets", "tree", "type", "via")


def _agree(beside: Sequence, said: tuple[bytes, bytes, bytes, bytes, bytes]) -> bool:
    """Say whether what is kept beside an entry is what the entry says."""
    actor, at, obj, kind, via = said
    # As PostgreSQL writes it: its own text says less than the entry where the fraction ends in 0.
    time = b"%b %b+00" % (at[:10], at[11:-1].rstrip(b"0").rstrip(b"."))
    return b"\n".join((actor, time, obj, kind, via)) == "\n".join(map(str, beside)).encode()


def compare_epochs(walks: Sequence[Walk]) -> None:
    """Conclude what is gone from the epochs of one tree: a later one's disposals name it too."""
    by_epoch = {walk.epoch: walk for walk in walks}
    for walk in walks:
        for former in walk.former:
            earlier = by_epoch.get(former.epoch)
            if earlier is None or former.target >= earlier.size:
                walk.find_unknown(former.seq)
            else:
                earlier.gone.add(former.target)
    for walk in walks:
        walk.compare_with_disposals()


def agreed(roots: Iterable[tuple[int, bytes]], ledger: str, findings: Findings) -> dict[int, bytes]:
    """Return the root at each size; two at one size are a finding, and the first one counts."""
    at: dict[int, bytes] = {}
    for size, root in roots:
        if at.setdefault(size, root) != root:
            findings.add("E_FORK", ledger, seq=max(size - 1, 0))
    return at
