"""A back-up in small: all rows as they were, put back into the same database."""

from django.db import connections


class Backup:
    """The rows of some tables as they were, put back by the owner as a restore does."""

    def __init__(self, owner):
        self.owner = owner
        self.rows = {}
        with owner.cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_stat_user_tables")
            tables = sorted({name for (name,) in cursor.fetchall()} - {"django_migrations"})
            for table in tables:
                cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
                self.rows[table] = [row for (row,) in cursor.fetchall()]

    def restore(self):
        names = ", ".join(f'"{name}"' for name in self.rows)
        with self.owner.cursor() as cursor:
            cursor.execute(f"TRUNCATE {names} CASCADE")
            for table in self.rows:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            cursor.execute("BEGIN; SET CONSTRAINTS ALL DEFERRED")
            for table, rows in self.rows.items():
                for row in rows:
                    cursor.execute(
                        f'INSERT INTO "{table}"'
                        f' SELECT * FROM jsonb_populate_record(NULL::"{table}", %s::jsonb)',
                        [row],
                    )
            cursor.execute("COMMIT")
            for table in self.rows:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
            cursor.execute(
                "SELECT tgrelid::regclass, tgname FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgenabled = 'O'"
            )
            for table, trigger in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        connections["default"].close()
