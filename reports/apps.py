"""Reports: the story on paper."""

from django.apps import AppConfig

from accounts.permissions import Permission
from safeguard import menu


def makes_reports(viewer) -> bool:
    """Whether this person makes reports, now or once they have used the authenticator."""
    return viewer.has(Permission.MAKE_REPORTS) or viewer.could_with_authenticator(
        Permission.MAKE_REPORTS
    )


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        also = frozenset({"report", "make-chronology-report", "conference-report"})
        menu.add(menu.Entry("reports", "Reports", 60, makes_reports, also=also))
