"""Accounts: who you are, and who looks after that."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from accounts import checks
from accounts.permissions import Permission
from safeguard import banners, menu

__all__ = ["AccountsConfig", "checks"]

OF_SCHOOL = frozenset(
    {
        *("add-person", "person", "change-person", "end-person", "import-staff"),
        *("roles", "give-role", "end-role", "decide-role"),
        *("rights", "withhold-rights", "demands", "decide-setting"),
        *("cover", "arrange-cover", "end-cover"),
        *("categories", "change-category", "add-grant", "end-grant"),
        *("alert-groups", "add-alert-group", "change-alert-group", "retire-alert-group"),
    }
)


def administers(viewer) -> bool:
    """Whether this person looks after accounts or rights, now or once elevated."""
    wanted = (Permission.MANAGE_PEOPLE, Permission.MANAGE_RIGHTS)
    return any(viewer.has(one) or viewer.could_with_authenticator(one) for one in wanted)


def sealed_code_was_used(viewer, now):
    """Tell every DSL that a sealed code was used (SR-27)."""
    return import_string("accounts.sealed.banner_for")(viewer, now)


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        banners.add(sealed_code_was_used)
        menu.add(menu.Entry("people", "School", 85, administers, also=OF_SCHOOL))
