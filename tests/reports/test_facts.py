"""What is gathered: the entries chosen, and nothing twice, invented or asked of the database again."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chronology.entries import Scope
from incidents import services as incident_services
from incidents.models import Action, Agency, LinkedPupil
from incidents.services import Account
from pupils.models import Contact, StatusChange
from reports import facts
from reports.events import headline_of
from reports.models import Report, ReportText
from reports.selection import Selection, Wording
from tests import factories
from tests.reports import story

pytestmark = pytest.mark.django_db


def gathered(by, about, kind=Report.Kind.CHRONOLOGY, **wanted) -> facts.Paper:
    report = story.ask(by, about, kind, **wanted)
    return facts.gather(by.elevated(), report, timezone.now())


def summaries(paper) -> list[str]:
    return [event.summary or event.title for event in paper.events]


@pytest.fixture
def agency(oak):
    return Agency.objects.create(school=oak, name="Police")


def many(ada, dee, sam, rosa, number):
    """Record incidents with everything that is fetched for one."""
    agency = Agency.objects.get_or_create(school=ada.school, name="Police")[0]
    for day in range(number):
        incident = factories.incident(
            ada,
            sam,
            agencies=[agency],
            occurred_at=factories.ago(days=day + 1),
            linked=[incident_services.Linked(rosa, LinkedPupil.Part.SIBLING)],
            account=story.ACCOUNT,
        )
        factories.action(
            dee.elevated(), incident, kind=Action.Kind.OUTCOME, agency=agency, impact="Better."
        )
        StatusChange.objects.create(
            pupil=sam,
            kind=StatusChange.Kind.EARLY_HELP,
            change="started",
            on_date=date(2026, 1, day + 1),
            authority="Oakshire",
            by=dee.user,
        )
        Contact.objects.create(pupil=sam, surname=f"Winter {day}")


@pytest.mark.parametrize("kind", list(Report.Kind))
def test_ten_incidents_cost_no_more_queries_than_one(kind, ada, dee, sam, rosa, eli):
    leo = factories.pupil(ada.school, "Leo Single")
    many(ada, dee, sam, rosa, 10)
    many(eli, dee, leo, rosa, 1)
    agencies = frozenset(Agency.objects.values_list("pk", flat=True))
    counts = []
    for pupil in (sam, leo):
        report = story.ask(dee, pupil, kind, selection=Selection(agencies=agencies))
        report = Report.objects.select_related("pupil", "asked_by", "text").get(pk=report.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            paper = facts.gather(dee.elevated(), report, timezone.now())
        assert paper.counts.incidents == (10 if pupil == sam else 1)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 30


def test_filters_choose_what_is_printed(ada, dee, sam, rosa, agency):
    bullied = factories.incident(
        ada, sam, account=Account(saw="Pushed."), categories=["Bullying"], level=1
    )
    factories.incident(ada, sam, account=Account(saw="Hungry."), level=3, agencies=[agency])
    factories.incident(
        ada,
        rosa,
        account=Account(saw="Linked."),
        linked=[incident_services.Linked(sam, LinkedPupil.Part.WITNESS)],
    )
    factories.incident(
        ada, sam, account=Account(saw="Long ago."), occurred_at=factories.ago(days=90)
    )
    incident_services.mark_significant(by=dee.elevated(), incident=bullied, significant=True)
    recently = timezone.localdate() - timedelta(days=30)

    def chosen(**selection) -> set[str]:
        return set(summaries(gathered(dee, sam, selection=Selection(**selection))))

    assert chosen() == {"Pushed.", "Hungry.", "Linked.", "Long ago."}
    assert chosen(categories=frozenset({bullied.categories.get().category_id})) == {"Pushed."}
    assert chosen(levels=frozenset({3})) == {"Hungry."}
    assert chosen(agencies=frozenset({agency.pk})) == {"Hungry."}
    assert chosen(scope=Scope.OWN) == {"Pushed.", "Hungry.", "Long ago."}
    assert chosen(scope=Scope.LINKED) == {"Linked."}
    assert chosen(significant_only=True) == {"Pushed."}
    assert chosen(from_on=recently) == {"Pushed.", "Hungry.", "Linked."}
    assert chosen(until_on=recently) == {"Long ago."}


def test_an_agency_in_an_action_brings_the_incident_with_it(ada, dee, sam, agency):
    incident = factories.incident(ada, sam, account=Account(saw="Followed home."))
    factories.incident(ada, sam, account=Account(saw="Another."))
    factories.action(
        dee.elevated(), incident, kind=Action.Kind.AGENCY_CONTACT, agency=agency, narrative="Rang."
    )

    paper = gathered(dee, sam, selection=Selection(agencies=frozenset({agency.pk})))

    assert summaries(paper) == ["Followed home."]
    assert [step.text for step in paper.events[0].actions] == ["Rang."]


def test_what_is_left_out_takes_its_thread_with_it_and_is_counted(ada, dee, sam):
    kept = factories.incident(ada, sam, account=Account(saw="Kept."))
    dropped = factories.incident(ada, sam, account=Account(saw="Dropped.", child_words="Secret."))
    factories.action(dee.elevated(), dropped, kind=Action.Kind.OUTCOME, narrative="Canary.")

    for kind in Report.Kind:
        paper = gathered(dee, sam, kind, selection=Selection(left_out=frozenset({dropped.pk})))
        assert paper.counts.left_out == 2
        assert paper.incident_ids == (kept.pk,)
        assert "Canary" not in repr(paper)
        assert "Secret" not in repr(paper)


def test_a_single_action_may_be_left_out(ada, dee, sam):
    incident = factories.incident(ada, sam)
    action = factories.action(ada, incident, narrative="Not for them.")

    paper = gathered(dee, sam, selection=Selection(left_out=frozenset({action.pk})))

    assert paper.counts.incidents == 1
    assert not paper.events[0].actions


def test_a_status_that_is_left_out_is_left_out_of_every_section(dee, sam):
    status = StatusChange.objects.create(
        pupil=sam, kind="channel", change="started", on_date=date(2026, 1, 5), by=dee.user
    )

    paper = gathered(
        dee,
        sam,
        Report.Kind.CASE_CONFERENCE,
        selection=Selection(left_out=frozenset({status.pk})),
    )

    assert "Channel" not in repr(paper)


def test_a_status_that_ended_is_not_said_to_hold_now(dee, sam):
    for kind, change, day in (
        ("child_in_need", "started", 1),
        ("child_in_need", "ended", 9),
        ("early_help", "started", 10),
    ):
        StatusChange.objects.create(
            pupil=sam, kind=kind, change=change, on_date=date(2026, 1, day), by=dee.user
        )

    paper = gathered(dee, sam, Report.Kind.CASE_CONFERENCE)

    now = [
        fact.value for fact in recorded(paper, "child") if fact.label == "Safeguarding status now"
    ]
    assert now == ["Early help since 10 January 2026"]


def recorded(paper, key):
    """Return what the record fills in under a part."""
    return next(
        part.recorded
        for section in paper.sections
        for part in section.parts
        if part.part.key == key
    )


def test_events_stand_in_the_order_they_happened_and_actions_under_theirs(ada, dee, sam):
    later = factories.incident(
        ada, sam, account=Account(saw="Later."), occurred_at=factories.ago(days=2)
    )
    factories.incident(ada, sam, account=Account(saw="Earlier."), occurred_at=factories.ago(days=5))
    for days in (1, 2):
        factories.action(ada, later, narrative=f"{days} ago", occurred_at=factories.ago(days=days))

    paper = gathered(dee, sam)

    assert summaries(paper) == ["Earlier.", "Later."]
    assert [step.text for step in paper.events[1].actions] == ["2 ago", "1 ago"]


def test_an_action_whose_incident_is_before_the_period_stands_alone(ada, dee, sam):
    incident = factories.incident(ada, sam, occurred_at=factories.ago(days=50))
    factories.action(ada, incident, narrative="Still hungry.", occurred_at=factories.ago(days=1))
    since = timezone.localdate() - timedelta(days=10)

    paper = gathered(dee, sam, selection=Selection(from_on=since))
    text = story.words(
        story.paper(dee, story.make(story.ask(dee, sam, selection=Selection(from_on=since))))
    )

    assert [event.kind for event in paper.events] == ["action"]
    assert paper.incident_ids == (incident.pk,)
    assert f"{incident.reference}" in text
    assert "Still hungry." in text


def test_what_was_chosen_is_said_in_words(ada, dee, sam, agency):
    incident = factories.incident(ada, sam)

    paper = gathered(
        dee,
        sam,
        selection=Selection(
            categories=frozenset({incident.categories.get().category_id}),
            levels=frozenset({2, 3}),
            agencies=frozenset({agency.pk}),
            scope=Scope.OWN,
            significant_only=True,
            from_on=date(2026, 9, 1),
            until_on=date(2026, 11, 30),
        ),
    )

    assert paper.period == "1 September 2026 to 30 November 2026"
    assert paper.filters == (
        "Categories: Home and family",
        "Levels: Urgent now; DSL to review",
        "Agencies: Police",
        "Incidents recorded about this child, not those they are linked to",
        "Significant events only",
    )


def test_a_selection_is_kept_whole_with_the_report(ada, dee, sam, agency):
    selection = Selection(
        from_on=date(2026, 9, 1),
        until_on=date(2026, 11, 30),
        categories=frozenset({uuid4()}),
        levels=frozenset({1}),
        agencies=frozenset({agency.pk}),
        scope=Scope.LINKED,
        significant_only=True,
        wording=Wording.LINE,
        with_addresses=False,
        left_out=frozenset({uuid4(), uuid4()}),
    )

    report = story.ask(dee, sam, selection=selection)

    assert Selection.of(Report.objects.get(pk=report.pk)) == selection


def test_addresses_can_be_left_out(ada, dee, sam, rosa):
    story.tell(ada, dee, sam, rosa)

    paper = gathered(
        dee, sam, Report.Kind.CASE_CONFERENCE, selection=Selection(with_addresses=False)
    )

    assert "Mill Lane" not in repr(paper)
    assert repr(paper).count("Left out of this report") == 2


def test_an_unchanged_part_keeps_its_writer_and_its_day(dee, hal, sam):
    first = story.ask(
        dee, sam, Report.Kind.CASE_CONFERENCE, answers={"attendance": "92 %", "risk": "High."}
    )
    second = story.ask(
        hal, sam, Report.Kind.CASE_CONFERENCE, answers={"attendance": "92 %", "risk": "Lower."}
    )

    answers = ReportText.objects.get(report=second).answers
    before = ReportText.objects.get(report=first).answers
    assert answers["attendance"] == before["attendance"]
    assert answers["attendance"]["by"] == "Dee Okafor"
    assert answers["risk"]["by"] == "Hal Grant"
    assert before["risk"]["text"] == "High."


def test_answers_to_questions_that_were_not_asked_are_not_kept(dee, sam):
    report = story.ask(
        dee, sam, Report.Kind.CASE_CONFERENCE, answers={"forged": "x", "risk": "  ", "gp": "Oak"}
    )

    assert set(report.text.answers) == {"gp"}


def test_open_incidents_are_those_nobody_closed(ada, dee, sam):
    closed = factories.incident(ada, sam, account=Account(saw="Closed one."))
    factories.action(dee.elevated(), closed, kind=Action.Kind.CLOSED, narrative="Done.")
    factories.incident(ada, sam, account=Account(saw="Open one."))
    factories.incident(ada, sam, account=Account(saw="For the record."), level=1)

    paper = gathered(dee, sam, Report.Kind.CASE_CONFERENCE)

    assert [quote.text for quote in recorded(paper, "current_concerns")] == ["Open one."]


def test_an_agency_has_its_first_and_last_day(ada, dee, sam, agency):
    for days in (30, 10):
        factories.incident(ada, sam, agencies=[agency], occurred_at=factories.ago(days=days))
    incident = factories.incident(ada, sam)
    factories.action(
        dee.elevated(),
        incident,
        kind=Action.Kind.REFERRAL,
        agency=agency,
        occurred_at=factories.ago(days=1),
    )

    [police] = recorded(gathered(dee, sam, Report.Kind.CASE_CONFERENCE), "agencies")

    today = timezone.localdate()
    assert (police.name, police.incidents, len(police.steps)) == ("Police", 2, 1)
    assert today - police.first == timedelta(days=30)
    assert today - police.last == timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("Sam cried. Then slept.", "Sam cried."),
        ("Sam  cried\nin the hall", "Sam cried in the hall"),
        ("word " * 40, "word " * 17 + "word …"),
        ("", ""),
    ],
)
def test_a_headline_is_the_first_sentence_or_its_beginning(text, headline):
    assert headline_of(text) == headline
