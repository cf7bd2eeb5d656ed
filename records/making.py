"""Making a back-up: one encrypted file, written as a stream, whole or not there at all.

The order matters. What the ledger has published and the signer's state are copied first, so that
neither is ever ahead of the database beside it; then one moment of the database is held still; then
the sealed files, which are on the disk before their rows are; then the lists of disposals; then that
moment of the database; and last the list of it all, which holds every part's SHA-256.
"""

import contextlib
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from records import age, heads, members, postgres
from records.manifest import Manifest, former_probes, sealed_probe
from records.models import BackupMade
from records.postgres import AlreadyUnderWay, Snapshot
from records.progress import Progress, in_silence
from safeguard.errors import DomainError

SUFFIX = ".backup.age"
KEPT_DAYS = 35
KEPT_AT_LEAST = 3


class NoRecipient(DomainError):
    """There is no public key to encrypt to, and nothing is ever written unencrypted."""

    def __init__(self) -> None:
        super().__init__(
            "No back-up was made: there is no public key to encrypt it to, and a back-up is never "
            "written unencrypted. On another computer, make a pair of keys with “manage.py "
            "make_backup_key FILE” (or age-keygen -o FILE), keep FILE there and a copy on paper, "
            "and give this one the public key: SAFEGUARD_BACKUP_RECIPIENTS=age1… or --recipient."
        )


def make(
    *,
    folder: Path | None = None,
    recipients: Iterable[str] = (),
    with_signer_key: bool = False,
    progress: Progress = in_silence,
) -> tuple[BackupMade, Path]:
    """Make a back-up in the folder, and leave a row that says so, or why not."""
    started = timezone.now()
    folder = folder or settings.BACKUPS_DIR
    try:
        keys = [age.recipient(text) for text in recipients or settings.BACKUP_RECIPIENTS]
        if not keys:
            raise NoRecipient
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        writing = Writing(progress, with_signer_key=with_signer_key)
        path, counted = _in_place(folder, started, lambda file: writing.write(file, keys))
    except AlreadyUnderWay:
        raise
    except Exception as error:
        _note_failure(started, error)
        raise
    manifest = writing.manifest
    row = BackupMade.objects.create(
        started_at=started,
        finished_at=timezone.now(),
        outcome=BackupMade.Outcome.MADE,
        holds_until=manifest.holds_until,
        name=path.name,
        size=counted.size,
        sha256=counted.hash.hexdigest(),
        rows=manifest.rows,
        files=manifest.files,
        reason=f"Not in it: {', '.join(manifest.missing)}"[:300] if manifest.missing else "",
    )
    _forget_old(folder, started)
    return row, path


def _in_place(
    folder: Path, now: datetime, write: Callable[[BinaryIO], age.Counted]
) -> tuple[Path, age.Counted]:
    """Write under a name that nobody takes for a back-up; rename when all of it is on the disk."""
    name = f"safeguard-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    half = folder / f".{name}.{os.getpid()}.part"
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            counted = write(file)
            file.flush()
            os.fsync(file.fileno())
        path = _named(half, folder, name)
    finally:
        half.unlink(missing_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path, counted


def _named(half: Path, folder: Path, name: str) -> Path:
    """Give a finished file its name, never over another that was begun in the same second."""
    for number in count(1):
        path = folder / f"{name}{f'-{number}' if number > 1 else ''}{SUFFIX}"
        with contextlib.suppress(FileExistsError):
            os.link(half, path)
            break
    return path


def _note_failure(started: datetime, error: Exception) -> None:
    """Leave a row that says why; where the database itself is away nothing can be left."""
    reason = str(error) if isinstance(error, DomainError) else _plainly(error)
    try:
        BackupMade.objects.create(
            started_at=started,
            finished_at=timezone.now(),
            outcome=BackupMade.Outcome.FAILED,
            reason=reason[:300],
        )
    except DatabaseError:
        connection.close()


def _plainly(error: Exception) -> str:
    """Name an error without its text, which could hold anything, unless it is the system's."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f': {error.filename}' if error.filename else ''}"
    return type(error).__name__


def _forget_old(folder: Path, now: datetime) -> None:
    """Remove back-ups of ours that are too old: what was lawfully erased must fade from them too."""
    found = sorted(folder.glob(f"safeguard-*{SUFFIX}"))
    oldest = now - timedelta(days=KEPT_DAYS)
    for path in found[:-KEPT_AT_LEAST]:
        if datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) < oldest:
            path.unlink(missing_ok=True)


@dataclass
class _Hashed:
    """A file that is read for the back-up, and the SHA-256 of what was read."""

    file: BinaryIO
    hash: "hashlib._Hash"

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.hash.update(piece)
        return piece


class Writing:
    """One back-up on its way to the disk."""

    def __init__(self, progress: Progress, *, with_signer_key: bool):
        self.progress = progress
        self.with_signer_key = with_signer_key
        self.manifest: Manifest
        self.listed: dict[str, list] = {}
        self.missing: list[str] = []
        self.tar: tarfile.TarFile

    def write(self, file: BinaryIO, keys: list) -> age.Counted:
        """Write all of it, encrypted, and return its length and SHA-256."""
        counted = age.Counted(file)
        with (
            age.encrypting(counted, keys) as plain,
            tarfile.open(fileobj=plain, mode="w|", format=tarfile.PAX_FORMAT) as self.tar,
        ):
            self.add_signers()
            self.add_all("ledger’s notes", members.notes())
            with postgres.snapshot() as moment:
                self.add_moment(moment)
            self.add(members.MANIFEST, self.manifest.to_bytes())
        return counted

    def add_signers(self) -> None:
        """Add the signer's memory, which another user keeps: who may not read it says so."""
        with contextlib.suppress(PermissionError):
            self.add_all("signer", members.signers(with_key=self.with_signer_key))

    def add_moment(self, moment: Snapshot) -> None:
        """Add the database as it is at one moment, and the files that its rows name."""
        self.manifest = describe(moment)
        self.manifest.members, self.manifest.missing = self.listed, self.missing
        if self.manifest.ledger and not any(name.startswith("signer/") for name in self.listed):
            self.missing.append("signer/")
        self.add_all("files", members.sealed_files())
        self.add_all("lists of disposals", members.disposals())
        done = 0
        for number, piece in enumerate(moment.dump()):
            self.add(f"database/{number:06}.dump", piece)
            done += len(piece)
            self.progress("database", done, None)

    def add_all(self, step: str, found: Iterable[members.Found]) -> None:
        """Add files one by one, saying how far it is."""
        wanted = list(found)
        total = sum(size_of(each.path) for each in wanted)
        done = 0
        for each in wanted:
            done += self.add_file(each)
            self.progress(step, min(done, total), total)

    def add_file(self, found: members.Found) -> int:
        """Add a file as long as it is now; one that is taken away meanwhile is named instead."""
        try:
            with found.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                self.put(found.name, size, file)
        except FileNotFoundError:
            self.missing.append(found.name)
            return 0
        return size

    def add(self, name: str, content: bytes) -> None:
        """Add something that is in memory."""
        self.put(name, len(content), io.BytesIO(content))

    def put(self, name: str, size: int, file: BinaryIO) -> None:
        """Write a member and remember its SHA-256."""
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, 0
        hashed = _Hashed(file, hashlib.sha256())
        self.tar.addfile(member, hashed)  # type: ignore[arg-type]
        self.tar.members = []  # type: ignore[attr-defined] # it would remember every name
        self.listed[name] = [hashed.hash.hexdigest(), size]


def describe(moment: Snapshot) -> Manifest:
    """Say what the database holds at that moment."""
    applied = moment.ask(
        f"SELECT app || '.' || name FROM {MigrationRecorder.Migration._meta.db_table} ORDER BY id"  # noqa: S608
    )
    return Manifest(
        made_at=moment.ask("SELECT now()")[0][0].astimezone(UTC).isoformat(),
        postgres=moment.major,
        migrations=[name for (name,) in applied],
        roles=postgres.grantees(moment.connection),
        counts=moment.counts(),
        ledger=heads.of(moment.connection),
        sealed_probe=sealed_probe(),
        former_probes=former_probes(),
    )


def size_of(path: Path) -> int:
    """Return a file's length; nothing when it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
