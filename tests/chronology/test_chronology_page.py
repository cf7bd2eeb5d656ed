"""A pupil's chronology on the page: the story, its filters, the head of the file."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import Role
from chronology import timeline
from incidents import services
from incidents.models import Action, Agency, Alert, Level, LinkedPupil
from ledger.access import record_access
from ledger.models import AccessEntry
from pupils.models import Contact, StatusChange
from tests import factories

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")


def address(pupil, query: str = "") -> str:
    return reverse("chronology", args=[pupil.pk]) + query


def page_as(open_as, viewer, pupil, query: str = "") -> str:
    answer = open_as(viewer.elevated()).get(address(pupil, query))
    assert answer.status_code == 200
    return answer.content.decode()


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=LONDON)


def saying(ada, pupil, text: str, **fields):
    return factories.incident(ada, pupil, account=services.Account(saw=text), **fields)


@pytest.mark.parametrize(
    ("name", "elevated", "status"),
    [
        *(("dee", True, 200), ("dee", False, 302), ("sal", True, 200), ("pat", True, 200)),
        *(("ada", False, 404), ("ada", True, 404), ("gus", True, 404), ("max_", True, 404)),
        *(("ivy", True, 404), ("una", True, 404), ("una", False, 302)),
    ],
)
def test_who_opens_a_chronology(request, granted, sam, open_as, name, elevated, status):
    viewer = request.getfixturevalue(name)

    answer = open_as(viewer.elevated() if elevated else viewer).get(address(sam))

    assert answer.status_code == status


def test_the_story_is_shown_in_full_in_the_order_it_happened(oak, ada, dee, sam, rosa, open_as):
    lead = dee.elevated()
    agency = Agency.objects.create(school=oak, name="Family help")
    incident = factories.incident(
        ada,
        sam,
        account=services.Account(saw="Sam was crying.", child_words="Nobody came."),
        level=Level.URGENT,
        occurred_at=at("2026-03-02"),
        linked=[services.Linked(rosa, LinkedPupil.Part.WITNESS)],
    )
    factories.action(
        lead,
        incident,
        kind=Action.Kind.DECISION,
        decision=Action.Decision.EARLY_HELP,
        narrative="We met the family.",
        reasons="Third time.",
        impact="He was calmer.",
        agency=agency,
        occurred_at=at("2026-03-05"),
    )
    StatusChange.objects.create(
        pupil=sam, by=dee.user, kind="early_help", change="started", on_date=date(2026, 3, 6),
        authority="Ashford", worker="Jo Bright", note="Plan agreed.",
    )  # fmt: skip

    page = page_as(open_as, dee, sam)

    shown = [
        *("Mon 2 Mar 2026", incident.reference, "level--urgent", "Home and family"),
        *("What was seen", "Sam was crying.", "Nobody came.", "Rosa Diaz: witness", "Ada Teach"),
        *("Thu 5 Mar 2026", "Decision: Early help", "We met the family.", "Third time."),
        *("Family help", "He was calmer.", "Fri 6 Mar 2026", "Early help: started"),
        *("Plan agreed.", "Ashford", "Jo Bright"),
    ]
    story = page[page.index('<ol class="chronology">') :]
    places = [story.index(text) for text in shown]
    assert places == sorted(places)
    assert "recorded later" in story


def test_one_line_each_leaves_out_the_rest(ada, dee, sam, open_as):
    saying(ada, sam, "First line of many. " + "More words follow here. " * 20)

    in_full = page_as(open_as, dee, sam)
    in_short = page_as(open_as, dee, sam, "?show=short")

    assert in_full.count("More words follow here.") == 20
    assert 0 < in_short.count("More words follow here.") < 20
    assert "What was seen" not in in_short


def test_a_linked_incident_says_whom_it_is_about_and_the_pupils_part(ada, dee, sam, rosa, open_as):
    linked = [services.Linked(rosa, LinkedPupil.Part.ALSO_AFFECTED)]
    saying(ada, sam, "They both fell.", linked=linked)

    assert "About Sam Winter. Rosa: also affected" in page_as(open_as, dee, rosa)
    assert "About Sam Winter" not in page_as(open_as, dee, sam)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", {"Home.", "Online.", "Linked."}),
        ("?level=3", {"Online."}),
        ("?level=3&level=2", {"Home.", "Online.", "Linked."}),
        ("?scope=own", {"Home.", "Online."}),
        ("?scope=linked", {"Linked."}),
        ("?from_on=2026-03-03", {"Online.", "Linked."}),
        ("?until_on=2026-03-03", {"Home.", "Online."}),
        ("?from_on=3/3/2026&until_on=3/3/2026", {"Online."}),
        ("?significant=on", {"Home."}),
        ("?level=x&scope=x&category=x&significant=", {"Home.", "Online.", "Linked."}),
    ],
)
def test_filters(ada, dee, sam, rosa, open_as, query, kept):
    home = saying(ada, sam, "Home.", occurred_at=at("2026-03-02"))
    saying(ada, sam, "Online.", occurred_at=at("2026-03-03"), level=Level.URGENT)
    linked = [services.Linked(sam, LinkedPupil.Part.FRIEND)]
    saying(ada, rosa, "Linked.", occurred_at=at("2026-03-04"), linked=linked)
    services.mark_significant(by=dee.elevated(), incident=home, significant=True)

    page = page_as(open_as, dee, sam, query)

    assert {text for text in ("Home.", "Online.", "Linked.") if text in page} == kept


def test_a_category_filters(oak, ada, dee, sam, open_as):
    saying(ada, sam, "Home.", categories=["Home and family"])
    saying(ada, sam, "Screens.", categories=["Online"])
    category = factories.category(oak, "Online")

    page = page_as(open_as, dee, sam, f"?category={category.pk}")

    assert "Screens." in page
    assert "Home." not in page


def test_days_in_the_wrong_order_are_said_to_be_wrong_and_hide_nothing(ada, dee, sam, open_as):
    saying(ada, sam, "Home.", occurred_at=at("2026-03-02"))

    page = page_as(open_as, dee, sam, "?from_on=2026-03-05&until_on=2026-03-01")

    assert "Give a last day that is not before the first" in page
    assert "Home." in page


def test_nothing_that_fits_is_not_taken_for_a_clean_file(ada, dee, sam, open_as):
    saying(ada, sam, "Home.")

    assert "Nothing fits these filters" in page_as(open_as, dee, sam, "?level=3")
    assert "Nothing has been recorded" not in page_as(open_as, dee, sam, "?level=3")


def test_an_empty_file_says_so(dee, sam, open_as):
    assert "Nothing has been recorded" in page_as(open_as, dee, sam)


def test_a_pastoral_lead_reads_the_granted_categories_alone(oak, ada, pat, sam, open_as):
    factories.grant(oak, Role.PASTORAL, "Behaviour")
    saying(ada, sam, "Shouting.", categories=["Behaviour"])
    saying(ada, sam, "At home.", categories=["Home and family"])

    page = page_as(open_as, pat, sam)

    assert "Shouting." in page
    assert "At home." not in page


def test_pages_lead_on_and_back_and_keep_the_filters(ada, dee, sam, open_as, monkeypatch):
    monkeypatch.setitem(timeline.page.__kwdefaults__, "size", 2)
    for day in range(1, 6):
        saying(ada, sam, f"Day {day}.", occurred_at=at(f"2026-03-0{day}"), level=Level.URGENT)
    client = open_as(dee.elevated())

    def follow(page: str, relation: str) -> str:
        [link] = [part for part in page.split("<a ") if f'rel="{relation}"' in part]
        query = link.split('href="')[1].split('"')[0].replace("&amp;", "&")
        assert "level=3" in query
        return client.get(address(sam, query)).content.decode()

    first = client.get(address(sam, "?level=3")).content.decode()
    second = follow(first, "next")
    back = follow(second, "prev")
    latest = client.get(address(sam, "?level=3&before=end")).content.decode()

    days = ["Day 1.", "Day 2.", "Day 3.", "Day 4.", "Day 5."]
    assert [day in first for day in days] == [True, True, False, False, False]
    assert [day in second for day in days] == [False, False, True, True, False]
    assert [day in back for day in days] == [True, True, False, False, False]
    assert [day in latest for day in days] == [False, False, False, True, True]


def test_the_head_of_the_file(oak, dee, sam, open_as):
    sam.upn, sam.middle_names = "A801200001001", "James"
    sam.save()
    StatusChange.objects.create(
        pupil=sam, by=dee.user, kind="child_in_need", change="started", on_date=date(2026, 1, 5),
        authority="Ashford", worker="Jo Bright",
    )  # fmt: skip
    Contact.objects.create(
        pupil=sam, title="Ms", forename="Kim", surname="Winter", relationship="Mother",
        parental_responsibility=True, telephone="01632 960 111", restriction="Court order: ring first",
    )  # fmt: skip

    page = page_as(open_as, dee, sam)

    for text in (
        *("Sam Winter", "Sam James Winter", "3 May 2017", "Year 4, 4B", "A801200001001"),
        *("Child in need plan", "5 Jan 2026", "Ashford", "Jo Bright"),
        *("Ms Kim Winter", "mother", "Parental responsibility", "01632 960 111"),
        "Court order: ring first",
    ):
        assert text in page
    assert "Sam" not in page[page.index("<title>") : page.index("</title>")]


def test_a_status_that_ended_is_no_status_now(dee, sam, open_as):
    for change, day in (("started", 5), ("ended", 9)):
        StatusChange.objects.create(
            pupil=sam, by=dee.user, kind="ehcp", change=change, on_date=date(2026, 1, day)
        )

    page = page_as(open_as, dee, sam)

    assert "None recorded." in page
    assert "Education, health and care plan: ended" in page


@pytest.mark.parametrize(
    ("name", "status", "report"),
    [("dee", True, True), ("dan", True, True), ("sal", False, True), ("pat", False, True)],
)
def test_what_can_be_done_is_offered_to_those_who_may(
    request, granted, sam, open_as, name, status, report
):
    page = page_as(open_as, request.getfixturevalue(name), sam)

    assert (reverse("record-status", args=[sam.pk]) in page) is status
    for link in ("make-chronology-report", "conference-report"):
        assert (reverse(link, args=[sam.pk]) in page) is report


def test_one_entry_and_many_cost_the_same_queries(oak, ada, dee, sam, rosa, open_as):
    client, lead = open_as(dee.elevated()), dee.elevated()

    def fill(pupil, number):
        for day in range(number):
            incident = saying(
                ada, pupil, "Words.", occurred_at=at("2026-03-01") + timedelta(days=day)
            )
            factories.action(lead, incident)
            Contact.objects.create(pupil=pupil, surname=f"Winter{day}")
            StatusChange.objects.create(
                pupil=pupil, by=dee.user, kind="ehcp", change="started", on_date=date(2026, 1, 5)
            )

    def count(pupil) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address(pupil))
        return len(queries)

    fill(sam, 1)
    fill(rosa, 10)
    count(sam)

    assert count(rosa) == count(sam) <= 33


@pytest.mark.django_db(transaction=True)
def test_reading_is_on_record_for_the_pupil_and_for_those_linked(ada, dee, sam, rosa, open_as):
    saying(ada, sam, "Words.", linked=[services.Linked(rosa, LinkedPupil.Part.FRIEND)])

    page_as(open_as, dee, rosa)

    logged = AccessEntry.objects.filter(event="chronology.read")
    assert {(row.pupil, row.target) for row in logged} == {(rosa.pk, rosa.pk), (sam.pk, rosa.pk)}
    assert all(row.user == dee.user.pk and row.elevated for row in logged)


@pytest.mark.django_db(transaction=True)
def test_who_looked_is_shown_to_the_dsl_and_the_head_and_to_nobody_else(
    oak, granted, ada, dee, dan, hal, sal, sam, open_as
):
    incident = factories.incident(ada, sam)
    open_as(ada).get(reverse("incident", args=[incident.pk]))
    for _ in range(2):
        page_as(open_as, sal, sam)
    open_as(dee.elevated()).get(reverse("for-review"))

    of_dee, of_hal, of_dan, of_sal = (page_as(open_as, one, sam) for one in (dee, hal, dan, sal))

    for page in (of_dee, of_hal):
        seen = " ".join(page[page.index("Who looked at this file") :].split())
        assert 'Ada Teach <span class="quiet">read an incident</span>' in seen
        assert 'Sal Reed <span class="quiet">read the chronology, 2 times</span>' in seen
        assert "review" not in seen[: seen.index("</aside>")]
    assert "Who looked" not in of_dan
    assert "Who looked" not in of_sal


@pytest.mark.django_db(transaction=True)
def test_who_looked_does_not_tell_of_what_the_reader_may_not_see(
    oak, ada, eli, dee, hal, sam, open_as
):
    """SR-48, SR-49: nor who wrote about them, from the draft to the file and the alert."""
    incident = factories.incident(ada, sam, subjects=[dee.user], alerted=[eli.user])
    record_access(ada, "incident.review", pupils=[sam.pk], target=incident.submission)
    open_as(ada).get(reverse("incident", args=[incident.pk]))
    alert = Alert.objects.get(incident=incident, recipient=eli.user)
    open_as(eli).get(reverse("alert", args=[alert.pk]))

    of_dee, of_hal = page_as(open_as, dee, sam), page_as(open_as, hal, sam)

    for name in ("Ada Teach", "Eli Moore"):
        assert name not in of_dee
        assert name in of_hal[of_hal.index("Who looked at this file") :]


@pytest.mark.django_db(transaction=True)
def test_who_looked_names_nobody_who_looked_at_another_file(dee, sal, sam, rosa, open_as):
    page_as(open_as, sal, rosa)

    assert "Nobody before you." in page_as(open_as, dee, sam)
