"""The page of rights says what the code grants, cell by cell."""

from accounts.management.commands import write_permissions
from accounts.permissions import (
    GRANTS,
    READS_BY_NAME,
    READS_EVERY_CATEGORY,
    Permission,
    Role,
    Strength,
)

SAYS = {"password": Strength.SIGNED_IN, "authenticator": Strength.ELEVATED}
ROLES = {role.label: role for role in Role}


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def granted_by(text: str) -> dict[Role, dict[Permission, Strength]]:
    """Read the table back into the form of GRANTS."""
    heads, _, *lines = [cells(line) for line in text.splitlines() if line.startswith("|")]
    granted = {ROLES[label]: {} for label in heads[1:]}
    for permission, *said in lines:
        for label, strength in zip(heads[1:], said, strict=True):
            if strength:
                granted[ROLES[label]][Permission(permission)] = SAYS[strength]
    return granted


def test_the_page_of_rights_is_what_the_command_writes_now():
    """Stale? Run manage.py write_permissions and commit docs/permissions.md with the change."""
    assert write_permissions.PAGE.read_text() == write_permissions.page()


def test_the_page_of_rights_states_every_grant_and_no_other():
    assert granted_by(write_permissions.PAGE.read_text()) == GRANTS


def test_the_page_of_rights_says_who_reads_every_category_and_who_reads_by_grant():
    every, granted = (
        {ROLES[label] for label in line.split(": ")[1].rstrip(".").split(", ")}
        for line in write_permissions.PAGE.read_text().splitlines()
        if line.startswith(("- Every category", "- The categories"))
    )

    readers = {role for role in Role if Permission.READ_INCIDENTS in GRANTS[role]}
    assert every == readers & READS_EVERY_CATEGORY
    assert granted == readers - READS_EVERY_CATEGORY - READS_BY_NAME


def test_a_change_of_rights_makes_the_page_stale(monkeypatch):
    monkeypatch.setitem(
        GRANTS, Role.TEACHER, GRANTS[Role.TEACHER] | {Permission.READ_CHRONOLOGY: Strength.ELEVATED}
    )

    assert write_permissions.PAGE.read_text() != write_permissions.page()
