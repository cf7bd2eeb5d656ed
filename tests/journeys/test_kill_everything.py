"""Nothing acknowledged is ever lost: real processes of a running copy are killed while submitting.

Prints acknowledged, found, lost, doubled.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings

from tests.journeys.teacher import Lost, Teacher

WRITERS = 4
SECONDS = 24  # in which everything is killed
FEWEST = 20  # acknowledgements that make the count worth something
PATIENCE = 90  # seconds until a person gives up
VICTIMS = ["web", "worker", "valkey", "postgres", "mail", "web", "postgres", "beat", "worker"]

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]


class Copy:
    """A running copy of Safeguard of its own, beside any demo."""

    def __init__(self, var: Path):
        self.var = var
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST")
        } | {
            "SAFEGUARD_DEMO": "1",
            "SAFEGUARD_INSTANCE": f"crash{os.getpid()}",
            "SAFEGUARD_VAR": str(var),
            "SAFEGUARD_DEMO_INCIDENTS": "6",
            "DJANGO_SETTINGS_MODULE": "safeguard.settings",
        }
        self.log = (var / "supervisor.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", "8700"],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> str:
        """Return the address once the copy answers."""
        for _ in range(600):
            said = (self.var / "supervisor.log").read_text()
            if "demo is ready" in said:
                return (self.var / "address").read_text()
            if self.process.poll() is not None:
                raise AssertionError(said)
            time.sleep(0.2)
        raise AssertionError((self.var / "supervisor.log").read_text())

    def kill(self, name: str) -> None:
        """Kill -9 a process, PostgreSQL with all its backends."""
        pid = json.loads((self.var / "pids.json").read_text()).get(name)
        if not pid:
            return
        family = [pid]
        if name == "postgres":
            children = subprocess.run(
                ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
            )
            family += [int(child) for child in children.stdout.split()]
        for one in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)

    def query(self, sql: str) -> list[tuple]:
        """Ask the copy's database, as the application's role would."""
        asked = subprocess.run(
            [
                sys.executable,
                "-c",
                "from django.conf import settings as s; print(s.SERVICES.database_url)",
            ],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        with psycopg.connect(asked.stdout.strip().splitlines()[-1]) as connection:
            return connection.execute(sql).fetchall()

    def stop(self) -> None:
        """End the copy and everything it started."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=40)
        finally:
            self.process.kill()
            self.log.close()


@pytest.fixture
def copy(tmp_path):
    running = Copy(tmp_path)
    try:
        yield running
    finally:
        running.stop()


def write(
    teacher: Teacher, answers: dict, enough: threading.Event, receipts: list[str], patience: float
) -> None:
    """Record one incident after the other, trying again when an answer is lost."""
    while not enough.is_set():
        draft = str(uuid4())
        given_up = time.monotonic() + patience
        while time.monotonic() < given_up:
            try:
                with contextlib.suppress(Lost):
                    teacher.fill_in(draft, answers)
                receipts.append(teacher.submit(draft))
                break
            except Lost:
                time.sleep(0.3)
                with contextlib.suppress(Lost):
                    teacher.sign_in()


def test_every_receipt_shown_is_there_after_everything_was_killed(copy):
    """SR-57, FI: web, worker, beat, broker and PostgreSQL die by kill -9; no receipt is lost."""
    address = copy.wait()
    people = json.loads((copy.var / "people.json").read_text())
    teachers = [
        person
        for person in people
        if person["role"] == "teacher" and person["school"].startswith("Elm")
    ][:WRITERS]
    ((pupil, category),) = copy.query(
        "SELECT p.id, c.id FROM pupils_pupil p JOIN incidents_category c USING (school_id)"
        " JOIN accounts_school s ON s.id = p.school_id"
        " WHERE s.slug = 'elm-park' AND c.parent_id IS NULL ORDER BY p.sort_key, c.position LIMIT 1"
    )
    now = datetime.now().astimezone()
    answers = {
        "pupil": str(pupil),
        "level": "2",
        "saw": "Written while everything around it was being killed.",
        "occurred_on": f"{now:%Y-%m-%d}",
        "occurred_time": "00:01",
        "precision": "approximate",
        "categories": str(category),
    }
    before = copy.query("SELECT count(*) FROM incidents_incident")[0][0]
    receipts: list[str] = []
    enough = threading.Event()
    writers = []
    for person in teachers:
        teacher = Teacher(address, person["email"], person["password"])
        teacher.sign_in()
        writers.append(
            threading.Thread(target=write, args=(teacher, answers, enough, receipts, PATIENCE))
        )
    for thread in writers:
        thread.start()
    for victim in VICTIMS:
        time.sleep(SECONDS / (len(VICTIMS) + 1))
        copy.kill(victim)
    for _ in range(PATIENCE):  # on a busy machine little is submitted between the kills
        if len(receipts) > FEWEST:
            break
        time.sleep(1)
    enough.set()
    for thread in writers:
        thread.join()

    stored = Counter(
        reference
        for (reference,) in copy.query(
            "SELECT reference FROM incidents_incident WHERE saw LIKE 'Written while%'"
        )
    )
    total = copy.query("SELECT count(*) FROM incidents_incident")[0][0]
    lost = [reference for reference in receipts if reference not in stored]
    doubled = [reference for reference, times in Counter(receipts).items() if times > 1]
    sent = mail_of(copy)
    print(  # noqa: T201
        f"\nacknowledged {len(receipts)}, found {sum(stored.values())}, lost {len(lost)},"
        f" doubled {len(doubled) + total - before - len(stored)}"
    )
    print(f"mails due {len(sent.due)}, sent {len(sent.found)}, sent twice {sent.twice}")  # noqa: T201

    assert len(receipts) > FEWEST
    assert lost == []
    assert doubled == []
    assert total - before == len(stored) == len(set(receipts))
    assert sent.due <= set(sent.found)


class Sent:
    """What was promised by mail and what arrived."""

    def __init__(self, due: set[str], found: Counter):
        self.due, self.found = due, found

    @property
    def twice(self) -> int:
        """How many arrived more than once, as can happen between SMTP's 250 and the commit."""
        return sum(times - 1 for times in self.found.values())


def mail_of(copy: Copy) -> Sent:
    """Wait until nothing is due, then count the messages by the alert that each is about."""
    for _ in range(400):
        waiting = copy.query(
            "SELECT count(*) FROM safeguard_outbox WHERE done_at IS NULL AND kind = 'alert'"
        )[0][0]
        if waiting == 0:
            break
        time.sleep(0.5)
    due = {
        str(key)
        for (key,) in copy.query(
            "SELECT a.id FROM incidents_alert a JOIN incidents_incident i ON i.id = a.incident_id"
            " WHERE i.saw LIKE 'Written while%'"
        )
    }
    found: Counter = Counter()
    for path in (copy.var / "mail").glob("*.eml"):
        message_id = message_from_bytes(path.read_bytes())["Message-ID"]
        found.update(key for key in due if key in message_id)
    return Sent(due, found)
