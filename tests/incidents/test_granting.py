"""Grants and flags of categories, refusal by refusal; the pages are in `test_school_lists`."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import lowering
from accounts.lowering import Changed
from accounts.permissions import Role
from accounts.roles import DatesDoNotFit, HeldAlready
from incidents import granting
from incidents.models import Category, CategoryGrant
from ledger.models import SealedBody
from safeguard.errors import DomainError, NotAllowed
from tests import factories

ONE_DAY = timedelta(days=1)


@pytest.fixture
def home(oak) -> Category:
    return factories.category(oak)


def grant(by, category, **fields) -> CategoryGrant:
    fields = {"role": Role.DEPUTY_DSL, "parts": ["see_incidents"]} | fields
    return granting.add_grant(by=by.elevated(), category=category, **fields)


def change(by, category, *flags: str) -> Changed:
    return granting.change_category(
        by=by.elevated(), category=category, flags=flags, reason="The governors asked."
    )


def stands(category: Category) -> list[str]:
    category.refresh_from_db()
    return [flag for flag in granting.FLAGS if getattr(category, flag)]


def entries() -> list[dict]:
    """What the ledger keeps, oldest first."""
    return [json.loads(bytes(row.body)) for row in SealedBody.objects.order_by("recorded_at")]


def test_a_flag_that_no_category_has_is_refused(dee, home):
    """SR-44: whatever name is sent."""
    with pytest.raises(NotAllowed, match="no such thing"):
        change(dee, home, "restricted", "retired_on")
    assert stands(home) == []

    change(dee, home, "restricted", "added_by_grant")
    change(dee, home, *granting.FLAGS)  # all there are
    assert stands(home) == ["restricted", "added_by_grant"]  # the third opens it, and waits


def test_the_category_of_another_school_is_not_there(una, dee, home):
    """SR-42, SR-47."""
    with pytest.raises(NotAllowed, match="no such category"):
        change(una, home, "restricted")
    assert stands(home) == []


def test_the_grant_of_another_school_is_not_there(una, dee, home):
    """SR-42, SR-47."""
    held = grant(dee, home)

    with pytest.raises(NotAllowed, match="no such grant"):
        granting.end_grant(by=una.elevated(), grant=held)
    held.refresh_from_db()
    assert held.ends_on is None


def test_every_change_of_a_category_is_in_the_ledger_and_none_where_nothing_changed(dee, hal, home):
    """SR-51: by whomever, and how it stands then."""
    before = len(entries())

    assert change(dee, home) == Changed()
    assert len(entries()) == before
    assert change(dee, home, "restricted") == Changed()
    [said] = entries()[before:]
    assert (said["setting"], said["category"]) == ("category", str(home.pk))
    assert said["flags"] == ["restricted"]
    assert said["reason"] == "The governors asked."

    proposed = change(dee, home, "restricted", "shows_injuries").waits
    assert len(entries()) == before + 2  # what was proposed: nothing was made stricter beside it
    lowering.approve(by=hal.elevated(), proposal=proposed, now=timezone.now())
    assert entries()[-1]["flags"] == ["restricted", "shows_injuries"]
    assert proposed.reason == entries()[-1]["reason"] == "The governors asked."


@pytest.mark.parametrize("reason", ["", " \n"])
def test_nobody_changes_a_category_without_saying_why(dee, home, reason):
    """AC32: also to make it stricter."""
    with pytest.raises(DomainError, match="Say why"):
        granting.change_category(
            by=dee.elevated(), category=home, flags=["restricted"], reason=reason
        )
    assert stands(home) == []


def test_what_would_be_opened_is_said_in_words(dee, home):
    change(dee, home, "added_by_grant", "restricted")

    waits = change(dee, home, "shows_injuries").waits

    assert granting.lowered_in_words(waits) == (
        "Home and family: recorded by everybody, no longer restricted,"
        " a grant for it opens pictures of injuries"
    )


def test_a_grant_is_in_the_ledger(dee, home):
    """SR-51."""
    before = len(entries())

    grant(dee, home)

    [said] = entries()[before:]
    assert said["setting"] == "category grant"
    assert said["role"] == "deputy_dsl"


def test_a_grant_may_be_of_every_part_and_for_a_single_day(dee, home):
    today = timezone.localdate()

    whole = grant(dee, home, parts=granting.PARTS, starts_on=today, ends_on=today)

    assert (whole.starts_on, whole.ends_on) == (today, today)
    assert all(getattr(whole, part) for part in granting.PARTS)


def test_a_grant_begins_on_the_day_that_was_said_and_today_otherwise(dee, home):
    today = timezone.localdate()
    week = today + timedelta(days=7)

    later = grant(dee, home, starts_on=week, ends_on=week)
    now = grant(dee, home, role=Role.SENCO, ends_on=today)

    assert later.starts_on == week
    assert (now.starts_on, now.ends_on) == (today, today)


@pytest.mark.parametrize(("starts", "ends"), [(None, -1), (7, 6), (0, -1)])
def test_the_last_day_does_not_come_before_the_first(starts, ends, dee, home):
    """Also where no first day is given: then it is today."""
    today = timezone.localdate()
    first = None if starts is None else today + starts * ONE_DAY

    with pytest.raises(DatesDoNotFit):
        grant(dee, home, starts_on=first, ends_on=today + ends * ONE_DAY)


def test_a_grant_ends_once(dee, home):
    """At once, and on record: also with a last day to come, and with today as the last."""
    today = timezone.localdate()
    for last in (None, today, today + ONE_DAY):
        held = grant(dee, home, ends_on=last)

        ended = granting.end_grant(by=dee.elevated(), grant=held)

        assert ended.ends_on == today - ONE_DAY
        assert entries()[-1]["ends_on"] == str(today - ONE_DAY)
        with pytest.raises(DomainError, match="over already"):
            granting.end_grant(by=dee.elevated(), grant=held)


def test_of_two_who_change_rights_at_once_one_waits_and_nobody_who_records_does(dee, hal, home):
    """The row that is held says so; whoever records a concern refers to the row, and need not wait."""
    with CaptureQueriesContext(connection) as held:
        grant(dee, home)
    assert locks(held, "accounts_school") == ["FOR NO KEY UPDATE"]

    with CaptureQueriesContext(connection) as held:
        change(dee, home, "restricted")
    assert locks(held, "incidents_category") == ["FOR NO KEY UPDATE"]

    proposed = change(dee, home).waits
    with CaptureQueriesContext(connection) as held:
        lowering.approve(by=hal.elevated(), proposal=proposed, now=timezone.now())
    assert locks(held, "incidents_category") == ["FOR NO KEY UPDATE"]
    with pytest.raises(HeldAlready):
        grant(dee, home)


def locks(held: CaptureQueriesContext, table: str) -> list[str]:
    """How the rows of a table were held, each time that they were."""
    asked = [one["sql"] for one in held.captured_queries if f'FROM "{table}"' in one["sql"]]
    ways = ("FOR NO KEY UPDATE", "FOR UPDATE")
    return [next(way for way in ways if way in sql) for sql in asked if " FOR " in sql]
