"""Make the proofs that `ledger.verifier` checks (RFC 6962 2.1.1 and 2.1.2).

A proof is a list of roots of stretches of the tree. Which stretches is arithmetic (`…_ranges`); their
roots come from a list of leaves, or from a PackedTree when many proofs are wanted of a big ledger.
"""

from collections.abc import Iterable, Sequence

from ledger.verifier import EMPTY_ROOT, HASH_SIZE, node_hash, root_of

Range = tuple[int, int]


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the stretches whose roots show that an index is in a tree, from leaf to root."""
    if not 0 <= index < size:
        raise ValueError(f"There is no leaf {index} in a tree of {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _largest_power_below(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old_size: int, size: int) -> list[Range]:
    """Return the stretches whose roots show that a tree begins with an older one."""
    if not 0 <= old_size <= size:
        raise ValueError(f"A tree of {size} cannot begin with one of {old_size}")
    if old_size in (0, size):
        return []
    start, end, path = 0, size, []
    while end != old_size:
        middle = start + _largest_power_below(end - start)
        if old_size <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    if start:  # not the whole of the older tree, whose root the verifier has
        path.append((start, end))
    return path[::-1]


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof that a leaf is at this index of the tree over these leaves."""
    return [root_of(leaves[a:b]) for a, b in inclusion_ranges(index, len(leaves))]


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof that the tree over these leaves begins with the older tree."""
    return [root_of(leaves[a:b]) for a, b in consistency_ranges(old_size, len(leaves))]


class PackedTree:
    """Every complete subtree's root, 64 bytes an entry: any proof in a few hashes.

    Read the leaves once (from a server-side cursor, say) and ask for as many proofs as needed, also
    of the states the ledger had when it was smaller.
    """

    def __init__(self, leaves: Iterable[bytes] = ()):
        self._levels = [bytearray()]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_SIZE

    def append(self, leaf: bytes) -> None:
        """Add the next leaf, and every subtree that it completes."""
        if len(leaf) != HASH_SIZE:
            raise ValueError("A leaf has 32 bytes")
        self._levels[0] += leaf
        level = 0
        while len(self._levels[level]) // HASH_SIZE % 2 == 0:
            pair = bytes(self._levels[level][-2 * HASH_SIZE :])
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node_hash(pair[:HASH_SIZE], pair[HASH_SIZE:])

    def leaf(self, index: int) -> bytes:
        """Return the leaf at an index."""
        return self._node(0, index)

    def root(self, size: int | None = None) -> bytes:
        """Return the root, or the root the tree had when it was of that size."""
        size = len(self) if size is None else size
        self._check(size)
        return self._root(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that a leaf is at this index of the tree (of that size)."""
        size = len(self) if size is None else size
        self._check(size)
        return [self._root(a, b) for a, b in inclusion_ranges(index, size)]

    def consistency_proof(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the tree (of that size) begins with the older tree."""
        size = len(self) if size is None else size
        self._check(size)
        return [self._root(a, b) for a, b in consistency_ranges(old_size, size)]

    def _check(self, size: int) -> None:
        if not 0 <= size <= len(self):
            raise ValueError(f"There are {len(self)} leaves, not {size}")

    def _node(self, level: int, index: int) -> bytes:
        at = index * HASH_SIZE
        return bytes(self._levels[level][at : at + HASH_SIZE])

    def _root(self, start: int, end: int) -> bytes:
        """Return the root of a stretch that is a subtree of some tree: its start is aligned."""
        count = end - start
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._node(level, start >> level)
        middle = start + _largest_power_below(count)
        return node_hash(self._root(start, middle), self._root(middle, end))


def _largest_power_below(count: int) -> int:
    """Return the largest power of two smaller than the count."""
    return 1 << ((count - 1).bit_length() - 1)
