"""Which database role may do what, from one declaration in the models."""

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from safeguard.grants import privileges

EVERYTHING = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
HELD = """
    SELECT tables.relname, wanted.privilege FROM pg_class AS tables
    CROSS JOIN unnest(%s::text[]) AS wanted(privilege)
    WHERE tables.relnamespace = 'public'::regnamespace AND tables.relkind IN ('r', 'v', 'm', 'p')
      AND has_table_privilege(%s, tables.oid, wanted.privilege)
    ORDER BY 1, 2
"""


def held_by(role: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(HELD, [list(EVERYTHING), role])
        return cursor.fetchall()


@pytest.mark.django_db
def test_the_signer_reads_the_ledgers_entries_and_heads_and_nothing_that_they_stand_for():
    there = set(connection.introspection.table_names())
    readable = sorted({"ledger_entry", "ledger_head"} & there)

    assert held_by(settings.DATABASE_SIGNER_ROLE) == [(table, "SELECT") for table in readable]


@pytest.mark.django_db
def test_the_back_ups_role_reads_everything_and_writes_nothing():
    there = sorted(connection.introspection.table_names())

    held = held_by(settings.DATABASE_BACKUP_ROLE)

    assert held == [(table, "SELECT") for table in there]


@pytest.mark.django_db
def test_the_disposal_role_holds_no_table():
    assert held_by(settings.DATABASE_DISPOSAL_ROLE) == []


def test_what_the_database_writes_is_only_read_by_the_application():
    table = SimpleNamespace(db_table="ledger_anything", managed=True)
    model = SimpleNamespace(_meta=table, is_append_only=True, is_written_by_database=True)

    assert privileges(model) == "SELECT"


@pytest.mark.django_db(transaction=True)
def test_a_role_that_the_server_lacks_is_named_before_anything_is_migrated(settings):
    settings.DATABASE_SIGNER_ROLE = "nobody_signer"

    with pytest.raises(ImproperlyConfigured, match=r"no role nobody_signer\. Make it"):
        call_command("migrate", verbosity=0)


@pytest.mark.django_db
def test_what_runs_with_the_owners_rights_is_called_by_nobody_but_one_role():
    """Every function of the owner's that is no trigger's; also before the grants of a migration."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.proname, held.grantee::regrole::text FROM pg_proc AS f"
            " CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS held"
            " WHERE f.prosecdef AND f.prorettype <> 'trigger'::regtype"
            " AND f.pronamespace = 'public'::regnamespace AND held.grantee <> f.proowner"
        )
        callers = cursor.fetchall()

    assert sorted(callers) == [
        ("pupils_named_like", settings.DATABASE_APP_ROLE),
        ("records_erase", settings.DATABASE_DISPOSAL_ROLE),
    ]


def test_the_migrations_themselves_leave_no_such_function_to_everybody():
    """Between a migration and the grants after it nobody may call what erases."""
    for name, function in (
        ("records.migrations.0006_two_approvals_and_no_hold", "records_erase(uuid)"),
        ("pupils.migrations.0005_walls", "pupils_named_like(text[])"),
        ("records.migrations.0011_later_epoch", "ledger_next_epoch(uuid, text, integer)"),
    ):
        text = Path(str(import_module(name).__file__)).read_text()
        assert f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC" in text


def test_what_is_worked_off_is_added_to_by_the_database_alone():
    table = SimpleNamespace(db_table="records_anything", managed=True)

    assert privileges(SimpleNamespace(_meta=table, is_worked_off=True)) == "SELECT, DELETE"
