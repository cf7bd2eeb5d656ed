"""A drill: restore a back-up into a scratch copy with servers of its own, compare, wipe it again."""

import base64
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from records.models import DrillMade
from safeguard import embedded
from safeguard.errors import DomainError

PREFIX = "drill-"
OURS = ("SAFEGUARD_", "DATABASE_", "REDIS_", "EMAIL_", "PYTEST")


class DrillFailed(DomainError):
    """The back-up did not come back as it was made; the message says where it failed."""


@dataclass
class Scratch:
    """A bare machine of our own: another instance with servers and folders that end with it."""

    folder: Path

    @property
    def instance(self) -> str:
        """What it is called, so that a later drill can wipe it after a power cut."""
        return self.folder.name

    @property
    def var(self) -> Path:
        """Where it keeps what it writes."""
        return self.folder / "var"

    def environment(self) -> dict[str, str]:
        """Return an environment with nothing in it of the running copy, but its key."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
        return kept | {
            "SAFEGUARD_INSTANCE": self.instance,
            "SAFEGUARD_VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "safeguard.settings",
        }

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a command of ours there."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", *map(str, command)],
            cwd=settings.BASE_DIR,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if sys.stderr.isatty() else subprocess.PIPE,
            text=True,
            check=False,
        )

    def take_key(self) -> None:
        """Give it the keys that open this installation's files."""
        self.var.mkdir(mode=0o700)
        self._write("files-key", [settings.FILES_KEY])
        if settings.FORMER_KEYS:
            self._write("files-key-former", settings.FORMER_KEYS)

    def _write(self, name: str, keys: list[bytes]) -> None:
        path = self.var / name
        path.touch(mode=0o600)
        lines = [base64.urlsafe_b64encode(key).decode().rstrip("=") for key in keys]
        path.write_text("\n".join(lines))

    def wipe(self) -> None:
        """Leave nothing of it, the decrypted copy least of all."""
        embedded.wipe(self.instance, self.var)
        shutil.rmtree(self.folder)


def drill(path: Path, identity: Path) -> DrillMade:
    """Restore a back-up beside the running copy, and leave a row that says what came of it."""
    started = timezone.now()
    wipe_forgotten()
    scratch = Scratch(settings.VAR_DIR / f"{PREFIX}{secrets.token_hex(4)}")
    scratch.folder.mkdir(mode=0o700)
    try:
        found = _restore(scratch, path.absolute(), identity.absolute())
    except DrillFailed as failure:
        DrillMade.objects.create(
            started_at=started,
            finished_at=timezone.now(),
            outcome=DrillMade.Outcome.FAILED,
            reason=str(failure)[:300],
        )
        raise
    finally:
        scratch.wipe()
    return DrillMade.objects.create(
        started_at=started,
        finished_at=timezone.now(),
        outcome=DrillMade.Outcome.GOOD,
        holds_until=datetime.fromisoformat(found["holds_until"]),
        sha256=found["sha256"],
        rows=found["rows"],
        files=found["files"],
        files_opened=found["opened"],
    )


def wipe_forgotten() -> None:
    """Wipe what drills that were killed have left decrypted; one that is under way keeps its own."""
    for folder in settings.VAR_DIR.glob(f"{PREFIX}*"):
        with contextlib.suppress(embedded.EmbeddedError):
            Scratch(folder).wipe()


def _restore(scratch: Scratch, path: Path, identity: Path) -> dict[str, Any]:
    scratch.take_key()
    report = scratch.folder / "report.json"
    done = scratch.run("restore", path, "--identity", identity, "--report", report)
    if done.returncode:
        said = (done.stderr or done.stdout or "").strip().splitlines()
        raise DrillFailed(said[-1] if said else "The restore ended without a word.")
    found = json.loads(report.read_text())
    if found["losses"]:
        raise DrillFailed(found["losses"][0])
    return found
