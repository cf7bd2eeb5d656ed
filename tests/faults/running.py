"""A running copy of Safeguard of its own: web, worker, beat, mail, broker and PostgreSQL, to be killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import psycopg.conninfo
import redis

ADDRESSES = """
import json
from django.conf import settings
print(json.dumps({
    "owner": settings.SERVICES.database_owner_url,
    "app": settings.SERVICES.database_url,
    "files": str(settings.FILES_DIR),
    "key": settings.FILES_KEY.hex(),
    "signer": str(settings.SIGNER_SOCKET),
    "broker": settings.SERVICES.redis_url,
}))
"""
CHECKOUT = Path(__file__).resolve().parents[2]
START = 180  # seconds that a busy machine may take to prepare a copy
ANSWER = 60  # seconds until it answers again after anything


class Copy:
    """A supervisor with everything under it, in a folder of its own, beside any demo."""

    def __init__(self, folder: Path, name: str, **environment: str):
        self.var = folder / "var"
        self.failpoints = folder / "failpoints"
        self.failpoints.mkdir(parents=True)
        self.said = folder / "supervisor.log"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST")
        } | {
            "SAFEGUARD_DEMO": "1",
            "SAFEGUARD_INSTANCE": f"{name}{os.getpid()}",
            "SAFEGUARD_VAR": str(self.var),
            "SAFEGUARD_DEMO_INCIDENTS": "6",
            "SAFEGUARD_FAILPOINTS": str(self.failpoints),
            "SAFEGUARD_INCIDENTS_A_DAY": "100000",
            "DJANGO_SETTINGS_MODULE": "safeguard.settings",
            **environment,
        }
        self.log = self.said.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", "8700"],
            cwd=CHECKOUT,
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    @cached_property
    def address(self) -> str:
        """Return where it is, once it answers for the first time."""
        until = time.monotonic() + START
        while time.monotonic() < until and self.process.poll() is None:
            if "demo is ready" in self.said.read_text():
                return (self.var / "address").read_text()
            time.sleep(0.2)
        raise AssertionError(self.said.read_text())

    @cached_property
    def people(self) -> list[dict]:
        """Return everybody who can sign in."""
        return json.loads((self.var / "people.json").read_text())

    @cached_property
    def addresses(self) -> dict[str, str]:
        """Ask the copy's settings, once, where its database and its files are."""
        assert self.address  # it is all there only now
        asked = subprocess.run(
            [sys.executable, "-c", ADDRESSES],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(asked.stdout.strip().splitlines()[-1])

    @property
    def files(self) -> Path:
        """The folder of its sealed files."""
        return Path(self.addresses["files"])

    def pids(self) -> dict[str, int]:
        """Return each process's id, by its name."""
        return json.loads((self.var / "pids.json").read_text())

    def family(self, name: str) -> list[int]:
        """Return a process and its children, PostgreSQL's backends among them."""
        pid = self.pids().get(name)
        if not pid:
            return []
        children = subprocess.run(
            ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
        )
        return [pid, *map(int, children.stdout.split())]

    def signal(self, name: str, number: signal.Signals) -> bool:
        """Signal a process with its children; false when it is not there just now."""
        family = self.family(name)
        for one in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, number)
        return bool(family)

    def kill(self, name: str) -> bool:
        """Kill -9."""
        return self.signal(name, signal.SIGKILL)

    def kill_one(self, pid: int) -> bool:
        """Kill -9 one process of the copy's and leave its children."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    @contextlib.contextmanager
    def hanging(self, name: str) -> Iterator[None]:
        """Stop a process with its children, so that it takes connections and answers nothing."""
        family = self.family(name)
        for one in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGSTOP)
        try:
            yield
        finally:
            for one in reversed(family):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGCONT)

    @contextlib.contextmanager
    def cut_off(self, name: str) -> Iterator[None]:
        """Cut everybody off from a server that goes on running: no way to it, and all lines dropped."""
        path = self.socket(name)
        aside = path.with_name(f"{path.name}.cut")
        with self.unattended(), contextlib.ExitStack() as lines:
            drop = lines.enter_context(self.lines_to(name))
            path.rename(aside)
            try:
                drop()
                yield
            finally:
                if not path.exists():  # else the server was started anew meanwhile
                    aside.rename(path)

    def socket(self, name: str) -> Path:
        """Return the socket at which a server listens."""
        if name == "signer":
            return Path(self.addresses["signer"])
        if name == "valkey":
            return Path(urlsplit(self.addresses["broker"]).path)
        said = psycopg.conninfo.conninfo_to_dict(self.addresses["owner"])
        return Path(str(said["host"])) / f".s.PGSQL.{said.get('port', 5432)}"

    @contextlib.contextmanager
    def lines_to(self, name: str) -> Iterator[Callable[[], object]]:
        """Lend what drops every line to a server; the signer's are one question long."""
        if name == "postgres":
            yield self.end_backends
        elif name == "valkey":
            path = str(self.socket(name))
            with redis.Redis(unix_socket_path=path, single_connection_client=True) as broker:
                broker.ping()
                yield lambda: broker.execute_command("CLIENT", "KILL", "TYPE", "normal")
        else:
            yield lambda: None

    def end_backends(self) -> None:
        """End every process of PostgreSQL's that serves somebody, as its own administrator would."""
        for pid in self.family("postgres")[1:]:
            with contextlib.suppress(OSError):
                if b"[local]" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGTERM)

    @contextlib.contextmanager
    def unattended(self) -> Iterator[None]:
        """Let nobody bring back what dies, for as long as this lasts."""
        supervisor = self.pids()["supervisor"]
        os.kill(supervisor, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(supervisor, signal.SIGCONT)

    def wait_until_well(self) -> None:
        """Wait until pages, the database and the broker answer."""
        until = time.monotonic() + ANSWER
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while True:
            with contextlib.suppress(OSError, psycopg.Error):
                opener.open(f"{self.address}/sign-in/", timeout=5).close()
                if all(self.pids().get(name) for name in ("web", "postgres", "valkey")):
                    with self.database("app") as connection:
                        connection.execute("SELECT 1")
                    return
            assert time.monotonic() < until, "the copy does not come back"
            time.sleep(0.3)

    def arm(self, point: str, what: str) -> None:
        """Have a failpoint do something, once, in whichever process comes by first."""
        half = self.failpoints / ".half"
        half.write_text(what)
        half.rename(self.failpoints / point)

    def armed(self, point: str) -> bool:
        """Whether nobody has come by yet."""
        return (self.failpoints / point).exists()

    @contextlib.contextmanager
    def database(self, role: str = "owner") -> Iterator[psycopg.Connection]:
        """Connect to its database, waiting for a server that is starting again."""
        until = time.monotonic() + ANSWER
        while True:
            try:
                connection = psycopg.connect(self.addresses[role], autocommit=True)
                break
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)
        with connection:
            yield connection

    def query(self, sql: str, *values: object) -> list[tuple]:
        """Ask its database as the owner."""
        with self.database() as connection:
            return connection.execute(sql, values).fetchall()

    def stop(self) -> None:
        """End the copy and everything it started, and leave nothing of it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        finally:
            self.process.kill()
            self.log.close()
        wipe = [sys.executable, "-m", "safeguard.embedded", "wipe"]
        subprocess.run(wipe, cwd=CHECKOUT, env=self.environment, check=True)
