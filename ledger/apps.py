"""Ledger: what happened, provably."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self):
        # Each app says in `bodies` what its rows commit to; the access log's is in `sequencing`.
        autodiscover_modules("bodies", "sequencing")
