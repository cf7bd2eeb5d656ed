"""A visitor's slip came, was filed, was put aside: entries of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0012_access_newest_first"),
    ]

    operations = [
        migrations.AlterField(
            model_name="sealedbody",
            name="kind",
            field=models.CharField(
                choices=[
                    ("incident.created", "Incident recorded"),
                    ("action.added", "Action added"),
                    ("record.corrected", "Correction added"),
                    ("alert.granted", "Somebody alerted"),
                    ("alert.acknowledged", "Alert marked as read"),
                    ("record.marked", "Incident marked as significant, or no longer"),
                    ("record.kept_from", "Incident kept from a person whom it is about"),
                    ("record.restricted", "Readers of an incident limited, or no longer"),
                    ("emergency.opened", "Pupil's file opened in an emergency"),
                    ("emergency.reviewed", "Emergency access reviewed"),
                    ("slip.received", "Visitor’s slip received"),
                    ("slip.filed", "Visitor’s slip filed as an incident"),
                    ("slip.put_aside", "Visitor’s slip put aside"),
                    ("status.recorded", "Safeguarding status recorded"),
                    ("role.granted", "Role given"),
                    ("role.revoked", "Role ended"),
                    ("setting.changed", "Setting changed"),
                    ("disposal.executed", "Record disposed of"),
                    ("ledger.restored", "Ledger continued after a loss"),
                    ("clock.stepped", "Clock went back"),
                    ("access.viewed", "Record read"),
                    ("access.denied", "Reading refused"),
                    ("access.exported", "Record exported"),
                ],
                max_length=30,
            ),
        ),
    ]
