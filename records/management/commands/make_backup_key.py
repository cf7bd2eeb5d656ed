"""Make the pair of keys for back-ups, on a computer that is not the server."""

import os
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from records import age


class Command(BaseCommand):
    help = (
        "Writes a new private key of age to FILE and prints its public key. Do it on another"
        " computer than the server: what opens the back-ups must not lie beside them. Print FILE,"
        " and keep it in the safe."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args, **options):
        """Write the key as age-keygen does, never over another one."""
        identity = age.new_identity()
        public = str(identity.to_public())
        made = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            descriptor = os.open(options["file"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(
                f"{options['file']} was not written: {error.strerror}. A key is never overwritten."
            ) from error
        with os.fdopen(descriptor, "w") as file:
            file.write(f"# created: {made}\n# public key: {public}\n{identity}\n")
            file.flush()
            os.fsync(file.fileno())
        self.stdout.write(public)
