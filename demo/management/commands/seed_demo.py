"""Fill an empty database with the two demo schools."""

import os
import subprocess
import sys
from datetime import datetime

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from accounts.models import School
from demo import material, people, seeding
from incidents.models import Incident
from safeguard.owner import as_owner

PARTS = 2  # processes that tell the year; each keeps a core busy for about half a minute


class Command(BaseCommand):
    help = "Seeds two invented schools into an empty database. Never run where real data is kept."

    def add_arguments(self, parser):
        """Take how many incidents each school gets at most: tests need few."""
        parser.add_argument("--most", type=int, default=os.environ.get("SAFEGUARD_DEMO_INCIDENTS"))
        parser.add_argument("--part", type=int, help="only this process's share of the year")
        parser.add_argument("--now", type=datetime.fromisoformat, help="the year ends here")

    def handle(self, *args, **options):
        """Seed as the owner; refuse where any school exists already."""
        most = int(options["most"]) if options["most"] else None
        with as_owner("default"):
            # The same few statements, tens of thousands of times: planned once each.
            connections["default"].settings_dict["OPTIONS"] = connections["default"].settings_dict[
                "OPTIONS"
            ] | {"server_side_binding": True, "prepare_threshold": 3}
            if options["part"] is not None:
                self.tell(options["now"], options["part"], most)
                return
            if School.objects.exists():
                raise CommandError("There are schools in this database already: nothing is seeded.")
            self.seed(timezone.now(), most)

    def seed(self, now: datetime, most: int | None) -> None:
        """Add both schools, let several processes tell their year, and write how to sign in."""
        seeding.mark_as_demo()
        keys = []
        for written in material.schools():
            keys += seeding.add_school(written, settings.VAR_DIR / "roll", now)
        connections.close_all()
        others = [self.another(now, part, most) for part in range(1, PARTS)]
        self.tell(now, 0, most)
        if any(process.wait() for process in others):
            raise CommandError("Part of the year could not be told; the lines above say why.")
        seeding.settle_old_mail(now)
        people.write_keys(keys, settings.VAR_DIR / "people.json")
        self.stdout.write(f"\n{Incident.objects.count()} incidents at two schools.")

    def another(self, now: datetime, part: int, most: int | None) -> subprocess.Popen:
        """Start another process with its share."""
        command = [sys.executable, "manage.py", "seed_demo", "--skip-checks", "--part", str(part)]
        command += ["--now", now.isoformat(), *(["--most", str(most)] if most else [])]
        return subprocess.Popen(command, cwd=settings.BASE_DIR)  # noqa: S603 - our own command

    def tell(self, now: datetime, part: int, most: int | None) -> None:
        """Tell one share of the year."""
        seeding.tell_the_year(now, seeding.Part(part, PARTS), self.progress, most)

    def progress(self, number: int) -> None:
        """Show that something happens."""
        self.stdout.write(".", ending="")
        self.stdout.flush()
