"""The list in a back-up that says what must be in it; whoever restores compares first."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from safeguard import sealing
from safeguard.errors import DomainError

FORMAT = "safeguard-backup/1"
PURPOSE = "back-up"
PROBE = b"The key that seals this opens the files."


class NotOurs(DomainError):
    """The back-up is not one that this Safeguard can restore; the message says why."""


@dataclass
class Manifest:
    """What a back-up holds, and of which moment."""

    made_at: str
    postgres: int
    migrations: list[str]
    roles: list[str]
    counts: dict[str, int]
    ledger: list[dict[str, Any]]
    format: str = FORMAT
    sealed_probe: str = ""
    former_probes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    members: dict[str, list] = field(default_factory=dict)  # name -> [SHA-256, size]

    @property
    def holds_until(self) -> datetime:
        """The moment whose state the back-up holds."""
        return datetime.fromisoformat(self.made_at)

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(self.counts.values())

    @property
    def files(self) -> int:
        """How many sealed files there are."""
        return sum(name.startswith("files/") for name in self.members)

    def to_bytes(self) -> bytes:
        """Write it down."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_bytes(cls, written: bytes) -> "Manifest":
        """Read it again."""
        try:
            said = json.loads(written)
            if said["format"] != FORMAT:
                raise NotOurs(
                    f"The back-up is of the form {said['format']}, which this version of Safeguard "
                    "does not know. Restore it with the version that made it, then upgrade."
                )
            return cls(**said)
        except (ValueError, TypeError, KeyError):
            raise NotOurs("The file is no back-up of Safeguard: it has no readable list.") from None

    def unknown_migrations(self) -> list[str]:
        """Return migrations that the back-up went through and this checkout does not have."""
        known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
        ours = {app.rpartition(".")[2] for app in settings.INSTALLED_APPS}
        return [
            name for name in self.migrations if name not in known and name.partition(".")[0] in ours
        ]

    def opens_with_our_key(self) -> bool:
        """Whether the keys of this installation open all that the back-up's files were sealed under.

        While keys are being changed those are two: the present one and the one of before.
        """
        return all(map(_opens, [self.sealed_probe, *self.former_probes]))


def sealed_probe() -> str:
    """Return something that only this installation's present key opens."""
    return sealing.seal(PROBE, purpose=PURPOSE).hex()


def former_probes() -> list[str]:
    """Return something for each former key that is kept, which that one alone opens."""
    return [sealing.seal(PROBE, purpose=PURPOSE, key=key).hex() for key in settings.FORMER_KEYS]


def _opens(probe: str) -> bool:
    try:
        return sealing.unseal(bytes.fromhex(probe), purpose=PURPOSE) == PROBE
    except (sealing.Unsealable, ValueError):
        return False
