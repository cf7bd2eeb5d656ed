"""Chronology: the whole child."""

from django.apps import AppConfig

from accounts.permissions import Permission
from safeguard import menu


def reads_incidents(viewer) -> bool:
    """Whether this person reads incidents of their categories, now or once elevated."""
    return _has_or_could(viewer, Permission.READ_INCIDENTS)


def reads_chronologies(viewer) -> bool:
    """Whether this person opens chronologies, now or once elevated."""
    return _has_or_could(viewer, Permission.READ_CHRONOLOGY)


def _has_or_could(viewer, permission: Permission) -> bool:
    return viewer.has(permission) or viewer.could_with_authenticator(permission)


class ChronologyConfig(AppConfig):
    name = "chronology"

    def ready(self) -> None:
        """Add the two pages of those who lead."""
        menu.add(menu.Entry("for-review", "For review", 40, reads_incidents))
        menu.add(
            menu.Entry(
                "pupils",
                "Pupils",
                50,
                reads_chronologies,
                also=frozenset({"chronology", "record-status"}),
            )
        )
