"""Seal what waiting files are called: they belong to drafts, and nothing of a draft is readable here."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import migrations, models

VERSION, NONCE_BYTES = b"\x01", 12  # how things were sealed when this was written


def seal_names(apps, schema_editor):
    for upload in apps.get_model("incidents", "Upload").objects.all():
        nonce = os.urandom(NONCE_BYTES)
        kept = AESGCM(settings.FILES_KEY).encrypt(nonce, upload.name.encode(), _purpose(upload))
        upload.sealed_name = VERSION + nonce + kept
        upload.save(update_fields=["sealed_name"])


def open_names(apps, schema_editor):
    for upload in apps.get_model("incidents", "Upload").objects.all():
        sealed = bytes(upload.sealed_name)[1:]
        nonce, kept = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        upload.name = AESGCM(settings.FILES_KEY).decrypt(nonce, kept, _purpose(upload)).decode()
        upload.save(update_fields=["name"])


def _purpose(upload) -> bytes:
    return f"upload name:{upload.stored_as}".encode()


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0012_copies"),
    ]

    operations = [
        migrations.AddField("upload", "sealed_name", models.BinaryField(default=b"")),
        migrations.AlterField("upload", "name", models.CharField(max_length=150, default="")),
        migrations.RunPython(seal_names, open_names, elidable=True),
        migrations.AlterField("upload", "sealed_name", models.BinaryField()),
        migrations.RemoveField("upload", "name"),
    ]
