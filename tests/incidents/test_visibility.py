"""Who sees which incident, action, alert and file: every role, both strengths, right and wrong category."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from accounts.models import Membership
from accounts.permissions import Role
from accounts.viewer import viewer_for
from incidents import rules, services
from incidents.models import (
    Acknowledgement,
    Action,
    Alert,
    Attachment,
    Incident,
    IncidentAgency,
    IncidentCategory,
    LinkedPupil,
    Significance,
)
from safeguard.errors import DomainError
from tests import factories

pytestmark = pytest.mark.django_db

CAST = [
    *("ada", "eli", "tess", "dee", "dan", "hal", "sal"),
    *("pat", "sen", "gus", "max_", "ivy", "una"),
]
READ_EVERYTHING = {"dee", "hal", "sal"}
READ_BY_CATEGORY = {"dan": Role.DEPUTY_DSL, "pat": Role.PASTORAL, "sen": Role.SENCO}


@dataclass
class Scene:
    """An incident of Ada's to which Eli was alerted, and what followed; all rows by a short name."""

    incident: Incident
    actions: dict[str, Action]
    alerts: dict[str, Alert]
    files: dict[str, Attachment]


def attach(incident, action=None) -> Attachment:
    return Attachment.objects.create(
        incident=incident,
        action=action,
        name="note.txt",
        content_type="text/plain",
        size=1,
        sha256="0" * 64,
        stored_as=uuid4().hex,
    )


@pytest.fixture
def scene(ada, eli, dee, sam, rosa) -> Scene:
    incident = factories.incident(
        ada, sam, alerted=[eli.user], linked=[services.Linked(rosa, LinkedPupil.Part.WITNESS)]
    )
    lead = dee.elevated()
    actions = {
        "ada's own": factories.action(ada, incident),
        "to Eli": factories.action(lead, incident, alerted=[eli.user]),
        "to nobody": factories.action(lead, incident),
        "to the reporter": factories.action(lead, incident, kind=Action.Kind.MESSAGE),
    }
    alerts = {
        "Eli of the incident": Alert.objects.get(incident=incident, action=None),
        "Eli of the action": Alert.objects.get(action=actions["to Eli"]),
        "Ada of the message": Alert.objects.get(action=actions["to the reporter"]),
    }
    files = {"incident's": attach(incident)} | {
        name: attach(incident, action) for name, action in actions.items()
    }
    return Scene(incident, actions, alerts, files)


def seen(model, viewer, rows: dict) -> set[str]:
    visible = set(model.objects.visible_to(viewer).values_list("pk", flat=True))
    return {name for name, row in rows.items() if row.pk in visible}


def what_is_seen(viewer, scene: Scene) -> tuple[bool, set, set, set]:
    in_full = Incident.objects.read_in_full_by(viewer).contains(scene.incident)
    assert rules.leads(viewer, scene.incident) is in_full
    return (
        Incident.objects.visible_to(viewer).contains(scene.incident),
        seen(Action, viewer, scene.actions),
        seen(Alert, viewer, scene.alerts),
        seen(Attachment, viewer, scene.files),
    )


NOTHING = (False, set(), set(), set())
ALL_ACTIONS = {"ada's own", "to Eli", "to nobody", "to the reporter"}
EVERYTHING = (
    True,
    ALL_ACTIONS,
    {"Eli of the incident", "Eli of the action", "Ada of the message"},
    ALL_ACTIONS | {"incident's"},
)
AUTHORS = (
    True,
    {"ada's own", "to the reporter"},
    {"Eli of the incident", "Ada of the message"},
    {"incident's", "ada's own", "to the reporter"},
)
ALERTED = (
    True,
    {"to Eli"},
    {"Eli of the incident", "Eli of the action"},
    {"incident's", "to Eli"},
)


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("strength", ["password", "authenticator"])
def test_who_sees_what_of_an_incident(request, scene, name, strength):
    viewer = request.getfixturevalue(name)
    if strength == "authenticator":
        viewer = viewer.elevated()
        expected = EVERYTHING if name in READ_EVERYTHING else NOTHING
    else:
        expected = NOTHING
    # Dee wrote actions, but an elevated session is what lets her see them again.
    expected = {"ada": AUTHORS, "eli": ALERTED}.get(name, expected)

    assert what_is_seen(viewer, scene) == expected


@pytest.mark.parametrize("name", READ_BY_CATEGORY)
@pytest.mark.parametrize(
    ("category", "strength", "expected"),
    [
        ("Home and family", "authenticator", EVERYTHING),
        ("Home and family", "password", NOTHING),
        ("Online", "authenticator", NOTHING),
        ("Online", "password", NOTHING),
    ],
)
def test_a_grant_opens_its_own_category_and_only_when_elevated(
    request, oak, scene, name, category, strength, expected
):
    viewer = request.getfixturevalue(name)
    factories.grant(oak, READ_BY_CATEGORY[name], category)

    if strength == "authenticator":
        viewer = viewer.elevated()

    assert what_is_seen(viewer, scene) == expected


def test_a_grant_of_one_role_opens_nothing_for_another(oak, scene, pat, sen):
    factories.grant(oak, Role.PASTORAL, "Home and family")

    assert what_is_seen(pat.elevated(), scene) == EVERYTHING
    assert what_is_seen(sen.elevated(), scene) == NOTHING


def test_a_grant_to_teachers_opens_nothing(oak, scene, tess):
    factories.grant(oak, Role.SUPPORT, "Home and family")

    assert what_is_seen(tess.elevated(), scene) == NOTHING


def test_a_grant_at_another_school_opens_nothing_here(oak, elm, scene, pat):
    factories.grant(elm, Role.PASTORAL, "Home and family")
    Membership.objects.create(user=pat.user, school=elm, role=Role.PASTORAL)

    assert what_is_seen(pat.elevated(), scene) == NOTHING
    assert what_is_seen(viewer_for(pat.user, elm).elevated(), scene) == NOTHING


def test_a_lead_of_two_schools_sees_only_the_one_acted_in(oak, elm, scene, dee):
    Membership.objects.create(user=dee.user, school=elm, role=Role.DSL)

    assert what_is_seen(viewer_for(dee.user, elm).elevated(), scene) == NOTHING


def test_an_author_sees_nothing_of_it_while_acting_in_another_school(elm, scene, ada, eli):
    for viewer in (ada, eli):
        Membership.objects.create(user=viewer.user, school=elm, role=Role.TEACHER)

        assert what_is_seen(viewer_for(viewer.user, elm), scene) == NOTHING


def test_rights_end_with_the_role(scene, ada):
    Membership.objects.filter(user=ada.user).update(role=Role.GOVERNOR)

    assert what_is_seen(viewer_for(ada.user, ada.school), scene) == NOTHING


def test_somebody_alerted_to_an_action_only_reads_the_incident_too(scene, dee, tess):
    action = factories.action(dee.elevated(), scene.incident, alerted=[tess.user])

    assert Incident.objects.visible_to(tess).contains(scene.incident)
    assert list(Action.objects.visible_to(tess)) == [action]


def test_marking_an_alert_as_read_takes_nothing_away(scene, eli):
    services.acknowledge_alerts(by=eli, alerts=[scene.alerts["Eli of the incident"]])

    assert what_is_seen(eli, scene) == ALERTED


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("strength", ["password", "authenticator"])
def test_the_parts_of_an_incident_are_seen_with_it_and_never_without(
    request, scene, name, strength, dee
):
    viewer = request.getfixturevalue(name)
    viewer = viewer.elevated() if strength == "authenticator" else viewer
    incident = Incident.objects.visible_to(viewer).contains(scene.incident)

    for model in (IncidentCategory, LinkedPupil):
        assert model.objects.visible_to(viewer).exists() is incident
    assert not IncidentAgency.objects.visible_to(viewer).exists()


def test_who_said_read_is_seen_by_the_reader_the_author_and_the_leads(scene, ada, eli, tess, dee):
    services.acknowledge_alerts(by=eli, alerts=[scene.alerts["Eli of the incident"]])

    sees = [
        viewer
        for viewer in (ada, eli, tess, dee, dee.elevated())
        if Acknowledgement.objects.visible_to(viewer).exists()
    ]

    assert sees == [ada, eli, dee.elevated()]


def test_only_those_who_read_in_full_see_that_an_incident_is_marked(scene, ada, eli, dee, sal):
    services.mark_significant(by=dee.elevated(), incident=scene.incident, significant=True)

    sees = [
        viewer
        for viewer in (ada, eli, dee, sal, dee.elevated(), sal.elevated())
        if Significance.objects.visible_to(viewer).exists()
    ]

    assert sees == [dee.elevated(), sal.elevated()]


# What each person may add

EVERYBODYS = {"update", "question", "answer", "parent_contact", "agency_contact"}
LEADS = EVERYBODYS | {
    *("decision", "referral", "outcome", "correction"),
    *("message_to_reporter", "closed", "reopened"),
}


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("strength", ["password", "authenticator"])
def test_which_kinds_of_entry_are_open_to_whom(request, scene, name, strength):
    viewer = request.getfixturevalue(name)
    viewer = viewer.elevated() if strength == "authenticator" else viewer
    leads = strength == "authenticator" and name in READ_EVERYTHING

    kinds = set(services.kinds_open_to(viewer, scene.incident))

    told = EVERYBODYS if name in {"ada", "eli"} else set()
    assert kinds == (LEADS if leads else told)


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("strength", ["password", "authenticator"])
def test_who_may_add_an_action(request, scene, name, strength):
    viewer = request.getfixturevalue(name)
    viewer = viewer.elevated() if strength == "authenticator" else viewer
    leads = strength == "authenticator" and name in READ_EVERYTHING

    try:
        factories.action(viewer, scene.incident)
        added = True
    except DomainError:
        added = False

    assert added is (leads or name in {"ada", "eli"})


@pytest.mark.parametrize("kind", sorted(LEADS - EVERYBODYS))
def test_a_reporter_makes_no_entry_that_is_the_leads(scene, ada, kind):
    with pytest.raises(services.NotInThread):
        factories.action(ada, scene.incident, kind=kind, decision="monitor", reasons="Because.")


@pytest.mark.parametrize("kind", ["mistake", "anything"])
def test_nobody_adds_a_kind_of_entry_that_is_not_on_the_list(scene, dee, kind):
    with pytest.raises(services.NotInThread):
        factories.action(dee.elevated(), scene.incident, kind=kind)


def test_a_lead_who_was_alerted_acts_as_everybody_does_until_elevated(ada, dee, sam):
    incident = factories.incident(ada, sam, alerted=[dee.user])

    with pytest.raises(services.NotInThread):
        factories.action(dee, incident, kind=Action.Kind.CLOSED)
    factories.action(dee.elevated(), incident, kind=Action.Kind.CLOSED)

    assert Action.objects.get().kind == Action.Kind.CLOSED
