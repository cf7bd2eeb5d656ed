"""The list for review: what stands in it, in which order, for whom, and how much it costs."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from chronology import review
from chronology.review import ReviewFilter, State
from incidents import services
from incidents.models import Action, Alert, Incident, Level
from ledger.models import AccessEntry
from tests import factories

pytestmark = pytest.mark.django_db

OPEN = ReviewFilter()


def listed(viewer, filters=OPEN, **asked) -> list[UUID]:
    page = review.for_review(viewer, filters, timezone.now(), **asked)
    return [row.id for row in page.rows]


def test_urgent_ones_stand_first_and_then_the_newest(ada, dee, sam):
    old, review_, urgent, record, newest = (
        factories.incident(ada, sam, level=level)
        for level in (Level.REVIEW, Level.REVIEW, Level.URGENT, Level.RECORD, Level.REVIEW)
    )

    assert listed(dee.elevated()) == [urgent.pk, newest.pk, review_.pk, old.pk, record.pk]


def test_a_row_says_what_a_lead_needs_to_choose(ada, eli, tess, dee, sam):
    incident = factories.incident(
        ada,
        sam,
        level=Level.URGENT,
        categories=["Online", "Bruises"],
        alerted=[eli.user, tess.user],
    )
    services.acknowledge_alerts(by=eli, alerts=[Alert.objects.get(recipient=eli.user)])
    incident.refresh_from_db()

    page = review.for_review(
        dee.elevated(), OPEN, incident.recorded_at + timedelta(days=3, hours=5)
    )

    [row] = page.rows
    assert (row.reference, row.pupil, row.where) == (incident.reference, "Sam Winter", "Year 4, 4B")
    assert (row.author, row.level_name) == ("Ada Teach", "urgent")
    assert [tag.name for tag in row.categories] == ["Bruises", "Online"]
    assert (row.unread, row.age, row.state) == (1, "3 days", "Read")


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-5), "just now"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23), "23 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_age_is_told_in_the_one_unit_that_matters(passed, said):
    now = timezone.now()

    assert review.age(now - passed, now) == said


def test_the_state_follows_what_was_done_last(ada, eli, dee, sam):
    lead = dee.elevated()
    incident = factories.incident(ada, sam, alerted=[eli.user])
    everything = ReviewFilter(state=State.ALL)

    def state():
        [row] = review.for_review(lead, everything, timezone.now()).rows
        return row.state, row.state_kind

    assert state() == ("New", "waiting")
    services.acknowledge_alerts(by=eli, alerts=[Alert.objects.get()])
    assert state() == ("Read", "")
    factories.action(ada, incident)
    assert state() == ("Read", "")
    factories.action(lead, incident)
    assert state() == ("Being looked at", "")
    factories.action(lead, incident, kind=Action.Kind.CLOSED)
    assert state() == ("Closed", "done")
    factories.action(lead, incident, kind=Action.Kind.REOPENED)
    assert state() == ("Opened again", "")


def test_closed_ones_leave_the_list_and_come_back_when_opened_again(ada, dee, sam):
    lead = dee.elevated()
    staying, leaving = factories.incident(ada, sam), factories.incident(ada, sam)
    factories.action(lead, leaving, kind=Action.Kind.CLOSED)

    assert listed(lead) == [staying.pk]
    assert listed(lead, ReviewFilter(state=State.CLOSED)) == [leaving.pk]
    assert listed(lead, ReviewFilter(state=State.ALL)) == [leaving.pk, staying.pk]

    factories.action(lead, leaving, kind=Action.Kind.REOPENED)
    assert listed(lead) == [leaving.pk, staying.pk]
    assert listed(lead, ReviewFilter(state=State.CLOSED)) == []


def test_levels_and_categories_narrow_the_list(oak, ada, dee, sam):
    lead = dee.elevated()
    urgent = factories.incident(ada, sam, level=Level.URGENT, categories=["Online"])
    record = factories.incident(ada, sam, level=Level.RECORD, categories=["Online", "Bruises"])
    online, bruises = factories.category(oak, "Online"), factories.category(oak, "Bruises")

    assert listed(lead, ReviewFilter(levels=frozenset({3}))) == [urgent.pk]
    assert listed(lead, ReviewFilter(levels=frozenset({1, 3}))) == [urgent.pk, record.pk]
    assert listed(lead, ReviewFilter(categories=frozenset({bruises.pk}))) == [record.pk]
    both = ReviewFilter(categories=frozenset({online.pk, bruises.pk}))
    assert listed(lead, both) == [urgent.pk, record.pk]


def test_a_pastoral_lead_and_a_senco_have_their_categories_alone(oak, ada, pat, sen, sam):
    factories.grant(oak, Role.PASTORAL, "Behaviour")
    behaviour = factories.incident(ada, sam, categories=["Behaviour"])
    factories.incident(ada, sam, categories=["Home and family"])

    assert listed(pat.elevated()) == [behaviour.pk]
    assert listed(sen.elevated()) == []


def test_what_one_was_merely_alerted_to_or_wrote_is_not_for_review(oak, ada, pat, sam):
    factories.incident(ada, sam, alerted=[pat.user])
    factories.incident(pat, sam)

    assert listed(pat.elevated()) == []


def test_nobody_else_has_anything_for_review(ada, dee, una, gus, sam):
    factories.incident(ada, sam)

    assert [listed(one) for one in (ada, ada.elevated(), dee, una.elevated(), gus.elevated())] == [
        [],
        [],
        [],
        [],
        [],
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 20])
def test_pages_down_and_up_give_every_incident_once_in_order(ada, dee, sam, size):
    lead = dee.elevated()
    for level in (2, 3, 1, 2, 3, 2):
        factories.incident(ada, sam, level=level)
    whole = listed(lead)

    down, place, pages = [], "", []
    while True:
        page = review.for_review(lead, OPEN, timezone.now(), after=place, size=size)
        down += [row.id for row in page.rows]
        pages.append(page)
        place = page.after
        if not place:
            break
    up, place = [], pages[-1].before
    up[:0] = [row.id for row in pages[-1].rows]
    while place:
        page = review.for_review(lead, OPEN, timezone.now(), before=place, size=size)
        up[:0] = [row.id for row in page.rows]
        assert page.after
        place = page.before

    assert len(whole) == 6
    assert down == whole
    assert up == whole
    assert pages[0].before == ""


def test_a_made_up_place_is_the_start_of_the_list(ada, dee, sam):
    incident = factories.incident(ada, sam)

    assert listed(dee.elevated(), after="x") == [incident.pk]
    assert listed(dee.elevated(), before="x") == [incident.pk]


@pytest.mark.parametrize(
    ("name", "elevated", "status"),
    [
        *(("dee", True, 200), ("dee", False, 302), ("sal", True, 200), ("pat", True, 200)),
        *(("ada", False, 404), ("ada", True, 404), ("gus", True, 404), ("ivy", True, 404)),
    ],
)
def test_who_opens_the_list(request, open_as, name, elevated, status):
    viewer = request.getfixturevalue(name)

    answer = open_as(viewer.elevated() if elevated else viewer).get(reverse("for-review"))

    assert answer.status_code == status


def page_as(open_as, viewer, query: str = "") -> str:
    return open_as(viewer.elevated()).get(reverse("for-review") + query).content.decode()


def test_the_page_shows_level_pupil_category_author_age_unread_and_state(
    ada, eli, dee, sam, open_as
):
    incident = factories.incident(ada, sam, level=Level.URGENT, alerted=[eli.user])

    page = page_as(open_as, dee)

    for text in (
        *(incident.reference, "level--urgent", "Sam Winter", "Year 4, 4B", "Home and family"),
        *("Ada Teach", "just now", "New", "govuk-table__row--unread"),
        *(reverse("incident", args=[incident.pk]), reverse("chronology", args=[sam.pk])),
    ):
        assert text in page


def test_an_empty_list_says_what_will_stand_there(dee, open_as):
    assert "Nothing waits for review" in page_as(open_as, dee)
    assert "No incident fits these filters" in page_as(open_as, dee, "?level=3")


def test_filters_in_use_are_named_and_can_be_taken_off(oak, ada, dee, sam, open_as):
    online = factories.category(oak, "Online")
    urgent = factories.incident(ada, sam, level=Level.URGENT, categories=["Online"])
    other = factories.incident(ada, sam, level=Level.RECORD, categories=["Online"])

    page = page_as(open_as, dee, f"?level=3&category={online.pk}&state=all")

    assert urgent.reference in page
    assert other.reference not in page
    assert "(3 in use)" in " ".join(page.split())
    assert f'href="?category={online.pk}&amp;state=all"' in page
    assert 'href="?level=3&amp;state=all"' in page
    assert f'href="?level=3&amp;category={online.pk}"' in page


def test_filters_that_make_no_sense_filter_nothing(ada, dee, sam, open_as):
    incident = factories.incident(ada, sam)

    for nonsense in (
        "?level=9",
        "?level=x",
        "?category=x",
        "?state=x",
        "?after=%00",
        "?before=e30",
    ):
        assert incident.reference in page_as(open_as, dee, nonsense)


def test_links_to_other_pages_keep_the_filters(ada, dee, sam, open_as, monkeypatch):
    monkeypatch.setattr(review.for_review, "__kwdefaults__", {"after": "", "before": "", "size": 1})
    for _ in range(2):
        factories.incident(ada, sam, level=Level.URGENT)

    page = page_as(open_as, dee, "?level=3")

    assert 'href="?level=3&amp;after=' in page


def test_one_incident_and_ten_cost_the_same_queries(ada, eli, dee, sam, open_as):
    lead, client = dee.elevated(), open_as(dee.elevated())

    def fill(number):
        for _ in range(number):
            incident = factories.incident(ada, sam, alerted=[eli.user])
            factories.action(lead, incident)

    fill(1)
    client.get(reverse("for-review"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("for-review"))
    fill(9)
    with CaptureQueriesContext(connection) as ten:
        client.get(reverse("for-review"))

    assert Incident.objects.count() == 10
    assert len(ten) == len(one) <= 14


@pytest.mark.django_db(transaction=True)
def test_reading_the_list_is_on_record_for_each_pupil_in_it(ada, dee, sam, rosa, open_as):
    factories.incident(ada, sam)
    factories.incident(ada, sam)
    factories.incident(ada, rosa)

    page_as(open_as, dee)

    logged = AccessEntry.objects.filter(event="review.read")
    assert sorted(row.pupil for row in logged) == sorted([sam.pk, rosa.pk])


def test_a_row_and_the_filter_go_by_what_the_incident_was_refined_to(oak, ada, dee, sam):
    lead, incident = dee.elevated(), factories.incident(ada, sam)
    factories.refined(lead, incident, "Online: Contact")
    online, home = (factories.category(oak, name).pk for name in ("Online", "Home and family"))

    [row] = review.for_review(lead, OPEN, timezone.now()).rows

    assert [tag.name for tag in row.categories] == ["Online: Contact"]
    assert listed(lead, ReviewFilter(categories=frozenset({online}))) == [incident.pk]
    assert listed(lead, ReviewFilter(categories=frozenset({home}))) == []
