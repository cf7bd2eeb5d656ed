"""What happened stays: no row of these tables is ever changed, and the clock is the database's."""

from django.db import migrations

TABLES = [
    "accounts_roleproposal",
    "accounts_roledecision",
]

PROTECT = """
CREATE TRIGGER {table}_append_only
    BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
CREATE TRIGGER {table}_recorded_at
    BEFORE INSERT ON {table}
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded_at();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_recorded_at;
"""

UNPROTECT = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_recorded_at ON {table};
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_administration"), ("safeguard", "0001_append_only")]
    operations = [
        migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
        for table in TABLES
    ]
