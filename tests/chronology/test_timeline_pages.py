"""A pupil's story page by page: every entry once, in order, at a cost that does not grow."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from chronology import cursors, timeline
from pupils.models import StatusChange
from tests import factories
from tests.chronology.telling import EVERYTHING, at, status, story

pytestmark = pytest.mark.django_db


def fill(ada, dee, pupil, number: int) -> None:
    for day in range(1, number + 1):
        incident = factories.incident(
            ada, pupil, occurred_at=at("2026-02-01") + timedelta(days=day), submission=uuid4()
        )
        factories.action(
            dee.elevated(), incident, occurred_at=at("2026-02-01") + timedelta(days=day, hours=1)
        )
        status(pupil, dee, f"2026-03-{day:02}", kind=StatusChange.Kind.EARLY_HELP)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9, 20])
def test_pages_forward_and_backward_give_every_entry_once_in_order(ada, dee, sam, size):
    fill(ada, dee, sam, 3)
    lead = dee.elevated()
    whole = story(lead, sam)

    forward, after = [], ""
    while True:
        page = timeline.page(lead, sam, EVERYTHING, after=after, size=size)
        forward.append([entry.id for entry in page.rows])
        after = page.after
        if not after:
            break
    backward, before = [], timeline.END
    while True:
        page = timeline.page(lead, sam, EVERYTHING, before=before, size=size)
        backward.insert(0, [entry.id for entry in page.rows])
        before = page.before
        if not before:
            break

    assert len(whole) == 9
    assert [key for page in forward for key in page] == whole
    assert [key for page in backward for key in page] == whole
    assert max(map(len, forward)) <= size
    assert all(forward)
    assert all(backward)


def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after(ada, dee, sam):
    fill(ada, dee, sam, 3)
    lead = dee.elevated()

    first = timeline.page(lead, sam, EVERYTHING, size=4)
    second = timeline.page(lead, sam, EVERYTHING, after=first.after, size=4)
    back = timeline.page(lead, sam, EVERYTHING, before=second.before, size=4)
    last = timeline.page(lead, sam, EVERYTHING, before=timeline.END, size=4)

    assert first.before == ""
    assert second.before
    assert [entry.id for entry in back.rows] == [entry.id for entry in first.rows]
    assert back.after == first.after
    assert last.after == ""
    assert last.before


def test_entries_of_one_moment_are_neither_lost_nor_repeated_between_pages(ada, dee, sam):
    lead = dee.elevated()
    midnight = at("2026-03-03", "00:00")
    for _ in range(3):
        factories.action(
            lead, factories.incident(ada, sam, occurred_at=midnight), occurred_at=midnight
        )
    for kind in (StatusChange.Kind.EARLY_HELP, StatusChange.Kind.EHCP):
        status(sam, dee, "2026-03-03", kind=kind)

    found, after = [], ""
    for _ in range(8):
        page = timeline.page(lead, sam, EVERYTHING, after=after, size=1)
        found += [entry.id for entry in page.rows]
        after = page.after

    backwards, before = [], timeline.END
    for _ in range(8):
        page = timeline.page(lead, sam, EVERYTHING, before=before, size=1)
        backwards[:0] = [entry.id for entry in page.rows]
        before = page.before

    assert found == backwards == story(lead, sam)
    assert len(set(found)) == 8
    assert after == before == ""


def test_a_made_up_place_begins_at_the_start(ada, dee, sam):
    fill(ada, dee, sam, 1)
    lead = dee.elevated()

    no_zone = cursors.write((datetime(2026, 3, 1), 0, datetime(2026, 3, 1), uuid4()))  # noqa: DTZ001
    no_number = cursors.write((at("2026-03-01"), "0", at("2026-03-01"), uuid4()))

    for made_up in ("x", "e30", "W10", "%%%", "WzEsMiwzLDRd", no_zone, no_number):
        page = timeline.page(lead, sam, EVERYTHING, after=made_up)
        assert len(page.rows) == 3


def test_a_place_in_an_address_holds_no_name_and_no_text(ada, dee, sam):
    fill(ada, dee, sam, 1)

    page = timeline.page(dee.elevated(), sam, EVERYTHING, size=1)

    assert len(page.after) < 160
    assert "Sam" not in cursors.base64.urlsafe_b64decode(page.after + "==").decode()


def test_one_entry_of_each_kind_and_ten_cost_the_same_queries(
    ada, dee, sam, rosa, django_assert_num_queries
):
    lead = dee.elevated()
    fill(ada, dee, sam, 1)
    fill(ada, dee, rosa, 10)
    with django_assert_num_queries(12):
        timeline.entries(lead, sam, EVERYTHING)
    with django_assert_num_queries(12):
        timeline.entries(lead, rosa, EVERYTHING)
    with django_assert_num_queries(14):
        timeline.page(lead, sam, EVERYTHING)
    with django_assert_num_queries(14):
        timeline.page(lead, rosa, EVERYTHING)
