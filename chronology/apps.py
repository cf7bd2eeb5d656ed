"""Chronology: the whole child."""

from django.apps import AppConfig


class ChronologyConfig(AppConfig):
    name = "chronology"
