"""Marks on body maps go with the incident that is lawfully removed."""

from importlib import import_module

from django.db import migrations

ALLOW, FORBID = (
    getattr(import_module("records.migrations.0004_lawful_removal"), name)
    for name in ("ALLOW", "FORBID")
)
TABLE = "incidents_bodymark"
# What it says of another function is of that day: the function has changed since.
OTHER = "REVOKE ALL ON FUNCTION ledger_next_epoch(uuid, text) FROM PUBLIC;\n"
BEFORE = import_module("records.migrations.0008_former_epochs").ERASE.replace(OTHER, "")
LINKS = "    DELETE FROM public.incidents_linkedpupil WHERE"
MARKS = "    DELETE FROM public.incidents_bodymark WHERE incident_id = ANY (those_incidents);\n"
ERASE = BEFORE.replace(LINKS, MARKS + LINKS)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0011_later_epoch"),
        ("incidents", "0009_body_marks"),
    ]
    operations = [
        migrations.RunSQL(ALLOW.format(table=TABLE, columns=""), FORBID.format(table=TABLE)),
        migrations.RunSQL(ERASE, BEFORE),
    ]
