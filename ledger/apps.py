"""Ledger: what happened, provably."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self):
        autodiscover_modules("bodies")  # each app says there what its rows commit to
