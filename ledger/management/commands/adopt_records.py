"""Puts on the ledger what was recorded before there was one."""

from django.core.management.base import BaseCommand

from ledger.adopting import adopt_everything


class Command(BaseCommand):
    """Give every record without an entry its entry, and say how many there were."""

    help = "Puts records that are not on the ledger yet on it. Run it once after the update to 0.2."

    def handle(self, *args, **options):
        """Work through all tables; a second run finds nothing to do."""
        for name, number in adopt_everything().items():
            self.stdout.write(f"{name}: {number} put on the ledger")
