"""Records: the life of a file, from its back-up to its lawful end."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
