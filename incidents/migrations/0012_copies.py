"""Copies of files that are looked at, and what a school says of photographs of injuries."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_setting_proposals_append_only"),
        ("incidents", "0011_draft_session"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Preparation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("stored_as", models.CharField(max_length=64, unique=True)),
                ("content_type", models.CharField(max_length=100)),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Being prepared"),
                            ("ready", "Can be looked at"),
                            ("failed", "Cannot be shown"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=20)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.school",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PhotoRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("allowed", models.BooleanField()),
                ("conditions", models.TextField(blank=True, max_length=1000)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("allowed", False),
                            models.Q(("conditions", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="photo_rule_allows_under_conditions",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ViewingCopy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("page", models.PositiveSmallIntegerField()),
                ("small", models.BooleanField()),
                ("stored_as", models.CharField(max_length=64, unique=True)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "preparation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="copies",
                        to="incidents.preparation",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.school",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("preparation", "page", "small"), name="viewing_copy_of_a_page_once"
                    )
                ],
            },
        ),
        *(
            migrations.RunSQL(f"SELECT wall('{table}')", f"SELECT unwall('{table}')")
            for table in (
                "incidents_preparation",
                "incidents_viewingcopy",
                "incidents_photorule",
            )
        ),
    ]
