"""Migrations run as the owner of the tables; nothing else does."""

from django.core.management.commands import migrate

from safeguard import grants
from safeguard.owner import as_owner


class Command(migrate.Command):
    """Django's own command, with the owner's rights for as long as it runs."""

    def handle(self, *args, **options):
        """Run the migrations as the owner, then be the application's role again."""
        with as_owner(options["database"]):
            grants.require_roles(options["database"])
            return super().handle(*args, **options)
