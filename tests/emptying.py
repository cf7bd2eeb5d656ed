"""Empties the test database, as its owner, after a test that committed.

TRUNCATE makes every table and index a new file: half a second for all of them, after hundreds of tests.
Most tests fill a few tables with a few rows, and to delete those takes a tenth of it.
"""

from django.db import DatabaseError

KEPT = {"django_migrations", "django_content_type", "auth_permission", "safeguard_installation"}
TABLES = "SELECT relname FROM pg_stat_user_tables"
# Which triggers of ours a table has, and whether they always fire: what happened is not deleted.
TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled <> 'D'
"""
FIRES = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


def empty(owner) -> None:
    """Take every row of every table away, over a connection of the database's owner."""
    with owner.cursor() as cursor:
        cursor.execute(TABLES)
        tables = sorted({name for (name,) in cursor.fetchall()} - KEPT)
        try:
            _delete(cursor, _filled(cursor, tables))
        except DatabaseError:
            cursor.execute("ROLLBACK")
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")


def _filled(cursor, tables: list[str]) -> list[str]:
    asked = ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables)
    cursor.execute(f"SELECT {asked}")
    return [table for table, has_rows in zip(tables, cursor.fetchone(), strict=True) if has_rows]


def _delete(cursor, tables: list[str]) -> None:
    """Delete all rows in one transaction, during which no trigger of ours forbids it."""
    cursor.execute(TRIGGERS)
    triggers = [row for row in cursor.fetchall() if row[0] in tables]
    disable = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name, _ in triggers]
    enable = [f"ALTER TABLE {table} {FIRES[how]} TRIGGER {name}" for table, name, how in triggers]
    statements = [
        "BEGIN",
        *disable,
        "SET CONSTRAINTS ALL DEFERRED",
        *(f"DELETE FROM {table}" for table in tables),
        "SET CONSTRAINTS ALL IMMEDIATE",
        *enable,
        "COMMIT",
    ]
    cursor.execute("; ".join(statements))
