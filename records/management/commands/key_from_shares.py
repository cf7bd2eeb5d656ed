"""Gives the installation's key back from two of the three shares on paper."""

import base64
import sys
from getpass import getpass
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from records import key_shares
from records.key_shares import A_LINE, NEEDED, WORDS, NotAWord
from records.management.commands.key_shares import keep
from safeguard.errors import DomainError

MOST_TRIES = 5  # of one line


class Command(BaseCommand):
    """Ask for two shares, line by line and unseen, and for the fingerprint; write the key to a file."""

    help = (
        "Asks two of the three people for their words and for the fingerprint of the key, and writes"
        " the key to FILE, which must not be there yet. What is typed is not shown. With --check it"
        " only says whether the shares give the key of this installation."
    )

    def add_arguments(self, parser):
        """Take where the key goes; the shares are never given here, where others could see them."""
        parser.add_argument("file", metavar="FILE", type=Path, nargs="?")
        parser.add_argument("--check", action="store_true", help="write nothing, compare only")
        parser.add_argument(
            "--trial", action="store_true", help="write it as the file files-key of a trial"
        )

    def handle(self, *args, **options):
        """Ask, join, and write or compare."""
        file, check = options["file"], options["check"]
        if check == (file is not None):
            raise CommandError("Give FILE, for the key to be written to, or --check.")
        if file is not None and file.exists():
            raise CommandError(f"{file} is there already. A key is never written over another one.")
        try:
            shares = [self.share(number) for number in range(1, NEEDED + 1)]
            expected = self.asked("Fingerprint of the key, from either page: ")
            key = key_shares.join(shares, expected)
        except DomainError as error:
            raise CommandError(f"{error} Nothing was written.") from None
        if check:
            self.compare(key)
            return
        try:
            keep(file, written(key, trial=options["trial"]))
        except OSError as error:
            raise CommandError(f"{file} was not written: {error.strerror}.") from error
        self.stdout.write(
            f"The key with the fingerprint {key_shares.fingerprint(key)} is in {file}, which only you "
            "can read. Put it where the program finds it, and remove the file."
        )

    def compare(self, key: bytes) -> None:
        """Say whether this is the key that is in use here."""
        if key in settings.FORMER_KEYS:
            self.stdout.write(
                "The two shares give a former key of this installation, which is still here. Keep them"
                " until “manage.py rotate_key” says that it may be destroyed. Nothing was written."
            )
            return
        if key != settings.FILES_KEY:
            raise CommandError(
                "The shares give a key, and it is not the one in use here "
                f"({key_shares.fingerprint(settings.FILES_KEY)}). Make new shares with “manage.py "
                "key_shares FOLDER”; keep the old ones until no back-up needs their key."
            )
        self.stdout.write("The two shares give the key of this installation. Nothing was written.")

    def share(self, number: int) -> str:
        """Ask for one share, a line of the page at a time; each line is looked at when it is typed."""
        self.stdout.write(f"Share {number} of {NEEDED}: {A_LINE} words on a line, as on the page.")
        words: list[str] = []
        tries = 0
        while len(words) < WORDS:
            line = len(words) // A_LINE + 1
            try:
                words += key_shares.words_in(self.asked(f"  Line {line}: "))
                tries = 0
            except NotAWord as error:
                tries += 1
                if tries == MOST_TRIES:
                    raise
                self.stdout.write(f"  {error} Type the whole line again.")
        return " ".join(words)

    def asked(self, prompt: str) -> str:
        """Return what is typed, unseen; or the next line of what is piped in."""
        try:
            if sys.stdin.isatty():
                return getpass(prompt)
            line = sys.stdin.readline()
        except EOFError:
            line = ""
        if not line.endswith("\n"):
            raise CommandError("Not all of it was typed. Nothing was written.")
        return line.strip()


def written(key: bytes, *, trial: bool) -> str:
    """Return the key as the settings take it, or as the file that a trial keeps it in."""
    if trial:
        return base64.urlsafe_b64encode(key).decode().rstrip("=")
    return f"SAFEGUARD_KEY={base64.b64encode(key).decode()}\n"
