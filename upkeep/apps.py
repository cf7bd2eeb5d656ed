"""Upkeep: is everything running, and is anything left undone?"""

from django.apps import AppConfig

from accounts.permissions import Permission
from safeguard import menu


def sees_status(viewer) -> bool:
    """Whether this person is told how the installation is."""
    return viewer.has(Permission.SEE_STATUS)


class UpkeepConfig(AppConfig):
    name = "upkeep"

    def ready(self):
        menu.add(menu.Entry("status", "Status", 90, shown=sees_status))
