"""Whether this copy can take what people record now, in words that tell a stranger nothing."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from safeguard import broker, durability, unfinished
from safeguard.vitals import pending_migrations

OK, FAILED, DEGRADED, UNSAFE = "ok", "failed", "degraded", "unsafe"
PATIENCE = 3  # seconds
HOLDS = 2  # seconds for which an answer is given again


@dataclass(frozen=True)
class Readiness:
    """Each part in a word. Without the broker, or room for files, words are still recorded (P12)."""

    database: str = FAILED
    migrations: str = FAILED
    durability: str = FAILED
    restore: str = OK
    files: str = DEGRADED
    broker: str = DEGRADED

    @property
    def is_ready(self) -> bool:
        """Whether an incident that is submitted now would be recorded for good."""
        return {self.database, self.migrations, self.durability, self.restore} == {OK}

    def __str__(self) -> str:
        return "".join(f"{name}: {word}\n" for name, word in vars(self).items())


def look() -> Readiness:
    """Look at each part once; none may keep the probe waiting."""
    files = OK if _files_can_be_written() else DEGRADED
    waiting = OK if broker.length() is not None else DEGRADED
    restore = FAILED if unfinished.is_there() else OK
    try:
        with _fresh_connection() as database:
            pending = pending_migrations(database)
            safe = durability.is_safe(durability.read(database))
    except Error:
        return Readiness(restore=restore, files=files, broker=waiting)
    return Readiness(
        database=OK,
        migrations=FAILED if pending else OK,
        durability=OK if safe else UNSAFE,
        restore=restore,
        files=files,
        broker=waiting,
    )


class Lately:
    """What was found a moment ago.

    Whoever asks needs no account, and each look costs a connection to PostgreSQL and the broker,
    and a file: so there is one at a time in a process, and not another for two seconds.
    """

    def __init__(self, look: Callable[[], Readiness]):
        self.look, self.lock = look, Lock()
        self.found: Readiness | None = None
        self.until = 0.0

    def __call__(self) -> Readiness:
        """Return what was found, or look."""
        with self.lock:
            if self.found is None or time.monotonic() >= self.until:
                self.found = self.look()
                self.until = time.monotonic() + HOLDS
            return self.found

    def forget(self) -> None:
        """Look anew when asked next."""
        with self.lock:
            self.found = None


lately = Lately(look)


@contextmanager
def _fresh_connection() -> Iterator[BaseDatabaseWrapper]:
    """Come in as the application's role does, anew, and wait for nothing long."""
    database = connections.create_connection("default")
    known = connections["default"].settings_dict
    given = known["OPTIONS"].get("options", "")
    limits = {
        "connect_timeout": PATIENCE,
        "options": f"{given} -c statement_timeout={PATIENCE}s".strip(),
    }
    database.settings_dict = known | {"OPTIONS": known["OPTIONS"] | limits, "PATIENCE": PATIENCE}
    try:
        yield database
    finally:
        database.close()


def _files_can_be_written() -> bool:
    """Whether a file could be kept now; the folder is made by the first one."""
    try:
        settings.FILES_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.FILES_DIR) as file:
            file.write(b"probe")
    except OSError:
        return False
    return True
