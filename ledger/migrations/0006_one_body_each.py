"""What happened once has one body, and a disposal names two people and what is removed.

The application's role may add bodies. So the table itself refuses a second body for the same row,
which could stand in for the first, and a disposal that nobody else agreed to, which could never be
carried out and would be due for ever. Only a setting changes many times.
"""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_checkpoint_mail")]
    operations = [
        migrations.AddConstraint(
            model_name="sealedbody",
            constraint=models.UniqueConstraint(
                fields=["obj", "kind"],
                condition=~Q(kind="setting.changed"),
                name="sealed_body_once_each",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedbody",
            constraint=models.CheckConstraint(
                condition=~Q(kind="disposal.executed")
                | (~Q(approver="") & ~Q(approver=F("actor")) & ~Q(targets=[])),
                name="sealed_body_disposal_by_two",
            ),
        ),
    ]
