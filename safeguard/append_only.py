"""Rows that stay: Python refuses to change them, and PostgreSQL refuses again.

The database's own refusal (triggers, and no UPDATE or DELETE for the application's role) is the
guarantee; what stands here only makes a mistake fail early and with a clear name.
"""

import uuid

from django.db import models
from django.db.models.functions import Now


class ImmutableRow(Exception):
    """Some code tried to change or delete a row of an append-only table."""


class AppendOnlyQuerySet(models.QuerySet):
    """A queryset that can add and read, nothing else."""

    def update(self, **kwargs):
        raise ImmutableRow(f"{self.model.__name__} rows are never changed")

    def delete(self):
        raise ImmutableRow(f"{self.model.__name__} rows are never deleted")

    def bulk_update(self, objs, fields, batch_size=None):
        raise ImmutableRow(f"{self.model.__name__} rows are never changed")

    def update_or_create(self, defaults=None, create_defaults=None, **kwargs):
        raise ImmutableRow(f"{self.model.__name__} rows are never changed")

    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class AppendOnlyModel(models.Model):
    """A row of what happened. `recorded_at` is the database's clock, whatever is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    is_append_only = True  # what `safeguard.grants` reads

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise ImmutableRow(f"{type(self).__name__} rows are never changed")
        super().save(*args, force_insert=True)

    def delete(self, *args, **kwargs):
        raise ImmutableRow(f"{type(self).__name__} rows are never deleted")
