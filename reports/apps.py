"""Reports: the story on paper."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
