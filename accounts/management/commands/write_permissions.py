"""Writes docs/permissions.md from GRANTS, so that the page of rights cannot disagree with the code."""

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import permissions
from accounts.permissions import Permission, Role, Strength

PAGE = settings.BASE_DIR / "docs" / "permissions.md"
NEEDS = {Strength.SIGNED_IN: "password", Strength.ELEVATED: "authenticator", None: ""}

BEFORE = """\
# Who may do what

Made from `GRANTS` in `accounts/permissions.py` by `manage.py write_permissions`; a test fails when
the two disagree. Change the code, run the command, and commit both.

*password*: a session that was signed in to with the password. *authenticator*: a session that was
elevated with the authenticator. An empty cell: the role never has this right, and to whoever lacks
it the pages look as though they did not exist. A person may hold several roles in a school: rights
add. Which rows a right reaches is decided in the query (docs/architecture.md, Who may see what).
"""


BOUNDS = ["## What a school may take from a role", ""]


class Command(BaseCommand):
    help = "Writes docs/permissions.md from the grants in accounts/permissions.py."
    requires_system_checks = ()

    def handle(self, *args, **options):
        """Write the page, and say where."""
        PAGE.write_text(page())
        self.stdout.write(f"Wrote {PAGE.relative_to(settings.BASE_DIR)}.")


def page() -> str:
    """Return the whole page of rights, as it has to stand in docs/permissions.md."""
    return "\n".join(
        [
            *(BEFORE, *matrix(), "", *demanded(), ""),
            *("## Which incidents", "", *reach(), "", *BOUNDS, *withheld(), ""),
        ]
    )


def matrix() -> list[str]:
    """Return the table: a line for each right, a column for each role."""
    heads = ["Right", *(role.label for role in Role)]
    lines = [heads, ["---"] * len(heads)]
    for permission in Permission:
        strengths = [permissions.needed_strength(frozenset({role}), permission) for role in Role]
        lines.append([permission.value, *(NEEDS[strength] for strength in strengths)])
    return [f"| {' | '.join(cells)} |" for cells in lines]


def demanded() -> list[str]:
    """Return what is left of the password where a school demands the authenticator of everybody."""
    left = [one.value for one in Permission if one in permissions.WITHOUT_AUTHENTICATOR]
    return [
        "Where a school demands the authenticator of everybody (*Rights*, “What your school demands”),",
        f"the password alone gives these, and no more: {'; '.join(left)}.",
    ]


def reach() -> list[str]:
    """Return who reads every category, and who reads by grant."""
    readers = [role for role in Role if Permission.READ_INCIDENTS in permissions.GRANTS[role]]
    every = [role.label for role in readers if role in permissions.READS_EVERY_CATEGORY]
    by_name = [role.label for role in readers if role in permissions.READS_BY_NAME]
    others = permissions.READS_EVERY_CATEGORY | permissions.READS_BY_NAME
    granted = [role.label for role in readers if role not in others]
    return [
        f"- Every category of the school: {', '.join(every)}.",
        f"- The categories that the school has granted to the role: {', '.join(granted)}.",
        (
            f"- Of the children in whose team they are, and of no others: {', '.join(by_name)}."
            " An inspector says why first, for each child and half a day, and opens no files."
        ),
        "- Everybody else reads what they wrote themselves and what they were alerted to.",
        (
            "- Whoever has a conflict of interest about a child, or is whom an incident is about,"
            " reads nothing of it, whatever their role. What a lead limits is read by those named."
        ),
    ]


def withheld() -> list[str]:
    """Return what a school may take from a role; it can add nothing to one."""
    return [
        f"- {role.label}: {'; '.join(sorted(right.value for right in rights))}."
        for role, rights in permissions.MAY_BE_WITHHELD.items()
    ]
