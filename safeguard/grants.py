"""What the running processes' database roles may do, made from one declaration in the models.

An `AppendOnlyModel` gives SELECT and INSERT; one that `is_written_by_database` (by a trigger of the
owner's) only SELECT; one that `is_worked_off` SELECT and DELETE, since the owner's function adds to
it; any other model also UPDATE and DELETE. Nobody but the owner may TRUNCATE,
alter a table or switch a trigger off. The signer reads the ledger's entries and heads, and nothing
that they stand for. The disposal's role reads no table: it may call the one function that erases
what the ledger names.

The wall between schools (`walls`) has two doors, for roles that are no page's: the back-up's role
reads every table whole and writes none, and the audit's role adds to the log of any school.
"""

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

ACCESS_LOG = "ledger_accessentry"
MARK = "safeguard_installation"
SIGNED = {"ledger_entry", "ledger_head"}
ERASES = "records_erase(uuid)"
SEARCHES = "pupils_named_like(text[])"
DOOR = """
    SELECT pg_get_userbyid(role) FROM pg_policy CROSS JOIN unnest(polroles) AS role
    WHERE polrelid = %s::regclass AND polname = %s
"""
WALLED = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity
    ORDER BY relname
"""


def privileges(model) -> str:
    """Return what the application's role is granted on the model's table."""
    if model._meta.db_table == ACCESS_LOG or not model._meta.managed:
        return "SELECT"
    if getattr(model, "is_written_by_database", False):
        return "SELECT"
    if getattr(model, "is_worked_off", False):
        return "SELECT, DELETE"
    if getattr(model, "is_append_only", False):
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"


def running_roles() -> list[str]:
    """Return the roles that a running process may have: every one but the owner's."""
    return [
        settings.DATABASE_APP_ROLE,
        settings.DATABASE_AUDIT_ROLE,
        settings.DATABASE_SIGNER_ROLE,
        settings.DATABASE_DISPOSAL_ROLE,
        settings.DATABASE_BACKUP_ROLE,
    ]


def require_roles(using: str) -> None:
    """Say which role the server lacks, before a migration finds out half-way."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [running_roles()])
        there = {name for (name,) in cursor.fetchall()}
    missing = [role for role in running_roles() if role not in there]
    if missing:
        raise ImproperlyConfigured(
            f"The database server has no role {' and no role '.join(missing)}. Make it as "
            "PostgreSQL's superuser: docs/running.md, “The database”, has the lines."
        )


def grant_after_migrate(sender, using, **kwargs):
    """Grant again after each migrated app; harmless when nothing has changed."""
    connection = connections[using]
    app_role = connection.ops.quote_name(settings.DATABASE_APP_ROLE)
    audit_role = connection.ops.quote_name(settings.DATABASE_AUDIT_ROLE)
    signer_role = connection.ops.quote_name(settings.DATABASE_SIGNER_ROLE)
    disposal_role = connection.ops.quote_name(settings.DATABASE_DISPOSAL_ROLE)
    backup_role = connection.ops.quote_name(settings.DATABASE_BACKUP_ROLE)
    everybody = ", ".join(connection.ops.quote_name(role) for role in running_roles())
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        database = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {everybody}")
        for readable in {"django_migrations", "safeguard_installation"} & tables:
            cursor.execute(f"GRANT SELECT ON {readable} TO {app_role}")
        _open_doors(cursor)
        for model in apps.get_app_config(sender.label).get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in tables:
                continue
            name = connection.ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name} FROM {everybody}")
            cursor.execute(f"GRANT {privileges(model)} ON {name} TO {app_role}")
            if table == ACCESS_LOG:
                cursor.execute(f"GRANT INSERT, SELECT (id, recorded_at) ON {name} TO {audit_role}")
            if table in SIGNED:
                cursor.execute(f"GRANT SELECT ON {name} TO {signer_role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {app_role}")
        # The worker makes the nightly back-up without the owner.
        for everything in ("TABLES", "SEQUENCES"):
            cursor.execute(f"GRANT SELECT ON ALL {everything} IN SCHEMA public TO {backup_role}")
        if MARK in tables:
            cursor.execute(f"GRANT SELECT ON {MARK} TO {app_role}")
        for function, caller in ((ERASES, disposal_role), (SEARCHES, app_role)):
            cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [function])
            if cursor.fetchone() == (True,):
                cursor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC, {everybody}")
                cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {caller}")


def _open_doors(cursor) -> None:
    """Let two roles through the wall; nothing is done, and no table locked, where it is done."""
    cursor.execute(WALLED)
    walled = [table for (table,) in cursor.fetchall()]
    backup, audit = settings.DATABASE_BACKUP_ROLE, settings.DATABASE_AUDIT_ROLE
    for table in walled:
        _open_door(cursor, table, "read_for_backup", backup, "SELECT", "USING (true)")
    if ACCESS_LOG in walled:
        _open_door(cursor, ACCESS_LOG, "added_to_log", audit, "INSERT", "WITH CHECK (true)")
        _open_door(cursor, ACCESS_LOG, "given_back_to_log", audit, "SELECT", "USING (true)")


def _open_door(cursor, table: str, name: str, role: str, what: str, rule: str) -> None:
    cursor.execute(DOOR, [table, name])
    known = [who for (who,) in cursor.fetchall()]
    if known == [role]:
        return
    quote = connections["default"].ops.quote_name
    if known:
        cursor.execute(f"DROP POLICY {name} ON {quote(table)}")
    cursor.execute(f"CREATE POLICY {name} ON {quote(table)} FOR {what} TO {quote(role)} {rule}")
