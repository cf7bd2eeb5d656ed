"""The archive: every signed note, written once and never again, where the operator does not rule.

`<archive>/<school>/<tree>-<epoch>/<size>.note`, beside `vkey`, the key with which the first of them
was signed. A file that is there already stays; another content under the same name is an alarm.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from ledger.notes import fsync_folder

KEY = "vkey"


class Altered(Exception):
    """The archive holds another note of this size, or another key: somebody says two things."""


def folder_of(school: str, tree: str, epoch: int) -> Path:
    """Return where the notes of a ledger are; `school` is its name in the ledger."""
    return Path(settings.ARCHIVE_DIR) / school / f"{tree}-{epoch}"


def newest_epoch(school: str, tree: str) -> int:
    """Return the last epoch of a tree of which there is a note; 0 when there is none."""
    found = (
        path.parent.name for path in Path(settings.ARCHIVE_DIR, school).glob(f"{tree}-*/*.note")
    )
    epochs = (name.removeprefix(f"{tree}-") for name in found)
    return max((int(epoch) for epoch in epochs if epoch.isdecimal()), default=0)


def keep_note(folder: Path, size: int, note: str) -> None:
    """Put a note into the archive; the same note twice is once."""
    _keep(folder / f"{size}.note", note)


def keep_key(folder: Path, vkey: str) -> None:
    """Put the verifier key beside the notes, once and for all of them."""
    _keep(folder / KEY, f"{vkey}\n")


def key_in(folder: Path) -> str | None:
    """Return the key with which this ledger's notes have to be signed, if any was ever."""
    try:
        return (folder / KEY).read_text().strip()
    except FileNotFoundError:
        return None


def has_note(folder: Path, size: int) -> bool:
    """Say whether a note of this size is in the archive."""
    return (folder / f"{size}.note").exists()


def notes_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield every note of a ledger, whatever is in it."""
    for path in sorted(folder.glob("*.note")):
        yield path, path.read_text(errors="replace")


def sizes_in(folder: Path) -> list[int]:
    """Return the sizes of which there are notes, largest first."""
    found = (path.stem for path in folder.glob("*.note"))
    return sorted((int(stem) for stem in found if stem.isdecimal()), reverse=True)


def note_in(folder: Path, size: int) -> str:
    """Return the note of this size."""
    return (folder / f"{size}.note").read_text(errors="replace")


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode()
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with open(half, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(half, path)  # whole or not at all, and never over another
    finally:
        half.unlink()
    fsync_folder(path.parent)
    if path.read_bytes() != content:
        raise Altered(f"{path} is there with another content")
