"""Who is told, marking as read, and reporting a mistake."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from incidents import recipients, services
from incidents.models import (
    Acknowledgement,
    Action,
    Alert,
    AlertGroup,
    Incident,
    IncidentAgency,
    IncidentCategory,
    LinkedPupil,
)
from ledger.models import Kind, SealedBody
from safeguard.models import Outbox
from tests import factories

WRITTEN = [Incident, IncidentCategory, IncidentAgency, LinkedPupil, Alert, Outbox]


def told(incident: Incident, action: Action | None = None) -> dict[str, str]:
    rows = Alert.objects.filter(incident=incident, action=action)
    return dict(rows.values_list("recipient__name", "because"))


def written() -> int:
    return sum(model.objects.count() for model in WRITTEN)


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
    for n in range(10):
        AlertGroup.objects.create(school=ada.school, name=f"Group {n}", roles=[Role.DSL])
    groups = list(AlertGroup.objects.all())

    with django_assert_num_queries(1):
        recipients.people_by_group(groups[:1], ada.school, timezone.localdate())
    with django_assert_num_queries(1):
        people = recipients.people_by_group(groups, ada.school, timezone.localdate())

    assert [[one.name for one in members] for members in people.values()] == [["Dee Okafor"]] * 10


# Mark as read


def test_marking_as_read_twice_is_marking_once(ada, dee, team, sam):
    alert = factories.incident(ada, sam).alerts.get()

    [first] = services.acknowledge_alerts(by=dee, alerts=[alert])
    [again] = services.acknowledge_alerts(by=dee, alerts=[alert])

    assert again == first
    assert Acknowledgement.objects.count() == 1
    assert first.by == dee.user


def test_several_are_marked_as_read_at_once_and_only_what_was_not_yet_is_taken_down(
    ada, dee, team, sam
):
    one, two = (factories.incident(ada, sam).alerts.get() for _ in range(2))
    services.acknowledge_alerts(by=dee, alerts=[one])

    noted = services.acknowledge_alerts(by=dee, alerts=[two, one])

    assert {acknowledgement.alert_id for acknowledgement in noted} == {one.pk, two.pk}
    told = SealedBody.objects.filter(kind=Kind.ACKNOWLEDGEMENT).values_list("obj", flat=True)
    assert sorted(told) == sorted(Acknowledgement.objects.values_list("pk", flat=True))
    assert len(told) == 2


def test_nothing_is_marked_where_one_of_several_was_told_to_somebody_else(ada, dee, eli, sam):
    incident = factories.incident(ada, sam, alerted=[dee.user, eli.user])

    with pytest.raises(services.NotInThread):
        services.acknowledge_alerts(by=dee, alerts=list(incident.alerts.all()))

    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize("who", ["ada", "dan", "una"])
def test_only_the_person_alerted_marks_as_read(ada, dee, sam, who, request):
    alert = factories.incident(ada, sam, alerted=[dee.user]).alerts.get()

    with pytest.raises(services.NotInThread):
        services.acknowledge_alerts(by=request.getfixturevalue(who), alerts=[alert])

    assert not Acknowledgement.objects.exists()


def test_an_alert_of_one_school_is_not_marked_from_another(ada, dee, elm, sam):
    alert = factories.incident(ada, sam, alerted=[dee.user]).alerts.get()
    Membership.objects.create(user=dee.user, school=elm, role=Role.DSL)
    from_elm = factories.viewer_for(dee.user, elm)

    with pytest.raises(services.NotInThread):
        services.acknowledge_alerts(by=from_elm, alerts=[alert])


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
