"""How long the first released version's data take to be carried forward (P10).

The site is read-only, or away, meanwhile. Its incidents, actions and alerts are copied until they
are SAFEGUARD_BENCH_ENTRIES together (100,000 unless said), with as many readings on the access log.
"""

import os
import time

import pytest
from django.db import connection

from safeguard.owner import as_owner
from tests.upgrades import rows
from tests.upgrades.test_upgrades import FIXTURES, migrate_to, scratch, upgrade

__all__ = ["scratch"]

ENTRIES = int(os.environ.get("SAFEGUARD_BENCH_ENTRIES", "100000"))
INCIDENTS = ENTRIES * 2 // 5
OTHERS = ENTRIES - INCIDENTS
FIRST = FIXTURES[0]
# A copy of one row of a table, differing in what is unique: so many as the source has rows.
COPY = """
INSERT INTO {table} SELECT copied.*
FROM (SELECT t AS row FROM {table} AS t ORDER BY id LIMIT 1) AS one, {source},
     jsonb_populate_record(one.row, jsonb_build_object({differing})) AS copied
"""
NEW_ID = "'id', gen_random_uuid()"
ON_ITS_OWN = f"{NEW_ID}, 'submission', gen_random_uuid()"
OF_INCIDENT = "'incident_id', told.id"


def copies(table: str, differing: str, source: str) -> str:
    """Return SQL that fills a table from its first row."""
    return COPY.format(table=table, differing=differing, source=source)


def numbers(count: int) -> str:
    """Return so many numbers, as a source of rows."""
    return f"generate_series(1, {count}) AS n"


def incidents(count: int) -> str:
    """Return so many of the copied incidents, as a source of rows."""
    return f"(SELECT id FROM incidents_incident WHERE reference LIKE 'X%' LIMIT {count}) AS told"


def fill() -> None:
    """Copy until there is enough."""
    statements = [
        copies(
            "incidents_incident",
            f"{ON_ITS_OWN}, 'reference', upper(lpad(to_hex(n), 7, 'x'))",
            numbers(INCIDENTS),
        ),
        copies("incidents_incidentcategory", f"{NEW_ID}, {OF_INCIDENT}", incidents(INCIDENTS)),
        copies("incidents_action", f"{ON_ITS_OWN}, {OF_INCIDENT}", incidents(OTHERS // 2)),
        copies("incidents_alert", f"{NEW_ID}, {OF_INCIDENT}", incidents(OTHERS // 2)),
        copies("ledger_accessentry", f"{NEW_ID}, 'detail', n", numbers(ENTRIES)),
    ]
    with as_owner(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("ANALYZE")


@pytest.mark.timeout(3600)
def test_the_upgrade_of_a_large_school(scratch, figures):
    """P10: five minutes at most for a million entries."""
    migrate_to(*rows.migrations_in(FIRST))
    with as_owner():
        rows.load(FIRST)
    fill()

    began = time.perf_counter()
    said = upgrade()
    took = time.perf_counter() - began

    assert "OK" in said
    figures.keep("upgrade: from version", FIRST.stem)
    figures.keep("upgrade: incidents, actions and alerts", ENTRIES)
    figures.keep("upgrade: readings on the access log", ENTRIES)
    figures.keep("upgrade: seconds", round(took, 1))
