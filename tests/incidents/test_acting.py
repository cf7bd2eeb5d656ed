"""Adding an action: by whom, when, to whom, with what; and nothing typed is lost on the way."""

import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from incidents.forms.acting import AddActionForm
from incidents.models import Action, Agency, Alert, AlertGroup
from ledger.models import AccessEntry
from tests import factories
from tests.incidents.acting import address, answers, refused

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def incident(ada, eli, sam):
    return factories.incident(ada, sam, alerted=[eli.user], occurred_at=factories.ago(days=9))


@pytest.mark.parametrize("name", ["ada", "eli"])
def test_author_and_alerted_add_an_action_with_the_password_alone(request, incident, open_as, name):
    viewer = request.getfixturevalue(name)

    answer = open_as(viewer).post(address(incident), answers(kind="answer", narrative="I saw it."))

    action = Action.objects.get()
    assert (action.author, action.kind, action.narrative) == (viewer.user, "answer", "I saw it.")
    assert action.incident == incident
    assert answer["Location"] == f"{reverse('incident', args=[incident.pk])}#entry-{action.pk}"


@pytest.mark.parametrize(
    ("name", "elevated", "status"),
    [
        *(("tess", False, 404), ("tess", True, 404), ("gus", False, 404), ("ivy", False, 404)),
        *(("dee", False, 302), ("dee", True, 200), ("pat", True, 404), ("una", True, 404)),
    ],
)
def test_who_opens_the_form(request, incident, open_as, name, elevated, status):
    viewer = request.getfixturevalue(name)
    client = open_as(viewer.elevated() if elevated else viewer)

    assert client.get(address(incident)).status_code == status
    if status != 200:
        assert client.post(address(incident), answers()).status_code == status
        assert not Action.objects.exists()


def test_a_lead_of_the_category_acts_and_one_of_another_does_not(oak, incident, pat, sen, open_as):
    factories.grant(oak, Role.PASTORAL, "Home and family")
    factories.grant(oak, Role.SENCO, "Online")

    assert open_as(pat.elevated()).post(address(incident), answers()).status_code == 302
    assert open_as(sen.elevated()).post(address(incident), answers()).status_code == 404
    assert Action.objects.get().author == pat.user


def test_the_form_offers_the_kinds_that_are_open(incident, ada, dee):
    def kinds(viewer):
        form = AddActionForm.blank(viewer, incident, "", [])
        return {value for value, _ in form.fields["kind"].choices}

    assert kinds(ada) == {"update", "question", "answer", "parent_contact", "agency_contact"}
    assert "decision" in kinds(dee.elevated())
    assert "mistake" not in kinds(dee.elevated())
    assert "reasons" not in AddActionForm.blank(ada, incident, "", []).fields


def test_a_reporter_cannot_slip_in_a_decision(incident, ada, open_as):
    page = refused(open_as(ada), incident, kind="decision", decision="monitor", reasons="So.")

    assert "Choose from the list." in page


def test_a_retrospective_action_keeps_its_own_day_and_time(incident, ada, open_as):
    open_as(ada).post(address(incident), answers(occurred_on="2024-09-02", occurred_time="08:41"))

    action = Action.objects.get()
    assert action.occurred_at == datetime(2024, 9, 2, 8, 41, tzinfo=LONDON)
    action.refresh_from_db()
    assert timezone.now() - action.recorded_at < timedelta(minutes=5)


def test_a_closed_incident_takes_actions_still(incident, ada, dee, open_as):
    factories.action(dee.elevated(), incident, kind=Action.Kind.CLOSED)

    open_as(ada).post(address(incident), answers())

    assert Action.objects.filter(author=ada.user).exists()


def test_the_future_is_refused(incident, ada, open_as):
    tomorrow = timezone.localtime() + timedelta(days=1)

    page = refused(open_as(ada), incident, occurred_on=f"{tomorrow:%Y-%m-%d}")

    assert "Give a date and time that is not in the future." in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("kind", "", "Choose the kind of entry"),
        ("kind", "mistake", "Choose from the list."),
        ("narrative", "   ", "Describe what was done, said or found out"),
        ("occurred_on", "", "Give the day"),
        ("occurred_on", "soon", "Give the day as 7/9/2026"),
        ("occurred_time", "", "Give the time"),
        ("occurred_time", "25:00", "Give the time as 08:41"),
        ("alerted", str(UUID(int=1)), "Choose from the list."),
    ],
)
def test_what_is_missing_or_wrong_is_said(incident, ada, open_as, field, value, says):
    assert says in refused(open_as(ada), incident, **{field: value})


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"reasons": "Third time."}, "Choose what was decided"),
        ({"decision": "monitor"}, "Give your reasons"),
        ({"decision": "monitor", "reasons": "  "}, "Give your reasons"),
    ],
)
def test_a_decision_needs_what_and_why(incident, dee, open_as, said, says):
    assert says in refused(open_as(dee.elevated()), incident, kind="decision", **said)


def test_a_decision_is_kept_with_its_reasons_and_what_it_changed(oak, incident, dee, open_as):
    agency = Agency.objects.create(school=oak, name="Family help")

    open_as(dee.elevated()).post(
        address(incident),
        answers(
            kind="decision",
            decision="early_help",
            reasons="Third time.",
            impact="A named adult.",
            agency=str(agency.pk),
        ),
    )

    action = Action.objects.get()
    assert (action.decision, action.reasons) == ("early_help", "Third time.")
    assert (action.impact, action.agency) == ("A named adult.", agency)


def test_reasons_under_another_kind_are_not_silently_kept_or_dropped(incident, dee, open_as):
    page = refused(open_as(dee.elevated()), incident, kind="update", reasons="Third time.")

    assert "Choose Decision here" in page
    assert "Third time." in page


@pytest.mark.parametrize("kind", ["agency_contact", "referral"])
def test_contact_with_an_agency_names_it(oak, incident, dee, open_as, kind):
    agency = Agency.objects.create(school=oak, name="Family help")
    client = open_as(dee.elevated())

    assert "Choose the agency" in refused(client, incident, kind=kind)
    client.post(address(incident), answers(kind=kind, agency=str(agency.pk)))

    assert Action.objects.get().agency == agency


def test_another_schools_agency_is_not_on_the_list(elm, oak, incident, ada, open_as):
    Agency.objects.create(school=oak, name="Family help")
    theirs = Agency.objects.create(school=elm, name="Family help")

    page = refused(open_as(ada), incident, kind="agency_contact", agency=str(theirs.pk))

    assert "Choose from the list." in page


def test_a_question_is_put_to_somebody(incident, ada, dee, open_as):
    lead = open_as(dee.elevated())

    assert "Choose whom you are asking" in refused(lead, incident, kind="question")
    lead.post(address(incident), answers(kind="question", alerted=str(ada.user.pk)))

    alert = Alert.objects.get(action=Action.objects.get())
    assert (alert.recipient, alert.because) == (ada.user, Alert.Because.NAMED)


def test_those_always_alerted_are_told_whatever_the_browser_sends(
    team, incident, ada, dee, tess, dan, open_as
):
    open_as(ada).post(address(incident), answers(alerted=str(tess.user.pk)))

    told = Alert.objects.filter(action=Action.objects.get())
    assert {alert.recipient for alert in told} == {dee.user, dan.user, tess.user}


def test_those_always_alerted_are_shown_and_cannot_be_taken_off(team, incident, ada, dee, open_as):
    page = open_as(ada).get(address(incident)).content.decode()

    assert "Safeguarding team" in page
    assert "Dee Okafor" in page
    assert f'value="{dee.user.pk}"' not in page


def test_a_group_is_told_together(oak, incident, ada, pat, sen, open_as):
    group = AlertGroup.objects.create(
        school=oak, name="Inclusion", roles=[Role.PASTORAL, Role.SENCO]
    )

    open_as(ada).post(address(incident), answers(groups=str(group.pk)))

    told = Alert.objects.filter(action=Action.objects.get())
    assert {alert.recipient for alert in told} == {pat.user, sen.user}


def test_a_message_reaches_the_person_who_reported(incident, ada, dee, open_as):
    open_as(dee.elevated()).post(
        address(incident), answers(kind="message_to_reporter", narrative="Thank you.")
    )

    alert = Alert.objects.get(action=Action.objects.get())
    assert (alert.recipient, alert.because) == (ada.user, Alert.Because.REPORTER)


def test_the_title_of_the_page_names_no_child(incident, ada, open_as):
    page = open_as(ada).get(address(incident)).content.decode()

    assert "Sam" not in page[page.index("<title>") : page.index("</title>")]


@pytest.mark.django_db(transaction=True)
def test_opening_the_form_is_on_record(incident, ada, sam, open_as):
    open_as(ada).get(address(incident))

    logged = AccessEntry.objects.get()
    assert (logged.event, logged.pupil, logged.target) == ("incident.act", sam.pk, incident.pk)
    assert not logged.elevated


def test_a_lead_whose_elevated_access_ended_gets_back_what_was_typed_for_any_address(
    dee, incident, open_as
):
    """SR-19: the same page whether or not there is an incident."""
    client, pages = open_as(dee), []

    for pk in (incident.pk, uuid4()):
        path = reverse("add-action", args=[pk])
        typed = {"narrative": "Rang mum. No reply.", "submission": "", "kind": "note"}
        page = client.post(path, typed, headers={"origin": "http://testserver"})
        assert page.status_code == 403
        words = page.content.decode().replace(str(pk), "PK")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", words))

    assert "Rang mum. No reply." in pages[0]
    assert pages[0] == pages[1]
    assert not Action.objects.exists()
