"""Compare a school's people with a file of its staff, and on request bring them up to date."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import School
from accounts.staff_csv import StaffFile, read_staff
from accounts.staff_import import (
    Differences,
    apply_differences,
    console_viewer,
    find_differences,
)
from safeguard import walls
from safeguard.errors import DomainError


class Command(BaseCommand):
    help = (
        "Shows what a CSV of staff would change at a school. It is written with --apply only."
        " Nobody's account or role is ended; safeguarding roles wait for a second person. Rows with"
        " something wrong in them are listed by file, line and column and left out, and the exit"
        " status is 1."
    )

    def add_arguments(self, parser):
        parser.add_argument("school", metavar="SCHOOL", help="the school's short name (slug)")
        parser.add_argument("file", metavar="FILE.csv", type=Path)
        parser.add_argument("--apply", action="store_true", help="write the differences shown")

    def handle(self, *args, **options):
        """Show the differences, apply them if asked to, and say what was left out."""
        school = School.objects.filter(slug=options["school"]).first()
        if school is None:
            raise CommandError(f"There is no school {options['school']}.")
        file = self.read(options["file"])
        with walls.acting_in(school.pk):
            self.compare(school, file, options)
        if file.problems:
            problems = "\n".join(map(str, file.problems))
            raise CommandError(f"{problems}\nPut these right and import the file again.")

    def compare(self, school: School, file: StaffFile, options: dict) -> None:
        """Compare in the school, and apply what was found if asked to."""
        by = console_viewer(school)
        found = find_differences(by=by, file=file)
        self.show(file, found)
        if options["apply"]:
            try:
                apply_differences(by=by, file=file, shown=found)
            except DomainError as error:
                raise CommandError(str(error)) from error
            self.stdout.write("Applied.")
        else:
            self.stdout.write("Nothing has been written. Add --apply to write these differences.")

    def read(self, path: Path) -> StaffFile:
        """Read the file; one of which nothing can be read ends the command here."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        file = read_staff(path.name, content)
        if not file.rows:
            problems = "\n".join(map(str, file.problems)) or f"{path.name}: has no staff."
            raise CommandError(f"{problems}\nNothing was imported.")
        return file

    def show(self, file: StaffFile, found: Differences) -> None:
        """Show every difference, and their number."""
        if file.ignored:
            self.stdout.write(f"Columns not used: {', '.join(file.ignored)}")
        for new in found.new:
            self.stdout.write(f"+ {new.row.name} ({new.row.email}): {_roles(new)}")
        for changed in found.changed:
            changes = [
                f"{before or '(empty)'} → {after}"
                for before, after in filter(None, (changed.name, changed.job_title))
            ]
            changes += [_roles(changed)] if changed.roles else []
            self.stdout.write(f"~ {changed.user.name}: {'; '.join(changes)}")
        for user in found.left:
            self.stdout.write(f"- {user.name}: not in the file. Nothing is changed.")
        self.stdout.write(
            f"{len(found.new)} new, {len(found.changed)} changed, {found.unchanged} unchanged,"
            f" {len(found.left)} not in the file."
        )


def _roles(one) -> str:
    waiting = [f"{role} (waits for a second person)" for role in one.proposed]
    return ", ".join([*one.at_once, *waiting])
