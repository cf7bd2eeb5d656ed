"""Has the virus scanner look at every file that waits, now."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents import scanning
from safeguard import clamav


class Command(BaseCommand):
    """Ask for what nobody has asked for, and work it off."""

    help = (
        "Scans files that wait for it, those of before there was a scanner too; the worker does so by"
        " itself. With --again also those on which the scanner failed three times."
    )

    def add_arguments(self, parser):
        """Take whether to try again what was given up."""
        parser.add_argument("--again", action="store_true", help="also what was given up")

    def handle(self, *args, **options):
        """Scan, and say what came of it."""
        try:
            if not clamav.is_configured():
                raise CommandError("There is no scanner: SAFEGUARD_CLAMD says where one listens.")
            clamav.require_there()
        except clamav.ScannerAway as error:
            raise CommandError(f"The scanner does not answer ({error}).") from error
        if options["again"]:
            scanning.scan_again()
        scanned = 0
        more = True
        while more:
            more = bool(scanning.find_unscanned())
            while scanning.scan_next(timezone.now()):
                scanned += 1
        told = scanning.tell_leads()
        self.stdout.write(
            f"{scanned} files were looked at. Something was found in {told} that had been submitted; the"
            " leads are told."
            if told
            else f"{scanned} files were looked at; nothing new was found."
        )
