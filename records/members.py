"""What a back-up file holds beside the database, under which names, and where each belongs."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

MANIFEST = "manifest.json"
DUMP = re.compile(r"database/(\d{6})\.dump")
DISPOSALS = "disposals.jsonl"
SIGNERS_KEY = "key"
SIGNERS_LOCK = "signer.lock"
# A member that names another place than below its folder is never written.
_PART = r"[A-Za-z0-9_][A-Za-z0-9._+-]*"
_NAME = re.compile(rf"(files|archive|signer)(/{_PART})+")


@dataclass(frozen=True)
class Found:
    """A file to back up, and its name in the back-up."""

    name: str
    path: Path


def place(name: str) -> Path | None:
    """Return where a member belongs on this machine; None when it belongs nowhere."""
    if not _NAME.fullmatch(name):
        return None
    folder, _, rest = name.partition("/")
    return folders()[folder] / rest


def folders() -> dict[str, Path]:
    """Return the folders that a back-up copies."""
    return {
        "files": settings.FILES_DIR,
        "archive": settings.ARCHIVE_DIR,
        "signer": settings.SIGNER_DIR,
    }


def sealed_files() -> Iterator[Found]:
    """Yield every sealed file, in the order of the folders."""
    yield from _below("files")


def notes() -> Iterator[Found]:
    """Yield what the ledger has published: all of the archive but the lists of disposals."""
    return (found for found in _below("archive") if found.path.name != DISPOSALS)


def disposals() -> Iterator[Found]:
    """Yield the lists of what was lawfully disposed of."""
    return (found for found in _below("archive") if found.path.name == DISPOSALS)


def signers(*, with_key: bool) -> Iterator[Found]:
    """Yield what the signer remembers, and its private key only when asked to.

    With the key, whoever opens the back-up could sign another history; without it, the key has to
    be kept apart, or the ledger cannot go on under it.
    """
    left_out = {SIGNERS_LOCK} if with_key else {SIGNERS_LOCK, SIGNERS_KEY}
    return (found for found in _below("signer") if found.path.name not in left_out)


def _below(folder: str) -> Iterator[Found]:
    top = folders()[folder]
    for at, inner, names in os.walk(top, onerror=_stop):
        inner.sort()
        for each in sorted(names):
            path = Path(at) / each
            name = f"{folder}/{path.relative_to(top).as_posix()}"
            if _NAME.fullmatch(name) and path.is_file() and not path.is_symlink():
                yield Found(name, path)


def _stop(error: OSError) -> None:
    """Let no folder be passed over that is there and cannot be read."""
    if not isinstance(error, FileNotFoundError):
        raise error
