"""From which year a school draws young people on body maps; behind the school's wall."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_setting_proposals_append_only"),
        ("incidents", "0014_file_scans"),
    ]

    operations = [
        migrations.CreateModel(
            name="Outline",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "young_from",
                    models.CharField(
                        choices=[
                            ("N1", "Everybody is drawn as a young person"),
                            ("1", "From Year 1 on"),
                            ("2", "From Year 2 on"),
                            ("3", "From Year 3 on"),
                            ("4", "From Year 4 on"),
                            ("5", "From Year 5 on"),
                            ("6", "From Year 6 on"),
                            ("7", "From Year 7 on"),
                            ("8", "From Year 8 on"),
                            ("9", "From Year 9 on"),
                            ("10", "From Year 10 on"),
                            ("11", "From Year 11 on"),
                            ("12", "From Year 12 on"),
                            ("13", "From Year 13 on"),
                            ("never", "Everybody is drawn as a child"),
                        ],
                        max_length=5,
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "school",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.school",
                    ),
                ),
            ],
        ),
        migrations.RunSQL("SELECT wall('incidents_outline')", "SELECT unwall('incidents_outline')"),
    ]
