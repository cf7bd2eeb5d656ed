"""What is decided about the end of one school's records is not seen from another."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("records", "0006_two_approvals_and_no_hold"), ("safeguard", "0008_walls")]
    operations = [
        *[
            migrations.RunSQL(f"SELECT wall('{table}')", f"SELECT unwall('{table}')")
            for table in ["records_legalhold", "records_disposal", "records_erasure"]
        ],
        migrations.RunSQL(
            "SELECT wall_by('records_disposalapproval', 'disposal_id', 'records_disposal')",
            "SELECT unwall_by('records_disposalapproval')",
        ),
    ]
