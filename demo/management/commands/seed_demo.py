"""Fill an empty database with the two demo schools."""

import os
import random

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import School
from demo import material, people, planning, seeding
from safeguard.owner import as_owner


class Command(BaseCommand):
    help = "Seeds two invented schools into an empty database. Never run where real data is kept."

    def add_arguments(self, parser):
        """Take how many incidents each school gets at most: tests need few."""
        parser.add_argument(
            "--most", type=int, default=os.environ.get("SAFEGUARD_DEMO_INCIDENTS")
        )

    def handle(self, *args, **options):
        """Seed as the owner; refuse where any school exists already."""
        with as_owner("default"):
            if School.objects.exists():
                raise CommandError("There are schools in this database already: nothing is seeded.")
            seeding.mark_as_demo()
            self.seed(options["most"])

    def seed(self, most: int | None) -> None:
        """Add both schools and their year, and write how to sign in."""
        now = timezone.now()
        keys = []
        for written in material.schools():
            keys += seeding.add_school(written, settings.VAR_DIR / "roll", now)
        chooser = planning.Chooser(random.Random("demo"))
        for written in material.schools():
            number = seeding.tell_the_year(written, now, chooser, self.progress, most)
            self.stdout.write(f"{written.name}: {number} incidents")
        seeding.settle_old_mail(now)
        people.write_keys(keys, settings.VAR_DIR / "people.json")

    def progress(self, number: int) -> None:
        """Show that something happens."""
        self.stdout.write(".", ending="")
        self.stdout.flush()
