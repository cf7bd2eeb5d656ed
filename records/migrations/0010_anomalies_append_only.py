"""What was unusual stays as it was found, is of one school, and is not seen from another.

A note is of the school of what it is about.
"""

from django.db import migrations

TABLES = [
    "records_anomalyfinding",
    "records_anomalymail",
    "records_anomalynote",
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
    dependencies = [("records", "0009_anomalies"), ("safeguard", "0009_anomaly_mail")]
    operations = [
        *[
            migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
            for table in TABLES
        ],
        *[
            migrations.RunSQL(f"SELECT wall('{table}')", f"SELECT unwall('{table}')")
            for table in ["records_anomalyfinding", "records_anomalymail"]
        ],
        migrations.RunSQL(
            "SELECT wall_by('records_anomalynote', 'finding_id', 'records_anomalyfinding')",
            "SELECT unwall_by('records_anomalynote')",
        ),
    ]
