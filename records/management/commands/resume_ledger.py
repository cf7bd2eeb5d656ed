"""Continues a ledger in a new epoch after a back-up was restored that lacks what was published."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from accounts.models import School, User
from accounts.viewer import Viewer, viewer_for
from ledger.archive import Altered
from ledger.models import Head, Tree
from ledger.verifier import Refused, Vkey
from records.resuming import resume
from safeguard.errors import DomainError
from safeguard.owner import as_owner


class Command(BaseCommand):
    """End the present epoch, begin the next, and say in it what was lost and why."""

    help = "Continues a ledger after a loss, decided by two people. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser):
        """Take the ledger, the newest note from outside, the reason, and the two who decide."""
        parser.add_argument("school", help="its name in the ledger: its URN or short name")
        parser.add_argument("--tree", choices=Tree.values, required=True)
        parser.add_argument("--note", type=Path, required=True, help="the newest note from outside")
        parser.add_argument("--reason", required=True, help="what happened, for the ledger")
        parser.add_argument("--first", required=True, help="e-mail address of one who decides")
        parser.add_argument("--second", required=True, help="e-mail address of the other")
        parser.add_argument("--vkey", action="append", default=[], help="the key filed on paper")

    def handle(self, *args, **options):
        """Continue, and say what to do next."""
        head = Head.objects.filter(name=options["school"]).select_related("school").first()
        if head is None:
            raise CommandError("There is no ledger of this name.")
        try:
            first, second = (_person(options[who], head.school) for who in ("first", "second"))
            note = options["note"].read_text()
            vkeys = [Vkey.parse(text) for text in options["vkey"]]
            with as_owner():
                done = resume(
                    first=first,
                    second=second,
                    tree=options["tree"],
                    note=note,
                    reason=options["reason"],
                    vkeys=vkeys,
                )
        except (DomainError, ImproperlyConfigured, OSError, ValueError, Refused, Altered) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(done.lost)
        self.stdout.write(
            f"{done.ledger}/{done.epoch} has ended with {done.size} entries, and "
            f"{done.ledger}/{done.begins} has begun. Everybody who keeps notes is told by mail. File "
            "the new verifier key, and ask those who recorded meanwhile to look at their receipts: what "
            "is lost has to be recorded again."
        )


def _person(address: str, school: School) -> Viewer:
    user = User.objects.filter(email__iexact=address).first()
    viewer = viewer_for(user, school) if user else None
    if viewer is None:
        raise CommandError(f"{address} has no role at this school.")
    return viewer
