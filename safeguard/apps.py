"""The kernel: no story of its own, only what every app stands on."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from safeguard import grants


class SafeguardConfig(AppConfig):
    name = "safeguard"

    def ready(self):
        post_migrate.connect(grants.grant_after_migrate, dispatch_uid="safeguard.grants")
