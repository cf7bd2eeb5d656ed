"""The inspection view: named children only, each after a reason; who looks stands on every page."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.checks import pages
from accounts.decide import Verb, decide, decide_entry
from accounts.permissions import Role
from incidents import deciding, files, limiting
from incidents.models import Action, Attachment, Audience, Incident, LinkedPupil
from incidents.readers import readers_of
from pupils import closeness
from pupils.models import AccessReason, BreakGlass, Conflict, Pupil
from safeguard.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db
BAND = "Inspection view"


@pytest.fixture
def ina(oak):
    """An inspector at Oak, with her authenticator."""
    return factories.person("Ina Spector", oak, Role.INSPECTOR).elevated()


@pytest.fixture
def named(ina, dee, sam):
    """Ina, named for Sam."""
    closeness.join_team(by=dee.elevated(), pupil=sam, user=ina.user, part="Inspects")
    return ina


def say_why(client, pupil, address: str):
    return client.post(
        f"{reverse('give-reason', args=[pupil.pk])}?next={address}", {"reason": "Sampled case."}
    )


def page(answer) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("where", ["incident", "chronology"])
def test_an_inspector_says_why_before_anything_of_a_child_is_shown(named, ada, sam, open_as, where):
    """SR-41, SR-42: and comes back to what they were about to open."""
    incident = factories.incident(ada, sam)
    client = open_as(named)
    address = reverse(where, args=[incident.pk if where == "incident" else sam.pk])

    asked = client.get(address)
    silent = client.post(asked.url, {"reason": " "})
    answer = say_why(client, sam, address)

    assert (
        asked.url == f"{reverse('give-reason', args=[sam.pk])}?next={address.replace('/', '%2F')}"
    )
    assert "You are named for" in page(client.get(asked.url))
    assert "Give your reason" in page(silent)
    assert answer.url == address
    assert incident.reference in page(client.get(address))
    assert AccessReason.objects.get().reason == "Sampled case."


def test_a_reason_counts_for_half_a_day(named, ada, sam):
    """SR-42."""
    incident = factories.incident(ada, sam)
    closeness.give_reason(by=named, pupil=sam, reason="Sampled case.")

    seen = []
    for hours in (11, 13):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            later = replace(named)  # a request of its own
            seen.append(Incident.objects.visible_to(later).contains(incident))

    assert seen == [True, False]


def test_of_children_for_whom_nobody_named_them_nothing_is_there(ina, ada, sam, open_as):
    """SR-42: no reason opens them, and none is asked for."""
    incident = factories.incident(ada, sam)
    AccessReason.objects.create(school=ina.school, pupil=sam, by=ina.user, reason="Curious.")
    client = open_as(ina)

    answers = [
        client.get(reverse("incident", args=[incident.pk])).status_code,
        client.get(reverse("chronology", args=[sam.pk])).status_code,
        client.get(reverse("give-reason", args=[sam.pk])).status_code,
    ]

    assert answers == [404, 404, 404]
    assert "Sam" not in page(client.get(reverse("pupils")))
    with pytest.raises(NotAllowed):
        closeness.give_reason(by=ina, pupil=sam, reason="Curious.")


def test_a_limited_incident_is_not_even_asked_about(named, ada, dee, sam, open_as):
    """SR-42: that it is there is not told."""
    incident = factories.incident(ada, sam)
    limiting.limit_readers(
        by=dee.elevated(), incident=incident, audience=Audience.NAMED, readers=[], reason="So."
    )

    assert open_as(named).get(reverse("incident", args=[incident.pk])).status_code == 404


def test_the_list_of_pupils_begins_with_those_they_are_named_for(named, sam, rosa, open_as):
    """SR-42: and finds no others; nothing recorded of them is in it before a reason."""
    client = open_as(named)

    listed = page(client.get(reverse("pupils")))
    found = page(client.post(reverse("pupils"), {"query": "Sam"}))
    others = page(client.post(reverse("pupils"), {"query": rosa.surname}))

    assert "You are named for" in listed
    assert reverse("chronology", args=[sam.pk]) in listed
    assert reverse("chronology", args=[sam.pk]) in found
    assert "Nobody found" in others
    assert "opens after a reason" in listed
    say_why(client, sam, "/")
    assert "opens after a reason" not in page(client.get(reverse("pupils")))


def test_leads_see_that_an_inspector_is_named_before_and_after_the_reason(
    named, ada, dee, sam, open_as
):
    """SR-42."""
    incident = factories.incident(ada, sam)

    def why() -> list[str]:
        rows = readers_of(dee.elevated(), incident)
        return [row.why for row in rows if row.name == "Ina Spector"]

    before = why()
    shown = page(open_as(dee.elevated()).get(reverse("limit-readers", args=[incident.pk])))
    closeness.give_reason(by=named, pupil=sam, reason="Sampled case.")

    assert before == ["is named as an inspector, and has yet to say why they read"]
    assert "nothing yet: is named as an inspector" in shown
    assert why() == ["is in the team around the child"]


def test_files_stay_in_the_school(named, ada, dee, sam, oak, open_as):
    """SR-42: an inspector takes nothing away; a colleague in the same team opens the file."""
    draft = uuid4()
    files.keep_all(by=ada, draft=draft, sent=[SimpleUploadedFile("letter.txt", b"Words.")])
    incident = factories.incident(ada, sam, submission=draft)
    kim = factories.person("Kim Worker", oak, Role.KEY_WORKER).elevated()
    closeness.join_team(by=dee.elevated(), pupil=sam, user=kim.user, part="Key worker")
    closeness.give_reason(by=named, pupil=sam, reason="Sampled case.")
    file = reverse("attachment", args=[Attachment.objects.get().pk])

    statuses = [open_as(viewer).get(file).status_code for viewer in (named, kim)]

    assert statuses == [404, 200]
    shown = page(open_as(named).get(reverse("incident", args=[incident.pk])))
    assert "letter.txt" not in shown
    assert "Ask the school to show you them" in shown


def test_every_page_says_that_it_is_an_inspection_whose_and_when(named, ada, sam, open_as):
    """SR-41: and nobody else's does."""
    incident = factories.incident(ada, sam)
    closeness.give_reason(by=named, pupil=sam, reason="Sampled case.")
    addresses = {reverse(one.name) for path, one in pages() if "<" not in path and one.name}
    addresses -= {reverse(name) for name in ("session-ended", "sign-in", "choose-school")}
    addresses |= {
        reverse("incident", args=[incident.pk]),
        reverse("chronology", args=[sam.pk]),
        reverse("give-reason", args=[sam.pk]),
        reverse("incident", args=[uuid4()]),  # nothing is there
    }
    client = open_as(named)
    answers = {address: client.get(address) for address in sorted(addresses)}
    shown = {
        address: page(answer)
        for address, answer in answers.items()
        if "<main" in answer.content.decode() and answer.status_code in {200, 404}
    }
    moment = f"{timezone.localtime():%-d %B %Y, }"

    assert len(shown) > 10
    silent = [
        address
        for address, text in shown.items()
        if text.count(f"{BAND} · Ina Spector · {moment}") < 10 or 'class="inspection"' not in text
    ]
    assert silent == []
    assert BAND not in page(open_as(ada).get(reverse("home")))


def test_nothing_is_offered_that_an_inspector_cannot_do(named, ada, sam, open_as):
    """SR-42."""
    incident = factories.incident(ada, sam)
    closeness.give_reason(by=named, pupil=sam, reason="Sampled case.")

    shown = page(open_as(named).get(reverse("incident", args=[incident.pk])))

    assert incident.reference in shown
    assert "Add incident" not in shown
    assert "side__title" not in shown


def test_other_rights_add_and_need_no_reason(named, dee, ada, sam, oak):
    """SR-41: who also works with the child reads as a key worker does."""
    incident = factories.incident(ada, sam)
    both = factories.person("Bo Both", oak, Role.INSPECTOR, Role.KEY_WORKER).elevated()
    closeness.join_team(by=dee.elevated(), pupil=sam, user=both.user, part="Key worker")

    assert Incident.objects.visible_to(both).contains(incident)
    assert not Incident.objects.visible_to(named).contains(incident)


def test_the_query_and_the_decision_agree_about_inspectors(oak, ada, dee, sam, rosa):
    """SR-41, SR-42, SR-50: whatever else is known of them, over every combination."""
    told = [
        factories.incident(ada, sam),
        factories.incident(ada, rosa),
        linked(factories.incident(ada, rosa), sam, in_chronology=True),
        linked(factories.incident(ada, rosa), sam, in_chronology=False),
    ]
    for incident in told:
        factories.action(dee.elevated(), incident)
    people = [inspector(oak, dee, sam, rosa, *facts) for facts in product([False, True], repeat=5)]
    abouts = {one.pk: deciding.about(one) for one in told}
    entries = {one: deciding.entry(one) for one in Action.objects.select_related("incident")}

    reading = 0
    for ina in people:
        asker = deciding.asker_for(ina)
        for verb, rows in (
            (Verb.READ, Incident.objects.visible_to(ina)),
            (Verb.READ_IN_FULL, Incident.objects.read_in_full_by(ina)),
        ):
            seen = set(rows.values_list("pk", flat=True))
            assert seen == {pk for pk, one in abouts.items() if decide(asker, verb, one).allows}
        assert set(Action.objects.visible_to(ina)) == {
            action
            for action, entry in entries.items()
            if decide_entry(asker, abouts[action.incident_id], entry).allows
        }
        reading += bool(seen)
        opens = set(Pupil.objects.visible_to(ina))
        assert opens | set(Pupil.objects.awaiting_reason_of(ina)) == set(
            Pupil.objects.listed_for(ina)
        )
    assert (
        reading == 4
    )  # named for Sam, said why, not near; with or without a grant or a file opened


def inspector(oak, dee, sam, rosa, is_named, said, near, granted, opened):
    """An inspector about whom this is known, and who said why of Rosa without being named."""
    ina = factories.person(f"Ina{uuid4().hex[:6]} Else", oak, Role.INSPECTOR).elevated()
    if is_named:
        closeness.join_team(by=dee.elevated(), pupil=sam, user=ina.user, part="Inspects")
    for pupil in (sam, rosa) if said else ():
        AccessReason.objects.create(school=oak, pupil=pupil, by=ina.user, reason="Sampled.")
    if near:
        closeness.declare_conflict(by=ina, user=ina.user, pupil=sam, kind=Conflict.Kind.RELATION)
    if granted:
        held = factories.grant(oak, Role.PASTORAL, "Home and family")
        held.user, held.role = ina.user, ""
        held.save()
    if opened:
        BreakGlass.objects.create(
            school=oak,
            pupil=sam,
            by=ina.user,
            reason="Now.",
            ends_at=timezone.now() + timedelta(hours=1),
        )
    return ina


def linked(incident, pupil, *, in_chronology: bool):
    LinkedPupil.objects.create(
        incident=incident, pupil=pupil, role="witness", in_chronology=in_chronology
    )
    return incident
