"""Reports about the pupils of one school are not seen from another."""

from django.db import migrations

# Errands that wait while this is migrated: the worker has to know where to act.
ERRANDS = """
UPDATE safeguard_outbox AS errand SET school = report.school_id
FROM reports_report AS report
WHERE errand.kind = 'report' AND errand.key = report.id AND errand.done_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_append_only"), ("safeguard", "0008_walls")]
    operations = [
        *[
            migrations.RunSQL(f"SELECT wall('{table}')", f"SELECT unwall('{table}')")
            for table in ["reports_report", "reports_reportdraft"]
        ],
        *[
            migrations.RunSQL(
                f"SELECT wall_by('{table}', 'report_id', 'reports_report')",
                f"SELECT unwall_by('{table}')",
            )
            for table in ["reports_reporttext", "reports_reportmade"]
        ],
        migrations.RunSQL(ERRANDS, migrations.RunSQL.noop),
    ]
