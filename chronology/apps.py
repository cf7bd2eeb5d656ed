"""Chronology: the whole child."""

from datetime import timedelta

from django.apps import AppConfig, apps
from django.utils import timezone

from accounts.permissions import Permission
from safeguard import menu

# How long leads are shown that somebody opened a file in an emergency (SR-27).
BANNER_LASTS = timedelta(days=30)


def reads_incidents(viewer) -> bool:
    """Whether this person reads incidents of their categories, now or once elevated."""
    return _has_or_could(viewer, Permission.READ_INCIDENTS)


def reads_chronologies(viewer) -> bool:
    """Whether this person opens chronologies, now or once elevated."""
    return _has_or_could(viewer, Permission.READ_CHRONOLOGY)


def reviews_emergencies(viewer) -> bool:
    """Whether there is something opened in an emergency that this person is to know of."""
    return viewer.has(Permission.REVIEW_BREAK_GLASS) and _lately(viewer).exists()


def not_reviewed(viewer) -> int:
    """Return how many of a colleague's emergencies wait for a review: the badge."""
    return _lately(viewer).not_reviewed().exclude(by=viewer.user).count()


def _lately(viewer):
    opened = apps.get_model("pupils", "BreakGlass").objects.visible_to(viewer)
    return opened.since(timezone.now() - BANNER_LASTS)


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
                also=frozenset(
                    {"chronology", "record-status", "team", "break-glass", "give-reason"}
                ),
            )
        )
        menu.add(
            menu.Entry(
                "emergencies",
                "Emergency access",
                60,
                reviews_emergencies,
                also=frozenset({"review-emergency"}),
                count=not_reviewed,
            )
        )
