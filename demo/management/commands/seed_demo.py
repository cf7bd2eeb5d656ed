"""Fill an empty database with the two demo schools."""

import os
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from accounts.models import School
from demo import material, people, seeding
from incidents.models import Incident
from safeguard.owner import as_owner
from safeguard.supervisor import start_copy

PARTS = 2  # processes that tell the year; each keeps a core busy for about half a minute

# The same few statements, tens of thousands of times: planned once each, and none of the commits
# waited for, since a demo that ends half-made is made anew.
IN_A_HURRY = {
    "server_side_binding": True,
    "prepare_threshold": 3,
    "options": "-c synchronous_commit=off",
}


class Command(BaseCommand):
    help = "Seeds two invented schools into an empty database. Never run where real data is kept."

    def add_arguments(self, parser):
        """Take how many incidents each school gets at most: tests need few."""
        parser.add_argument(
            "--most", type=int, default=os.environ.get("SAFEGUARD_DEMO_INCIDENTS") or None
        )

    def handle(self, *args, **options):
        """Seed as the owner; refuse where any school exists already."""
        most = int(options["most"]) if options["most"] else None
        with as_owner("default"):
            options = connections["default"].settings_dict["OPTIONS"]
            connections["default"].settings_dict["OPTIONS"] = options | IN_A_HURRY
            if School.objects.exists():
                raise CommandError("There are schools in this database already: nothing is seeded.")
            self.seed(timezone.now(), most)

    def seed(self, now: datetime, most: int | None) -> None:
        """Add both schools, let several processes tell their year, and write how to sign in."""
        seeding.mark_as_demo()
        keys = []
        for written in material.schools():
            keys += seeding.add_school(written, settings.VAR_DIR / "roll", now)
        self.in_parts(seeding.tell_the_year, now, self.progress, most)
        self.in_parts(seeding.tell_who_read, now, self.progress)
        seeding.settle_old_mail(now)
        people.write_keys(keys, settings.VAR_DIR / "people.json")
        self.stdout.write(f"\n{Incident.objects.count()} incidents at two schools.")

    def in_parts(self, tell: Callable[..., None], *args) -> None:
        """Tell something in several processes at once, each its share."""
        connections.close_all()
        others = [start_copy(tell, seeding.Part(n, PARTS), *args) for n in range(1, PARTS)]
        tell(seeding.Part(0, PARTS), *args)
        for other in others:
            other.join()
        if any(other.exitcode for other in others):
            raise CommandError("Part of the year could not be told; the lines above say why.")

    def progress(self) -> None:
        """Show that something happens."""
        self.stdout.write(".", ending="")
        self.stdout.flush()
