"""Who asked that a setting be lowered, and who answered, stays, behind the wall of its school."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("accounts.migrations.0008_proposals_append_only")
TABLES = ["accounts_settingproposal", "accounts_settingdecision"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_setting_proposals"),
        ("safeguard", "0008_walls"),
    ]
    operations = [
        *(
            migrations.RunSQL(
                BEFORE.PROTECT.format(table=table), BEFORE.UNPROTECT.format(table=table)
            )
            for table in TABLES
        ),
        migrations.RunSQL(
            "SELECT wall('accounts_settingproposal')", "SELECT unwall('accounts_settingproposal')"
        ),
        migrations.RunSQL(
            "SELECT wall_by('accounts_settingdecision', 'proposal_id', 'accounts_settingproposal')",
            "SELECT unwall_by('accounts_settingdecision')",
        ),
    ]
