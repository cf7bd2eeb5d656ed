"""The reason for recording late goes with the incident that is lawfully removed."""

from importlib import import_module

from django.db import migrations

LAWFUL = import_module("records.migrations.0004_lawful_removal")
BEFORE = import_module("records.migrations.0013_other_wordings").ERASE
ERASE = BEFORE.replace("told_in_person = ''", "told_in_person = '', late_reason = ''")
TABLE = "incidents_incident"


def allowing(columns):
    named = ", ".join(f"'{name}'" for name in columns)
    return LAWFUL.ALLOW.format(table=TABLE, columns=named)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0013_other_wordings"),
        ("incidents", "0017_late_reason"),
    ]
    operations = [
        migrations.RunSQL(allowing([*LAWFUL.INCIDENT, "late_reason"]), allowing(LAWFUL.INCIDENT)),
        migrations.RunSQL(ERASE, BEFORE),
    ]
