"""Compare a school's roll with an export of its MIS, and on request bring it up to date."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import School
from accounts.viewer import system_viewer
from pupils.differences import (
    CONTACT_LABELS,
    PUPIL_LABELS,
    Changed,
    ContactChange,
    Decisions,
    Differences,
)
from pupils.importing import apply_differences, find_differences
from pupils.matching import Undecided, day
from pupils.mis import read_export
from pupils.mis_rows import Export, PupilRow
from pupils.models import Pupil
from safeguard import walls
from safeguard.errors import DomainError

SOURCES = {"sims": "SIMS", "arbor": "Arbor", "bromcom": "Bromcom", "other": "no known MIS"}


class Command(BaseCommand):
    help = (
        "Shows what a CSV export of SIMS, Arbor or Bromcom would change on a school's roll."
        " Changes are written with --apply only. Rows with something wrong in them are listed by"
        " file, line and column and left out; the other rows are taken, and the exit status is 1."
    )

    def add_arguments(self, parser):
        parser.add_argument("school", metavar="SCHOOL", help="the school's short name (slug)")
        parser.add_argument("file", metavar="FILE.csv", type=Path)
        parser.add_argument("--apply", action="store_true", help="write the differences shown")
        parser.add_argument(
            "--same",
            metavar="LINE=PUPIL",
            action="append",
            default=[],
            help="decide that an odd row is the pupil with this id",
        )
        parser.add_argument(
            "--new",
            metavar="LINE",
            action="append",
            type=int,
            default=[],
            help="decide that an odd row is a new pupil",
        )

    def handle(self, *args, **options):
        """Show the differences, apply them if asked to, and say what was left out."""
        export = self.read(options["file"])
        school = self.school(options["school"])
        with walls.acting_in(school.pk):
            self.compare(school, export, options)
        self.fail_for_problems(export)

    def compare(self, school: School, export: Export, options: dict[str, Any]) -> None:
        """Compare in the school, and apply what was found if asked to."""
        by = system_viewer(school)
        decisions = Decisions(same=parse_same(options["same"]), new=frozenset(options["new"]))
        found = find_differences(by=by, export=export, decisions=decisions)
        if options["verbosity"] > 0:
            self.show(export, found)
        self.show_totals(found)
        if options["apply"]:
            try:
                apply_differences(by=by, export=export, shown=found, decisions=decisions)
            except DomainError as error:
                raise CommandError(str(error)) from error
            self.stdout.write("Applied.")
        else:
            self.stdout.write("Nothing has been written. Add --apply to write these differences.")

    def read(self, path: Path) -> Export:
        """Read the file; one of which nothing can be read ends the command here."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        export = read_export(path.name, content, timezone.localdate())
        if not export.rows and not export.left_out:
            problems = "\n".join(map(str, export.problems)) or f"{path.name}: has no pupils."
            raise CommandError(f"{problems}\nNothing was imported.")
        return export

    def school(self, slug: str) -> School:
        """Find the school by its short name."""
        school = School.objects.filter(slug=slug).first()
        if school is None:
            slugs = ", ".join(School.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no school {slug}. There is: {slugs or 'none yet'}.")
        return school

    def show(self, export: Export, found: Differences) -> None:
        """Show every difference, and all that a person should look at."""
        rows = len(export.rows) + len(export.left_out)
        self.stdout.write(
            f"{export.file}: {rows} rows, headings of {SOURCES[export.source]}, {export.encoding}"
        )
        if export.ignored:
            self.stdout.write(f"Columns not used: {', '.join(export.ignored)}")
        if export.empty:
            self.stdout.write(f"Empty columns, left as they are: {', '.join(export.empty)}")
        self.section("New pupils", map(new_words, found.new))
        self.section("Changed pupils", map(changed_words, found.changed))
        self.section("For a person to decide; not imported", map(undecided_words, found.undecided))
        self.section(
            "Not in the file: have they left? Nothing is changed.", map(leaver_words, found.leavers)
        )
        if not export.complete:
            self.stdout.write("\nThe file ends early, so nobody is proposed as a leaver.")
        self.section("Please check", [*map(str, export.notices), *found.warnings])

    def section(self, title: str, lines) -> None:
        """Show a titled list, unless it is empty."""
        lines = list(lines)
        if lines:
            self.stdout.write(f"\n{title} ({len(lines)})")
            for line in lines:
                self.stdout.write(f"  {line}")

    def show_totals(self, found: Differences) -> None:
        """Show the counts in one line."""
        self.stdout.write(
            f"\n{len(found.new)} new, {len(found.changed)} changed, {found.unchanged} unchanged,"
            f" {len(found.undecided)} to decide, {len(found.leavers)} proposed as leavers."
        )

    def fail_for_problems(self, export: Export) -> None:
        """End with the sentences about broken rows and status 1, if there are any."""
        if not export.problems:
            return
        problems = "\n".join(map(str, export.problems))
        rest = "" if export.complete else ", and all that was not read"
        raise CommandError(
            f"{problems}\nRows left out for these reasons: {len(export.left_out)}{rest}."
            " Put them right and import the file again."
        )


def parse_same(given: list[str]) -> dict[int, str]:
    """Read the decisions of the form LINE=PUPIL."""
    decisions = {}
    for text in given:
        line, _, pupil = text.partition("=")
        try:
            decisions[int(line)] = str(UUID(pupil))
        except ValueError as error:
            raise CommandError(f"--same {text}: write it as --same LINE=PUPIL-ID.") from error
    return decisions


def new_words(row: PupilRow) -> str:
    """Describe a pupil who will be added."""
    year = f", year {row.year_group}" if row.year_group else ""
    form = f", {row.form}" if row.form else ""
    contacts = f", contacts: {len(row.contacts)}" if row.contacts else ""
    return f"+ {row.name}, born {day(row.date_of_birth)}{year}{form}{contacts} (line {row.line})"


def changed_words(found: Changed) -> str:
    """Describe a pupil's changes, one to a line."""
    lines = [f"~ {found.pupil.legal_name} (line {found.row.line})"]
    lines += [
        f"{PUPIL_LABELS[change.field]}: {words(change.before)} → {words(change.after)}"
        for change in found.changes
    ]
    for contact in found.contacts:
        lines += contact_words(contact)
    return "\n      ".join(lines)


def contact_words(found: ContactChange) -> list[str]:
    """Describe a contact who is new or changed."""
    if found.contact is None:
        return [f"Contact added: {found.row.name}"]
    return [
        f"Contact {found.contact.name}, {CONTACT_LABELS[change.field]}:"
        f" {words(change.before)} → {words(change.after)}"
        for change in found.changes
    ]


def undecided_words(odd: Undecided) -> str:
    """Describe an odd row and how to decide it."""
    how = f"--new {odd.row.line}"
    if odd.pupil is not None:
        how = f"--same {odd.row.line}={odd.pupil.pk} or {how}"
    return f"? {odd.row.name} (line {odd.row.line}): {odd.reason} Decide with {how}."


def leaver_words(pupil: Pupil) -> str:
    """Describe a pupil of whom the file says nothing."""
    return f"- {pupil.legal_name}, {pupil.where or 'no year'}"


def words(value: Any) -> str:
    """Write a value for the office."""
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return day(value) if isinstance(value, date) else str(value)
