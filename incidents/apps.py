"""Incidents: a concern is logged, people are alerted, they act."""

from django.apps import AppConfig, apps

from accounts.permissions import Permission
from safeguard import menu


def records(viewer) -> bool:
    """Whether this person records, and so has incidents of their own."""
    return viewer.has(Permission.READ_OWN)


def is_alerted(viewer) -> bool:
    """Whether this person may read what they are alerted to."""
    return viewer.has(Permission.READ_ALERTED)


def unread(viewer) -> int:
    """Return how many alerts wait for this person: the badge."""
    alerts = apps.get_model("incidents", "Alert").objects
    return alerts.visible_to(viewer).addressed_to(viewer).waiting().count()


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self):
        menu.add(menu.Entry("home", "Home", 10, shown=lambda viewer: True))
        menu.add(menu.Entry("alerts", "Alerts", 20, shown=is_alerted, count=unread))
        menu.add(
            menu.Entry(
                "my-incidents",
                "My incidents",
                30,
                shown=records,
                also=frozenset({"report-mistake", "incident-received"}),
            )
        )
