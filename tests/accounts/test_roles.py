"""Roles are given and ended by services, and the ledger takes down who did it."""

import json
from datetime import date

import pytest

from accounts.permissions import Role
from accounts.roles import RoleHasEnded, end_role, grant_role
from accounts.viewer import system_viewer, viewer_for
from ledger.models import Entry, SealedBody
from ledger.recording import settle


def told() -> list[tuple[str, dict]]:
    settle()
    rows = Entry.objects.order_by("seq")
    return [
        (
            json.loads(bytes(row.entry))["type"],
            json.loads(bytes(SealedBody.objects.get(pk=row.pk).body)),
        )
        for row in rows
    ]


def test_a_role_that_is_given_and_ended_is_two_entries(oak, ada):
    """SR-87: every grant of a role, and its end, is on record."""
    by = system_viewer(oak)
    membership = grant_role(by=by, user=ada.user, role=Role.DSL, job_title="Deputy head")
    end_role(by=by, membership=membership, on=date(2026, 7, 31))

    (granted, first), (ended, last) = told()
    assert (granted, ended) == ("role.granted", "role.revoked")
    assert (first["user"], first["role"]) == (str(ada.user_id), "dsl")
    assert last["ends_on"] == "2026-07-31"
    viewer = viewer_for(ada.user, oak)
    assert viewer is not None
    assert Role.DSL not in viewer.roles


def test_a_role_given_until_a_day_says_so_at_once(oak, ada):
    grant_role(by=system_viewer(oak), user=ada.user, role=Role.DSL, ends_on=date(2030, 1, 1))

    assert [kind for kind, _ in told()] == ["role.granted", "role.revoked"]


def test_a_role_that_has_a_last_day_is_not_made_longer(oak, ada):
    by = system_viewer(oak)
    membership = grant_role(by=by, user=ada.user, role=Role.DSL, ends_on=date(2030, 1, 1))

    with pytest.raises(RoleHasEnded, match="1 January 2030 already"):
        end_role(by=by, membership=membership, on=date(2030, 7, 31))
