"""Visitors' slips: where they come in, what they say, and what became of each.

The addresses are behind no wall: the token on a poster says in which school its form acts.
"""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import incidents.references

APPEND_ONLY = ["slipaddress", "slip", "slipalert", "slipfiled", "slipputaside"]

PROTECT = """
CREATE TRIGGER incidents_{table}_append_only
    BEFORE UPDATE OR DELETE ON incidents_{table}
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
ALTER TABLE incidents_{table} ENABLE ALWAYS TRIGGER incidents_{table}_append_only;
CREATE TRIGGER incidents_{table}_recorded_at
    BEFORE INSERT ON incidents_{table}
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded_at();
ALTER TABLE incidents_{table} ENABLE ALWAYS TRIGGER incidents_{table}_recorded_at;
"""

UNPROTECT = """
DROP TRIGGER incidents_{table}_append_only ON incidents_{table};
DROP TRIGGER incidents_{table}_recorded_at ON incidents_{table};
"""


def wall(table):
    name = f"incidents_{table}"
    return migrations.RunSQL(f"SELECT wall('{name}')", f"SELECT unwall('{name}')")


def wall_by_slip(table):
    name = f"incidents_{table}"
    return migrations.RunSQL(
        f"SELECT wall_by('{name}', 'slip_id', 'incidents_slip')", f"SELECT unwall_by('{name}')"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_setting_proposals_append_only"),
        ("incidents", "0017_late_reason"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Slip",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "reference",
                    models.CharField(default=incidents.references.new_reference, max_length=7),
                ),
                ("submission", models.UUIDField(unique=True)),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("nobody", "No"),
                            ("staff", "Yes, about a member of staff or a volunteer"),
                            ("head", "Yes, about the headteacher"),
                        ],
                        max_length=8,
                    ),
                ),
                ("staff_name", models.CharField(blank=True, max_length=120)),
                ("child_name", models.CharField(max_length=120)),
                ("child_class", models.CharField(blank=True, max_length=60)),
                ("saw", models.TextField(blank=True)),
                ("heard", models.TextField(blank=True)),
                ("child_words", models.TextField(blank=True)),
                ("occurred_at", models.DateTimeField()),
                ("is_time_known", models.BooleanField()),
                ("place", models.CharField(blank=True, max_length=120)),
                ("is_urgent", models.BooleanField()),
                ("writer_name", models.CharField(max_length=60)),
                ("writer_role", models.CharField(max_length=36)),
                ("writer_reach", models.CharField(max_length=120)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SlipAddress",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("token", models.CharField(blank=True, max_length=32)),
                ("shows_lead", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SlipAlert",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "slip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="incidents.slip",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SlipCount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sender", models.CharField(max_length=64)),
                ("day", models.DateField()),
                ("number", models.PositiveSmallIntegerField(default=0)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SlipFiled",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filed_from",
                        to="incidents.incident",
                    ),
                ),
                (
                    "slip",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filed",
                        to="incidents.slip",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SlipPutAside",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("duplicate", "It is recorded already"),
                            ("not_ours", "It is no safeguarding concern"),
                            ("test", "It was a test, or a prank"),
                            (
                                "elsewhere",
                                "It is kept elsewhere, as in a file on a member of staff",
                            ),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "slip",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="put_aside",
                        to="incidents.slip",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="slip",
            index=models.Index(fields=["school", "-recorded_at", "id"], name="slip_newest"),
        ),
        migrations.AddConstraint(
            model_name="slip",
            constraint=models.UniqueConstraint(
                fields=("school", "reference"), name="slip_reference_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="slip",
            constraint=models.CheckConstraint(
                condition=models.Q(("child_words", ""), ("heard", ""), ("saw", ""), _negated=True),
                name="slip_says_what_happened",
            ),
        ),
        migrations.AddConstraint(
            model_name="slip",
            constraint=models.CheckConstraint(
                condition=models.Q(("about__in", ["nobody", "staff", "head"])),
                name="slip_about_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="slipaddress",
            index=models.Index(fields=["token"], name="slip_address_token"),
        ),
        migrations.AddIndex(
            model_name="slipaddress",
            index=models.Index(fields=["school", "-recorded_at"], name="slip_address_newest"),
        ),
        migrations.AddConstraint(
            model_name="slipalert",
            constraint=models.UniqueConstraint(
                fields=("slip", "recipient"), name="slip_alert_once_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="slipcount",
            constraint=models.UniqueConstraint(
                fields=("school", "sender", "day"), name="slip_count_once"
            ),
        ),
        *[
            migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
            for table in APPEND_ONLY
        ],
        *map(wall, ["slip", "slipcount"]),
        *map(wall_by_slip, ["slipalert", "slipfiled", "slipputaside"]),
    ]
