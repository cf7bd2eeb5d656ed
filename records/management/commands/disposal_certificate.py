"""Prints the certificate of a disposal: no name, no word of what was removed."""

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from records.certificate import certificate
from safeguard.errors import DomainError


class Command(BaseCommand):
    """Print one certificate."""

    help = "Prints the certificate of a disposal that has been carried out."

    def add_arguments(self, parser):
        """Take the disposal's id, which “manage.py dispose” has printed."""
        parser.add_argument("disposal", type=UUID)

    def handle(self, *args, **options):
        """Write it to the standard output, to print or to file."""
        try:
            self.stdout.write(certificate(options["disposal"]))
        except DomainError as error:
            raise CommandError(str(error)) from error
