"""Machines ask whether the process lives and whether incidents can be recorded."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings as project
from django.db import connection

from safeguard import durability
from upkeep import probes
from upkeep.probes import HOLDS, Lately, Readiness

NOWHERE = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def _nobody_asked_lately():
    probes.lately.forget()
    yield
    probes.lately.forget()


@pytest.fixture
def probe(client):
    """A probe as it comes: by address, without https, past the proxy."""

    def ask(path: str):
        return client.get(path, headers={"host": "10.0.0.7"})

    return ask


def test_the_process_says_that_it_lives_without_asking_anybody(probe, settings, caplog):
    """No database (this test has none), no session, no redirect, no line in the log."""
    settings.SECURE_SSL_REDIRECT = True

    answer = probe("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert not answer.cookies
    assert caplog.records == []


@pytest.mark.django_db
def test_it_is_ready_when_what_is_submitted_would_be_recorded(probe, settings):
    settings.SECURE_SSL_REDIRECT = True

    answer = probe("/readyz")

    assert answer.status_code == 200
    assert answer.content.decode().splitlines() == [
        "database: ok",
        "migrations: ok",
        "durability: ok",
        "restore: ok",
        "files: ok",
        "broker: ok",
    ]


@pytest.mark.django_db
def test_it_stays_ready_without_the_broker_and_without_room_for_files(probe, settings, tmp_path):
    """P12: words are recorded without either."""
    settings.CELERY_BROKER_URL = f"redis://{NOWHERE}/0"
    settings.FILES_DIR = tmp_path / "a-file-where-the-folder-should-be"
    settings.FILES_DIR.write_text("")

    answer = probe("/readyz")

    assert answer.status_code == 200
    assert b"files: degraded\nbroker: degraded\n" in answer.content


@pytest.mark.django_db
def test_it_is_not_ready_when_the_database_does_not_answer(probe, monkeypatch, caplog):
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    answer = probe("/readyz")

    assert answer.status_code == 503
    assert b"database: failed" in answer.content
    assert not [record for record in caplog.records if record.name.startswith("django")]


@pytest.mark.django_db(transaction=True)
def test_it_is_not_ready_while_migrations_wait(probe, as_owner):
    with as_owner.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'safeguard' AND name = '0004_heartbeat'"
        )
        try:
            answer = probe("/readyz")
        finally:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied)"
                " VALUES ('safeguard', '0004_heartbeat', now())"
            )

    assert answer.status_code == 503
    assert b"migrations: failed" in answer.content


@pytest.mark.django_db
def test_it_is_not_ready_while_postgresql_may_lose_what_it_confirms(probe, monkeypatch):
    """P1: a real server for which the role has chosen otherwise."""
    options = connection.settings_dict["OPTIONS"] | {"options": "-c synchronous_commit=off"}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)

    answer = probe("/readyz")

    assert answer.status_code == 503
    assert b"durability: unsafe" in answer.content


@pytest.mark.django_db
def test_it_is_not_ready_while_a_restore_is_unfinished(probe, settings, tmp_path):
    """P13: what was lawfully erased may be back until then."""
    settings.FILES_DIR = tmp_path
    (tmp_path / ".restoring").touch()

    answer = probe("/readyz")

    assert answer.status_code == 503
    assert b"restore: failed" in answer.content


@pytest.mark.django_db
def test_a_stranger_learns_nothing_from_a_probe(probe, oak):
    for path in ("/healthz", "/readyz"):
        said = probe(path).content.decode()

        assert re.fullmatch(r"([a-z]+(: (ok|failed|degraded|unsafe))?\n)+", said)


def test_other_pages_still_ask_for_the_right_host(client):
    assert client.get("/status/", headers={"host": "10.0.0.7"}).status_code == 400


def test_what_the_probes_read_of_postgresql_is_what_the_page_says():
    assert {setting.name for setting in durability.SETTINGS if setting.needed} == {
        "fsync",
        "synchronous_commit",
        "full_page_writes",
    }
    assert project.MIDDLEWARE[:2] == [
        "safeguard.middleware.HeadersOfAll",  # asks nothing of a request
        "upkeep.middleware.ProbesFirst",
    ]


@pytest.mark.django_db
def test_a_stranger_who_asks_again_and_again_costs_one_connection(probe, monkeypatch):
    """Nothing is asked anew for two seconds: neither PostgreSQL nor the broker nor the disk."""
    first = probe("/readyz")
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    again = [probe("/readyz") for _ in range(3)]
    monkeypatch.setattr(probes.lately, "until", 0.0)
    later = probe("/readyz")

    assert {answer.content for answer in again} == {first.content}
    assert later.status_code == 503
    assert HOLDS <= 2


def test_many_who_ask_at_once_are_one_look():
    looks = []

    def look() -> Readiness:
        looks.append(1)
        time.sleep(0.05)
        return Readiness()

    lately = Lately(look)
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda _: lately(), range(8)))

    assert len(looks) == 1


@pytest.mark.django_db
def test_a_database_that_hangs_does_not_keep_the_probe_waiting():
    with probes._fresh_connection() as database:
        database.ensure_connection()

        assert database.connection.patience == probes.PATIENCE
