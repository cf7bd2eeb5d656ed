"""Recording: who may, what is refused, once only, all or nothing, and who is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest
from django.db import ProgrammingError, connection, connections, transaction
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from incidents import recipients, rules, services
from incidents.models import (
    Acknowledgement,
    Action,
    Agency,
    Alert,
    AlertGroup,
    Category,
    Draft,
    Incident,
    IncidentAgency,
    IncidentCategory,
    Level,
    LinkedPupil,
)
from safeguard import outbox
from safeguard.errors import NotAllowed
from safeguard.models import Outbox
from tests import factories

WRITTEN = [Incident, IncidentCategory, IncidentAgency, LinkedPupil, Alert, Outbox]


def told(incident: Incident, action: Action | None = None) -> dict[str, str]:
    rows = Alert.objects.filter(incident=incident, action=action)
    return dict(rows.values_list("recipient__name", "because"))


def written() -> int:
    return sum(model.objects.count() for model in WRITTEN)


# Who may


@pytest.mark.parametrize("who", ["ada", "tess", "pat", "sen", "dan", "dee", "hal", "sal"])
def test_everybody_who_records_may_add_an_incident_with_the_password_alone(who, sam, request):
    author = request.getfixturevalue(who)

    incident = factories.incident(author, sam)

    assert incident.reported_by == author.user
    assert incident.school == author.school


@pytest.mark.parametrize("who", ["gus", "max_", "ivy"])
@pytest.mark.parametrize("elevated", [False, True])
def test_governor_data_manager_and_technician_may_not_add_an_incident(who, elevated, sam, request):
    outsider = request.getfixturevalue(who)

    with pytest.raises(NotAllowed):
        factories.incident(outsider.elevated() if elevated else outsider, sam)

    assert written() == 0


# What is refused


def test_an_incident_must_say_what_was_seen_told_said_or_heard(ada, sam):
    only_beside = services.Account(opinion="I am worried.", medical="None.", told_by="Mum")

    with pytest.raises(services.SaysNothing):
        factories.incident(ada, sam, account=only_beside)

    assert written() == 0


@pytest.mark.parametrize("part", ["saw", "told", "child_words", "heard"])
def test_any_one_of_the_four_prompts_is_enough(ada, sam, part):
    incident = factories.incident(ada, sam, account=services.Account(**{part: "Something."}))

    assert getattr(incident, part) == "Something."


def test_an_incident_may_lie_in_the_past_but_not_in_the_future(ada, sam):
    last_year = factories.ago(days=300)

    assert factories.incident(ada, sam, occurred_at=last_year).occurred_at == last_year
    with pytest.raises(services.NotYet):
        factories.incident(ada, sam, occurred_at=timezone.now() + timedelta(minutes=6))


def test_two_clocks_may_differ_by_a_few_minutes(ada, sam):
    ahead = timezone.now() + rules.CLOCKS_MAY_DIFFER - timedelta(seconds=5)

    assert factories.incident(ada, sam, occurred_at=ahead).occurred_at == ahead


def test_a_slip_of_the_year_is_refused(ada, sam):
    with pytest.raises(services.NotYet, match="Check the year"):
        factories.incident(ada, sam, occurred_at=factories.ago(days=26 * 366))


@pytest.mark.parametrize("number", [0, 4])
def test_one_two_or_three_categories(ada, sam, number):
    names = ["Home and family", "Online", "Presentation", "Communication"][:number]

    with pytest.raises(services.WrongCategories):
        factories.incident(ada, sam, categories=names)

    assert written() == 0


def test_a_category_is_of_the_top_level_in_use_and_of_this_school(ada, elm, sam):
    top = factories.category(ada.school)
    below = Category.objects.create(school=ada.school, name="Housing", parent=top)
    retired = factories.category(ada.school, "Old", retired_on=timezone.localdate())
    foreign = factories.category(elm)

    for wrong in (below, retired, foreign):
        with pytest.raises(services.WrongCategories):
            add(ada, sam, categories=[wrong])


def test_a_pupil_of_another_school_can_neither_be_written_about_nor_linked(ada, sam, leo):
    with pytest.raises(services.NotOfThisSchool):
        factories.incident(ada, leo)
    with pytest.raises(services.NotOfThisSchool):
        factories.incident(ada, sam, linked=[services.Linked(leo, LinkedPupil.Part.WITNESS)])

    assert written() == 0


def test_a_pupil_is_linked_once_and_not_to_their_own_incident(ada, sam, rosa):
    friend = services.Linked(rosa, LinkedPupil.Part.FRIEND)
    self_ = services.Linked(sam, LinkedPupil.Part.FRIEND)

    for linked in ([friend, friend], [self_]):
        with pytest.raises(services.WrongLinks):
            factories.incident(ada, sam, linked=linked)


def test_a_linked_pupil_has_one_of_the_known_parts(ada, sam, rosa):
    with pytest.raises(services.WrongLinks):
        factories.incident(ada, sam, linked=[services.Linked(rosa, "perpetrator")])


def test_agencies_and_groups_are_of_this_school_and_in_use(ada, elm, sam, team):
    today = timezone.localdate()
    foreign = Agency.objects.create(school=elm, name="Police")
    retired = Agency.objects.create(school=ada.school, name="Old", retired_on=today)
    their_group = AlertGroup.objects.create(school=elm, name="Heads", roles=[Role.HEAD])

    for wrong in ({"agencies": [foreign]}, {"agencies": [retired]}, {"groups": [their_group]}):
        with pytest.raises(services.NotOfThisSchool):
            factories.incident(ada, sam, **wrong)
    with pytest.raises(services.NotOfThisSchool):
        factories.incident(ada, sam, groups=[team])


@pytest.mark.parametrize("who", ["una", "gus", "ivy"])
def test_only_colleagues_who_could_open_it_can_be_alerted(ada, sam, who, request):
    """A mail whose link opens nothing tells somebody that something happened, and helps nobody."""
    outsider = request.getfixturevalue(who)

    with pytest.raises(services.NotAColleague):
        factories.incident(ada, sam, alerted=[outsider.user])

    assert written() == 0


def test_somebody_who_has_left_cannot_be_alerted(ada, eli, sam):
    Membership.objects.filter(user=eli.user).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )

    with pytest.raises(services.NotAColleague):
        factories.incident(ada, sam, alerted=[eli.user])


def test_a_hundred_incidents_a_day_are_the_most(ada, sam, monkeypatch):
    """SR-66."""
    monkeypatch.setattr(rules, "MOST_IN_A_DAY", 2)
    factories.incident(ada, sam)
    second = factories.incident(ada, sam)

    with pytest.raises(services.TooManyToday):
        factories.incident(ada, sam)

    assert factories.incident(ada, sam, submission=second.submission) == second


# What is written


def test_every_part_of_what_was_said_is_kept(ada, sam, rosa):
    said = {name: f"{name} {uuid4()}" for name in services.Account.__dataclass_fields__}
    account = services.Account(**said | {"parents_told": Incident.ParentsTold.NOT_YET})
    police = Agency.objects.create(school=ada.school, name="Police")

    incident = factories.incident(
        ada,
        sam,
        account=account,
        level=Level.URGENT,
        precision=Incident.Precision.APPROXIMATE,
        place="trip",
        place_detail="coach",
        categories=["Home and family", "Online"],
        agencies=[police],
        linked=[services.Linked(rosa, LinkedPupil.Part.WITNESS, in_chronology=False)],
    )

    kept = Incident.objects.get(pk=incident.pk)
    assert {name: getattr(kept, name) for name in said} == vars(account)
    assert (kept.level, kept.precision, kept.place, kept.place_detail) == (
        *(Level.URGENT, "approximate", "trip", "coach"),
    )
    assert set(kept.categories.values_list("wording", flat=True)) == {"Home and family", "Online"}
    assert kept.agencies.get().wording == "Police"
    link = kept.linked_pupils.get()
    assert (link.pupil, link.role, link.in_chronology) == (rosa, "witness", False)


def test_an_incident_keeps_the_wording_of_its_day(ada, sam):
    incident = factories.incident(ada, sam)
    Category.objects.filter(name="Home and family").update(name="Family life", colour=9)

    tag = incident.categories.get()

    assert (tag.wording, tag.colour) == ("Home and family", 1)


def test_a_reference_is_short_random_and_unlike_the_next_one(ada, sam):
    references = {factories.incident(ada, sam).reference for _ in range(20)}

    assert len(references) == 20
    assert all(len(one) == 7 and one[3] == "-" for one in references)


def test_the_draft_ends_with_its_submission_and_another_draft_does_not(ada, sam):
    draft, other = (Draft(school=ada.school, author=ada.user) for _ in range(2))
    for row in (draft, other):
        row.keep({})
        row.save()

    factories.incident(ada, sam, submission=draft.pk)

    assert list(Draft.objects.all()) == [other]


# Once only


def test_the_same_submission_twice_is_one_incident_and_one_set_of_alerts(ada, dee, team, sam):
    submission = uuid4()

    first = factories.incident(ada, sam, submission=submission)
    again = factories.incident(ada, sam, submission=submission)

    assert again == first
    assert Incident.objects.count() == Alert.objects.count() == Outbox.objects.count() == 1


def test_a_retry_reaches_its_receipt_also_when_the_lists_have_changed_meanwhile(ada, sam):
    submission = uuid4()
    first = factories.incident(ada, sam, submission=submission)
    category = factories.category(ada.school)
    category.retired_on = timezone.localdate()
    category.save()

    again = factories.incident(ada, sam, submission=submission)

    assert again == first


def test_somebody_elses_submission_is_not_handed_out(ada, eli, sam):
    submission = uuid4()
    factories.incident(ada, sam, submission=submission)

    with pytest.raises(Exception, match="submission"), transaction.atomic():
        factories.incident(eli, sam, submission=submission)

    assert Incident.objects.get().reported_by == ada.user


@pytest.mark.django_db(transaction=True)
def test_eight_hands_on_one_submission_make_one_incident(ada, dee, dan, team, sam):
    """SR-57: a double click, a retry and a second tab at the same moment."""
    submission, start = uuid4(), Barrier(8)
    factories.category(ada.school)

    def submit(_):
        try:
            start.wait(10)
            return factories.incident(ada, sam, submission=submission).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as hands:
        found = list(hands.map(submit, range(8)))

    assert len(set(found)) == 1
    assert Incident.objects.count() == 1
    assert Alert.objects.count() == Outbox.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_eight_incidents_at_once_are_eight_incidents(ada, dee, team, sam):
    start = Barrier(8)
    factories.category(ada.school)

    def submit(_):
        try:
            start.wait(10)
            return factories.incident(ada, sam).reference
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as hands:
        found = list(hands.map(submit, range(8)))

    assert len(set(found)) == 8
    assert Outbox.objects.count() == 8


# All or nothing


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (services, "_add_parts"),
        (services, "_attach"),
        (recipients, "gather"),
        (services, "_alert"),
        (outbox, "put"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_failure_half_way_leaves_nothing_and_keeps_the_draft(
    ada, dee, team, sam, monkeypatch, module, step
):
    """SR-56."""
    draft = Draft(school=ada.school, author=ada.user)
    draft.keep({"saw": ["what was typed"]})
    draft.save()
    before = written()

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(module, step, fail)
    with pytest.raises(ZeroDivisionError):
        factories.incident(ada, sam, submission=draft.pk)

    assert written() == before
    assert Draft.objects.get().answers() == {"saw": ["what was typed"]}


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_stop_anybody_from_recording(
    ada, dee, team, sam, monkeypatch
):
    def down(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(outbox.current_app, "send_task", down)

    factories.incident(ada, sam)

    assert Outbox.objects.get().done_at is None


# Who is told


def test_the_always_alerted_are_told_whatever_is_picked(ada, eli, dee, dan, team, sam):
    incident = factories.incident(ada, sam, alerted=[eli.user])

    assert told(incident) == {
        "Dan Price": "always",
        "Dee Okafor": "always",
        "Eli Moore": "named",
    }


def test_each_is_told_once_for_the_most_particular_reason(ada, dee, dan, eli, pat, team, sam):
    group = AlertGroup.objects.create(
        school=ada.school, name="Pastoral", roles=[Role.PASTORAL, Role.DEPUTY_DSL]
    )
    group.members.add(eli.user)

    incident = factories.incident(ada, sam, alerted=[eli.user, dee.user], groups=[group])

    assert told(incident) == {
        "Dan Price": "group",
        "Dee Okafor": "named",
        "Eli Moore": "named",
        "Pat Lowe": "group",
    }


def test_a_lead_who_records_is_not_alerted_to_their_own(dee, dan, team, sam):
    assert told(factories.incident(dee, sam)) == {"Dan Price": "always"}


def test_a_group_tells_those_who_hold_its_roles_that_day(ada, dan, team, sam):
    Membership.objects.filter(user=dan.user).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )

    assert told(factories.incident(ada, sam)) == {}


def test_nobody_of_another_school_hears_of_it(ada, una, team, sam):
    """Una is DSL at Elm: a role counts in the school where it is held."""
    assert told(factories.incident(ada, sam)) == {}


def test_a_governor_in_a_group_is_not_alerted_to_what_they_cannot_open(ada, gus, sam):
    group = AlertGroup.objects.create(school=ada.school, name="All", roles=[Role.GOVERNOR])
    group.members.add(gus.user)

    assert told(factories.incident(ada, sam, groups=[group])) == {}


def test_every_alert_is_promised_in_the_same_transaction(ada, dee, dan, team, sam):
    incident = factories.incident(ada, sam)

    promised = set(Outbox.objects.filter(kind=Outbox.Kind.ALERT).values_list("key", flat=True))

    assert promised == set(Alert.objects.filter(incident=incident).values_list("pk", flat=True))
    assert len(promised) == 2


def test_people_by_group_asks_the_same_number_of_questions_for_any_number_of_groups(
    ada, dee, pat, django_assert_num_queries
):
    groups = [
        AlertGroup.objects.create(school=ada.school, name=f"Group {n}", roles=[Role.DSL])
        for n in range(10)
    ]

    with django_assert_num_queries(3):
        recipients.people_by_group(groups[:1], ada.school, timezone.localdate())
    with django_assert_num_queries(3):
        people = recipients.people_by_group(groups, ada.school, timezone.localdate())

    assert [[one.name for one in members] for members in people.values()] == [["Dee Okafor"]] * 10


# Mark as read


def test_marking_as_read_twice_is_marking_once(ada, dee, team, sam):
    alert = factories.incident(ada, sam).alerts.get()

    first = services.acknowledge_alert(by=dee, alert=alert)
    again = services.acknowledge_alert(by=dee, alert=alert)

    assert again == first
    assert Acknowledgement.objects.count() == 1
    assert first.by == dee.user


@pytest.mark.parametrize("who", ["ada", "dan", "una"])
def test_only_the_person_alerted_marks_as_read(ada, dee, sam, who, request):
    alert = factories.incident(ada, sam, alerted=[dee.user]).alerts.get()

    with pytest.raises(services.NotInThread):
        services.acknowledge_alert(by=request.getfixturevalue(who), alert=alert)

    assert not Acknowledgement.objects.exists()


def test_an_alert_of_one_school_is_not_marked_from_another(ada, dee, elm, sam):
    alert = factories.incident(ada, sam, alerted=[dee.user]).alerts.get()
    Membership.objects.create(user=dee.user, school=elm, role=Role.DSL)
    from_elm = factories.viewer_for(dee.user, elm)

    with pytest.raises(services.NotInThread):
        services.acknowledge_alert(by=from_elm, alert=alert)


# Report a mistake


def test_a_mistake_is_an_entry_that_goes_to_the_site_leads(ada, dee, dan, hal, team, sam):
    incident = factories.incident(ada, sam)
    heads = AlertGroup.objects.create(
        school=ada.school, name="Site leads", purpose="site_leads", roles=[Role.HEAD]
    )

    mistake = services.report_mistake(
        by=ada, submission=uuid4(), incident=incident, narrative="It was Tuesday."
    )

    assert (mistake.kind, mistake.narrative) == (Action.Kind.MISTAKE, "It was Tuesday.")
    assert told(incident, mistake) == {"Hal Grant": "mistake"}
    assert Incident.objects.get().saw == incident.saw
    assert heads.purpose == AlertGroup.Purpose.SITE_LEADS


def test_without_a_setting_a_mistake_goes_to_the_dsl_and_the_deputies(ada, dee, dan, hal, sam):
    incident = factories.incident(ada, sam)

    mistake = services.report_mistake(
        by=ada, submission=uuid4(), incident=incident, narrative="It was Tuesday."
    )

    assert told(incident, mistake) == {"Dan Price": "mistake", "Dee Okafor": "mistake"}


def test_sending_a_mistake_twice_is_sending_it_once(ada, dee, sam):
    incident, submission = factories.incident(ada, sam), uuid4()

    for _ in range(2):
        services.report_mistake(
            by=ada, submission=submission, incident=incident, narrative="It was Tuesday."
        )

    assert Action.objects.count() == Alert.objects.count() == 1


@pytest.mark.parametrize("who", ["eli", "dee", "una"])
def test_only_its_author_reports_a_mistake_in_an_incident(ada, eli, sam, who, request):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    other = request.getfixturevalue(who).elevated()

    with pytest.raises(services.NotInThread):
        services.report_mistake(by=other, submission=uuid4(), incident=incident, narrative="No.")

    assert not Action.objects.exists()


# It stays


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incidents_incident SET saw = 'x'",
        "DELETE FROM incidents_incident",
        "UPDATE incidents_alert SET recipient_id = recipient_id",
        "DELETE FROM incidents_acknowledgement",
        "UPDATE incidents_action SET narrative = 'x'",
        "DELETE FROM incidents_linkedpupil",
        "DELETE FROM incidents_attachment",
    ],
)
def test_what_was_recorded_cannot_be_changed_by_the_application(ada, dee, team, sam, statement):
    incident = factories.incident(ada, sam)
    services.acknowledge_alert(by=dee, alert=incident.alerts.get())

    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        connection.cursor().execute(statement)

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_it_is_the_database_that_says_when_it_was_recorded(ada, sam):
    """SR-60: two times, and the author sets only one of them."""
    before = timezone.now()

    incident = factories.incident(ada, sam, occurred_at=factories.ago(days=3))

    assert before - timedelta(seconds=2) <= Incident.objects.get().recorded_at
    assert incident.occurred_at < before - timedelta(days=2)


def add(by, about, *, categories):
    return services.add_incident(
        by=by,
        submission=uuid4(),
        pupil=about,
        account=services.Account(saw="Sam was crying."),
        level=Level.REVIEW,
        occurred_at=factories.ago(hours=1),
        categories=categories,
    )
