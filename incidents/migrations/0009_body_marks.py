"""Marks on a body map: kept as they were recorded, behind the school's wall."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

PROTECT = """
CREATE TRIGGER incidents_bodymark_append_only
    BEFORE UPDATE OR DELETE ON incidents_bodymark
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
ALTER TABLE incidents_bodymark ENABLE ALWAYS TRIGGER incidents_bodymark_append_only;
CREATE TRIGGER incidents_bodymark_recorded_at
    BEFORE INSERT ON incidents_bodymark
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded_at();
ALTER TABLE incidents_bodymark ENABLE ALWAYS TRIGGER incidents_bodymark_recorded_at;
"""

UNPROTECT = """
DROP TRIGGER incidents_bodymark_append_only ON incidents_bodymark;
DROP TRIGGER incidents_bodymark_recorded_at ON incidents_bodymark;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0008_writing_words"),
        ("safeguard", "0008_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="BodyMark",
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
                ("number", models.PositiveSmallIntegerField()),
                (
                    "figure",
                    models.CharField(
                        choices=[("child", "Child"), ("adult", "Young person")], max_length=5
                    ),
                ),
                ("region", models.CharField(max_length=60)),
                ("wording", models.CharField(max_length=80)),
                ("x", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("y", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bruise", "Bruise"),
                            ("cut", "Cut or graze"),
                            ("burn", "Burn"),
                            ("scald", "Scald"),
                            ("bite", "Bite"),
                            ("swelling", "Swelling"),
                            ("red", "Red area"),
                            ("wound", "Wound"),
                            ("other", "Something else"),
                        ],
                        max_length=10,
                    ),
                ),
                ("length_mm", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("width_mm", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("shape", models.CharField(blank=True, max_length=80)),
                ("colour", models.CharField(blank=True, max_length=80)),
                (
                    "broken",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
                        max_length=8,
                    ),
                ),
                (
                    "pain",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
                        max_length=8,
                    ),
                ),
                (
                    "signs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("swollen", "Swollen"),
                                ("scab", "Scab"),
                                ("blister", "Blister"),
                                ("bleeding", "Bleeding"),
                                ("dirt", "Grit or dirt in it"),
                                ("hot", "Hot to the touch"),
                                ("fever", "The child feels hot all over"),
                                ("stiff", "Moves less freely"),
                                ("shape", "Held or shaped differently"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("first_aid", models.CharField(blank=True, max_length=200)),
                ("child_said", models.TextField(blank=True)),
                (
                    "explanation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("fits", "It could explain what I see"),
                            ("none", "None was given, or the child did not know"),
                            ("not_asked", "I have not heard one"),
                            ("mismatch", "It does not fit the place, size or kind of mark"),
                            ("changed", "It changed, or was evasive"),
                            ("adult", "In words that do not sound like the child’s own"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("incident", "number"), name="body_mark_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("number__lte", 30)),
                        name="body_mark_number_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("x", None), ("y", None)),
                            models.Q(("x__isnull", False), ("y__isnull", False)),
                            _connector="OR",
                        ),
                        name="body_mark_point_is_whole",
                    ),
                ],
            },
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
        migrations.RunSQL(
            "SELECT wall_by('incidents_bodymark', 'incident_id', 'incidents_incident')",
            "SELECT unwall_by('incidents_bodymark')",
        ),
    ]
