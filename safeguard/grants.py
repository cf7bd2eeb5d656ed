"""What the running processes' database roles may do, made from one declaration in the models.

An `AppendOnlyModel` gives SELECT and INSERT; any other model also UPDATE and DELETE. Nobody but
the owner may TRUNCATE, alter a table or switch a trigger off.
"""

from django.apps import apps
from django.conf import settings
from django.db import connections

ACCESS_LOG = "ledger_accessentry"


def privileges(model) -> str:
    """Return what the application's role is granted on the model's table."""
    if model._meta.db_table == ACCESS_LOG or not model._meta.managed:
        return "SELECT"
    if getattr(model, "is_append_only", False):
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"


def grant_after_migrate(sender, using, **kwargs):
    """Grant again after each migrated app; harmless when nothing has changed."""
    connection = connections[using]
    app_role = connection.ops.quote_name(settings.DATABASE_APP_ROLE)
    audit_role = connection.ops.quote_name(settings.DATABASE_AUDIT_ROLE)
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        database = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {app_role}, {audit_role}")
        if "django_migrations" in tables:
            cursor.execute(f"GRANT SELECT ON django_migrations TO {app_role}")
        for model in apps.get_app_config(sender.label).get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in tables:
                continue
            name = connection.ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name} FROM {app_role}, {audit_role}")
            cursor.execute(f"GRANT {privileges(model)} ON {name} TO {app_role}")
            if table == ACCESS_LOG:
                cursor.execute(f"GRANT INSERT, SELECT (id, recorded_at) ON {name} TO {audit_role}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app_role}")
