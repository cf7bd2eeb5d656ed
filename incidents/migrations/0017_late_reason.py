from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0016_wordings"),
    ]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="late_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
