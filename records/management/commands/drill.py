"""Try a back-up: restore it beside the running copy and see that everything is there."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from records.drill import drill
from safeguard.errors import DomainError


class Command(BaseCommand):
    help = (
        "Restores a back-up into a scratch copy with servers of its own, compares every table’s rows"
        " with its list, opens files, wipes the copy again, and notes it for the status page. The"
        " running copy is not touched. Do it each week by machine, and each term by a person."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--identity", metavar="KEYFILE", type=Path, required=True)

    def handle(self, *args, **options):
        """Do it, and say what came of it."""
        try:
            made = drill(options["file"], options["identity"])
        except (DomainError, OSError) as error:
            raise CommandError(f"The drill failed. {error}") from error
        seconds = (made.finished_at - made.started_at).total_seconds()
        self.stdout.write(
            f"The back-up came back whole in {seconds:.0f} seconds: {made.rows} rows,"
            f" {made.files} files, {made.files_opened} of them opened, as of"
            f" {made.holds_until:%Y-%m-%d %H:%M:%S} UTC."
        )
