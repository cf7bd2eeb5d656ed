"""Records: the life of a file, from its back-up to its lawful end."""

from collections.abc import Callable

from django.apps import AppConfig, apps

from accounts.permissions import Permission
from safeguard import menu


def holders_of(permission: Permission) -> Callable[[object], bool]:
    """Return whether somebody may do this, now or once they have used the authenticator."""

    def is_shown(viewer) -> bool:
        return viewer.has(permission) or viewer.could_with_authenticator(permission)

    return is_shown


reads_ledger = holders_of(Permission.READ_LEDGER)
oversees_looks = holders_of(Permission.SEE_ACCESS_LOG)
counts_looks = holders_of(Permission.SEE_LOG_COUNTS)
sees_anomalies = holders_of(Permission.SEE_ANOMALIES)
oversees_the_head = holders_of(Permission.SEE_HEADS_ANOMALIES)


def not_noted(viewer) -> int:
    """Return how much that was unusual nobody has looked at who should: the badge."""
    findings = apps.get_model("records", "AnomalyFinding").objects
    return findings.visible_to(viewer).not_noted().count()


class RecordsConfig(AppConfig):
    name = "records"

    def ready(self) -> None:
        also = frozenset({"add-keeper"})
        menu.add(menu.Entry("access-log", "Access log", 75, oversees_looks))
        also_unusual = frozenset({"anomaly"})
        menu.add(
            menu.Entry(
                "anomalies", "Unusual looks", 77, sees_anomalies, also=also_unusual, count=not_noted
            )
        )
        menu.add(
            menu.Entry(
                *("heads-looks", "The head’s looks", 78, oversees_the_head),
                also=frozenset({"heads-look"}),
                count=not_noted,
            )
        )
        menu.add(menu.Entry("log-counts", "Access log", 76, counts_looks))
        menu.add(menu.Entry("ledger", "Ledger", 80, reads_ledger, also=also))
