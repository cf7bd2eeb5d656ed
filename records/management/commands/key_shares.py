"""Puts the installation's key on paper, in three shares of which any two give it back."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from records import key_pages, key_rotation, key_shares
from safeguard.errors import DomainError


class Command(BaseCommand):
    """Write three pages to print into a new folder; no share is shown on the screen."""

    help = (
        "Splits the installation's key (SAFEGUARD_KEY) into three shares of which any two give it"
        " back, and writes a page to print for each into FOLDER, which must not be there yet. Choose"
        " one that is in memory alone, like /dev/shm/shares, and remove it afterwards."
    )

    def add_arguments(self, parser):
        """Take where the pages go."""
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument(
            "--of",
            metavar="FILE",
            type=Path,
            help="of the new key that “rotate_key --begin FILE” made",
        )

    def handle(self, *args, **options):
        """Split, write, and say what to do with the pages."""
        folder, key = options["folder"], settings.FILES_KEY
        try:
            if options["of"] is not None:
                key = key_rotation.key_in(options["of"])
            shares = key_shares.split(key)
            folder.mkdir(mode=0o700)
            for number, share in enumerate(shares, start=1):
                text = key_pages.page(
                    share,
                    number=number,
                    key=key,
                    installation=settings.BASE_URL,
                    made_on=timezone.localdate(),
                )
                keep(folder / f"share-{number}.txt", text)
        except FileExistsError:
            raise CommandError(
                f"{folder} is there already. Give a folder that is not: nothing is overwritten."
            ) from None
        except OSError as error:
            raise CommandError(f"{error.filename or folder}: {error.strerror}.") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Three pages are in {folder}; set “{key_shares.set_of(shares[0])}”, fingerprint of the key "
            f"{key_shares.fingerprint(key)}.\n"
            "Print each, give it to one of three people who keep theirs in different places, and remove "
            "the folder. Try two of them with “manage.py key_from_shares --check”. Shares of an earlier "
            "set of the same key still give it back: have them destroyed."
        )
        if key != settings.FILES_KEY or settings.FORMER_KEYS:
            self.stdout.write(
                "The key is being changed. Shares of the former key stay needed until “manage.py rotate_key”"
                " says when they may be destroyed: tell the same three people to keep both."
            )


def keep(path: Path, text: str) -> None:
    """Write a secret to a new file that its owner alone reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
