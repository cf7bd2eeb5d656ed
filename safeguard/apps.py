"""The kernel: no story of its own, only what every app stands on."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from safeguard import grants


class SafeguardConfig(AppConfig):
    name = "safeguard"

    def ready(self):
        autodiscover_modules("vitals")  # each app says there what it knows of how things are
        autodiscover_modules("resealed")  # and there what it keeps sealed
        post_migrate.connect(grants.grant_after_migrate, dispatch_uid="safeguard.grants")
