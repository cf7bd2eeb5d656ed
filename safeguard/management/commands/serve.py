"""The whole demo under one supervisor: web, worker, beat, signer, mail, both embedded servers."""

import argparse
import contextlib
import fcntl
import hashlib
import http.client
import io
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from safeguard import embedded, env
from safeguard.supervisor import (
    Child,
    NoFreePortError,
    Supervisor,
    handle_stop_signals,
    listen,
    start_copy,
)

PREPARED = settings.VAR_DIR / "prepared"  # there from when the web process may answer
PATIENT = {"SAFEGUARD_PROCESS": "web"}  # does not wait for a database for ever
FIRST_ANSWER = 90.0  # seconds that the web process may take


class Command(BaseCommand):
    """Prepare what is missing, start everything, print where it is, watch until told to stop."""

    help = "Runs the demo: script/demo calls this."

    def add_arguments(self, parser):
        """Take the port at which to begin looking for a free one."""
        parser.add_argument("--port", type=port_number, default=8000)

    def handle(self, *args, **options):
        """Run until Ctrl-C or SIGTERM; then everything that was started here has ended."""
        if not settings.DEMO:
            raise CommandError(
                "serve runs the demo, with SAFEGUARD_DEMO=1 (script/demo sets it). In production "
                "run gunicorn, a Celery worker and beat: docs/running.md says how."
            )
        if not env.nothing_configured():
            raise CommandError(
                "The demo has a database of its own: unset DATABASE_URL, so that no configured "
                "one is ever filled with invented children."
            )
        handle_stop_signals(leave_at_once)
        with self.the_only_one() as address:
            port, web = self.listen(options["port"])
            _, mail = listen(20250)
            url = f"http://localhost:{port}"
            address.write_text(url)
            environment = {
                "SAFEGUARD_BASE_URL": url,
                "EMAIL_URL": f"smtp://127.0.0.1:{mail[0].getsockname()[1]}",
                "PYTHONUNBUFFERED": "1",
            }
            PREPARED.unlink(missing_ok=True)
            processes = children(environment, web, mail[:1])
            self.prepare(next(child for child in processes if child.name == "web"))
            PREPARED.touch()
            self.run(url, processes)

    @contextlib.contextmanager
    def the_only_one(self) -> Iterator[Path]:
        """Refuse to run beside another supervisor of the same instance; lend the address's file."""
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        address = settings.VAR_DIR / "address"
        with (settings.VAR_DIR / "supervisor.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                where = address.read_text() if address.exists() else "a moment from now"
                raise CommandError(
                    f"“{settings.INSTANCE}” is already running: {where}. Stop it first (Ctrl-C "
                    "there), or start a second one with SAFEGUARD_INSTANCE=another script/demo."
                ) from None
            try:
                yield address
            finally:
                address.unlink(missing_ok=True)

    def listen(self, first: int):
        """Take the port, or the next free one and say so."""
        try:
            port, sockets = listen(first)
        except NoFreePortError as error:
            raise CommandError(str(error)) from None
        if port != first:
            self.stdout.write(f"Port {first} is taken, so this is on {port}.")
        return port, sockets

    def prepare(self, web: Child) -> None:
        """Bring the database, the static files and the demo's schools up to date.

        The web process reads the list of static files as it loads; once they are there it loads
        beside the rest, and answers when all is prepared.
        """
        static = start_copy(collect_static)  # while the database is brought up to date
        call_command("migrate", interactive=False, verbosity=0)
        static.join()
        if static.exitcode:
            raise CommandError("The static files could not be collected; the lines above say why.")
        web.start()
        school = apps.get_model("accounts", "School")
        people = settings.VAR_DIR / "people.json"
        if not school.objects.exists():
            self.stdout.write("Making two invented schools and a year of their records …")
            seed()
        elif not people.exists():
            raise CommandError(
                "The invented schools were not finished the last time. Start again with "
                "script/demo --fresh, which wipes this demo and makes them anew."
            )
        else:
            call_command("adopt_records", stdout=io.StringIO())  # of a demo before the ledger
        connections.close_all()

    def run(self, url: str, processes: list[Child]) -> None:
        """Start the processes, print how to sign in once they answer, and watch."""
        supervisor = Supervisor(
            processes,
            pids_file=settings.VAR_DIR / "pids.json",
            look_after=self.look_after_servers,
            say=self.say,
        )
        try:
            supervisor.start()
            if wait_for_answer(url, supervisor):
                self.print_how_to_sign_in(url)
            supervisor.watch()
        finally:
            self.say("Stopping …")
            supervisor.stop()

    def look_after_servers(self) -> dict[str, int | None]:
        """Bring back a database or broker that has died; say their process ids."""
        try:
            if not embedded.ready(settings.INSTANCE, settings.VAR_DIR):
                self.say("The database or the broker ended; it starts again.")
                embedded.serve(settings.INSTANCE, settings.VAR_DIR)
        except embedded.EmbeddedError as error:
            self.say(str(error))
        return embedded.pids(settings.INSTANCE, settings.VAR_DIR)

    def print_how_to_sign_in(self, url: str) -> None:
        """Print one person for each role of each school, from what the seed has written."""
        people = json.loads((settings.VAR_DIR / "people.json").read_text())
        seen: set[tuple[str, str]] = set()
        for person in people:
            school, role = person["school"], person["role"]
            if school not in {place for place, _ in seen}:
                self.stdout.write(f"\n{school}")
            if (school, role) not in seen:
                secret = person["totp_secret"]
                code = f"  authenticator {secret}" if secret else ""
                self.stdout.write(
                    f"  {role:<13} {person['name']:<22} {person['email']:<40} "
                    f"{person['password']}{code}"
                )
            seen.add((school, role))
        self.stdout.write(
            f"\nEverybody: {settings.VAR_DIR / 'people.json'}. Add an authenticator's secret to "
            f"any authenticator app to elevate.\nMail that was sent: {url}/demo/mail/\n"
            f"Safeguard's demo is ready. Press Ctrl-C to stop it.\n\n  {url}\n"
        )
        self.stdout.flush()

    def say(self, sentence: str) -> None:
        """Print at once, also into a pipe."""
        self.stdout.write(sentence)
        self.stdout.flush()


def port_number(text: str) -> int:
    """Read a port from the command line."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def children(environment, web, mail) -> list[Child]:
    """Return the processes of the demo; each writes its own log."""
    celery = ["celery", "-A", "safeguard", "-q"]
    worker = ["worker", "-l", "warning", "-c", "2", "--without-gossip", "--without-mingle"]
    beat = ["beat", "-l", "warning", "--pidfile=", "-s", str(settings.VAR_DIR / "beat-schedule")]
    catcher = ["safeguard.mail_catcher", str(settings.VAR_DIR / "mail")]
    binds = [part for one in web for part in ("--bind", f"fd://{one.fileno()}")]
    server = ["gunicorn", "--no-control-socket", "-c", "python:demo.web"]

    signer = {
        "DATABASE_SIGNER_URL": settings.SERVICES.database_signer_url,
        "SAFEGUARD_SIGNER_DIR": str(settings.SIGNER_DIR),
        "SAFEGUARD_SIGNER_SOCKET": str(settings.SIGNER_SOCKET),
    }

    def child(name, *command, sockets=(), also=None):
        log = settings.VAR_DIR / "logs" / f"{name}.log"
        command = [sys.executable, "-m", *command]
        return Child(name, command, log, settings.BASE_DIR, environment | (also or {}), sockets)

    return [
        child("signer", "ledger.signer", also=signer),
        child("mail", *catcher, "--socket", str(mail[0].fileno()), sockets=mail),
        # Said before gunicorn loads anything: settings ask for it.
        child("web", *server, *binds, "safeguard.wsgi", sockets=web, also=PATIENT),
        child("worker", *celery, *worker),
        child("beat", *celery, *beat),
    ]


def collect_static() -> None:
    """Copy and hash the static files when one of them has changed since the last time."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            seen.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    stamp = settings.VAR_DIR / "static.stamp"
    if not stamp.exists() or stamp.read_text() != seen.hexdigest():
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(seen.hexdigest())


def seed() -> None:
    """Make the demo's schools in a copy of this process, whose memory ends with it."""
    connections.close_all()
    copy = start_copy(call_command, "seed_demo")
    copy.join()
    if copy.exitcode:
        raise CommandError("The invented schools could not be made; the lines above say why.")


def wait_for_answer(url: str, supervisor: Supervisor) -> bool:
    """Ask for the first page until the web process gives it; false when told to stop first."""
    until = time.monotonic() + FIRST_ANSWER
    port = int(url.rpartition(":")[2])
    while not supervisor.stopping:
        supervisor.look()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        if time.monotonic() > until:
            logs = settings.VAR_DIR / "logs"
            raise CommandError(f"The web process does not answer; its log is {logs / 'web.log'}.")
        time.sleep(0.2)
    return False


def leave_at_once(*_) -> None:
    """End in good order while still preparing: the exit handlers stop the servers."""
    sys.exit(1)
