"""Erases what two people have approved; run by a person or a timer, with DATABASE_DISPOSAL_URL."""

from contextlib import suppress

from django.core.management.base import BaseCommand, CommandError

from ledger import checkpoints
from ledger.signing import NotSigned
from records import disposal
from records.models import Erasure
from safeguard.errors import DomainError


class Command(BaseCommand):
    """Carry out every disposal that the ledger knows and that is still due."""

    help = (
        "Erases every record whose disposal two people have approved. Run again, it does nothing."
    )

    def handle(self, *args, **options):
        """Erase, delete files where this process can, and say which."""
        try:
            done = disposal.erase_waiting()
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        for one in done:
            self.stdout.write(f"{one}: erased. “manage.py disposal_certificate {one}” prints it.")
        for school in (
            Erasure.objects.filter(disposal__in=done).values_list("school", flat=True).distinct()
        ):
            with suppress(NotSigned):  # the next quarter of an hour takes it
                checkpoints.take_now(school)
        files = disposal.remove_erased_files()
        self.stdout.write(f"{len(done)} disposals carried out, {files} files deleted")
