"""What the kernel knows of how the installation is: mail and errands, the broker, versions."""

import sys
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Count, Max, Min
from django.utils.timezone import localtime

from safeguard import broker, disk, durability, heartbeat, outbox, status
from safeguard.heartbeat import age_in_words
from safeguard.models import Outbox
from safeguard.status import Fact, State

SLOW = timedelta(minutes=5)
UNSENT = timedelta(minutes=15)  # P6: from here on leads are told wherever they begin
LONG_QUEUE = 200
SEE_THE_MAIL_SERVER = (
    "See that the worker runs and that the mail server at EMAIL_URL takes mail. Every alert stands"
    " in the app; mail is tried again without end."
)


def errands(now: datetime) -> Iterator[Fact]:
    """Say what is promised and not yet done: mail as one, other errands each by kind."""
    waiting = {row["kind"]: row for row in _waiting()}
    mail = [row for kind, row in waiting.items() if kind in outbox.MAIL]
    yield _mail_fact(mail, now)
    for kind in Outbox.Kind:
        if kind not in outbox.MAIL:
            yield _errand_fact(kind.label, waiting.get(kind), now)


def queue(now: datetime) -> Iterator[Fact]:
    """Say whether the broker answers, and how much waits there."""
    length = broker.length()
    if length is None:
        yield Fact(
            "Broker",
            State.BAD,
            "It does not answer. Recording works, and alerts stand in the app; mail and reports"
            " wait until it is back.",
            "Start it: systemctl restart valkey-server; the address is REDIS_URL.",
        )
    elif length > LONG_QUEUE:
        yield Fact(
            "Broker",
            State.NOTICE,
            f"{length} messages wait for the worker.",
            "See that the worker runs. Nothing is lost: what is promised is in the database.",
        )
    else:
        yield Fact("Broker", State.WELL, f"It answers; {length} messages wait for the worker.")


def versions(now: datetime) -> Iterator[Fact]:
    """Say what runs here, and whether the database is up to date with it."""
    server = connection.pg_version  # type: ignore[attr-defined]
    found = {
        "Safeguard": safeguard_version(),
        "Django": django.get_version(),
        "PostgreSQL": f"{server // 10000}.{server % 10000}",
        "Python": ".".join(map(str, sys.version_info[:3])),
    }
    for name, version in found.items():
        yield Fact(name, State.WELL, version)
    pending = pending_migrations()
    if pending:
        yield Fact(
            "Migrations",
            State.BAD,
            f"{len(pending)} are not applied.",
            "Run manage.py migrate as docs/running.md says, and restart the three services.",
        )
    else:
        yield Fact("Migrations", State.WELL, "All are applied.")


def unsent_mail(now: datetime) -> Fact | None:
    """Warn those who lead when alerts by e-mail have not gone for a quarter of an hour (P6)."""
    mail = [row for row in _waiting() if row["kind"] in outbox.MAIL]
    if _mail_fact(mail, now).state != State.BAD:
        return None
    return Fact(
        "E-mail is not going out",
        State.BAD,
        f"{_how_many_since(mail, now)}. Every alert stands in the app under Alerts.",
        "Tell in person or by telephone whoever must know now, and tell whoever runs Safeguard.",
    )


def pending_migrations(database=connection) -> set[tuple[str, str]]:
    """Return the migrations of this code that the database has not seen."""
    with database.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return {
        migration
        for migration, replaces in known_migrations()
        if migration not in applied and not (replaces and replaces <= applied)
    }


@cache
def known_migrations() -> list[tuple[tuple[str, str], frozenset[tuple[str, str]]]]:
    """Return this code's migrations, each with those that it stands for; read once a process."""
    loader = MigrationLoader(None)
    return [(key, frozenset(found.replaces)) for key, found in loader.disk_migrations.items()]


@cache
def safeguard_version() -> str:
    """Return this copy's version."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["version"]


def _waiting():
    return (
        Outbox.objects.filter(done_at=None)
        .values("kind")
        .order_by("kind")
        .annotate(number=Count("pk"), oldest=Min("put_at"), error=Max("last_error"))
    )


def _mail_fact(rows: list[dict], now: datetime) -> Fact:
    name = "Unsent mail"
    if not rows:
        return Fact(name, State.WELL, "None waits.")
    age = now - min(row["oldest"] for row in rows)
    error = max(row["error"] for row in rows)
    said = _how_many_since(rows, now)
    said += f"; the last try ended with {error}." if error else "."
    if age < SLOW:
        return Fact(name, State.WELL, said)
    return Fact(name, State.BAD if age >= UNSENT else State.NOTICE, said, SEE_THE_MAIL_SERVER)


def _errand_fact(label: str, row: dict | None, now: datetime) -> Fact:
    name = f"Errands: {label[0].lower()}{label[1:]}"
    if row is None:
        return Fact(name, State.WELL, "None waits.")
    age = now - row["oldest"]
    said = f"{row['number']} waiting, the oldest for {age_in_words(age)}."
    if age < UNSENT:
        return Fact(name, State.WELL, said)
    return Fact(name, State.NOTICE, said, "See that the worker runs; its log says what fails.")


def _how_many_since(rows: list[dict], now: datetime) -> str:
    number = sum(row["number"] for row in rows)
    waiting = "1 message waits" if number == 1 else f"{number} messages wait"
    return f"{waiting} since {_moment(min(row['oldest'] for row in rows), now)}"


def _moment(at: datetime, now: datetime) -> str:
    local = localtime(at)
    if local.date() == localtime(now).date():
        return f"{local:%H:%M}"
    return f"{local:%-d %B, %H:%M}"


status.register("Recording", durability.facts)
status.register("Recording", heartbeat.clock)
status.register("Mail and errands", errands)
status.register("Mail and errands", queue)
status.register("Mail and errands", heartbeat.facts)
status.register("Room on the disks", disk.facts)
status.register("Versions", versions)
status.register_warning(unsent_mail)
