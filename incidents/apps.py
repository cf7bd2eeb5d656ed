"""Incidents: a concern is logged, people are alerted, they act."""

from django.apps import AppConfig, apps
from django.db.models import Q

from accounts import kept_settings, leaving
from accounts.permissions import Permission
from pupils import reach
from safeguard import menu, rescue


def records(viewer) -> bool:
    """Whether this person records, and so has incidents of their own, now or once elevated."""
    own = Permission.READ_OWN
    return viewer.has(own) or viewer.could_with_authenticator(own)


def is_alerted(viewer) -> bool:
    """Whether this person may read what they are alerted to, now or once elevated."""
    told = Permission.READ_ALERTED
    return viewer.has(told) or viewer.could_with_authenticator(told)


def unread(viewer) -> int:
    """Return how many alerts wait for this person: the badge.

    It stands on every page, and mostly nothing waits: that is asked first, at a hundredth of the cost.
    """
    if not viewer.has(Permission.READ_ALERTED):
        return 0
    waiting = apps.get_model("incidents", "Alert").objects.addressed_to(viewer).waiting()
    return waiting.visible_to(viewer).count() if waiting.exists() else 0


def reached_by_grant(viewer) -> Q:
    """Say of pupils that a grant of this person's lets them open chronologies in that year."""
    if not viewer.reads_by_category:
        return Q(pk__in=[])
    held = apps.get_model("incidents", "CategoryGrant").of(viewer)
    years = [one.year_groups for one in held if one.see_pupils]
    if not all(years):  # one that names none is for every year
        return ~Q(pk__in=[])
    return Q(year_group__in={year for some in years for year in some})


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self):
        reach.REACH.append(reached_by_grant)
        kept_settings.KEPT_IN["category"] = "incidents.granting"
        for name in ("edit-draft", "review-draft"):
            rescue.KEEPERS[name] = "incidents.rescuing.keep"
        rescue.RESUMES |= {"edit-draft", "add-action", "refine-categories"}
        kept_settings.KEPT_IN["telling"] = "incidents.guards.telling"
        leaving.WATCHED.append("incidents.grouping.always_with_people")
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
