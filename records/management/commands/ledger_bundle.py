"""Writes the bundle of a school's ledger, or of one pupil's part of it, for a verifier."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import School, User
from accounts.permissions import Permission, Strength
from accounts.viewer import Viewer, viewer_for
from ledger.access import record_access
from pupils.models import Pupil
from records.bundling import write_bundle
from safeguard import walls
from safeguard.errors import DomainError


class Command(BaseCommand):
    """Write the bundle on behalf of a named lead, and log that it was taken away first."""

    help = (
        "Writes a zip that anybody can verify: a school's whole ledger, or with --pupil what stands"
        " in one pupil's chronology, everything else as hashes. It holds the records themselves:"
        " keep it as you would keep them."
    )

    def add_arguments(self, parser):
        """Take the school, where to write, for whom and why."""
        parser.add_argument("school", help="the school's slug")
        parser.add_argument("to", type=Path, help="the zip to write; it must not be there yet")
        parser.add_argument("--pupil", help="the pupil's UPN: only what is about this pupil")
        parser.add_argument(
            "--with-linked",
            action="store_true",
            help="with --pupil: also incidents about others to which this pupil is linked",
        )
        parser.add_argument(
            "--by",
            required=True,
            metavar="ADDRESS",
            help="whose bundle it is: a lead of the school",
        )
        parser.add_argument("--reason", required=True, help="why it is taken away; it is logged")

    def handle(self, *args, **options):
        """Check who asks, log it, write, and say what is in it."""
        school = self.found(School.objects.filter(slug=options["school"]), "school with this slug")
        with walls.acting_in(school.pk):
            self.write(school, options)

    def write(self, school: School, options: dict) -> None:
        """Write it, acting in the school."""
        by = self.lead(school, options["by"])
        pupil = options["pupil"] and self.found(
            Pupil.objects.visible_to(by).filter(upn=options["pupil"]), "pupil with this UPN"
        )
        to: Path = options["to"]
        if to.exists():
            raise CommandError(f"{to} is there already; nothing was written. Give another name.")
        record_access(
            by,
            "bundle.exported",
            pupils=[pupil.pk] if pupil else [],
            detail=options["reason"][:120],
        )
        try:
            told = write_bundle(
                to,
                school=school,
                pupil=pupil or None,
                made_at=timezone.now(),
                with_linked=options["with_linked"],
            )
        except DomainError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(
            f"{to}: {told.entries} entries, {told.disclosed} of them with what they say, "
            f"{told.files} files. Verify it with the program inside: python verifier.py {to}"
        )
        if told.missing:
            self.stdout.write(f"{told.missing} files are not there any more.")

    def lead(self, school: School, address: str) -> Viewer:
        """Return the person in whose name it is taken away, with the rights that they have now."""
        user = self.found(User.objects.with_address(address), "account with this address")
        viewer = viewer_for(user, school, strength=Strength.ELEVATED)
        if viewer is None or not viewer.has(Permission.SEE_WHO_LOOKED):
            raise CommandError(f"{address} does not lead safeguarding at {school}.")
        return viewer

    def found(self, rows, what: str):
        """Return the one row, or say what there is none of."""
        row = rows.first()
        if row is None:
            raise CommandError(f"There is no {what}.")
        return row
