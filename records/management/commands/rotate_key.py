"""Changes the installation's key: makes a new one, seals everything again, and says when the old may go."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from records import key_rotation, key_shares
from safeguard import resealing
from safeguard.errors import DomainError


class Command(BaseCommand):
    """Begin with a new key, or go on with what a former one has sealed."""

    help = (
        "Without an option: seals again what is not under the present key, and says when the former one"
        " is no longer needed. It can be broken off at any moment and run again. With --begin FILE it"
        " first makes a new key and writes the two settings to FILE; docs/running.md, “Changing the"
        " key”, says what to do with them."
    )

    def add_arguments(self, parser):
        """Take whether to begin, or only to look."""
        parser.add_argument(
            "--begin",
            metavar="FILE",
            nargs="?",
            const="",
            help="make a new key (FILE: not in a trial)",
        )
        parser.add_argument("--status", action="store_true", help="only say how far it is")

    def handle(self, *args, **options):
        """Do one of the three."""
        try:
            if options["begin"] is not None:
                self.begin(options["begin"])
            elif options["status"]:
                self.say(resealing.count())
            else:
                self.say(key_rotation.work())
        except FileExistsError:
            raise CommandError(
                "FILE is there already. A key is never written over another."
            ) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except DomainError as error:
            raise CommandError(str(error)) from error

    def begin(self, file: str) -> None:
        """Make the new key."""
        if settings.TRYING_OUT:
            if file:
                raise CommandError(
                    "In a trial the key lies in its folder: give --begin without FILE."
                )
            key_rotation.begin_in_trial(settings.VAR_DIR)
            self.stdout.write(
                "The new key is in place, and the former one beside it. Start Safeguard again, then run"
                " “manage.py rotate_key”."
            )
            return
        if not file:
            raise CommandError("Give --begin FILE: a file in memory alone, like /dev/shm/new-key.")
        key = key_rotation.begin(Path(file))
        self.stdout.write(
            f"The new key has the fingerprint {key_shares.fingerprint(key)}. In {file} are two lines for"
            " the settings. Nothing is changed yet. Next:\n"
            f"1. Put it on paper before it is used: manage.py key_shares FOLDER --of {file}\n"
            "2. Stop web and worker, put the two lines into the settings in place of SAFEGUARD_KEY, and"
            " start them again.\n"
            f"3. Run manage.py rotate_key, and remove {file}."
        )

    def say(self, passed: resealing.Passed) -> None:
        """Say what was done and what is left, and when the former key may be destroyed."""
        for name, counts in passed.stores.items():
            self.stdout.write(
                f"{name}: {counts.done} sealed again, {counts.left} left"
                + (f", {counts.broken} that no key opens" if counts.broken else "")
            )
        now = key_rotation.standing()
        former = ", ".join(map(key_shares.fingerprint, now.former))
        if not former:
            self.stdout.write("There is no former key.")
        elif now.is_done and now.paper_until:
            self.stdout.write(
                f"Nothing here needs the former key any more ({former}). Take SAFEGUARD_FORMER_KEYS out of"
                " the settings, or in a trial the file files-key-former out of its folder, and start web"
                " and worker again. Back-ups from before"
                f" {timezone.localtime(now.done_at):%-d %B %Y, %H:%M} need it: keep its paper until the"
                f" last of them is gone, which is {timezone.localtime(now.paper_until):%-d %B %Y} where"
                " they are kept for 35 days. Then destroy it."
            )
        else:
            self.stdout.write(f"The former key is still needed ({former}). Run this again.")
