"""Two invented schools; installed in the demo and in the tests only."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
