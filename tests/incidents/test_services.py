"""Recording: who may, what is refused, what is written, and that it stays."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from incidents import rules, services
from incidents.models import (
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


def test_a_hundred_incidents_a_day_are_the_most(ada, sam, settings):
    """SR-66."""
    settings.INCIDENTS_A_DAY = 2
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
    services.acknowledge_alerts(by=dee, alerts=[incident.alerts.get()])

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
