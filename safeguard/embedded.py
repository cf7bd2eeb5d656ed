"""PostgreSQL and Valkey of our own, for the demo, the tests and a school that tries Safeguard.

`serve` starts what is not running and says where it is. Each process that uses an instance
shares a lock on it until it ends, however it ends; the last one out stops both servers. After
kill -9 of everything the next one in finds the pieces and goes on. Nothing else in the project
knows how any of this is done, and production gives addresses of real servers instead.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safeguard.embedded_home import CHECKOUT, EmbeddedError, Home, find
from safeguard.embedded_postgres import (
    APP,
    AUDIT,
    BACKUP,
    DISPOSAL,
    OWNER,
    SIGNER,
    Postgres,
)
from safeguard.embedded_valkey import Valkey

__all__ = ["EmbeddedError", "Services", "pids", "ready", "serve", "wipe"]

IN_USE = "in-use.lock"
NOT_THERE = "127.0.0.1:1"  # nothing listens on port 1
MAIL = "smtp://127.0.0.1:1025"


@dataclass(frozen=True)
class Services:
    """Addresses of the servers that Safeguard stands on, with the passwords in them."""

    database_url: str
    database_owner_url: str
    database_audit_url: str
    redis_url: str
    email_url: str = ""
    database_signer_url: str = ""
    database_disposal_url: str = ""
    database_backup_url: str = ""


@dataclass
class _Share:
    """This process's part in an instance: an open file whose lock the kernel ends with us."""

    home: Home
    file: int


_shares: dict[Path, _Share] = {}
_of_child = threading.local()  # two threads may fork at once


def serve(instance: str, state: Path | None = None) -> Services:
    """Start the instance's servers unless they run, keep them until we end, say where they are."""
    if os.environ.get("SAFEGUARD_EMBEDDED") == "off":
        return _nowhere()
    home = _home(instance, state)
    with _alone(home):
        if home.folder not in _shares:
            _shares[home.folder] = _Share(home, _open_share(home))
        sockets = home.sockets()
        postgres, valkey = Postgres(home, sockets), Valkey(home, sockets)
        postgres.start()
        valkey.start()
    return Services(
        database_url=postgres.url(APP),
        database_owner_url=postgres.url(OWNER),
        database_audit_url=postgres.url(AUDIT),
        redis_url=valkey.url,
        email_url=os.environ.get("EMAIL_URL", MAIL),
        database_signer_url=postgres.url(SIGNER),
        database_disposal_url=postgres.url(DISPOSAL),
        database_backup_url=postgres.url(BACKUP),
    )


def ready(instance: str, state: Path | None = None) -> bool:
    """Whether both servers take connections; a supervisor calls `serve` again when they do not."""
    servers = _servers(_home(instance, state))
    return bool(servers) and all(server.ready() for server in servers)


def pids(instance: str, state: Path | None = None) -> dict[str, int | None]:
    """Return the servers' process ids, for whoever has to look after them (or to kill them)."""
    servers = _servers(_home(instance, state))
    names = ("postgres", "valkey")
    return {name: server.pid() for name, server in zip(names, servers, strict=False)}


def wipe(instance: str, state: Path | None = None) -> None:
    """Remove the instance with all that it holds; refuse while any process uses it."""
    home = _home(instance, state)
    if not home.state.exists():
        return
    if not home.made_by_us():
        raise EmbeddedError(f"{home.state} holds other things too: it is not wiped.")
    with _alone(home):
        file = _open_share(home)
        try:
            if not _nobody_else(file):
                raise EmbeddedError(f"“{instance}” is in use: stop it before it is wiped.")
            _stop(home)
            shutil.rmtree(home.folder)
            shutil.rmtree(home.state, ignore_errors=True)
        finally:
            os.close(file)


def leave() -> None:
    """Give up this process's part in every instance, and stop those that nobody uses any more."""
    while _shares:
        _, share = _shares.popitem()
        try:
            with _alone(share.home):
                if _nobody_else(share.file):
                    _stop(share.home)
        finally:
            os.close(share.file)


def _before_fork() -> None:
    """Open a share for the child, before it can be overtaken by a parent that leaves at once.

    A lock belongs to the open file, which a child would have in common with its parent: a parent
    that leaves would take the child's part with it, and stop the servers under it.
    """
    _of_child.files = {}
    for folder, share in _shares.items():
        with contextlib.suppress(OSError):  # the folder was taken away under us
            _of_child.files[folder] = _open_share(share.home)


def _after_fork_in_parent() -> None:
    for file in _of_child.files.values():
        os.close(file)


def _after_fork_in_child() -> None:
    for folder, share in list(_shares.items()):
        os.close(share.file)
        if folder in _of_child.files:
            share.file = _of_child.files[folder]
        else:
            del _shares[folder]


atexit.register(leave)
os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_after_fork_in_child,
)


@contextlib.contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Be the only process that starts, stops or wipes this instance."""
    path = home.folder / "changing.lock"
    while True:
        home.make()
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _same(file.fileno(), path):
                continue  # it was wiped while we waited
            yield
            return


def _same(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _home(instance: str, state: Path | None) -> Home:
    return find(
        instance, state or Path(os.environ.get("SAFEGUARD_VAR", CHECKOUT / "var" / instance))
    )


def _open_share(home: Home) -> int:
    file = os.open(home.folder / IN_USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def _nobody_else(file: int) -> bool:
    """Whether ours is the only share; true only as long as we are alone with the instance."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _servers(home: Home) -> list[Postgres | Valkey]:
    sockets = home.made_sockets()
    return [Postgres(home, sockets), Valkey(home, sockets)] if sockets else []


def _stop(home: Home) -> None:
    for server in reversed(_servers(home)):
        server.stop()
    home.forget_sockets()


def _nowhere() -> Services:
    """Addresses at which nobody is: for checks that must need no servers."""
    return Services(
        database_url=f"postgresql://{APP}:none@{NOT_THERE}/safeguard",
        database_owner_url=f"postgresql://{OWNER}:none@{NOT_THERE}/safeguard",
        database_audit_url=f"postgresql://{AUDIT}:none@{NOT_THERE}/safeguard",
        redis_url=f"redis://{NOT_THERE}/0",
        email_url=f"smtp://{NOT_THERE}",
        database_signer_url=f"postgresql://{SIGNER}:none@{NOT_THERE}/safeguard",
        database_disposal_url=f"postgresql://{DISPOSAL}:none@{NOT_THERE}/safeguard",
        database_backup_url=f"postgresql://{BACKUP}:none@{NOT_THERE}/safeguard",
    )


def main(arguments: list[str]) -> int:
    """`python -m safeguard.embedded wipe`: forget the instance that the environment names."""
    if arguments != ["wipe"]:
        print("Say: python -m safeguard.embedded wipe", file=sys.stderr)
        return 2
    try:
        wipe(os.environ.get("SAFEGUARD_INSTANCE", "demo"))
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
