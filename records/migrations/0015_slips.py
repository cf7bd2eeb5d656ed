"""Visitors' slips go lawfully: with the incident that one became, or by themselves once put aside."""

from importlib import import_module

import django.contrib.postgres.fields
from django.db import migrations, models

ALLOW, FORBID, REMOVAL = (
    getattr(import_module("records.migrations.0004_lawful_removal"), name)
    for name in ("ALLOW", "FORBID", "NAMED")
)
BEFORE = import_module("records.migrations.0014_late_reason").ERASE

# What of a slip is erased; what it is about, when it came and that it did stay.
WRITTEN = (
    *("staff_name", "child_name", "child_class", "saw", "heard", "child_words", "place"),
    *("writer_name", "writer_role", "writer_reach"),
)
EMPTIED = {"incidents_slip": WRITTEN, "incidents_slipputaside": ("note",)}


def function(name, text=REMOVAL):
    """Return one function of those that judge, to be put in its place again."""
    start = text.index(f"CREATE FUNCTION {name}(")
    return text[start : text.index("$$;\n", start) + 4].replace(
        "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1
    )


ROW_BEFORE = function("records_row_is_named")
ROW = ROW_BEFORE.replace("'record.corrected')", "'record.corrected', 'slip.received')")
JUDGE_BEFORE = function("forbid_change_but_disposal")
JUDGE = JUDGE_BEFORE.replace(
    "        ELSE public.records_row_is_named(",
    "        WHEN 'incidents_slip' THEN public.records_row_is_named((before ->> 'id')::uuid)\n"
    "        WHEN 'incidents_slipputaside' THEN"
    " public.records_row_is_named((before ->> 'slip_id')::uuid)\n"
    "        ELSE public.records_row_is_named(",
)
LINKS = "    DELETE FROM public.incidents_linkedpupil WHERE"
SLIPS = """    UPDATE public.incidents_slip SET staff_name = '', child_name = '', child_class = '',
            saw = words, heard = '', child_words = '', place = '', writer_name = '',
            writer_role = '', writer_reach = ''
        WHERE id IN (SELECT obj FROM public.ledger_sealedbody
            WHERE id = ANY (told.targets) AND kind = 'slip.received');
    UPDATE public.incidents_slipputaside SET note = ''
        WHERE slip_id IN (SELECT obj FROM public.ledger_sealedbody
            WHERE id = ANY (told.targets) AND kind = 'slip.received');
"""
ERASE = BEFORE.replace(LINKS, SLIPS + LINKS)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0014_late_reason"),
        ("incidents", "0018_slips"),
        ("ledger", "0013_slips"),
    ]
    operations = [
        migrations.AddField(
            model_name="disposal",
            name="slips",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, default=list, size=None
            ),
        ),
        migrations.RemoveConstraint(model_name="disposal", name="disposal_names_something"),
        migrations.AddConstraint(
            model_name="disposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("actions", []), ("incidents", []), ("slips", []), _negated=True
                ),
                name="disposal_names_something",
            ),
        ),
        migrations.RunSQL(ROW, ROW_BEFORE),
        migrations.RunSQL(JUDGE, JUDGE_BEFORE),
        *[
            migrations.RunSQL(
                ALLOW.format(table=table, columns=", ".join(f"'{name}'" for name in columns)),
                FORBID.format(table=table),
            )
            for table, columns in EMPTIED.items()
        ],
        migrations.RunSQL(ERASE, BEFORE),
    ]
