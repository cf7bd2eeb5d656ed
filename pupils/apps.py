"""Pupils: whom it is about."""

from django.apps import AppConfig


class PupilsConfig(AppConfig):
    name = "pupils"
