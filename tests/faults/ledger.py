"""I2: the ledger after everything, recomputed from the database's rows, and against the signer's word."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from ledger import verifier
from tests.faults.running import Copy

# What has to have its one entry, and what else the entry may be called there.
RECORDED = {
    "incidents_incident": ["incident.created"],
    "incidents_action": ["action.added", "record.corrected"],
    "incidents_alert": ["alert.granted"],
    "incidents_acknowledgement": ["alert.acknowledged"],
}


@dataclass(frozen=True)
class Tree:
    """One of a school's trees as the database holds it."""

    school: str
    name: str
    tree: str
    epoch: int
    size: int
    leaves: list[bytes]

    def __str__(self) -> str:
        return f"{self.name}/{self.tree}/{self.epoch}"


def broken(connection: psycopg.Connection, copy: Copy) -> Iterator[str]:
    """Yield what is wrong with the ledger."""
    # One snapshot: a batch of the access log may be put on its tree meanwhile.
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = []
        for head in connection.execute(
            "SELECT school_id::text, name, tree, epoch, size FROM ledger_head"
        ).fetchall():
            leaves: list[bytes] = []
            yield from numbers_and_leaves(connection, head, leaves)
            found.append(Tree(*head, leaves))
        yield from bodies(connection)
        yield from records(connection)
        yield from looks(connection)
    for tree in found:
        yield from signed(copy, tree)


def numbers_and_leaves(
    connection: psycopg.Connection, head: tuple, leaves: list[bytes]
) -> Iterator[str]:
    """No gap, and each leaf is the hash of its bytes, which say of themselves where they stand."""
    school, name, tree, epoch, size = head
    for seq, entry, leaf in connection.execute(
        "SELECT seq, entry, leaf FROM ledger_entry"
        " WHERE school_id = %s AND tree = %s AND epoch = %s ORDER BY seq",
        [school, tree, epoch],
    ):
        if seq != len(leaves):
            yield f"I2 {name}/{tree}/{epoch}: after {len(leaves) - 1} comes {seq}"
        if verifier.leaf_hash(entry) != leaf:
            yield f"I2 {name}/{tree}/{epoch} #{seq}: the leaf is not the hash of the entry"
        said = json.loads(entry)
        if (said["school"], said["tree"], said["epoch"], said["seq"]) != (name, tree, epoch, seq):
            yield f"I2 {name}/{tree}/{epoch} #{seq} says it stands elsewhere"
        leaves.append(leaf)
    if size != len(leaves):
        yield f"I2 {name}/{tree}/{epoch}: the head says {size}, there are {len(leaves)}"


def bodies(connection: psycopg.Connection) -> Iterator[str]:
    """Every body has its entry and every entry its body, which it commits to."""
    for key, body, salt, commitment, entry in connection.execute(
        "SELECT coalesce(b.id, e.id)::text, b.body, b.salt, b.commitment, e.entry"
        " FROM ledger_sealedbody b FULL JOIN ledger_entry e USING (id)"
    ):
        if entry is None:
            yield f"I2 {key} was taken down and has no entry"
        elif commitment is not None:
            if body is not None and verifier.commitment(salt, body) != commitment:
                yield f"I2 {key} does not open its commitment"
            if json.loads(entry)["commit"] != commitment.hex():
                yield f"I2 the entry of {key} commits to something else"


def records(connection: psycopg.Connection) -> Iterator[str]:
    """What was recorded has exactly one entry."""
    for table, kinds in RECORDED.items():
        (odd,) = connection.execute(
            f"SELECT count(*) FROM {table} r WHERE 1 <> (SELECT count(*) FROM ledger_entry e"
            " JOIN ledger_sealedbody b USING (id) WHERE b.obj = r.id AND b.kind = ANY (%s))",
            [kinds],
        ).fetchone()
        if odd:
            yield f"I2 {odd} rows of {table} have no entry, or more than one"


def looks(connection: psycopg.Connection) -> Iterator[str]:
    """What is on the access log is on its tree, or waits for that, and never both."""
    (odd,) = connection.execute(
        "SELECT count(*) FROM ledger_accessentry a WHERE a.school IS NOT NULL AND 1 <>"
        " (SELECT count(*) FROM ledger_accesswaiting w WHERE w.id = a.id)"
        " + (SELECT count(*) FROM ledger_sealedbody b WHERE b.obj = a.id AND b.tree = 'access')"
    ).fetchone()
    if odd:
        yield f"I6 {odd} rows of the access log are neither waiting nor on its tree, or both"


def signed(copy: Copy, tree: Tree) -> Iterator[str]:
    """The signer, which reads for itself and remembers, signs the root that we compute."""
    asked = {"school": tree.name, "tree": tree.tree, "epoch": tree.epoch}
    try:
        vkey = verifier.Vkey.parse(ask(copy, {"vkey": asked})["vkey"])
        checkpoint = verifier.open_note(ask(copy, {"sign": asked})["note"], [vkey])
    except (OSError, KeyError, ValueError, verifier.Refused) as error:
        yield f"I2 the signer does not sign {tree}: {error}"
        return
    # It may have grown since our snapshot; what we have seen must be where it begins.
    if checkpoint.size == tree.size and checkpoint.root != verifier.root_of(tree.leaves):
        yield f"I2 {tree}: the root that the signer signs is not the one of {tree.size} leaves"
    if checkpoint.size < tree.size:
        yield f"I2 {tree}: the signer signs {checkpoint.size} of {tree.size}"


def ask(copy: Copy, question: dict) -> dict:
    """Put a question to the copy's signer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(copy.addresses["signer"])
        connection.sendall(json.dumps(question).encode() + b"\n")
        with connection.makefile("rb") as answer:
            return json.loads(answer.readline())


def numbers(connection: psycopg.Connection) -> tuple[int, int]:
    """Return how many entries there are, and how many numbers are missing between them."""
    return connection.execute(
        "SELECT coalesce(sum(there), 0)::int, coalesce(sum(last + 1 - there), 0)::int FROM"
        " (SELECT count(*) AS there, max(seq) AS last FROM ledger_entry"
        " GROUP BY school_id, tree, epoch) AS trees"
    ).fetchone()
