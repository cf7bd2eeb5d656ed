"""Histories written by the owner, as the database itself would write them: also wrong ones."""

import uuid
from collections.abc import Iterator

from ledger.verifier import canonical, leaf_hash

COLUMNS = "id, school_id, tree, epoch, seq, entry, leaf"


def entry(seq: int, *, school: str = "oak-hill", **changes) -> bytes:
    """Return the bytes of an invented entry; `changes` say what is otherwise."""
    said = {
        "actor": "u-7",
        "at": "2026-09-07T08:41:12.123456Z",
        "commit": f"{seq:064x}",
        "epoch": 1,
        "obj": str(uuid.UUID(int=seq, version=4)),
        "refs": [seq - 1] if seq else [],
        "school": school,
        "seq": seq,
        "tree": "records",
        "type": "incident.created",
        "v": 1,
        "via": "S1",
    } | changes
    return canonical(said)


def tamper(owner, table: str, statement: str, values: list | tuple = ()) -> int:
    """Do what nobody may, as a superuser who switches the triggers off; return how many rows."""
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        triggers = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            cursor.execute(statement, values)
            return cursor.rowcount
        finally:
            for name in triggers:
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


class History:
    """One tree of a school, in the owner's hands."""

    def __init__(self, owner, school, tree: str = "records", epoch: int = 1, name: str = ""):
        self.owner, self.school, self.tree, self.epoch = owner, school, tree, epoch
        self.name = name or school.urn or school.slug
        self.leaves: list[bytes] = []

    def begin(self) -> "History":
        """Write the head of an empty tree."""
        self._run(
            "UPDATE ledger_head SET is_current = false WHERE school_id = %s AND tree = %s",
            [self.school.pk, self.tree],
        )
        self._run(
            "INSERT INTO ledger_head (id, school_id, tree, epoch, is_current, name, size)"
            " VALUES (gen_random_uuid(), %s, %s, %s, true, %s, 0)",
            [self.school.pk, self.tree, self.epoch, self.name],
        )
        return self

    def grow(self, by: int, **changes) -> "History":
        """Add entries."""
        first = len(self.leaves)
        entries = [self._entry(seq, **changes) for seq in range(first, first + by)]
        self._copy(self._rows(first, entries))
        self.leaves += [leaf_hash(one) for one in entries]
        self.resize(len(self.leaves))
        return self

    def resize(self, size: int) -> None:
        """Let the head say another size."""
        self._run(
            "UPDATE ledger_head SET size = %s WHERE school_id = %s AND tree = %s AND epoch = %s",
            [size, self.school.pk, self.tree, self.epoch],
        )

    def remove(self, seq: int) -> None:
        """Take an entry away, as a superuser who switches the trigger off would."""
        self._tamper(f"DELETE FROM ledger_entry WHERE {self._where}", [seq])

    def replace(self, seq: int, **changes) -> None:
        """Put another entry in its place, with the hash that belongs to it."""
        entry = self._entry(seq, **changes)
        self._tamper(
            "UPDATE ledger_entry SET entry = %s, leaf = %s WHERE " + self._where,
            [entry, leaf_hash(entry), seq],
        )

    @property
    def _where(self) -> str:
        return (
            f"school_id = '{self.school.pk}' AND tree = '{self.tree}'"
            f" AND epoch = {self.epoch} AND seq = %s"
        )

    def _entry(self, seq: int, **changes) -> bytes:
        own = {"school": self.name, "tree": self.tree, "epoch": self.epoch}
        return entry(seq, **own | changes)

    def _rows(self, first: int, entries: list[bytes]) -> Iterator[tuple]:
        for seq, one in enumerate(entries, first):
            yield (
                *(uuid.uuid4(), self.school.pk, self.tree, self.epoch, seq),
                *(one, leaf_hash(one)),
            )

    def _copy(self, rows: Iterator[tuple]) -> None:
        with (
            self.owner.cursor() as cursor,
            cursor.copy(f"COPY ledger_entry ({COLUMNS}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def _tamper(self, statement: str, values: list) -> None:
        tamper(self.owner, "ledger_entry", statement, values)

    def _run(self, statement: str, values: list) -> None:
        with self.owner.cursor() as cursor:
            cursor.execute(statement, values)
