"""Makes the fixture of a version: run by script/release-fixture, imported by nothing."""

import random
import sys
import tempfile
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

chance = random.Random("release fixture")
# The same keys each time it is made; before the models, whose defaults are this function.
uuid.uuid4 = lambda: uuid.UUID(int=chance.getrandbits(128), version=4)

import django
import pytest  # noqa: F401 - by this settings.py sees that it is not a school's

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from safeguard.owner import as_owner
from tests.upgrades import rows, story


class Clock:
    """The time in the story, which the database takes over as the time of recording."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def now(self) -> datetime:
        """Stand in for `timezone.now`."""
        return self.moment

    def set(self, moment: datetime) -> None:
        """Go on to a moment, in Python and in both connections."""
        self.moment = moment
        for alias in ("default", "audit"):
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT set_config('safeguard.clock', %s, false)", [str(moment)])


def main(version: str) -> None:
    """Migrate an empty database, tell the story in it, and write what it holds then."""
    target = rows.FOLDER / f"{version}.sql"
    if target.exists():
        raise SystemExit(f"{target.name} is there already, and is never made again.")
    call_command("migrate", interactive=False, verbosity=0)
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns when it is not there
    clock = Clock()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(as_owner("default"))
        stack.enter_context(as_owner("audit"))
        stack.enter_context(
            override_settings(
                FILES_DIR=folder / "files",
                FILES_KEY=story.FILES_KEY,
                SECRET_KEY="invented, for fixtures",
                PASSWORD_HASHERS=["accounts.hashers.Argon2id"],
            )
        )
        stack.enter_context(mock.patch.object(timezone, "now", clock.now))
        with connections["default"].cursor() as cursor:
            cursor.execute("INSERT INTO safeguard_installation (kind) VALUES ('test')")
        story.tell(clock.set, folder)
        target.write_text(rows.write(version))
    sys.stdout.write(f"{target.name} is written. Read it before you commit it.\n")


if __name__ == "__main__":
    main(sys.argv[1])
