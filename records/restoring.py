"""Restoring a back-up on a bare machine: checked to the last byte before anything is touched.

The database comes last, in one transaction: a restore that was broken off before leaves an empty
database and files that the next try takes away. Broken off afterwards, it leaves its mark, with which
nothing is ready for work, and the same command goes on: what was erased since is still to be erased.
"""

import hashlib
import os
import random
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import Max, Min

from incidents import files
from incidents.models import Attachment, Incident
from ledger import archive
from ledger.sequencing import BATCH, sequence_access
from ledger.signer import Ledger, Memory, Refusal
from ledger.verifier import Checkpoint, Refused, Vkey
from records import age, disposal, heads, members, postgres
from records.fitting import NotRestored, Wishes, require_fit
from records.manifest import Manifest
from records.progress import Progress, in_silence
from records.reading import BackupFile, Part
from safeguard import sealing, unfinished, walls
from safeguard.errors import DomainError
from safeguard.failpoints import failpoint

OPENED = 20
UNFINISHED = (
    "Rows and files are there, but the restore is NOT finished: what was lawfully erased may be back, "
    "and nobody may work with this copy yet. Put that right, and give the same command again."
)


@dataclass
class Restored:
    """What is there again, and what is missing."""

    manifest: Manifest
    sha256: str
    first: datetime | None = None
    last: datetime | None = None
    opened: int = 0
    listed: int = 0
    replayed: int = 0
    verified: str = ""
    kept: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)


def restore(
    path: Path, keys: list, wishes: Wishes | None = None, progress: Progress = in_silence
) -> Restored:
    """Put everything back that a back-up holds, and say how far the record now reaches."""
    wishes = wishes or Wishes()
    backup = BackupFile(path, keys, progress)
    manifest = backup.check()
    if wishes.sha256 and wishes.sha256.lower() != backup.sha256:
        raise NotRestored(
            "The file is not the one whose SHA-256 was given: it may be another back-up, or one "
            "that somebody else made. Nothing has been changed."
        )
    listed = [one for each in wishes.disposals for one in disposal.listed_in(each)]
    server = postgres.owner()
    restored = Restored(manifest, backup.sha256)
    with closing(server.connect()) as own:
        major = own.info.server_version // 10000
        goes_on = unfinished.of(backup.sha256) and bool(postgres.what_is_there(own)[1])
        require_fit(manifest, own, major, wishes, goes_on=goes_on)
        if wishes.into_empty and not goes_on:
            postgres.clear(own)
    if not goes_on:
        _put_back(backup, manifest, postgres.Restoring(server, major), restored)
    try:
        _finish(server, wishes, restored, listed)
    except DomainError as error:
        raise NotRestored(f"{error} {UNFINISHED}") from error
    unfinished.clear()
    return restored


def _finish(
    server: postgres.Server, wishes: Wishes, restored: Restored, listed: list[disposal.Listed]
) -> None:
    """Do what is left when rows and files are there; broken off anywhere, it is done again."""
    manifest = restored.manifest
    is_whole = unfinished.is_whole(restored.sha256)
    if not is_whole:
        with closing(server.connect()) as own:
            _compare_counts(own, manifest)
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
    with closing(server.connect()) as own:
        if not is_whole:
            if heads.of(own) == manifest.ledger:
                unfinished.note(restored.sha256, whole=True)  # from here on rows may be added
            else:
                restored.problems.append("The ledger is not as it was when the back-up was made.")
        _look_at_notes(own, wishes, restored)
    failpoint("restore.before_replay")
    listed += disposal.listed_in_archive()
    restored.listed = len(listed)
    restored.replayed = disposal.replay(listed, restored.problems)
    if manifest.ledger:
        _verify(restored)
    _look_at_files(restored)
    _look_at_span(restored)


# -- Putting back ---------------------------------------------------------------------------------


def _put_back(
    backup: BackupFile, manifest: Manifest, database: postgres.Restoring, restored: Restored
) -> None:
    """Write files, notes and the signer's memory, then feed the database, which commits at last."""
    try:
        _begin_files(backup.sha256)
        with closing(backup.parts(manifest, "restoring")) as parts:
            for name, part in parts:
                if members.DUMP.fullmatch(name):
                    if name.endswith("000000.dump"):
                        os.sync()  # files are on the disk before their rows are
                    database.feed(part.whole())
                else:
                    _write(name, part, restored)
    except BaseException:
        database.abandon()
        raise
    database.end()


def _begin_files(sha256: str) -> None:
    """Mark the folder as half restored, and take away what an earlier try has left in it."""
    folder = settings.FILES_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished.note(sha256)
    for path in folder.iterdir():
        if path == unfinished.path():
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _write(name: str, part: Part, restored: Restored) -> None:
    path = members.place(name)
    assert path is not None  # noqa: S101 - the check has read the same names
    if path.name == members.DISPOSALS:
        _write_merged(path, part.whole())
        return
    if path.exists():  # the archive's own note, or a signer that remembers more than the back-up
        if name.startswith("signer/"):
            restored.kept.append(str(path))
        return
    half = _beside(path)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in part.pieces():
            file.write(piece)
    half.rename(path)


def _write_merged(path: Path, content: bytes) -> None:
    """Keep every line that either list of disposals holds."""
    lines = disposal.whole_lines(content.decode())
    if path.exists():
        lines += disposal.whole_lines(path.read_text())
    half = _beside(path)
    half.touch(mode=0o600)
    half.write_text("".join(f"{line}\n" for line in dict.fromkeys(lines)))
    half.rename(path)


def _beside(path: Path) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.part")


# -- Afterwards -----------------------------------------------------------------------------------


def _compare_counts(own: psycopg.Connection, manifest: Manifest) -> None:
    for table, rows in manifest.counts.items():
        found = postgres.count(own, table)
        if found != rows:
            raise NotRestored(f"{table} should have {rows} rows and has {found}.")


def _look_at_notes(own: psycopg.Connection, wishes: Wishes, restored: Restored) -> None:
    """Hold the ledger against every newest note there is, from the archive and from elsewhere."""
    vkeys = [*wishes.vkeys, *keys_in_archive()]
    seen: set[Checkpoint] = set()
    for text in (*wishes.notes, *newest_notes()):
        try:
            seen.add(heads.read_note(text, vkeys))
        except Refused as refused:
            restored.problems.append(refused.sentence)
    for note in seen:
        said = heads.compared(own, note)
        if said:
            restored.losses.append(said)
            _raise_floor(note)


def _raise_floor(note: Checkpoint) -> None:
    """Tell the signer, whose memory is no newer than the back-up, of what was published since."""
    try:
        school, tree, epoch = note.origin.rsplit("/", 3)[-3:]
        ledger = Ledger.asked_for({"school": school, "tree": tree, "epoch": int(epoch)})
    except (ValueError, Refusal):  # no ledger of ours has such a name, and none is signed
        return
    settings.SIGNER_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    Memory(settings.SIGNER_DIR).raise_floor(ledger, note)


def newest_notes() -> Iterator[str]:
    """Yield the newest note of every tree in the archive."""
    newest: dict[Path, Path] = {}
    for found in members.notes():
        path = found.path
        if path.suffix == ".note" and path.stem.isdecimal():
            before = newest.get(path.parent)
            if before is None or int(before.stem) < int(path.stem):
                newest[path.parent] = path
    for path in newest.values():
        yield path.read_text()


def keys_in_archive() -> Iterator[Vkey]:
    """Yield the verifier keys that lie beside the notes."""
    for found in members.notes():
        if found.path.name == archive.KEY:
            yield Vkey.parse(found.path.read_text())


def _verify(restored: Restored) -> None:
    """Verify every ledger in full, which leaves a row that says what was found."""
    while sequence_access() == BATCH:  # what waited for the worker would count as late
        pass
    said = StringIO()
    try:
        call_command("verify_ledger", stdout=said)
    except CommandError:
        restored.losses.append(said.getvalue().strip())
    else:
        restored.verified = said.getvalue().strip()


def _look_at_files(restored: Restored) -> None:
    """See that every file is there that a row names, and open some."""
    attachments = walls.in_each_school(Attachment.objects.all)
    lost = sum(not files.is_there(one) for one in attachments)
    if lost:
        restored.problems.append(f"{lost} files are named in the record and are not there.")
    if not restored.manifest.opens_with_our_key():
        restored.problems.append("The files stay sealed: the key that opens them is not here.")
        return
    for attachment in some(attachments, OPENED):
        try:
            content = files.content_of(attachment)
        except (OSError, sealing.Unsealable):
            restored.problems.append(f"The file {attachment.pk} does not open.")
            continue
        if hashlib.sha256(content).hexdigest() != attachment.sha256:
            restored.problems.append(f"The file {attachment.pk} is not what was recorded.")
            continue
        restored.opened += 1


def some(rows: Iterable[Attachment], wanted: int) -> list[Attachment]:
    """Return a few of many, each as likely as the others."""
    chosen: list[Attachment] = []
    for number, row in enumerate(rows):
        if number < wanted:
            chosen.append(row)
        elif (place := random.randrange(number + 1)) < wanted:  # noqa: S311 - a sample, no secret
            chosen[place] = row
    return chosen


def _look_at_span(restored: Restored) -> None:
    moments = walls.in_each_school(_span_here)
    restored.first = min((one for one in moments if one), default=None)
    restored.last = max((one for one in moments if one), default=None)


def _span_here() -> Iterable[datetime | None]:
    return Incident.objects.aggregate(first=Min("recorded_at"), last=Max("recorded_at")).values()


def keys_in(path: Path) -> list:
    """Read the private keys that open back-ups."""
    return age.identities(path)
