"""What became of sealed codes stays, is of one school, and is not seen from another."""

from django.db import migrations

TABLES = [
    "accounts_sealedcode",
    "accounts_sealedcodeagreed",
    "accounts_sealedcodeuse",
    "accounts_sealedcodereview",
]
WALLED_BY = [
    ("accounts_sealedcodeagreed", "code_id", "accounts_sealedcode"),
    ("accounts_sealedcodeuse", "code_id", "accounts_sealedcode"),
    ("accounts_sealedcodereview", "of_id", "accounts_sealedcodeuse"),
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
    dependencies = [
        ("accounts", "0015_sealed_codes"),
        ("safeguard", "0008_walls"),
    ]
    operations = [
        *[
            migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
            for table in TABLES
        ],
        migrations.RunSQL(
            "SELECT wall('accounts_sealedcode')", "SELECT unwall('accounts_sealedcode')"
        ),
        *[
            migrations.RunSQL(
                f"SELECT wall_by('{table}', '{key}', '{parent}')", f"SELECT unwall_by('{table}')"
            )
            for table, key, parent in WALLED_BY
        ],
    ]
