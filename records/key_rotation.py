"""Changing the installation's key: a new one beside the old, everything sealed anew, the old one let go.

The order is what makes it safe. The new key is on paper before it is used; the old one stays where the
program finds it until nothing that it sealed is left; its paper stays until the last back-up that needs
it is gone.
"""

import base64
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from records.making import KEPT_DAYS
from safeguard import resealing, sealing
from safeguard.errors import DomainError
from safeguard.failpoints import failpoint
from safeguard.models import KeyGeneration
from safeguard.resealing import Passed

KEY, FORMER = "SAFEGUARD_KEY", "SAFEGUARD_FORMER_KEYS"
TRIAL_KEY, TRIAL_FORMER = "files-key", "files-key-former"
PASSES = 5


class NotBegun(DomainError):
    """The key is not changed now; the message says why."""


@dataclass(frozen=True)
class Standing:
    """How far a change of keys is."""

    former: Sequence[bytes]
    done_at: datetime | None
    is_known: bool  # whether every key that sealed something here is kept, or no longer needed

    @property
    def is_done(self) -> bool:
        """Whether nothing is left under a former key."""
        return self.done_at is not None

    @property
    def paper_until(self) -> datetime | None:
        """Until when back-ups are kept that need the former key, when they are kept as they should be."""
        return self.done_at + timedelta(days=KEPT_DAYS) if self.done_at else None


def name_of(key: bytes) -> str:
    """Return what sealed things call a key."""
    return sealing.head(key)[len(sealing.VERSION) :].hex()


def note() -> KeyGeneration:
    """Remember the key that is in use; the first one has nothing to seal again."""
    is_first = not KeyGeneration.objects.exists()
    known, _ = KeyGeneration.objects.get_or_create(
        key=name_of(settings.FILES_KEY), defaults={"done_at": timezone.now() if is_first else None}
    )
    return known


def begin(file: Path) -> bytes:
    """Make a new key and write it, with the old one beside it, as the settings take them."""
    _require_none_under_way()
    note()
    key = secrets.token_bytes(32)
    former = ",".join(_in_base64(one) for one in sealing.kept_keys())
    _write_new(file, f"{KEY}='{_in_base64(key)}'\n{FORMER}='{former}'\n")
    return key


def begin_in_trial(folder: Path) -> None:
    """Change a trial's key where it lies: the old one is kept before the new one is there."""
    _require_none_under_way()
    note()
    change_in_trial(folder)


def change_in_trial(folder: Path) -> None:
    """Write the two files; a kill between them leaves a key that is in use and also kept."""
    present, former = folder / TRIAL_KEY, folder / TRIAL_FORMER
    kept = former.read_text().split() if former.exists() else []
    _replace(former, "\n".join(dict.fromkeys([present.read_text().strip(), *kept])))
    failpoint("rotate.after_former")
    _replace(present, secrets.token_urlsafe(48))
    failpoint("rotate.after_key")


def work(*, seconds: float | None = None) -> Passed:
    """Seal again what is not under the present key; note when nothing is left."""
    generation = note()
    passed = resealing.reseal(seconds=seconds)
    total, passes = passed, 1
    # A process that still has the old key may have sealed something meanwhile.
    while passed.moved and not passed.left and passes < PASSES and seconds is None:
        passed = resealing.reseal()
        passes += 1
    is_done = not passed.left and not passed.moved
    if is_done and generation.done_at is None:
        KeyGeneration.objects.filter(key=generation.key).update(done_at=timezone.now())
    elif not is_done and generation.done_at is not None and settings.FORMER_KEYS:
        KeyGeneration.objects.filter(key=generation.key).update(done_at=None)
    return total


def work_in_the_background(seconds: float) -> None:
    """Do some of it, as the worker does while there is a former key."""
    note()
    if settings.FORMER_KEYS:
        work(seconds=seconds)


def standing() -> Standing:
    """Return how far it is."""
    needed: dict[str, datetime | None] = {}
    for one in KeyGeneration.objects.order_by("-begun_at"):
        needed[one.key] = one.done_at
        if one.done_at is not None:  # nothing is left of those before it
            break
    missing = set(needed) - {name_of(key) for key in sealing.kept_keys()}
    done_at = needed.get(name_of(settings.FILES_KEY))
    return Standing(list(settings.FORMER_KEYS), done_at, is_known=not missing)


def key_in(file: Path) -> bytes:
    """Return the key that a file of `begin` holds."""
    for line in file.read_text().splitlines():
        name, _, value = line.partition("=")
        if name.strip() == KEY:
            key = base64.b64decode(value.strip().strip("'\""), validate=True)
            if len(key) == 32:
                return key
    raise NotBegun(f"{file} holds no line {KEY}=… with a key of 32 bytes.")


def _require_none_under_way() -> None:
    if settings.FORMER_KEYS:
        raise NotBegun(
            "The key is being changed already: a former one is still there. Run “manage.py rotate_key”"
            " until it says that the former key is no longer needed, take it out, and begin then."
        )


def _in_base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _write_new(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    """Put a file in another's place: the old one whole, or the new one."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    _write_new(beside, text)
    beside.rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
