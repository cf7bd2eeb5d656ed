"""Finished papers on the disk: sealed, under names that tell nothing, outside the web root.

The bytes are on the disk before the row is, so that no report is ever called ready without its
file. Each try of the worker writes a name of its own; the one that wins removes the others.
"""

import os
from pathlib import Path
from uuid import UUID

from django.conf import settings

from safeguard import sealing


def keep(report: UUID, try_number: int, content: bytes) -> str:
    """Seal a paper on the disk, durably, and return the name under which it is kept."""
    stored_as = f"{report.hex}.{try_number}"
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    sealed = sealing.seal(content, purpose=purpose(stored_as))
    descriptor = os.open(_path(stored_as), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    _sync(folder())
    _sync(folder().parent)
    return stored_as


def content_of(stored_as: str) -> bytes:
    """Return a paper's bytes; whether somebody may have them was decided before."""
    return sealing.unseal(_path(stored_as).read_bytes(), purpose=purpose(stored_as))


def forget(stored_as: str) -> None:
    """Delete one paper."""
    _path(stored_as).unlink(missing_ok=True)


def forget_all(report: UUID, *, but: str = "") -> None:
    """Delete what was kept for a report, by tries that were broken off as well."""
    for path in folder().glob(f"{report.hex}.*"):
        if path.name != but:
            path.unlink(missing_ok=True)


def folder() -> Path:
    """Return where finished papers are."""
    return settings.FILES_DIR / "reports"


def _path(stored_as: str) -> Path:
    return folder() / stored_as


def purpose(stored_as: str) -> str:
    """Return what a paper is sealed for: the name under which it is kept."""
    return f"report:{stored_as}"


def _sync(folder: Path) -> None:
    """Make a new name in a folder outlive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
