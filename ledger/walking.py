"""Walking one ledger from its first entry to its last, and finding what does not hold.

Memory stays the same however long it is: what is kept are the roots at checkpoints still to come,
and the numbers of entries whose content is gone.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.entries import ENTRY, numbers
from ledger.findings import Findings
from ledger.verifier import COMMIT_PREFIX, Frontier, leaf_hash

DISPOSAL = b"disposal.executed"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the database keeps it, and what is kept beside it."""

    seq: int
    entry: bytes
    leaf: bytes
    body: bytes | None
    salt: bytes | None
    commitment: bytes | None
    beside: tuple[str | None, ...] | None  # actor, at, obj, type, via; None: nothing is


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
        self.findings = findings
        self.frontier = Frontier()
        self._scope = (school.encode(), tree.encode(), str(epoch).encode())
        self._roots = roots
        self._good = 0  # up to where the newest agreeing checkpoint reaches
        self._bad = False
        self._expected = 0
        self._absent: set[int] = set()
        self._gone: set[int] = set()
        self._compare_root()

    @property
    def size(self) -> int:
        """How many entries there were."""
        return self.frontier.size

    def add(self, row: Row) -> bool:
        """Take in the next entry; say whether its content is here and is what was committed to."""
        leaf = leaf_hash(row.entry)
        if leaf != row.leaf:
            self._find("E_LEAF", row.seq)
        said = ENTRY.fullmatch(row.entry)
        whole = False
        if said is None:
            self._find("E_CANON", row.seq)
        else:
            self._check_place(row, said)
            whole = self._check_content(row, said)
        self._expected = row.seq + 1
        self.frontier.append(leaf)
        self._compare_root()
        return whole

    def finish(self, size: int) -> None:
        """Compare with the length that the head says, the checkpoints beyond, and the disposals."""
        if self._expected != size:
            first, last = sorted((self._expected, size))
            self.findings.add("E_SEQ", self.name, seq=first, until=last - 1)
        for promised in sorted(self._roots):
            if promised > self.size:
                self.findings.add("E_TRUNC", self.name, seq=self.size, until=promised - 1)
        for seq in sorted(self._absent - self._gone):
            self._find("E_MISSING", seq)
        for seq in sorted(self._gone - self._absent):
            self._find("E_UNDEAD", seq)

    def _compare_root(self) -> None:
        promised = self._roots.get(self.frontier.size)
        if promised is None:
            return
        if promised == self.frontier.root():
            self._good = self.frontier.size
        elif not self._bad:  # every later root differs too, and says no more about where
            self._bad = True
            until = max(self.frontier.size - 1, 0)
            self.findings.add("E_ROOT", self.name, seq=self._good, until=until)

    def _check_place(self, row: Row, said) -> None:
        seq = row.seq
        if seq != self._expected:
            self.findings.add("E_SEQ", self.name, seq=self._expected, until=max(seq - 1, 0))
        if int(said["seq"]) != seq:
            self._find("E_SEQ", seq)
        if (said["school"], said["tree"], said["epoch"]) != self._scope:
            self._find("E_SCOPE", seq)
        if (said["refs"] or said["targets"]) and any(
            one >= seq for one in (*numbers(said["refs"]), *numbers(said["targets"]))
        ):
            self._find("E_REF", seq)
        if said["type"] == DISPOSAL:
            if said["approver"] is None or said["approver"] == said["actor"]:
                self._find("E_TWO", seq)
            else:
                self._gone.update(numbers(said["targets"]))

    def _check_content(self, row: Row, said) -> bool:
        if row.beside is None or row.beside != _beside(said) or row.commitment != _commit(said):
            self._find("E_BODY", row.seq)
        if said["commit"] is None:
            if said["type"] != DISPOSAL:  # which alone says everything by itself
                self._find("E_BODY", row.seq)
            return False
        if row.body is None or row.salt is None:
            self._absent.add(row.seq)
            return False
        promised = bytes.fromhex(said["commit"].decode())
        if hmac.digest(row.salt, COMMIT_PREFIX + row.body, "sha256") != promised:
            self._find("E_COMMIT", row.seq)
            return False
        return True

    def _find(self, code: str, seq: int) -> None:
        self.findings.add(code, self.name, seq=seq)


def _beside(said) -> tuple[str, ...]:
    return tuple(said[name].decode() for name in ("actor", "at", "obj", "type", "via"))


def _commit(said) -> bytes | None:
    return bytes.fromhex(said["commit"].decode()) if said["commit"] else None


def agreed(roots: Iterable[tuple[int, bytes]], ledger: str, findings: Findings) -> dict[int, bytes]:
    """Return the root at each size; two at one size are a finding, and the first one counts."""
    at: dict[int, bytes] = {}
    for size, root in roots:
        if at.setdefault(size, root) != root:
            findings.add("E_FORK", ledger, seq=max(size - 1, 0))
    return at
