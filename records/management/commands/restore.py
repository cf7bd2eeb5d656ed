"""Restore a back-up on a bare machine, and say what is there again."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from ledger.verifier import Refused, Vkey
from records import heads, restoring
from records.progress import OnScreen
from records.restoring import Restored, Wishes
from safeguard.errors import DomainError


class Command(BaseCommand):
    help = (
        "Restores a back-up into an empty database and an empty folder of files. Everything in it is"
        " checked before anything is touched. Afterwards what was lawfully erased since is erased"
        " again, and the ledger is held against the notes in the archive and those given here."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--identity", metavar="KEYFILE", type=Path, required=True)
        parser.add_argument(
            "--into-empty", action="store_true", help="take empty tables away first"
        )
        parser.add_argument(
            "--sha256", default="", help="refuse another file than the one with this SHA-256"
        )
        parser.add_argument(
            "--disposals",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="a disposals.jsonl from elsewhere, newer than the back-up; again for each",
        )
        parser.add_argument(
            "--note",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="a checkpoint from a mailbox or the archive; again for each",
        )
        parser.add_argument(
            "--vkey", action="append", default=[], help="the filed verifier key of a ledger"
        )
        parser.add_argument(
            "--without-key",
            action="store_true",
            help="restore although the key that opens the files is lost",
        )
        parser.add_argument(
            "--report", metavar="FILE", type=Path, help="write what it found as JSON"
        )

    def handle(self, *args, **options):
        """Restore it; anything that is not as it must be is a sentence and exit status 1."""
        progress = OnScreen()
        try:
            wishes = self.wishes(options)
            keys = restoring.keys_in(options["identity"])
            restored = restoring.restore(options["file"], keys, wishes, progress)
        except (DomainError, Refused, OSError, OperationalError) as error:
            raise CommandError(str(error)) from error
        finally:
            progress.end()
        if options["report"]:
            options["report"].write_text(json.dumps(as_json(restored)))
        for line in sentences(restored):
            self.stdout.write(line)
        if restored.problems:
            raise CommandError("\n".join(restored.problems))

    def wishes(self, options) -> Wishes:
        """Read what was said on the command line."""
        vkeys = [Vkey.parse(text) for text in options["vkey"]]
        return Wishes(
            into_empty=options["into_empty"],
            without_key=options["without_key"],
            sha256=options["sha256"],
            disposals=options["disposals"],
            notes=[read(path, vkeys) for path in options["note"]],
            vkeys=vkeys,
        )


def read(path: Path, vkeys: list[Vkey]) -> str:
    """Read a note from elsewhere, which has to be one, and of the filed key where that is given."""
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        raise CommandError(f"{path} is no note.") from None
    heads.read_note(text, vkeys)
    return text


def sentences(restored: Restored) -> list[str]:
    """Say in plain words what is there again, and what is not."""
    manifest = restored.manifest
    until = f"{manifest.holds_until:%-d %B %Y, %H:%M:%S} UTC"
    after = "What was recorded after that is not in it: ask for it again, while it is fresh."
    lines = [
        f"Restored: {manifest.rows} rows and {manifest.files} files; {restored.opened} files opened.",
        f"The back-up holds everything up to {until}. {after}",
    ]
    if restored.first and restored.last:
        lines.append(
            f"The record reaches from {restored.first:%-d %B %Y} to"
            f" {restored.last:%-d %B %Y, %H:%M:%S} UTC."
        )
    if restored.replayed:
        lines.append(f"Erased again, as it had been lawfully: {restored.replayed} records.")
    if not restored.listed:
        lines.append(
            "No list of disposals was in the archive or given: what was lawfully erased after the "
            "back-up may be back. If there is such a list, run manage.py dispose --disposals FILE."
        )
    lines += [f"Kept as it was, and not replaced: {path}" for path in restored.kept]
    lines += [f"Not in the back-up: {name}" for name in manifest.missing]
    lines += restored.losses
    if restored.verified:
        lines.append(f"The ledger, verified in full:\n{restored.verified}")
    return lines


def as_json(restored: Restored) -> dict:
    """Return what a drill wants to know."""
    return {
        "holds_until": restored.manifest.made_at,
        "sha256": restored.sha256,
        "rows": restored.manifest.rows,
        "files": restored.manifest.files,
        "opened": restored.opened,
        "problems": restored.problems,
        "losses": restored.losses,
    }
