"""A database's rows as SQL that people can read, and back again."""

from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

FOLDER = Path(__file__).parent
MIGRATION = "-- migration "

# Made anew by migrating, or left empty by what Safeguard does with Django and its libraries.
LEFT_OUT = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "axes_accessfailurelog",
    "safeguard_installation",
}

Rows = dict[str, list[dict[str, object]]]


def write(version: str) -> str:
    """Return everything in the database as a fixture; refuse to leave a table unused."""
    lines = [
        f"-- What a Safeguard {version} holds after a small invented story: rows only, to be put",
        "-- into the tables of that version. Nobody in it exists. Made by script/release-fixture",
        "-- from the code of that version, and never made again: later versions must carry it on.",
        "",
        *(f"{MIGRATION}{app} {name}" for app, name in last_migrations()),
    ]
    with connection.cursor() as cursor:
        for table in tables():
            columns = columns_of(table)
            cursor.execute(_select_as_text(table, columns))
            rows = [row for (row,) in cursor.fetchall()]
            if not rows:
                raise SystemExit(f"The story leaves no row in {table}: tell more of it.")
            names = ", ".join(f'"{name}"' for name in columns)
            lines += ["", f"INSERT INTO {table} ({names}) VALUES", ",\n".join(rows) + ";"]
            lines += _counters(cursor, table, columns)
    return "\n".join(lines) + "\n"


def last_migrations() -> list[tuple[str, str]]:
    """Return the last migration of each app that has been applied."""
    applied = MigrationRecorder(connection).applied_migrations()
    last: dict[str, str] = {}
    for app, name in sorted(applied):
        last[app] = name
    return sorted(last.items())


def migrations_in(fixture: Path) -> list[tuple[str, str]]:
    """Return where the version stood whose rows these are."""
    words = (line.split() for line in fixture.read_text().splitlines())
    return [(word[2], word[3]) for word in words if " ".join(word[:2]) == MIGRATION.strip()]


def tables() -> list[str]:
    """Return the tables whose rows are kept, by name."""
    return sorted(set(connection.introspection.table_names()) - LEFT_OUT)


def columns_of(table: str) -> list[str]:
    """Return a table's columns in their order, but those that PostgreSQL works out itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def read_all(only: Rows | None = None) -> Rows:
    """Return every row as text; `only` says which tables and columns an older version knew."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table in only or tables():
            names = list(only[table][0]) if only else columns_of(table)
            wanted = ", ".join(f'"{name}"::text' for name in names)
            cursor.execute(f"SELECT {wanted} FROM {table}")
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            found[table] = sorted(rows, key=repr)
    return found


def load(fixture: Path) -> None:
    """Put a fixture's rows into empty tables of its version, with the times that they had.

    The triggers stand aside meanwhile, which only the owner can have them do, and come back as
    they were: `recorded_at` is otherwise the clock's.
    """
    triggers = list(_triggers())
    with connection.cursor() as cursor:
        for table, name, _ in triggers:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        cursor.execute(fixture.read_text())
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name, how in triggers:
            cursor.execute(f"ALTER TABLE {table} ENABLE {how} TRIGGER {name}")


def _triggers() -> Iterator[tuple[str, str, str]]:
    how = {"A": "ALWAYS", "R": "REPLICA", "O": ""}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, quote_ident(tgname), tgenabled FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgenabled <> 'D' ORDER BY 1, 2"
        )
        for table, name, enabled in cursor.fetchall():
            yield table, name, how[enabled]


def _select_as_text(table: str, columns: list[str]) -> str:
    values = ", ".join(f'quote_nullable("{name}"::text)' for name in columns)
    return f"SELECT '  (' || concat_ws(', ', {values}) || ')' FROM {table} ORDER BY ctid"


def _counters(cursor, table: str, columns: list[str]) -> Iterator[str]:
    """Set what numbers the rows of Django's and the libraries' tables to where it stood."""
    for name in columns:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, name])
        (sequence,) = cursor.fetchone()
        if sequence:
            yield f"SELECT setval('{sequence}', (SELECT max({name}) FROM {table}));"
