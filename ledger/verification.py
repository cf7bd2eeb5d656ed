"""A full verification of a school's ledger, from inside: everything, against everything kept.

What a verifier outside checks, and beside it what only the installation can: that every row of every
table says what was committed to, that nothing is without an entry, that files are whole. Entries are
read through a connection of their own at one moment, so that recording goes on meanwhile.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from django.db import InternalError, connections
from django.db.models import Exists, F, OuterRef

from ledger import archive, attached, checkpoints
from ledger.adopting import without_entry
from ledger.bodies import SOURCES, Said, Source, source_of
from ledger.findings import Findings
from ledger.models import AccessEntry, Checkpoint, Entry, Head, Kind, SealedBody, Tree
from ledger.signing import NotSigned
from ledger.verifier import Refused, Vkey, open_note
from ledger.walking import Row, Walk, agreed, compare_epochs

ACCESS_LOG = "access log"
ACCESS_MAY_WAIT = timedelta(minutes=5)
AT_ONCE = 1000
STREAMED = 200
ENTRIES = """
    SELECT e.seq, e.entry, e.leaf, b.body, b.salt, b.commitment,
           b.actor, b.recorded_at::text, b.obj::text, b.kind, b.via
    FROM ledger_entry e LEFT JOIN ledger_sealedbody b ON b.id = e.id
    WHERE e.school_id = %s AND e.tree = %s AND e.epoch = %s ORDER BY e.seq
"""
# One by one in their order, as they come: sorting a million with their contents takes the disk.
IN_ORDER = """
    SET LOCAL enable_sort = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL TIME ZONE 'UTC'; SET LOCAL DateStyle = 'ISO'
"""
IN_ANY_ORDER = "SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
HEADS = "SELECT name, tree, epoch, size FROM ledger_head WHERE school_id = %s ORDER BY tree, epoch"
BODIES_ALONE = """
    SELECT b.obj FROM ledger_sealedbody b
    WHERE b.school_id = %s AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = b.id)
"""

# How PostgreSQL says that a page of its own is not what it wrote (data_checksums), or an index is wrong.
DAMAGED = (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted)

Tell = Callable[[str, int], None]
# Which ledger and which number in it says it, of which row, and what.
_Told = tuple[str, int, str, bytes | None]


@dataclass
class Result:
    """What was verified, and what was found."""

    entries: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Tree.values, 0))
    checkpoints: int = 0
    findings: Findings = field(default_factory=Findings)

    @property
    def is_good(self) -> bool:
        """Whether everything holds."""
        return not self.findings


def verify(school_id: UUID, now: datetime, tell: Tell = lambda step, percent: None) -> Result:
    """Verify everything of a school; `tell` hears how far it is.

    Where the database's own files are damaged it cannot be read on: then that is what was found.
    """
    result = Result()
    try:
        _look_through(school_id, now, result, tell)
    except DAMAGED:
        result.findings.add("E_DISK")
    except InternalError as error:  # Django's, around whatever PostgreSQL said
        if not isinstance(error.__cause__, DAMAGED):
            raise
        result.findings.add("E_DISK")
    return result


def _look_through(school_id: UUID, now: datetime, result: Result, tell: Tell) -> None:
    with snapshot() as reader:
        heads = reader.execute(HEADS, [school_id]).fetchall()
        total = sum(size for *_, size in heads) or 1
        before = 0
        walks: dict[str, list[Walk]] = {tree: [] for tree in Tree.values}
        rows = _Rows(result.findings)
        for name, tree, epoch, size in heads:
            head = Head(school_id=school_id, name=name, tree=tree, epoch=epoch, size=size)
            walk = _walk(
                reader,
                head,
                result,
                rows,
                lambda done, b=before: tell(_step(done), 90 * (b + done) // total),
            )
            walks[tree].append(walk)
            before += size
        rows.flush()
        for epochs in walks.values():
            compare_epochs(epochs)
        _later_epochs(heads, result.findings)
        tell("Looking for records without an entry", 90)
        reader.execute(IN_ANY_ORDER)
        for (obj,) in reader.execute(BODIES_ALONE, [school_id]):
            result.findings.add("E_NO_ENTRY", obj=obj)
    _rows_without_entry(school_id, now, result.findings)
    tell("Opening every file", 95)
    for damaged in attached.damaged_at(school_id):
        if not SealedBody.objects.filter(obj=damaged.obj, body=None).exists():
            result.findings.add("E_FILE", obj=damaged.obj)


def _later_epochs(heads: list[tuple], findings: Findings) -> None:
    """Find that a tree had been continued in an epoch that a restored back-up does not know."""
    here = {(name, tree): epoch for name, tree, epoch, _ in heads}  # the last of each
    for (name, tree), epoch in here.items():
        newest = archive.newest_epoch(name, tree)
        if newest > epoch:
            sizes = archive.sizes_in(archive.folder_of(name, tree, newest))
            findings.add("E_TRUNC", f"{tree}/{newest}", seq=0, until=max(sizes, default=1) - 1)


def _step(done: int) -> str:
    return f"Verifying entries: {done:,} so far".replace(",", "\N{NO-BREAK SPACE}")


def _walk(
    reader: psycopg.Connection,
    head: Head,
    result: Result,
    rows: "_Rows",
    tell: Callable[[int], None],
) -> Walk:
    findings = result.findings
    seen = list(_checkpoints(head, findings))
    result.checkpoints += len({size for size, _ in seen})
    admitted = _admitted(head)
    if admitted is not None:
        seen = [(size, root) for size, root in seen if size <= admitted]
    ledger = f"{head.tree}/{head.epoch}"
    roots = agreed(seen, ledger, findings)
    walk = Walk(school=head.name, tree=head.tree, epoch=head.epoch, roots=roots, findings=findings)
    for row in _entries(reader, head):
        if walk.add(row):
            rows.compare(ledger, row)
        if walk.size % AT_ONCE == 0:
            tell(walk.size)
    walk.finish(head.size)
    result.entries[head.tree] += walk.size
    return walk


def _entries(reader: psycopg.Connection, head: Head) -> Iterator[Row]:
    """Yield the entries as PostgreSQL finds them: it reads on while those before are verified."""
    reader.execute(IN_ORDER)
    which = [head.school_id, head.tree, head.epoch]
    with psycopg.Cursor(reader) as cursor:
        yield from cursor.stream(ENTRIES, which, binary=True, size=STREAMED)


def _checkpoints(head: Head, findings: Findings) -> Iterator[tuple[int, bytes]]:
    """Yield every size and root that was ever signed: of the table, and of the archive."""
    ledger = f"{head.tree}/{head.epoch}"
    which = {"school": head.school_id, "tree": head.tree, "epoch": head.epoch}
    rows = list(Checkpoint.objects.filter(**which).values_list("size", "root", "note"))
    folder = archive.folder_of(head.name, head.tree, head.epoch)
    try:
        if rows and archive.key_in(folder) is None:  # it was taken away, or never reached
            findings.add("E_ARCHIVE", ledger)
        filed = list(archive.notes_in(folder))
        vkey = checkpoints.vkey_of(head) if rows or filed else None
    except (OSError, NotSigned):
        findings.add("E_ARCHIVE", ledger)
        return
    if vkey is None:
        return
    for size, root, note in rows:
        said = _opened(note, vkey)
        if said is None or said != (size, bytes(root)):
            findings.add("E_SIG", ledger, seq=max(size - 1, 0))
        else:
            yield said
    for path, note in filed:
        said = _opened(note, vkey)
        if said is None or path.stem != str(said[0]):
            findings.add("E_SIG", ledger, seq=_size_of(path))
        else:
            yield said


def _admitted(head: Head) -> int | None:
    """Return up to where an ended epoch is proved, when the next begins by saying what was lost."""
    begun = SealedBody.objects.filter(
        school=head.school_id, tree=head.tree, kind=Kind.RESTORED, commitment__isnull=False
    ).exclude(approver__in=["", F("actor")])
    first = Entry.objects.filter(
        pk__in=begun.values("pk"), tree=head.tree, epoch__gt=head.epoch, seq=0
    ).order_by("epoch")
    told = begun.filter(pk__in=first.values("pk")[:1]).first()
    if told is None:
        return None
    ended = json.loads(bytes(told.body or b"{}")).get("ended", {})
    return ended.get("agreed") if ended.get("epoch") == head.epoch else None


def _opened(note: str, vkey: Vkey) -> tuple[int, bytes] | None:
    try:
        said = open_note(note, [vkey])
    except Refused:
        return None
    return (said.size, said.root) if said.origin == vkey.name else None


def _size_of(path: Path) -> int | None:
    return max(int(path.stem) - 1, 0) if path.stem.isdecimal() else None


class _Rows:
    """Compares what was committed to with what the tables say now, some hundreds at a time.

    Of what is told of as a setting the last entry counts, so that is compared when all were read.
    """

    def __init__(self, findings: Findings):
        self.findings = findings
        self.names: dict[str, str | None] = {}
        self.waiting: dict[tuple[str, str], list[_Told]] = {}
        self.last: dict[tuple[str, str], _Told] = {}

    def compare(self, ledger: str, row: Row) -> None:
        """Have a row compared, now or with others."""
        seq, _, _, body, _, _, _, _, obj, kind, _ = row
        if obj is None or kind is None:
            return
        if kind == Kind.SETTING:
            name = source_of(kind, body)
            if name is not None:
                self.last[name, obj] = (ledger, seq, obj, body)
            return
        if kind not in self.names:
            self.names[kind] = source_of(kind)
        name = self.names[kind]
        if name is not None:
            self._wait(name, kind, (ledger, seq, obj, body))

    def flush(self) -> None:
        """Compare what still waits."""
        for (name, _), told in self.last.items():
            self._wait(name, Kind.SETTING, told)
        self.last.clear()
        for name, kind in list(self.waiting):
            self._flush(name, kind)

    def _wait(self, name: str, kind: str, told: _Told) -> None:
        rows = self.waiting.setdefault((name, kind), [])
        rows.append(told)
        if len(rows) >= AT_ONCE:
            self._flush(name, kind)

    def _flush(self, name: str, kind: str) -> None:
        source, rows = SOURCES[name], self.waiting.pop((name, kind))
        now = {
            str(said.obj): said
            for said in source.say([UUID(obj) for _, _, obj, _ in rows])
            if said.kind == kind
        }
        for ledger, seq, obj, body in rows:
            said = now.get(obj)
            if body is not None and _holds(source, said, body):
                continue
            if SealedBody.objects.filter(obj=obj, kind=kind, body=None).exists():
                continue  # disposed of since we began reading
            code = "E_ROW" if said is not None else "E_ROW_GONE"
            self.findings.add(code, ledger, seq=seq, obj=obj, rows=name)


def _holds(source: Source, said: Said | None, told: bytes) -> bool:
    return source.may_be_gone(told) if said is None else source.agrees(said, told)


def _rows_without_entry(school_id: UUID, now: datetime, findings: Findings) -> None:
    for name, source in SOURCES.items():
        if name != ACCESS_LOG:
            for said in source.say(list(without_entry(source, school_id))):
                if said.school_id == school_id:
                    findings.add("E_NO_ENTRY", obj=said.obj, rows=name)
    looks = SOURCES[ACCESS_LOG].kinds
    told = SealedBody.objects.filter(obj=OuterRef("pk"), tree=Tree.ACCESS, kind__in=looks)
    late = AccessEntry.objects.filter(
        ~Exists(told), school=school_id, recorded_at__lt=now - ACCESS_MAY_WAIT
    )
    for obj in late.values_list("pk", flat=True).iterator():
        findings.add("E_LATE", obj=obj)


@contextmanager
def snapshot() -> Iterator[psycopg.Connection]:
    """Lend a second connection that sees the database as it is at one moment, and only reads."""
    wrapper = connections["default"].copy()
    wrapper.ensure_connection()
    reader: psycopg.Connection = wrapper.connection
    reader.autocommit = False
    reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    reader.read_only = True
    try:
        yield reader
        reader.rollback()
    finally:
        reader.close()
