"""The mark of a restore that is not finished: until it is gone nobody may work with this copy.

It lies in the folder of files while a back-up is put back, and says which one. After the database is
there, what was lawfully erased since still has to be erased again (P13).
"""

import contextlib
import os
from pathlib import Path

from django.conf import settings

NAME = ".restoring"
WHOLE = "whole"


def is_there() -> bool:
    """Say whether a restore was begun and has not come to its end."""
    with contextlib.suppress(OSError):
        return path().exists()
    return False


def of(sha256: str) -> bool:
    """Say whether it is this back-up that was being put back."""
    return is_there() and path().read_text().split()[:1] == [sha256]


def is_whole(sha256: str) -> bool:
    """Say whether all of this back-up was seen to be there again."""
    return is_there() and path().read_text().split() == [sha256, WHOLE]


def note(sha256: str, *, whole: bool = False) -> None:
    """Leave the mark, down to the disk."""
    half = path().with_name(f"{NAME}.part")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{sha256} {WHOLE if whole else ''}\n")
        file.flush()
        os.fsync(file.fileno())
    half.rename(path())


def clear() -> None:
    """Take the mark away: the restore is finished."""
    path().unlink(missing_ok=True)


def path() -> Path:
    """Return where the mark lies."""
    return settings.FILES_DIR / NAME
