"""A notice of a visitor's slip is an errand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("safeguard", "0009_anomaly_mail"),
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
                    ("slip", "Notice of a visitor’s slip by e-mail"),
                ],
                max_length=20,
            ),
        ),
    ]
