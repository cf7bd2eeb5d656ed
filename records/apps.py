"""Records: the life of a file, from its back-up to its lawful end."""

from django.apps import AppConfig

from accounts.permissions import Permission
from safeguard import menu


def reads_ledger(viewer) -> bool:
    """Whether this person reads the ledger, now or once they have used the authenticator."""
    return viewer.has(Permission.READ_LEDGER) or viewer.could_with_authenticator(
        Permission.READ_LEDGER
    )


class RecordsConfig(AppConfig):
    name = "records"

    def ready(self) -> None:
        also = frozenset({"add-keeper"})
        menu.add(menu.Entry("ledger", "Ledger", 80, reads_ledger, also=also))
