"""A full verification at the prompt: everything of a school, or of every school."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ledger import verifying
from ledger.findings import MEANING
from ledger.models import Head, VerificationRun
from ledger.verification import Result, verify
from safeguard import walls


class Command(BaseCommand):
    """Verify, print what was found, keep it on record, and end with 1 when something was."""

    help = "Verifies every entry of a school's ledger against everything that is kept."

    def add_arguments(self, parser):
        """Take a school by its name in the ledger: its URN, or its short name."""
        parser.add_argument("school", nargs="?", help="its URN or short name; every school if none")

    def handle(self, *args, **options):
        """Verify one school after another."""
        heads = Head.objects.order_by("name")
        if options["school"]:
            heads = heads.filter(name=options["school"])
        schools = dict(heads.values_list("school", "name"))
        if not schools:
            raise CommandError(
                "There is no ledger of this name." if options["school"] else "There is no ledger."
            )
        good = [self.verify(school_id, name) for school_id, name in schools.items()]
        if not all(good):
            raise CommandError("Something does not hold: the lines above say what.", returncode=1)

    def verify(self, school_id, name: str) -> bool:
        """Verify one school and say what was found."""
        began = timezone.now()
        with walls.acting_in(school_id):
            result = verify(school_id, began)
            run = VerificationRun.objects.create(school_id=school_id, state="done", done=100)
            verifying.keep(run, result, began)
        self.stdout.write(f"{name}: {counted(result)}")
        if result.is_good:
            self.stdout.write("  Everything holds.")
        for finding in result.findings.as_json():
            self.stdout.write(f"  {in_words(finding)}")
        return result.is_good


def counted(result: Result) -> str:
    """Say how much was verified."""
    numbers = ", ".join(f"{tree} {count}" for tree, count in result.entries.items())
    return f"{numbers}, checkpoints {result.checkpoints}"


def in_words(finding: dict) -> str:
    """Return a finding as a line."""
    if finding["code"] == "MORE":
        return f"and {finding['count']} more"
    place = " ".join(
        str(part)
        for part in (
            finding.get("ledger", ""),
            f"#{finding['seq']}" if "seq" in finding else "",
            f"to #{finding['until']}"
            if finding.get("until", finding.get("seq")) != finding.get("seq")
            else "",
            finding.get("rows", ""),
            finding.get("obj", ""),
        )
        if part
    )
    what, _ = MEANING[finding["code"]]
    return f"{finding['code']} {place}: {what}"
