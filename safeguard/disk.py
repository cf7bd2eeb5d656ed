"""How much room is left on the disks, and what is refused before it runs out.

What fills a disk quickly is refused first (files, then reports and imports), so that the last
room is kept for words: recording goes on (D2.9). A disk is low when it is below a share of itself
and below an amount as well, since an eighth of a very large disk is plenty.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from django.conf import settings

from safeguard.errors import DomainError
from safeguard.status import Fact, State

GIB = 1024**3


class Room(IntEnum):
    """How much is left, from nothing to plenty; each step refuses more than the one above."""

    NONE = 0
    WORDS_ONLY = 1  # no reports, no imports
    NO_FILES = 2
    LOW = 3
    PLENTY = 4


# Below this share of the disk in per cent, and below this amount.
WATERMARKS = (
    (Room.NONE, 1, 1 * GIB),
    (Room.WORDS_ONLY, 3, 3 * GIB),
    (Room.NO_FILES, 8, 8 * GIB),
    (Room.LOW, 15, 15 * GIB),
)


class NoRoom(DomainError):
    """A disk is so nearly full that the rest is kept for what people write."""


@dataclass(frozen=True)
class Volume:
    """One file system and what of ours is on it."""

    holds: str
    total: int
    free: int

    @property
    def percent(self) -> float:
        """How much is free, as a share."""
        return 100 * self.free / self.total if self.total else 0.0

    @property
    def room(self) -> Room:
        """What that means."""
        return room_of(free=self.free, total=self.total)


def room_of(*, free: int, total: int) -> Room:
    """Say how much room so many free bytes of so many are."""
    for room, percent, amount in WATERMARKS:
        if free * 100 < percent * total and free < amount:
            return room
    return Room.PLENTY


@dataclass(frozen=True)
class Unseen:
    """A folder that could not be looked at, and the system's reason."""

    holds: str
    reason: str


def volumes() -> list[Volume]:
    """Measure each file system that holds something of ours, once, as far as it can be looked at."""
    return _look()[0]


def _look() -> tuple[list[Volume], list[Unseen]]:
    """Look at each folder; one that does not let itself be looked at hides none of the others."""
    found: dict[int, tuple[list[str], int, int]] = {}
    unseen = []
    for name, folder in _watched():
        try:
            there, device = _nearest(folder)
            if device not in found:
                found[device] = ([], *measure(there))
        except OSError as error:
            unseen.append(Unseen(_capital(name), error.strerror or type(error).__name__))
        else:
            found[device][0].append(name)
    measured = [
        Volume(_capital(", ".join(names)), total, free) for names, total, free in found.values()
    ]
    return measured, unseen


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def measure(folder: Path) -> tuple[int, int]:
    """Return how large the folder's file system is, and how much of it is free."""
    usage = shutil.disk_usage(folder)
    return usage.total, usage.free


def room() -> Room:
    """Say how much is left on the fullest disk; one that cannot be looked at refuses nothing."""
    return min((volume.room for volume in volumes()), default=Room.PLENTY)


def require_room_for_files(what: str) -> None:
    """Refuse a file while the room that is left is needed for words."""
    if room() <= Room.NO_FILES:
        raise NoRoom(
            f"{what} was not added: the server's disk is nearly full, and what is left is kept for "
            "what people write. What you typed is safe: submit it without the file, keep the file, "
            "and add it as an action when whoever runs Safeguard has made room."
        )


def require_room_for_work(what: str) -> None:
    """Refuse a report or an import while the room that is left is needed for words."""
    if room() <= Room.WORDS_ONLY:
        raise NoRoom(
            f"{what}: the server's disk is nearly full, and the rest is kept for what people write."
            " Nothing is lost. Tell whoever runs Safeguard to make room, then try again."
        )


def facts(now) -> Iterator[Fact]:
    """Say of each disk how much is free, and what is refused because of it."""
    measured, unseen = _look()
    for one in unseen:
        says = f"It could not be looked at: {one.reason}. How much room it has is not known."
        yield Fact(one.holds, State.BAD, says, LOOK_AFTER)
    for volume in measured:
        state, means, do = MEANINGS[volume.room]
        free = f"{volume.free / GIB:,.1f} GB of {volume.total / GIB:,.1f} GB free"
        yield Fact(volume.holds, state, f"{free} ({volume.percent:.0f} %).{means}", do)


LOOK_AFTER = "See that the folder is mounted, and that Safeguard's user may read it."
MAKE_ROOM = "Make room: old logs and back-ups that are kept elsewhere too; or enlarge the disk."
MEANINGS: dict[Room, tuple[State, str, str]] = {
    Room.PLENTY: (State.WELL, "", ""),
    Room.LOW: (State.NOTICE, " Files are refused when it falls below 8 %.", MAKE_ROOM),
    Room.NO_FILES: (State.BAD, " No file is taken; recording in words goes on.", MAKE_ROOM),
    Room.WORDS_ONLY: (
        State.BAD,
        " No file, report or import is taken; recording in words goes on.",
        MAKE_ROOM + " Today.",
    ),
    Room.NONE: (
        State.BAD,
        " Recording may stop at any moment.",
        MAKE_ROOM + " Now; and have the paper form at hand.",
    ),
}


def _watched() -> Iterator[tuple[str, Path]]:
    yield "files of incidents", settings.FILES_DIR
    yield "temporary files", Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    yield "what Safeguard writes itself", settings.VAR_DIR
    if settings.DATABASE_FOLDER:
        yield "the database", Path(settings.DATABASE_FOLDER)


def _nearest(folder: Path) -> tuple[Path, int]:
    """Return the folder, or what it will be made in, with its device."""
    while True:
        try:
            return folder, os.stat(folder).st_dev
        except (FileNotFoundError, NotADirectoryError):
            if folder == folder.parent:
                raise
            folder = folder.parent


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder outlive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
