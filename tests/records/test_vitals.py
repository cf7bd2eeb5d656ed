"""The page of status says how old the last back-up is, and leads are told when it is old."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from records import vitals
from records.models import BackupMade, DrillMade
from safeguard.status import State
from tests import factories


@pytest.fixture
def wanted(settings, db):
    """Back-ups are set up."""
    settings.BACKUP_RECIPIENTS = ["age1invented"]


def made(**ago: float) -> BackupMade:
    at = factories.ago(**ago)
    outcome = BackupMade.Outcome.MADE
    return BackupMade.objects.create(
        started_at=at, finished_at=at, holds_until=at, outcome=outcome, sha256="0" * 64
    )


def failed() -> BackupMade:
    now = timezone.now()
    outcome = BackupMade.Outcome.FAILED
    return BackupMade.objects.create(
        started_at=now, finished_at=now, outcome=outcome, reason="No space left on device."
    )


def backup_state() -> State:
    [fact] = vitals.backups(timezone.now())
    assert fact.do or fact.state == State.WELL
    return fact.state


def test_without_a_key_there_is_no_backup_and_production_says_so_in_red(db, settings):
    tried_out = backup_state()
    settings.TRYING_OUT = False

    assert (tried_out, backup_state()) == (State.NOTICE, State.BAD)


@pytest.mark.usefixtures("wanted")
def test_a_backup_is_old_after_two_days():
    """P2."""
    none = backup_state()
    made(days=3)
    old = backup_state()
    made(hours=47)
    fresh = backup_state()
    failed()

    assert (none, old, fresh, backup_state()) == (
        State.BAD,
        State.BAD,
        State.WELL,
        State.NOTICE,
    )


def test_a_drill_is_due_each_term(db):
    """P3."""
    now = timezone.now()
    [never] = vitals.drills(now)
    good = DrillMade.Outcome.GOOD
    DrillMade.objects.create(started_at=now, finished_at=now, holds_until=now, outcome=good)
    [done], [due] = vitals.drills(now), vitals.drills(now + timedelta(days=101))

    assert (never.state, done.state, due.state) == (State.NOTICE, State.WELL, State.NOTICE)


@pytest.mark.usefixtures("wanted")
def test_leads_are_told_at_home_of_an_old_backup_and_nobody_else_is(dee, ada, open_as):
    made(days=3)
    lead, teacher = (open_as(who).get(reverse("home")).content.decode() for who in (dee, ada))
    made(hours=1)
    after = open_as(dee).get(reverse("home")).content.decode()

    assert "The last back-up is old" in lead
    assert "The last back-up is old" not in teacher
    assert "The last back-up is old" not in after


def test_nobody_is_troubled_where_no_backups_are_set_up(dee, open_as):
    made(days=30)

    assert b"back-up is old" not in open_as(dee).get(reverse("home")).content
