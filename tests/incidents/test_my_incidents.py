"""My incidents: what I wrote, how far it has come, what is written back, and Report a mistake."""

from uuid import uuid4

import pytest
from django.urls import reverse

from incidents import services
from incidents.models import Action, Alert, Incident
from incidents.paging import SIZE
from ledger.models import AccessEntry
from tests import factories
from tests.incidents.counting import queries_of

pytestmark = pytest.mark.django_db

PAGE = "my-incidents"


def lines(client, **query):
    return client.get(reverse(PAGE), query).context["lines"]


def state(client) -> str:
    return lines(client)[0].state


# The list


def test_what_i_recorded_can_be_read_again(ada, sam, open_as):
    incident = factories.incident(ada, sam)
    client = open_as(ada)

    page = client.get(reverse(PAGE)).content.decode()

    assert incident.reference in page
    assert "Sam Winter" in page
    assert reverse("incident", args=[incident.pk]) in page
    again = client.get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Sam was crying in the corridor." in again


def test_only_my_own_stand_there(ada, eli, dee, team, sam, una, leo, open_as):
    mine = factories.incident(ada, sam)
    factories.incident(eli, sam, alerted=[ada.user])
    factories.incident(una, leo)

    assert [line.row for line in lines(open_as(ada))] == [mine]
    assert lines(open_as(dee.elevated())) == []


def test_with_nothing_recorded_it_says_what_will_be_here(ada, open_as):
    page = open_as(ada).get(reverse(PAGE)).content.decode()

    assert "You have not recorded anything yet" in page


@pytest.mark.parametrize("who", ["gus", "max_", "ivy"])
def test_those_who_do_not_record_have_no_such_page(who, open_as, request):
    assert open_as(request.getfixturevalue(who)).get(reverse(PAGE)).status_code == 404


def test_the_newest_stand_first_in_pages(ada, sam, open_as):
    made = [factories.incident(ada, sam) for _ in range(SIZE + 2)]
    client = open_as(ada)

    first = client.get(reverse(PAGE))
    second = client.get(reverse(PAGE) + first.context["page"].older)

    shown = [line.row for page in (first, second) for line in page.context["lines"]]
    assert shown == made[::-1]
    assert len(first.context["lines"]) == SIZE


def test_one_incident_and_ten_cost_the_same(ada, dee, dan, team, sam, open_as):
    client = open_as(ada)
    first = factories.incident(ada, sam)
    factories.action(dee.elevated(), first, kind="message_to_reporter")
    one = queries_of(client, reverse(PAGE))
    for n in range(9):
        incident = factories.incident(ada, sam, categories=[f"Category {n}", "Online"])
        factories.action(dee.elevated(), incident, kind="message_to_reporter")
        alert = incident.alerts.get(recipient=dan.user, action=None)
        services.acknowledge_alerts(by=dan, alerts=[alert])

    assert queries_of(client, reverse(PAGE)) == one


@pytest.mark.django_db(transaction=True)
def test_whom_the_list_names_is_in_the_access_log(ada, sam, rosa, open_as):
    for pupil in (sam, sam, rosa):
        factories.incident(ada, pupil)

    open_as(ada).get(reverse(PAGE))

    pupils = AccessEntry.objects.filter(event="incident.own_list").values_list("pupil", flat=True)
    assert sorted(pupils) == sorted([sam.pk, rosa.pk])


# How far it has come


def test_the_state_is_said_in_words(ada, dee, team, sam, open_as):
    client, lead = open_as(ada), dee.elevated()
    incident = factories.incident(ada, sam)

    said = [state(client)]
    services.acknowledge_alerts(by=dee, alerts=[incident.alerts.get()])
    said.append(state(client))
    factories.action(lead, incident)
    said.append(state(client))
    factories.action(lead, incident, kind=Action.Kind.CLOSED, narrative="Plan in place.")
    said.append(state(client))
    factories.action(lead, incident, kind=Action.Kind.REOPENED, narrative="New facts.")
    said.append(state(client))

    assert said == ["Received", "Read", "Being looked at", "Closed", "Being looked at"]


def test_my_own_entries_do_not_make_it_look_as_though_somebody_acted(ada, dee, team, sam, open_as):
    incident = factories.incident(ada, sam)
    factories.action(ada, incident)

    assert state(open_as(ada)) == "Received"


def test_a_later_entry_does_not_open_what_is_closed(ada, dee, team, sam, open_as):
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, kind=Action.Kind.CLOSED, narrative="Done.")
    factories.action(dee.elevated(), incident, narrative="A letter came.")

    assert state(open_as(ada)) == "Closed"


# What is written back


def test_a_message_to_me_stands_with_the_incident_and_other_entries_do_not(
    ada, dee, team, sam, open_as
):
    incident = factories.incident(ada, sam)
    lead = dee.elevated()
    factories.action(lead, incident, kind="message_to_reporter", narrative="Thank you, Ada.")
    factories.action(lead, incident, narrative="Rang the social worker.")

    page = open_as(ada).get(reverse(PAGE)).content.decode()

    assert "Thank you, Ada." in page
    assert "Dee Okafor" in page
    assert "social worker" not in page


# Report a mistake


def report(client, incident, **sent):
    sent = {"submission": str(uuid4()), "narrative": "It was Tuesday."} | sent
    return client.post(reverse("report-mistake", args=[incident.pk]), sent)


def test_a_mistake_is_reported_by_reference_and_says_to_whom_it_goes(
    ada, dee, dan, team, sam, open_as
):
    incident, client = factories.incident(ada, sam), open_as(ada)

    page = client.get(reverse("report-mistake", args=[incident.pk])).content.decode()
    done = client.post(
        reverse("report-mistake", args=[incident.pk]),
        {"submission": str(uuid4()), "narrative": "It was Tuesday."},
        follow=True,
    )

    assert incident.reference in page
    assert "Dan Price, Dee Okafor" in page
    assert f"Your note on {incident.reference} has been sent." in done.content.decode()
    action = Action.objects.get()
    assert (action.kind, action.narrative) == (Action.Kind.MISTAKE, "It was Tuesday.")
    assert set(action.alerts.values_list("recipient", flat=True)) == {dee.user_id, dan.user_id}
    assert Incident.objects.get().saw == "Sam was crying in the corridor."


def test_a_mistake_sent_twice_is_one_entry(ada, dee, team, sam, open_as):
    incident, client, submission = factories.incident(ada, sam), open_as(ada), str(uuid4())

    for _ in range(2):
        assert report(client, incident, submission=submission).status_code == 302

    assert Action.objects.count() == 1
    assert Alert.objects.exclude(action=None).count() == 1


def test_two_mistakes_are_two_entries(ada, dee, team, sam, open_as):
    incident, client = factories.incident(ada, sam), open_as(ada)
    url = reverse("report-mistake", args=[incident.pk])

    for _ in range(2):
        submission = client.get(url).context["form"]["submission"].value()
        report(client, incident, submission=str(submission))

    assert Action.objects.count() == 2


@pytest.mark.parametrize(
    "sent", [{"narrative": " "}, {"narrative": "x" * 20_001}, {"submission": "x"}]
)
def test_a_mistake_says_what_is_wrong(ada, sam, open_as, sent):
    incident = factories.incident(ada, sam)

    response = report(open_as(ada), incident, **sent)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert not Action.objects.exists()


@pytest.mark.parametrize("who", ["eli", "dee", "una"])
def test_nobody_reports_a_mistake_in_what_another_wrote(ada, eli, sam, open_as, who, request):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    client = open_as(request.getfixturevalue(who).elevated())

    assert client.get(reverse("report-mistake", args=[incident.pk])).status_code == 404
    assert report(client, incident).status_code == 404
    assert not Action.objects.exists()
