"""Incidents: a concern is logged, people are alerted, they act."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"
