"""Reading a back-up: part by part, each held against the list, never all of it in memory."""

import hashlib
import tarfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from records import age, members
from records.manifest import Manifest, NotOurs
from records.progress import Progress

PIECE = 1 << 20
LARGEST_LIST = 1 << 30
DAMAGED = (
    "The file is damaged, or somebody has changed it: {what}. Take another copy of it. "
    "Nothing has been changed."
)


class _Watched:
    """The encrypted file, with how much of it has been read, and its SHA-256."""

    def __init__(self, file: BinaryIO, size: int, tell: Callable[[int, int], None]):
        self.file, self.size, self.tell = file, size, tell
        self.done = 0
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.hash.update(piece)
        self.done += len(piece)
        self.tell(self.done, self.size)
        return piece


class BackupFile:
    """A back-up file and the keys that open it."""

    def __init__(self, path: Path, keys: list, progress: Progress):
        self.path, self.keys, self.progress = path, keys, progress
        self.sha256 = ""

    def check(self) -> Manifest:
        """Read all of it, and return its list when every part is what the list says."""
        seen: dict[str, list] = {}
        written = b""
        with closing(self._parts("checking")) as parts:
            for name, size, part in parts:
                if name in seen or written:
                    raise NotOurs(DAMAGED.format(what=f"{name} stands where it must not"))
                if name == members.MANIFEST:
                    if size > LARGEST_LIST:
                        raise NotOurs(DAMAGED.format(what="its list is too long"))
                    written = Part(part).whole()
                else:
                    seen[name] = [Part(part).digest(), size]
        manifest = Manifest.from_bytes(written)
        _compare(manifest, seen)
        return manifest

    def parts(self, manifest: Manifest, step: str) -> Generator[tuple[str, "Part"], None, None]:
        """Yield every part but the list; each is held against the list once it has been read."""
        with closing(self._parts(step)) as parts:
            for name, _, file in parts:
                if name == members.MANIFEST:
                    continue
                part = Part(file)
                yield name, part
                if part.digest() != manifest.members.get(name, [""])[0]:
                    raise NotOurs(DAMAGED.format(what=f"{name} changed while it was read"))

    def _parts(self, step: str) -> Generator[tuple[str, int, BinaryIO], None, None]:
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            watched = _Watched(file, size, lambda done, of: self.progress(step, done, of))
            with age.decrypting(watched, self.keys) as plain:  # type: ignore[arg-type]
                yield from _members_of(plain)
            self.sha256 = watched.hash.hexdigest()


class Part:
    """One part of a back-up as it is read, with the SHA-256 of what was read."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self._hash = hashlib.sha256()

    def pieces(self) -> Iterator[bytes]:
        """Yield it bit by bit."""
        try:
            while piece := self._file.read(PIECE):
                self._hash.update(piece)
                yield piece
        except tarfile.TarError:
            raise age.Damaged from None

    def whole(self) -> bytes:
        """Return all of it, which is small enough."""
        return b"".join(self.pieces())

    def digest(self) -> str:
        """Return its SHA-256, having read what nobody wanted."""
        for _ in self.pieces():
            pass
        return self._hash.hexdigest()


def _members_of(plain: BinaryIO) -> Iterator[tuple[str, int, BinaryIO]]:
    try:
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            while (member := tar.next()) is not None:
                file = tar.extractfile(member) if member.isreg() else None
                if file is None or not _is_known(member.name):
                    raise NotOurs(DAMAGED.format(what=f"{member.name} has no place in a back-up"))
                yield member.name, member.size, file  # type: ignore[misc]
                tar.members = []  # type: ignore[attr-defined] # it would remember every name
    except tarfile.TarError:
        raise age.Damaged from None


def _is_known(name: str) -> bool:
    return bool(
        name == members.MANIFEST or members.DUMP.fullmatch(name) or members.place(name) is not None
    )


def _compare(manifest: Manifest, seen: dict[str, list]) -> None:
    for name, said in manifest.members.items():
        if name not in seen:
            raise NotOurs(DAMAGED.format(what=f"{name} is missing"))
        if seen[name] != list(said):
            raise NotOurs(DAMAGED.format(what=f"{name} is not what the list says"))
    for name in seen:
        if name not in manifest.members:
            raise NotOurs(DAMAGED.format(what=f"{name} is not on the list"))
    if not any(members.DUMP.fullmatch(name) for name in seen):
        raise NotOurs(DAMAGED.format(what="there is no database in it"))
