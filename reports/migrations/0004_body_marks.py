"""A paper says which marks of body maps are in it, so that they can be judged when it is opened."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0003_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportmade",
            name="marks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), db_default=[], default=list, size=None
            ),
        ),
    ]
