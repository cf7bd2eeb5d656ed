"""Migrations run as the owner of the tables; nothing else does."""

import psycopg
from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.utils import OperationalError

from safeguard import grants
from safeguard.owner import as_owner

LONGEST_WAIT = "5s"


class Command(migrate.Command):
    """Django's own command, with the owner's rights for as long as it runs."""

    def handle(self, *args, **options):
        """Run the migrations as the owner, then be the application's role again.

        A change that waits for a table makes everybody after it wait as well, so that a long query
        elsewhere would stop the whole site (FI-32). It waits a moment, and then says so instead.
        """
        with as_owner(options["database"]):
            grants.require_roles(options["database"])
            with connections[options["database"]].cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LONGEST_WAIT])
            try:
                return super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                    raise
                raise CommandError(
                    f"A table that has to change was in use for {LONGEST_WAIT}, so the step that "
                    "was under way has not been taken. Nothing is lost, and Safeguard goes on as "
                    "it was. Run migrate again; if this comes again, stop the worker first, and "
                    "look for a back-up or a report that is running."
                ) from error
