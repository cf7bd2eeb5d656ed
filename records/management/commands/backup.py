"""Make an encrypted back-up of everything, now."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from records import making
from records.progress import OnScreen, in_words
from safeguard.errors import DomainError


class Command(BaseCommand):
    help = (
        "Writes one file that holds the database, the sealed files, the ledger’s notes and the"
        " signer’s memory, encrypted with age to public keys. The keys that this installation works"
        " with (SAFEGUARD_KEY, SAFEGUARD_SECRET_KEY and the signer’s) are not in it: keep them on"
        " paper. The file is made under another name and renamed when all of it is on the disk."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--to", metavar="FOLDER", type=Path, help=f"instead of {settings.BACKUPS_DIR}"
        )
        parser.add_argument(
            "--recipient",
            metavar="AGE_PUBLIC_KEY",
            action="append",
            default=[],
            help="who can open it (age1…); again for each; instead of SAFEGUARD_BACKUP_RECIPIENTS",
        )
        parser.add_argument(
            "--with-signer-key",
            action="store_true",
            help="put the signer’s private key in too: whoever opens the back-up can then sign",
        )

    def handle(self, *args, **options):
        """Make it, and say where it is and how to recognise it."""
        progress = OnScreen()
        try:
            made, path = making.make(
                folder=options["to"],
                recipients=options["recipient"],
                with_signer_key=options["with_signer_key"],
                progress=progress,
            )
        except (DomainError, OSError, OperationalError) as error:
            raise CommandError(str(error)) from error
        finally:
            progress.end()
        self.stdout.write(
            f"{path}\n{in_words(made.size)}: {made.rows} rows, {made.files} files,"
            f" as of {made.holds_until:%Y-%m-%d %H:%M:%S} UTC\nSHA-256 {made.sha256}"
        )
        if made.reason:
            self.stdout.write(made.reason)
