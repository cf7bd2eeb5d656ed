"""Changing the key: what a former key has sealed is sealed again under the present one.

Each app names, in its `resealed` module, where it keeps what is sealed. Every item is done by itself and
shows by its first bytes whether it is done, so that the work can be broken off anywhere, by a kill as
well, and goes on where it was: there is no list of what was done that could be wrong. Until the last
item is done the former key stays, and opens what is left.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from django.db import connection, models
from django.db.models.functions import Substr

from safeguard import disk, sealing, walls
from safeguard.errors import DomainError
from safeguard.failpoints import failpoint

logger = logging.getLogger(__name__)

LOCK = 5_310_385  # any number that nothing else of ours locks


class UnderWay(DomainError):
    """Another process is sealing things again in this moment."""


class Outcome(StrEnum):
    """What came of one item."""

    DONE = "done"
    GONE = "gone"  # taken away or written anew meanwhile
    BROKEN = "broken"  # no key that is kept opens it


@dataclass
class Counts:
    """What came of one store's items in one pass."""

    done: int = 0
    gone: int = 0
    broken: int = 0
    left: int = 0


@dataclass
class Passed:
    """What one pass came to, by the names of the stores."""

    stores: dict[str, Counts] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many items still need a former key."""
        return sum(store.left for store in self.stores.values())

    @property
    def moved(self) -> int:
        """How many items were not as the pass had found them at its beginning, by us or by others."""
        return sum(store.done + store.gone for store in self.stores.values())

    @property
    def broken(self) -> int:
        """How many items no key opens."""
        return sum(store.broken for store in self.stores.values())


class Store(Protocol):
    """Where an app keeps what is sealed."""

    @property
    def name(self) -> str: ...

    def pending(self) -> Iterator[Callable[[], Outcome]]:
        """Yield, for each item that is not under the present key, what seals it again."""


STORES: list[Store] = []


def register(store: Store) -> None:
    """Let a change of keys know of sealed things; of each name once."""
    if store.name not in [known.name for known in STORES]:
        STORES.append(store)


def reseal(*, seconds: float | None = None) -> Passed:
    """Seal again what is not under the present key, as long as there is time; say what is left."""
    until = None if seconds is None else monotonic() + seconds
    with _alone():
        return Passed({store.name: _pass(store, until) for store in STORES})


def count() -> Passed:
    """Say what is left to be done, and do nothing."""
    return Passed({one.name: Counts(left=sum(1 for _ in one.pending())) for one in STORES})


def _pass(store: Store, until: float | None) -> Counts:
    counts = Counts()
    for seal_again in store.pending():
        if until is not None and monotonic() > until:
            counts.left += 1
            continue
        outcome = seal_again()
        counts.done += outcome == Outcome.DONE
        counts.gone += outcome == Outcome.GONE
        counts.broken += outcome == Outcome.BROKEN
    return counts


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise UnderWay("Another process is at it: the worker does so by itself. Wait for it.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@dataclass(frozen=True)
class Rows:
    """Sealed bytes in a column, each bound to its row by the purpose."""

    name: str
    model: type[models.Model]
    column: str
    purpose: Callable[[Any], str]
    walled: bool = True

    def pending(self) -> Iterator[Callable[[], Outcome]]:
        """Yield the rows of every school, some hundred at a time."""
        for school in walls.schools() if self.walled else [None]:
            with walls.acting_in(school):
                keys = list(self._stale())
            for key in keys:
                yield lambda key=key, school=school: self._reseal(key, school)

    def _stale(self) -> models.QuerySet:
        beginning = Substr(self.column, 1, sealing.HEAD_BYTES, output_field=models.BinaryField())
        # What was taken out of a row is empty, and under no key.
        rows = self.model._default_manager.exclude(**{self.column: b""})
        rows = rows.annotate(beginning=beginning)
        return rows.exclude(beginning=sealing.head()).values_list("pk", flat=True)

    def _reseal(self, key: object, school) -> Outcome:
        """Write the row anew if it is still as it was read: what a person does meanwhile counts."""
        with walls.acting_in(school):
            row = self.model._default_manager.filter(pk=key).first()
            if row is None:
                return Outcome.GONE
            before = bytes(getattr(row, self.column))
            try:
                plain = sealing.unseal(before, purpose=self.purpose(row))
            except sealing.Unsealable:
                logger.warning("reseal: cannot be opened store=%s key=%s", self.name, key)
                return Outcome.BROKEN
            after = sealing.seal(plain, purpose=self.purpose(row))
            failpoint("reseal.before_row")
            changed = self.model._default_manager.filter(pk=key, **{self.column: before}).update(
                **{self.column: after}
            )
        return Outcome.DONE if changed else Outcome.GONE


@dataclass(frozen=True)
class Files:
    """Sealed files in folders, each bound to its name by the purpose."""

    name: str
    paths: Callable[[], Iterator[Path]]
    purpose: Callable[[Path], str]
    is_named: Callable[[Path], bool]

    def pending(self) -> Iterator[Callable[[], Outcome]]:
        """Yield the files, by a look at their first bytes."""
        for path in self.paths():
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                if not sealing.is_present(file.read(sealing.HEAD_BYTES)):
                    yield lambda path=path: self._reseal(path)

    def _reseal(self, path: Path) -> Outcome:
        was_named = self.is_named(path)
        outcome = reseal_file(path, self.purpose(path))
        if was_named and not self.is_named(path):
            # Taken away while it was being written: it must not be back.
            path.unlink(missing_ok=True)
            return Outcome.GONE
        return outcome


def reseal_file(path: Path, purpose: str) -> Outcome:
    """Put a file in its own place, sealed anew: whole before, whole after, whatever ends us."""
    try:
        plain = sealing.unseal(path.read_bytes(), purpose=purpose)
    except FileNotFoundError:
        return Outcome.GONE
    except sealing.Unsealable:
        logger.warning("reseal: cannot be opened file=%s", path.name)
        return Outcome.BROKEN
    beside = path.with_name(f".{path.name}.again")
    beside.unlink(missing_ok=True)  # what a process that was killed has left
    try:
        _write_like(path, beside, sealing.seal(plain, purpose=purpose))
        failpoint("reseal.after_write")
        # Read back from the disk before anything is replaced: the former bytes are the only others.
        if sealing.unseal(beside.read_bytes(), purpose=purpose) != plain or not path.exists():
            return Outcome.GONE
        beside.rename(path)
    except FileNotFoundError:
        return Outcome.GONE
    finally:
        beside.unlink(missing_ok=True)
    failpoint("reseal.after_rename")
    disk.sync_folder(path.parent)
    return Outcome.DONE


def _write_like(path: Path, beside: Path, sealed: bytes) -> None:
    """Write bytes to the disk with the mode and the age of another file, which the tidying goes by."""
    like = path.stat()
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    os.utime(beside, ns=(like.st_atime_ns, like.st_mtime_ns))
