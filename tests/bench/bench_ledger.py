"""What the ledger costs a school that records: commits a second with it and without, and early locks.

Each transaction adds one body of some 600 letters as the application's role. "Plain" is a table of
the same columns without the trigger; "early lock" takes the school's turn before the other work,
as a chain of hashes kept by the application would.
"""

import os
import random
import threading
import time
from uuid import uuid4

import psycopg
import pytest
from django.db import connections

from ledger.bodies import canonical
from ledger.verifier import commitment
from tests.bench.conftest import story

SECONDS = 3.0
COLUMNS = (
    "id, school_id, tree, kind, obj, actor, via, acts_on, approver, rule, targets, body, salt,"
    " commitment"
)
INSERT = (
    "INSERT INTO {table} (" + COLUMNS + ") VALUES (%s, %s, 'records', 'incident.created', %s,"
    " 'u-bench', 'S1', '{{}}', '', '', '{{}}', %s, %s, %s)"
)


@pytest.fixture
def plain_table(as_owner):
    with as_owner.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_plain (LIKE ledger_sealedbody INCLUDING ALL);"
            "GRANT SELECT, INSERT ON bench_plain TO safeguard_app"
        )
        yield "bench_plain"
        cursor.execute("DROP TABLE bench_plain")


def commits_a_second(table: str, school, writers: int, work: float, early: bool = False) -> float:
    """Return how many transactions so many writers commit in a second for one school."""
    settings = connections["default"].settings_dict
    said = canonical({"saw": story(random.Random(1))})
    statement = INSERT.format(table=table)
    until = time.monotonic() + SECONDS
    done = [0] * writers

    def write(number: int) -> None:
        with psycopg.connect(
            host=settings["HOST"],
            user=settings["USER"],
            password=settings["PASSWORD"],
            dbname=settings["NAME"],
        ) as connection:
            while time.monotonic() < until:
                if early:
                    connection.execute("SELECT pg_advisory_xact_lock(1)")
                if work:
                    connection.execute("SELECT pg_sleep(%s)", [work])
                salt = os.urandom(32)
                key = uuid4()
                connection.execute(
                    statement, [key, school.pk, key, said, salt, commitment(salt, said)]
                )
                connection.commit()
                done[number] += 1

    threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("work", [0.0, 0.010], ids=["alone", "with 10 ms of other work"])
@pytest.mark.parametrize("writers", [1, 4, 8])
def test_commits_of_one_school(oak, plain_table, figures, writers, work):
    plain = commits_a_second(plain_table, oak, writers, work)
    ledger = commits_a_second("ledger_sealedbody", oak, writers, work)
    early = commits_a_second("ledger_sealedbody", oak, writers, work, early=True)

    what = f"{writers} writers{' with 10 ms of other work' if work else ''}"
    figures.keep(f"ledger: {what}, plain inserts a second", round(plain))
    figures.keep(f"ledger: {what}, on the ledger a second", round(ledger))
    figures.keep(f"ledger: {what}, on the ledger with an early lock a second", round(early))
    figures.keep(f"ledger: {what}, ledger / plain", round(ledger / plain, 2))
