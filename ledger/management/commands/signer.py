"""The signer with the project's settings; a host runs `python -m ledger.signer` with its own."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ledger import signer
from ledger.notes import CannotSign


class Command(BaseCommand):
    """Run until told to stop."""

    help = "Signs how long each ledger is and what its root is."

    def handle(self, *args, **options):
        """Serve the signer's socket."""
        if not settings.SERVICES.database_signer_url:
            raise CommandError("DATABASE_SIGNER_URL is not set. The signer needs it, and only it.")
        try:
            signer.run(
                url=settings.SERVICES.database_signer_url,
                folder=settings.SIGNER_DIR,
                socket=settings.SIGNER_SOCKET,
                base_url=settings.BASE_URL,
            )
        except CannotSign as error:
            raise CommandError(str(error)) from None
