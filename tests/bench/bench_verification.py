"""A full verification of a ledger: entries a second, the reading from PostgreSQL included (P11).

SAFEGUARD_BENCH_ENTRIES says how many; 100,000 unless said.
"""

import hashlib
import os
import resource
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from ledger.bodies import canonical
from ledger.models import AccessEntry
from ledger.sequencing import of_access
from ledger.verification import verify
from ledger.verifier import commitment, leaf_hash
from tests.ledger.histories import entry, tamper

ENTRIES = int(os.environ.get("SAFEGUARD_BENCH_ENTRIES", "100000"))
READINGS = ENTRIES // 5
BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
TEXT = "A story of about five hundred letters, as a teacher writes them down. " * 7


def write(owner, school, tree: str, count: int, say) -> None:
    """Write entries and their sealed bodies as the database would have written them."""
    with owner.cursor() as cursor:
        for table in ("ledger_entry", "ledger_sealedbody", "ledger_accessentry"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        rows = [made(school, tree, seq, say) for seq in range(count)]
        copy(
            cursor,
            "ledger_entry (id, school_id, tree, epoch, seq, entry, leaf, recorded_at)",
            (row[0] for row in rows),
        )
        copy(
            cursor,
            "ledger_sealedbody (id, school_id, tree, kind, obj, actor, via, acts_on,"
            " approver, rule, targets, body, salt, commitment, recorded_at)",
            (row[1] for row in rows),
        )
        cursor.execute(
            "INSERT INTO ledger_head (id, school_id, tree, epoch, is_current, name, size)"
            " VALUES (gen_random_uuid(), %s, %s, 1, true, %s, %s)",
            [school.pk, tree, school.slug, count],
        )
        cursor.execute("ANALYZE ledger_entry, ledger_sealedbody, ledger_accessentry")


def made(school, tree: str, seq: int, say) -> tuple[tuple, tuple]:
    """Return the rows of one entry."""
    key, at = uuid.uuid4(), BEGAN + timedelta(seconds=seq)
    kind, obj, body = say(seq, at)
    salt = hashlib.sha256(b"%d" % seq).digest()
    commit = commitment(salt, body)
    content = entry(
        seq,
        school=school.slug,
        tree=tree,
        type=kind,
        obj=str(obj),
        commit=commit.hex(),
        at=at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    )
    return (
        (key, school.pk, tree, 1, seq, content, leaf_hash(content), at),
        (key, school.pk, tree, kind, obj, "u-7", "S1", "{}", "", "", "{}", body, salt, commit, at),
    )


def copy(cursor, columns: str, rows) -> None:
    """Pour rows into a table."""
    with cursor.copy(f"COPY {columns} FROM STDIN") as pouring:
        for row in rows:
            pouring.write_row(row)


def say_text(seq: int, at: datetime):
    """Say something of the length of an incident, which no table holds."""
    return "setting.changed", uuid.uuid4(), canonical({"number": seq, "text": TEXT})


@pytest.fixture
def readings(as_owner, oak):
    """The access log, of which every reading is compared with its sealed body."""
    rows = [
        AccessEntry(
            id=uuid.uuid4(),
            school=oak.pk,
            user=uuid.uuid4(),
            event="incident.read",
            pupil=uuid.uuid4(),
            page="incident",
            elevated=True,
            recorded_at=BEGAN + timedelta(seconds=n),
        )
        for n in range(READINGS)
    ]
    with as_owner.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_accessentry DISABLE TRIGGER USER")
        copy(
            cursor,
            'ledger_accessentry (id, school, "user", event, pupil, page, elevated, detail,'
            " recorded_at)",
            (
                (r.id, r.school, r.user, r.event, r.pupil, r.page, r.elevated, "", r.recorded_at)
                for r in rows
            ),
        )
    return rows


@pytest.mark.timeout(3600)
@pytest.mark.django_db(transaction=True)
def test_entries_a_second(as_owner, oak, elm, readings, figures, settings, tmp_path):
    """Verify one school without and one with plain rows to compare."""
    settings.ARCHIVE_DIR = tmp_path / "archive"
    write(as_owner, elm, "records", ENTRIES, say_text)
    write(
        as_owner,
        oak,
        "access",
        READINGS,
        lambda seq, at: (
            "access.viewed",
            readings[seq].pk,
            canonical(of_access(readings[seq]).body),
        ),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    spans = {}
    for school in (elm, oak):
        connection.close()
        began = time.perf_counter()
        assert verify(school.pk, timezone.now()).findings.as_json() == []
        spans[school] = time.perf_counter() - began

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    tamper(
        as_owner,
        "ledger_sealedbody",
        "UPDATE ledger_sealedbody SET body = set_byte(body, 9, get_byte(body, 9) # 1)"
        " WHERE id = (SELECT id FROM ledger_entry WHERE tree = 'records' AND seq = %s)",
        [ENTRIES // 3],
    )
    found = verify(elm.pk, timezone.now()).findings.as_json()
    assert found == [{"code": "E_COMMIT", "ledger": "records/1", "seq": ENTRIES // 3}]
    measured = {
        "entries with their sealed contents": ENTRIES,
        "seconds, read from PostgreSQL": round(spans[elm], 1),
        "entries a second": round(ENTRIES / spans[elm]),
        "entries compared with their rows too": READINGS,
        "of those a second": round(READINGS / spans[oak]),
        "memory that grew, MiB": round(grown / 1024),
    }
    for name, value in measured.items():
        figures.keep(f"full verification: {name}", value)
