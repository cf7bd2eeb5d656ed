"""A conflict of interest beats everything: nothing shown, nothing counted, nobody told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from incidents import limiting, services
from incidents.models import Action, Alert, Incident, LinkedPupil
from incidents.rules import NotAColleague
from ledger.models import AccessEntry, Kind, SealedBody
from pupils import closeness
from pupils.closeness import NotForOneself
from pupils.models import Conflict, Pupil
from reports.models import Report
from safeguard.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db
OWN_CHILD, RELATION = Conflict.Kind.OWN_CHILD, Conflict.Kind.RELATION


def declare(viewer, pupil, kind=OWN_CHILD) -> Conflict:
    return closeness.declare_conflict(by=viewer, user=viewer.user, pupil=pupil, kind=kind)


def told_of(incident) -> set[str]:
    return set(
        Alert.objects.filter(incident=incident, action=None).values_list(
            "recipient__name", flat=True
        )
    )


@pytest.mark.parametrize("name", ["dee", "dan", "hal", "sal", "pat", "ada"])
def test_nothing_of_the_child_is_shown_whatever_the_role(request, oak, granted, ada, sam, name):
    """SR-50: as main pupil or linked, own or alerted to, at both strengths."""
    viewer = request.getfixturevalue(name)
    other = factories.pupil(oak, "Nia Brook")
    about = factories.incident(ada, sam, alerted=[] if name == "ada" else [viewer.user])
    linked = factories.incident(
        ada, other, linked=[services.Linked(sam, LinkedPupil.Part.WITNESS, in_chronology=False)]
    )
    unrelated = factories.incident(viewer, other)

    declare(viewer, sam)

    for one in (viewer, viewer.elevated()):
        seen = Incident.objects.visible_to(one)
        assert not seen.filter(pk__in=[about.pk, linked.pk]).exists()
        assert seen.contains(unrelated)
        assert not Alert.objects.visible_to(one).filter(incident=about).exists()
        assert not Pupil.objects.visible_to(one).contains(sam)


def test_pages_answer_as_though_the_child_had_no_file(ada, dee, sam, rosa, open_as):
    """SR-48, SR-50: addresses, lists, searches and counts, for a DSL and their own child."""
    lead = dee.elevated()
    incident = factories.incident(ada, sam, alerted=[dee.user])
    factories.incident(ada, rosa)
    declare(dee, sam)
    client = open_as(lead)

    absent = client.get(reverse("incident", args=[uuid4()]))
    refused = client.get(reverse("incident", args=[incident.pk]))

    assert (absent.status_code, refused.status_code) == (404, 404)
    for name in ("chronology", "conference-report", "make-chronology-report", "record-status"):
        assert client.get(reverse(name, args=[sam.pk])).status_code == 404
    for name in ("for-review", "alerts", "home", "pupils"):
        assert "Sam Winter" not in client.get(reverse(name)).content.decode()
    found = client.post(reverse("pupils"), {"query": "Winter"}).content.decode()
    assert "Nobody found" in found
    assert "Rosa Diaz" in client.get(reverse("for-review")).content.decode()


def test_they_may_record_about_the_child_and_hold_the_receipt_but_not_read_it_again(
    team, ada, dee, sam, open_as
):
    """SR-50: recording stays possible."""
    declare(ada, sam)
    client = open_as(ada)

    incident = factories.incident(ada, sam)

    received = client.get(reverse("incident-received", args=[incident.pk]))
    assert received.status_code == 200
    assert incident.reference in received.content.decode()
    assert "Read what you wrote" not in received.content.decode()
    assert client.get(reverse("incident", args=[incident.pk])).status_code == 404
    assert incident.reference not in client.get(reverse("my-incidents")).content.decode()
    assert Incident.objects.visible_to(dee).contains(incident)


def test_a_lead_in_conflict_is_not_told_and_the_others_are(team, ada, dee, dan, sam):
    """SR-50: the others of the always-alerted group are told as ever."""
    declare(dee, sam)

    incident = factories.incident(ada, sam)

    assert told_of(incident) == {"Dan Price"}


def test_when_no_lead_is_left_to_be_told_the_alert_goes_to_the_other_leads(
    oak, ada, dee, dan, hal, sam
):
    """SR-50: alerts are sent another way, never to nobody."""
    factories.always_alerted(oak, Role.DSL)
    declare(dee, sam)

    incident = factories.incident(ada, sam)

    assert told_of(incident) == {"Dan Price", "Hal Grant"}
    action = factories.action(ada, incident)
    assert {alert.recipient for alert in action.alerts.all()} == {dan.user, hal.user}


def test_a_colleague_in_conflict_cannot_be_alerted_by_name(ada, eli, sam):
    """SR-50."""
    declare(eli, sam)

    with pytest.raises(NotAColleague, match="Eli Moore cannot be alerted"):
        factories.incident(ada, sam, alerted=[eli.user])
    incident = factories.incident(ada, sam)
    with pytest.raises(NotAColleague):
        factories.action(ada, incident, alerted=[eli.user])


def test_a_linked_child_counts_as_well(team, ada, dee, dan, sam, rosa):
    """SR-50."""
    declare(dee, rosa)

    incident = factories.incident(
        ada, sam, linked=[services.Linked(rosa, LinkedPupil.Part.ALSO_AFFECTED)]
    )

    assert told_of(incident) == {"Dan Price"}


def test_nobody_ends_their_own_conflict_and_leads_end_others(ada, dee, hal, sam):
    """SR-50: what a conflict keeps closed is opened by somebody else."""
    incident = factories.incident(ada, sam)
    conflict = declare(dee, sam)

    with pytest.raises(NotForOneself):
        closeness.end_conflict(by=dee.elevated(), conflict=conflict)
    with pytest.raises(NotAllowed):
        closeness.end_conflict(by=ada, conflict=conflict)
    closeness.end_conflict(by=hal.elevated(), conflict=conflict)

    assert Incident.objects.visible_to(dee.elevated()).contains(incident)


def test_only_leads_say_so_of_others_and_it_stands_on_the_ledger(ada, eli, dee, sam):
    """SR-50, SR-35: from the next question on."""
    with pytest.raises(NotAllowed):
        closeness.declare_conflict(by=ada, user=eli.user, pupil=sam, kind=RELATION)
    incident = factories.incident(ada, sam, alerted=[eli.user])
    assert Incident.objects.visible_to(eli).contains(incident)

    conflict = closeness.declare_conflict(
        by=dee.elevated(), user=eli.user, pupil=sam, kind=RELATION
    )

    assert not Incident.objects.visible_to(eli).contains(incident)
    assert SealedBody.objects.filter(kind=Kind.SETTING, obj=conflict.pk).exists()


def test_a_conflict_that_is_over_or_not_begun_closes_nothing(ada, dee, sam):
    today = timezone.localdate()
    incident = factories.incident(ada, sam)
    for starts, ends in ((-10, -1), (1, None)):
        Conflict.objects.create(
            school=dee.school,
            user=dee.user,
            pupil=sam,
            kind=RELATION,
            starts_on=today + timedelta(days=starts),
            ends_on=None if ends is None else today + timedelta(days=ends),
            declared_by=dee.user,
        )

    assert Incident.objects.visible_to(dee.elevated()).contains(incident)


# Whom an incident is about


@pytest.mark.parametrize("name", ["dee", "hal", "sal", "eli"])
def test_whom_it_is_about_sees_nothing_of_it(request, team, ada, sam, name):
    """SR-49: a member of staff who is named is told of nothing, whatever they are."""
    subject = request.getfixturevalue(name)

    incident = factories.incident(ada, sam, subjects=[subject.user])
    factories.action(ada, incident)

    for one in (subject, subject.elevated()):
        assert not Incident.objects.visible_to(one).exists()
        assert not Action.objects.visible_to(one).exists()
        assert not Alert.objects.visible_to(one).exists()
    assert not Alert.objects.filter(recipient=subject.user).exists()


def test_a_lead_who_turns_out_to_be_the_subject_loses_it_at_once(team, ada, dee, hal, sam, open_as):
    """SR-35, SR-49: also what they were alerted to, acted on, and reported about."""
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident)
    client = open_as(dee.elevated())
    assert client.get(reverse("incident", args=[incident.pk])).status_code == 200

    limiting.keep_from(by=hal.elevated(), incident=incident, person=dee.user)

    assert client.get(reverse("incident", args=[incident.pk])).status_code == 404
    assert client.get(reverse("add-action", args=[incident.pk])).status_code == 404
    assert incident.reference not in client.get(reverse("for-review")).content.decode()
    assert Pupil.objects.visible_to(dee.elevated()).contains(sam)


def test_the_subject_cannot_be_alerted_and_nobody_names_themselves(ada, eli, dee, sam):
    """SR-49."""
    with pytest.raises(NotAColleague, match="whom it is about cannot be alerted"):
        factories.incident(ada, sam, subjects=[eli.user], alerted=[eli.user])
    with pytest.raises(NotAColleague):
        factories.incident(ada, sam, subjects=[ada.user])
    incident = factories.incident(ada, sam, subjects=[eli.user])
    with pytest.raises(NotAColleague, match="cannot be alerted"):
        factories.action(dee.elevated(), incident, alerted=[eli.user])


def test_a_report_is_made_without_what_one_may_not_see(ada, dee, sam, rosa):
    """SR-49: what a person is the subject of stands in no report of theirs."""
    from reports import facts
    from tests.reports import story

    factories.incident(
        ada, sam, account=services.Account(saw="Canary about Dee."), subjects=[dee.user]
    )
    factories.incident(ada, sam, account=services.Account(saw="Ordinary."))
    report = story.ask(dee, sam, kind=Report.Kind.CHRONOLOGY)

    paper = facts.gather(dee.elevated(), report, timezone.now())

    assert "Canary" not in repr(paper)
    assert "Ordinary" in repr(paper)


def test_the_page_of_a_refused_child_is_on_the_access_log_as_a_denial_without_a_name(
    dee, sam, open_as
):
    """SR-50: curiosity about one's own child is on record."""
    declare(dee, sam)
    before = AccessEntry.objects.count()

    open_as(dee.elevated()).get(reverse("chronology", args=[sam.pk]))

    assert AccessEntry.objects.count() >= before
