"""Alerts in the application: the badge, the list, the link, "mark as read", and Before you go."""

from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import Role
from incidents import services
from incidents.before_you_go import MOST_SHOWN, questions_to, waiting_for
from incidents.models import Acknowledgement, Action, Alert, Level
from incidents.paging import SIZE
from ledger.models import AccessEntry
from tests import factories
from tests.incidents.counting import queries_of

pytestmark = pytest.mark.django_db


def alert_of(viewer, incident, action=None) -> Alert:
    return Alert.objects.get(recipient=viewer.user, incident=incident, action=action)


def badge(client) -> int:
    nav = client.get(reverse("home")).context["nav"]
    return next(link.count for link in nav if link.label == "Alerts")


def read(client, alert, **sent):
    return client.post(reverse("acknowledge-alert", args=[alert.pk]), sent)


# Badge and list


def test_the_badge_counts_what_is_not_yet_read(ada, eli, dee, team, sam, open_as):
    incidents = [factories.incident(ada, sam, alerted=[eli.user]) for _ in range(2)]
    client = open_as(eli)

    before = badge(client)
    read(client, alert_of(eli, incidents[0]))

    assert (before, badge(client)) == (2, 1)
    assert badge(open_as(dee)) == 2
    assert badge(open_as(ada)) == 0


def test_the_list_says_who_what_and_about_whom(ada, eli, sam, open_as):
    incident = factories.incident(
        ada, sam, alerted=[eli.user], level=Level.URGENT, categories=["Home and family", "Online"]
    )

    page = open_as(eli).get(reverse("alerts")).content.decode()

    for said in ("Ada Teach", "Sam Winter", "Year 4, 4B", incident.reference, "Urgent", "Online"):
        assert said in page
    assert "New incident" in page
    assert reverse("alert", args=[alert_of(eli, incident).pk]) in page


def test_an_alert_to_an_action_names_its_author_and_kind(ada, eli, dee, team, sam, open_as):
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, kind=Action.Kind.PARENT_CONTACT, alerted=[eli.user])

    page = open_as(eli).get(reverse("alerts")).content.decode()

    assert "Contact with parent or carer" in page
    assert "Dee Okafor" in page


@pytest.mark.parametrize(
    ("kind", "to_ada", "to_dan"),
    [
        (Action.Kind.MESSAGE, "Message to you", "Message to the person who reported"),
        (Action.Kind.QUESTION, "Question to you", "Question"),
        (Action.Kind.UPDATE, "Update", "Update"),
    ],
)
def test_an_entry_is_to_you_when_it_is(ada, dee, dan, team, sam, open_as, kind, to_ada, to_dan):
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, kind=kind, alerted=[ada.user])

    said = [open_as(who).get(reverse("alerts")).context["lines"][0].what for who in (ada, dan)]

    assert said == [to_ada, to_dan]


def test_what_has_been_read_leaves_the_list_and_stands_under_all(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    client = open_as(eli)
    read(client, alert_of(eli, incident))

    unread = client.get(reverse("alerts")).content.decode()
    everything = client.get(reverse("alerts"), {"all": "yes"}).content.decode()

    assert incident.reference not in unread
    assert "You have read everything" in unread
    assert incident.reference in everything


def test_nobody_sees_another_persons_alerts_in_the_list(ada, eli, dee, team, sam, open_as):
    """Not even an elevated lead, who sees them on the incident: this list is one's own."""
    factories.incident(ada, sam, alerted=[eli.user])

    lines = open_as(dee.elevated()).get(reverse("alerts")).context["lines"]

    assert [line.row.recipient_id for line in lines] == [dee.user_id]


def test_the_list_comes_in_pages_and_none_is_missing_or_twice(ada, eli, sam, open_as):
    for _ in range(SIZE + 3):
        factories.incident(ada, sam, alerted=[eli.user])
    client = open_as(eli)

    first = client.get(reverse("alerts"), {"all": "yes"})
    second = client.get(reverse("alerts") + first.context["page"].older)
    back = client.get(reverse("alerts") + second.context["page"].newer)

    pages = [[line.row.pk for line in page.context["lines"]] for page in (first, second, back)]
    assert (len(pages[0]), len(pages[1])) == (SIZE, 3)
    assert len({*pages[0], *pages[1]}) == SIZE + 3
    assert pages[2] == pages[0]
    assert (first.context["page"].newer, second.context["page"].older) == ("", "")
    assert second.context["everything"]


@pytest.mark.parametrize("place", ["x", "_", "20261101T000000.0_x", "'; DROP TABLE x", "\x00"])
@pytest.mark.parametrize("way", ["older", "newer"])
def test_a_made_up_place_is_the_first_page(ada, eli, sam, open_as, way, place):
    factories.incident(ada, sam, alerted=[eli.user])

    assert len(open_as(eli).get(reverse("alerts"), {way: place}).context["lines"]) == 1


def test_one_alert_and_ten_cost_the_same(ada, eli, sam, open_as):
    client = open_as(eli)
    factories.incident(ada, sam, alerted=[eli.user])
    one = [queries_of(client, reverse(name)) for name in ("alerts", "home")]
    for n in range(9):
        incident = factories.incident(ada, sam, alerted=[eli.user], categories=[f"Category {n}"])
        factories.action(ada, incident, alerted=[eli.user])

    assert [queries_of(client, reverse(name)) for name in ("alerts", "home")] == one


@pytest.mark.django_db(transaction=True)
def test_whom_the_list_names_is_in_the_access_log(ada, eli, sam, rosa, open_as):
    for pupil in (sam, sam, rosa):
        factories.incident(ada, pupil, alerted=[eli.user])

    open_as(eli).get(reverse("alerts"))

    pupils = AccessEntry.objects.filter(event="alert.list").values_list("pupil", flat=True)
    assert sorted(pupils) == sorted([sam.pk, rosa.pk])


# The link in the mail


def test_the_link_leads_to_the_incident(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    link = reverse("alert", args=[alert_of(eli, incident).pk])

    response = open_as(eli).get(link)

    assert response["Location"] == reverse("incident", args=[incident.pk])


def test_the_link_to_an_action_leads_to_its_place_in_the_thread(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    action = factories.action(ada, incident, alerted=[eli.user])
    client = open_as(eli)

    link = client.get(reverse("alert", args=[alert_of(eli, incident, action).pk]))["Location"]

    assert link == f"{reverse('incident', args=[incident.pk])}#entry-{action.pk}"
    assert f'id="entry-{action.pk}"' in client.get(link).content.decode()


def test_the_link_survives_signing_in(ada, eli, sam, client):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    eli.user.set_password(factories.PASSWORD)
    eli.user.save()
    link = reverse("alert", args=[alert_of(eli, incident).pk])

    asked = client.get(link)
    signed_in = client.post(
        asked["Location"], {"username": eli.user.email, "password": factories.PASSWORD}
    )
    landed = client.get(signed_in["Location"], follow=True)

    assert asked["Location"].startswith(reverse("sign-in"))
    assert signed_in["Location"] == link
    assert landed.redirect_chain[-1][0] == reverse("incident", args=[incident.pk])
    assert incident.reference in landed.content.decode()


@pytest.mark.parametrize("who", ["ada", "dan", "gus", "una"])
def test_anybody_elses_alert_is_not_there(ada, eli, sam, open_as, who, request):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    client = open_as(request.getfixturevalue(who).elevated())
    alert = alert_of(eli, incident)

    assert client.get(reverse("alert", args=[alert.pk])).status_code == 404
    assert read(client, alert).status_code == 404
    assert client.get(reverse("alert", args=[uuid4()])).status_code == 404
    assert not Acknowledgement.objects.exists()


def test_somebody_of_two_schools_is_led_to_the_one_whose_alert_it_is(ada, eli, elm, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    alert = alert_of(eli, incident)
    Membership.objects.create(user=eli.user, school=elm, role=Role.TEACHER)
    at_elm = open_as(factories.viewer_for(eli.user, elm))

    response = at_elm.get(reverse("alert", args=[alert.pk]))

    link = reverse("alert", args=[alert.pk]).replace("/", "%2F")
    assert response["Location"] == f"{reverse('choose-school')}?next={link}"
    assert read(at_elm, alert).status_code == 404


def test_opening_an_alert_is_not_saying_that_one_has_read_it(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])

    open_as(eli).get(reverse("alert", args=[alert_of(eli, incident).pk]), follow=True)

    assert not Acknowledgement.objects.exists()


# Mark as read


def test_mark_as_read_notes_who_and_when_and_goes_back_to_the_list(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])

    response = read(open_as(eli), alert_of(eli, incident))

    noted = Acknowledgement.objects.get()
    assert response["Location"] == reverse("alerts")
    assert (noted.by, noted.alert.incident) == (eli.user, incident)
    assert noted.recorded_at >= incident.recorded_at


def test_mark_as_read_from_the_incident_goes_back_to_it_and_nowhere_else(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    client, alert = open_as(eli), alert_of(eli, incident)
    page = reverse("incident", args=[incident.pk])

    assert read(client, alert, next=page)["Location"] == page
    for elsewhere in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        assert "example" not in read(client, alert, next=elsewhere)["Location"]


def test_reading_is_only_said_by_a_button(ada, eli, sam, open_as):
    alert = alert_of(eli, factories.incident(ada, sam, alerted=[eli.user]))

    assert open_as(eli).get(reverse("acknowledge-alert", args=[alert.pk])).status_code == 405
    assert not Acknowledgement.objects.exists()


# Before you go


def test_with_nothing_waiting_home_says_so(ada, open_as):
    page = open_as(ada).get(reverse("home")).content.decode()

    assert "Nothing is open" in page
    assert page.index("Add incident") < page.index("Before you go")


def test_home_names_no_child_and_links_to_each_alert(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])

    page = open_as(eli).get(reverse("home")).content.decode()

    assert "New incident from Ada Teach: Home and family" in page
    assert reverse("alert", args=[alert_of(eli, incident).pk]) in page
    assert "Nothing is open" not in page
    for word in ("Sam", "Winter", "crying"):
        assert word not in page


def test_a_question_stands_first_until_it_is_answered(ada, eli, dee, team, sam, open_as):
    incident = factories.incident(ada, sam)
    question = factories.action(
        dee.elevated(),
        incident,
        kind=Action.Kind.QUESTION,
        narrative="Which corridor?",
        alerted=[ada.user],
    )
    client = open_as(ada)

    asked = client.get(reverse("home")).content.decode()
    read(client, alert_of(ada, incident, question))
    still = client.get(reverse("home")).content.decode()
    factories.action(ada, incident, kind=Action.Kind.ANSWER, narrative="The upper one.")
    answered = client.get(reverse("home")).content.decode()

    assert "Dee Okafor asks you something" in asked
    assert "corridor" not in asked
    assert "Dee Okafor asks you something" in still
    assert "Nothing is open" in answered


def test_a_second_question_is_not_answered_by_the_answer_to_the_first(ada, dee, team, sam):
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, kind="question", alerted=[ada.user])
    factories.action(ada, incident, kind="answer")
    assert questions_to(ada).count() == 0

    factories.action(dee.elevated(), incident, kind="question", alerted=[ada.user])

    assert questions_to(ada).count() == 1


def test_home_shows_some_questions_and_says_how_many_more_there_are(ada, dee, sam, open_as):
    incident = factories.incident(ada, sam)
    for _ in range(MOST_SHOWN + 2):
        factories.action(dee.elevated(), incident, kind="question", alerted=[ada.user])

    page = open_as(ada).get(reverse("home")).content.decode()

    assert page.count("Dee Okafor asks you something") == MOST_SHOWN
    assert "2 more questions to you" in page


def test_a_question_to_somebody_is_not_one_to_those_who_are_always_told(
    ada, eli, dee, dan, team, sam
):
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, kind="question", alerted=[ada.user])

    assert waiting_for(dan).questions == []
    assert len(waiting_for(ada).questions) == 1


def test_a_lead_who_is_asked_by_name_is_asked(ada, dee, dan, team, sam):
    incident = factories.incident(ada, sam)
    factories.action(ada, incident, kind="question", alerted=[dan.user])

    assert len(waiting_for(dan).questions) == 1
    assert waiting_for(dee).questions == []


def test_another_persons_answer_does_not_answer_for_me(ada, eli, dee, team, sam):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    factories.action(dee.elevated(), incident, kind="question", alerted=[ada.user, eli.user])

    factories.action(eli, incident, kind="answer")

    assert (questions_to(ada).count(), questions_to(eli).count()) == (1, 0)


def test_urgent_alerts_stand_first_and_the_rest_is_counted(ada, eli, sam, open_as):
    for _ in range(MOST_SHOWN):
        factories.incident(ada, sam, alerted=[eli.user])
    factories.incident(ada, sam, alerted=[eli.user], level=Level.URGENT)
    factories.incident(ada, sam, alerted=[eli.user], level=Level.RECORD)

    page = open_as(eli).get(reverse("home"))

    waiting = page.context["waiting"]
    assert waiting.alerts[0]["level"] == "urgent"
    assert (len(waiting.alerts), waiting.more_alerts) == (MOST_SHOWN, 2)
    assert "2 more unread alerts" in page.content.decode()


@pytest.mark.parametrize("who", ["gus", "max_", "ivy"])
def test_those_who_record_nothing_have_nothing_waiting(who, open_as, request):
    page = open_as(request.getfixturevalue(who)).get(reverse("home"))

    assert page.status_code == 200
    assert reverse("alerts") not in page.content.decode()
    assert [link.label for link in page.context["nav"]][:1] == ["Home"]


# Seen by


def test_the_author_sees_who_has_read_it_and_when(ada, eli, dee, team, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    services.acknowledge_alerts(by=dee, alerts=[alert_of(dee, incident)])

    line = open_as(ada).get(reverse("my-incidents")).context["lines"][0]

    read_by = {person.name: person.read_at for person in line.told}
    assert read_by == {
        "Dee Okafor": Acknowledgement.objects.get().recorded_at,
        "Eli Moore": None,
    }
