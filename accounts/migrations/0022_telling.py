from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0021_kept_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="school",
            name="tells_of_colleagues",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="settingproposal",
            name="setting",
            field=models.CharField(
                choices=[
                    ("role", "What is taken from a role"),
                    ("category", "What is special about a category"),
                    ("demands", "What the school demands of everybody"),
                    ("telling", "Whether staff hear that a colleague has recorded today"),
                ],
                max_length=10,
            ),
        ),
    ]
