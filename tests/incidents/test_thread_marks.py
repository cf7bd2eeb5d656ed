"""On an incident's page: who has read it, what is asked of whom, its state, and the mark."""

import pytest
from django.urls import reverse

from incidents import services, thread
from incidents.models import Acknowledgement, Action, Alert, Significance
from tests import factories
from tests.incidents.showing import address, page_as

pytestmark = pytest.mark.django_db


def test_the_author_sees_who_has_read_it_and_when(ada, eli, tess, sam):
    incident = factories.incident(ada, sam, alerted=[eli.user, tess.user])
    [read] = services.acknowledge_alerts(by=eli, alerts=[Alert.objects.get(recipient=eli.user)])

    page = thread.page_of(ada, incident)

    assert [(told.name, told.read_at is not None) for told in page.told] == [
        ("Eli Moore", True),
        ("Tess Bell", False),
    ]
    read.refresh_from_db()
    assert page.told[0].read_at == read.recorded_at


def test_somebody_alerted_does_not_see_who_else_was(ada, eli, tess, sam):
    incident = factories.incident(ada, sam, alerted=[eli.user, tess.user])

    assert [told.name for told in thread.page_of(eli, incident).told] == ["Eli Moore"]


def test_an_unread_alert_is_offered_to_be_marked_as_read(ada, eli, dee, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    first = Alert.objects.get()
    action = factories.action(dee.elevated(), incident, alerted=[eli.user])
    second = Alert.objects.get(action=action)

    before = page_as(open_as, eli, incident)
    for alert in (first, second):
        services.acknowledge_alerts(by=eli, alerts=[alert])
    after = page_as(open_as, eli, incident)

    for alert in (first, second):
        assert f'name="alert" value="{alert.pk}"' in before
        assert str(alert.pk) not in after
    assert "Not read by you" in before
    assert "Not read by you" not in after
    assert "Mark as read" not in page_as(open_as, ada, incident)


def test_marking_as_read_on_the_page_comes_back_to_the_page(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    alert = Alert.objects.get()

    answer = open_as(eli).post(address(incident), {"alert": str(alert.pk)})

    assert answer["Location"] == address(incident)
    assert Acknowledgement.objects.get().alert == alert


def test_what_arrived_after_the_page_was_opened_still_waits(ada, eli, dee, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    shown = Alert.objects.get()
    factories.action(dee.elevated(), incident, alerted=[eli.user])

    open_as(eli).post(address(incident), {"alert": str(shown.pk)})

    assert [row.alert for row in Acknowledgement.objects.all()] == [shown]


def test_nobody_marks_as_read_what_somebody_else_was_alerted_to(ada, eli, dee, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    said = {"alert": [str(Alert.objects.get().pk), "nonsense"]}

    for viewer in (ada, dee.elevated()):
        assert open_as(viewer).post(address(incident), said).status_code == 302

    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize(("name", "status"), [("tess", 404), ("una", 302), ("dee", 302)])
def test_nobody_who_may_not_read_marks_anything(request, ada, sam, open_as, name, status):
    viewer = request.getfixturevalue(name)
    incident = factories.incident(ada, sam)

    answer = open_as(viewer).post(address(incident))

    assert answer.status_code == status
    if status == 302:
        assert answer["Location"].startswith(reverse("elevate"))


def test_a_question_put_to_me_offers_to_answer_until_i_have(ada, dee, sam):
    lead = dee.elevated()
    incident = factories.incident(ada, sam)
    factories.action(lead, incident, kind=Action.Kind.QUESTION, alerted=[ada.user])

    before = [entry.asks_me for entry in thread.page_of(ada, incident).entries]
    factories.action(ada, incident, kind=Action.Kind.UPDATE)
    between = [entry.asks_me for entry in thread.page_of(ada, incident).entries]
    factories.action(ada, incident, kind=Action.Kind.ANSWER)
    after = [entry.asks_me for entry in thread.page_of(ada, incident).entries]

    assert before == [True]
    assert between == [True, False]
    assert after == [False, False, False]


def test_a_question_is_not_put_to_those_who_are_merely_always_told(team, ada, dee, sam):
    incident = factories.incident(ada, sam)
    factories.action(ada, incident, kind=Action.Kind.QUESTION)

    [entry] = thread.page_of(dee.elevated(), incident).entries

    assert not entry.asks_me
    assert entry.is_new


def test_the_state_is_told_to_the_author_and_the_leads_and_to_nobody_else(ada, eli, dee, sam):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    lead = dee.elevated()

    def states():
        return [thread.page_of(one, incident).state for one in (ada, eli, lead)]

    assert states() == ["Received", "", "Received"]
    services.acknowledge_alerts(by=eli, alerts=[Alert.objects.get()])
    assert states() == ["Read", "", "Read"]
    factories.action(lead, incident)
    assert states() == ["Being looked at", "", "Being looked at"]
    factories.action(lead, incident, kind=Action.Kind.CLOSED)
    assert states() == ["Closed", "", "Closed"]
    factories.action(lead, incident, kind=Action.Kind.REOPENED)
    assert states() == ["Opened again", "", "Opened again"]


def test_leads_mark_an_event_as_significant_and_take_the_mark_back(ada, dee, sam, open_as):
    incident = factories.incident(ada, sam)
    client = open_as(dee.elevated())
    link = reverse("mark-significant", args=[incident.pk])

    for said in ("yes", "no"):
        answer = client.post(link, {"significant": said})
        assert answer["Location"] == address(incident)

    marks = Significance.objects.order_by("recorded_at").values_list("significant", flat=True)
    assert list(marks) == [True, False]


@pytest.mark.parametrize(
    ("name", "elevated", "status"),
    [("ada", False, 404), ("sal", True, 404), ("dee", False, 302), ("una", True, 404)],
)
def test_nobody_else_marks_an_event(request, ada, sam, open_as, name, elevated, status):
    viewer = request.getfixturevalue(name)
    incident = factories.incident(ada, sam)
    client = open_as(viewer.elevated() if elevated else viewer)

    answer = client.post(reverse("mark-significant", args=[incident.pk]), {"significant": "yes"})

    assert answer.status_code == status
    assert not Significance.objects.exists()


def test_the_mark_is_offered_to_those_who_may_make_it(ada, dee, sal, sam, open_as):
    incident = factories.incident(ada, sam)
    link = reverse("mark-significant", args=[incident.pk])

    assert link in page_as(open_as, dee.elevated(), incident)
    assert link not in page_as(open_as, sal.elevated(), incident)
    assert link not in page_as(open_as, ada, incident)
