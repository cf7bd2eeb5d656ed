"""Erases what two people have approved, by a person who looks first; with DATABASE_DISPOSAL_URL."""

import sys
from contextlib import suppress
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from ledger import checkpoints
from ledger.models import SealedBody
from ledger.signing import NotSigned
from records import disposal
from safeguard import walls
from safeguard.errors import DomainError

BESIDES = (
    "With each go drafts of reports about any child in it, and the documents and answers of reports "
    "that hold any of it."
)


class Command(BaseCommand):
    """Carry out every disposal that the ledger knows and that is still due."""

    help = (
        "Lists every record whose disposal two people have approved, and erases it when told to. "
        "Run again, it does nothing."
    )

    def add_arguments(self, parser):
        """Take the word that nobody has to be asked, and lists from elsewhere."""
        parser.add_argument("--yes", action="store_true", help="erase what is listed, unasked")
        parser.add_argument(
            "--disposals",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="a disposals.jsonl from elsewhere, to erase again after a restore what it names",
        )

    def handle(self, *args, **options):
        """List, ask, erase what was listed, delete files where this process can, and say which."""
        self._record_again(options["disposals"])
        due = list(disposal.executed_and_not_erased())
        for told in due:
            self.stdout.write(_in_a_line(told))
        if due:
            self.stdout.write(BESIDES)
        if due and not (options["yes"] or _is_agreed()):
            raise CommandError("Nothing was erased. Look at the list, and say --yes.")
        try:
            carried = disposal.carry_out(due)
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        for one in carried.done:
            self.stdout.write(f"{one}: erased. “manage.py disposal_certificate {one}” prints it.")
        for one in carried.on_hold:
            self.stdout.write(f"{one}: waits, since a legal hold is on a child in it.")
        for school in {told.school_id for told in due if told.obj in carried.done}:
            with suppress(NotSigned):  # the next quarter of an hour takes it
                checkpoints.take_now(school)
        files = disposal.remove_erased_files()
        self.stdout.write(f"{len(carried.done)} disposals carried out, {files} files deleted")
        if carried.refused:
            raise CommandError(disposal.in_sentences(carried.refused))

    def _record_again(self, lists: list[Path]) -> None:
        """Take up what the lists name and a restored ledger does not know: it is due again."""
        try:
            listed = [one for path in lists for one in disposal.listed_in(path)]
            again = disposal.record_again([*listed, *disposal.listed_in_archive()])
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        if again:
            self.stdout.write(f"{again} disposals were lost with a back-up and are recorded again.")


def _in_a_line(told: SealedBody) -> str:
    """Return what would be erased: numbers, pseudonyms and random ids, nothing about anybody."""
    with walls.acting_in(told.school_id):
        one = disposal.listed(told)
    numbers = ", ".join(map(str, one.entry.get("targets", [])))
    for former in one.entry.get("former", []):
        numbers += f"; of epoch {former['epoch']}: " + ", ".join(map(str, former["targets"]))
    numbers = numbers.removeprefix("; ")
    return (
        f"{one.obj}: rule {one.entry.get('rule', '-')}, approved by {one.entry['actor']} and "
        f"{one.entry.get('approver', '-')}, entry {one.seq} of {one.ledger}/{one.tree}/{one.epoch}. "
        f"Erases the contents of {len(one.targets)} entries: {numbers}"
    )


def _is_agreed() -> bool:
    return sys.stdin.isatty() and input("Erase these? Type yes: ").strip().lower() == "yes"
