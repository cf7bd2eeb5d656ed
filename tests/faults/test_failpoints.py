"""Failpoints do nothing unless somebody armed them, and cannot be armed where children are real."""

import re

import pytest
from django.conf import settings as project

from safeguard import failpoints
from safeguard.failpoints import FailpointReached, failpoint
from tests.safeguard.test_production import PRODUCTION, run

PLACED = {
    *("submit.before_tx", "submit.after_incident", "submit.after_outbox", "submit.before_ledger"),
    "submit.after_commit_before_response",
    *("outbox.after_claim", "outbox.after_smtp_before_mark"),
    *("blob.after_write_before_fsync", "blob.after_rename_before_row"),
    *("sequencer.after_insert_before_delete", "checkpoint.after_sign_before_publish"),
    "pdf.mid_render",
    *("disposal.after_entry_before_erase", "disposal.mid_erase"),
    "restore.before_replay",
}
APPS = [
    *("safeguard", "ledger", "accounts", "pupils", "incidents", "chronology", "reports"),
    "records",
]


@pytest.fixture
def arm(settings, db):
    failpoints._holds_invented_data.cache_clear()

    def armed(said: str) -> None:
        settings.FAILPOINTS = said

    yield armed
    failpoints._holds_invented_data.cache_clear()


def test_an_unarmed_point_does_nothing_and_asks_nobody(settings):
    settings.FAILPOINTS = ""

    failpoint("submit.before_tx")  # would fail here if it asked a database


def test_an_armed_point_does_what_it_is_armed_for_and_no_other_does(arm):
    arm("submit.before_tx=raise, outbox.after_claim=sleep:0")

    failpoint("submit.after_incident")
    failpoint("outbox.after_claim")
    with pytest.raises(FailpointReached, match=r"submit\.before_tx"):
        failpoint("submit.before_tx")


def test_an_order_in_a_folder_is_obeyed_once(arm, tmp_path):
    arm(str(tmp_path))
    (tmp_path / "submit.before_tx").write_text("raise\n")

    with pytest.raises(FailpointReached):
        failpoint("submit.before_tx")
    failpoint("submit.before_tx")

    assert list(tmp_path.iterdir()) == []


def test_in_a_database_that_is_not_marked_as_invented_an_armed_point_does_nothing(arm, as_owner):
    arm("submit.before_tx=raise")
    with as_owner.cursor() as cursor:
        cursor.execute("DELETE FROM safeguard_installation")
    try:
        failpoint("submit.before_tx")
    finally:
        with as_owner.cursor() as cursor:
            cursor.execute("INSERT INTO safeguard_installation (kind) VALUES ('test')")


@pytest.mark.parametrize("name", ["SAFEGUARD_FAILPOINTS", "SAFEGUARD_INCIDENTS_A_DAY"])
def test_production_does_not_start_with_what_is_for_tests_alone(name):
    looked = run(["manage.py", "check"], **PRODUCTION, **{name: "1"})

    assert looked.returncode == 1
    assert looked.stderr.startswith(f"{name} is set, which is for tests and trials alone.")


def test_the_points_are_where_the_security_page_names_them():
    found = {
        name
        for app in APPS
        for path in (project.BASE_DIR / app).rglob("*.py")
        for name in re.findall(r'failpoint\("([\w.]+)"\)', path.read_text())
    }

    assert found >= PLACED
