"""What another window held of an incident, and words not sent about it, go when it is lawfully removed."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("records.migrations.0012_body_marks").ERASE
DRAFTS = "    DELETE FROM public.incidents_draft WHERE id = ANY (those_forms);\n"
WORDINGS = """\
    DELETE FROM public.incidents_wording WHERE draft = ANY (those_forms);
    DELETE FROM public.accounts_keptwords WHERE EXISTS (
        SELECT FROM unnest(those_incidents || those_pupils) about
        WHERE strpos(path, about::text) > 0);
"""
ERASE = BEFORE.replace(DRAFTS, DRAFTS + WORDINGS)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0012_body_marks"),
        ("incidents", "0016_wordings"),
        ("accounts", "0021_kept_words"),
    ]
    operations = [migrations.RunSQL(ERASE, BEFORE)]
