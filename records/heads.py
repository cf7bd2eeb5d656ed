"""How far the ledger reached at the moment of a back-up, and whether it does so again."""

from typing import Any

import psycopg

from ledger.verifier import Checkpoint, Frontier, Refused, Vkey, open_note

HEADS = "SELECT school_id, name, tree, epoch, size FROM ledger_head ORDER BY name, tree, epoch"
LEAVES = (
    "SELECT leaf FROM ledger_entry WHERE school_id = %s AND tree = %s AND epoch = %s AND seq < %s"
    " ORDER BY seq"
)


def of(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """Return each tree's size and root, computed from its leaves; nothing before there are trees."""
    return [
        {
            "name": name,
            "tree": tree,
            "epoch": epoch,
            "size": size,
            "root": _root(connection, school, tree, epoch, size),
        }
        for school, name, tree, epoch, size in _heads(connection)
    ]


def read_note(text: str, vkeys: list[Vkey]) -> Checkpoint:
    """Read a note; its signature is checked against the keys when any are given."""
    if vkeys:
        return open_note(text, vkeys)
    head, blank, _ = text.rpartition("\n\n")
    if not blank:
        raise Refused("E_SIG", "A note carries no signature.")
    return Checkpoint.parse(f"{head}\n")


def compared(connection: psycopg.Connection, note: Checkpoint) -> str:
    """Say in a sentence what a note from elsewhere shows of this ledger; empty when it agrees."""
    parts = note.origin.rsplit("/", 3)[-3:]
    here = _heads(connection)
    last = max((epoch for _, *of, epoch, _ in here if of == parts[:2]), default=0)
    if last and parts[2].isdecimal() and int(parts[2]) > last:
        return (
            f"{parts[0]}/{parts[1]} had been continued in epoch {parts[2]}, and this back-up is from "
            "before. The signer refuses it. Recording works. Take a later back-up, if there is one; "
            "else two people continue the ledger with “manage.py resume_ledger” and this newest note."
        )
    if last and parts[2] not in {str(epoch) for _, *of, epoch, _ in here if of == parts[:2]}:
        return ""  # a later one began by saying that it is lost
    for school, name, tree, epoch, size in here:
        if parts != [name, tree, str(epoch)]:
            continue
        if note.size > size:
            return (
                f"{name}/{tree}/{epoch}: {note.size - size} entries are missing (numbers {size} to "
                f"{note.size - 1}). They had been published before the loss, so this epoch cannot "
                "go on: the signer refuses it. Recording works. Two people continue the ledger with "
                "“manage.py resume_ledger”, which opens the next epoch and says in it what was lost."
            )
        if _root(connection, school, tree, epoch, note.size) != note.root.hex():
            return (
                f"{name}/{tree}/{epoch}: the first {note.size} entries are NOT those that were "
                "published. Do not use this database; keep the note and the back-up, and take the "
                "back-up before this one."
            )
        return ""
    return f"{note.origin}: this ledger is not in the back-up at all."


def _heads(connection: psycopg.Connection) -> list[tuple]:
    if connection.execute("SELECT to_regclass('public.ledger_head')").fetchone() == (None,):
        return []
    return connection.execute(HEADS).fetchall()


def _root(connection: psycopg.Connection, school: Any, tree: str, epoch: int, size: int) -> str:
    """Return the root over so many leaves, or how many there are when there are fewer."""
    frontier = Frontier()
    with connection.transaction(), connection.cursor("leaves", binary=True) as cursor:
        cursor.itersize = 5000
        cursor.execute(LEAVES, [school, tree, epoch, size])
        for (leaf,) in cursor:
            frontier.append(leaf)
    return frontier.root().hex() if frontier.size == size else f"{frontier.size} leaves only"
