"""A notice of a visitor's slip is an errand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("safeguard", "0013_draft_notice"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outbox",
            name="kind",
            field=models.CharField(
                choices=[
                    ("alert", "Alert by e-mail"),
                    ("password_reset", "Password reset by e-mail"),
                    ("report", "Report"),
                    ("checkpoint_mail", "Checkpoint by e-mail"),
                    ("verification", "Verification of a ledger"),
                    ("checkpoint", "Checkpoint at once"),
                    ("account_notice", "Notice about an account by e-mail"),
                    ("anomaly_mail", "What was unusual in a week, by e-mail"),
                    ("copy", "Copy of a file to be looked at"),
                    ("scan", "Virus scan of a file"),
                    ("draft_notice", "That a draft will be deleted, by e-mail"),
                    ("slip", "Notice of a visitor’s slip by e-mail"),
                ],
                max_length=20,
            ),
        ),
    ]
