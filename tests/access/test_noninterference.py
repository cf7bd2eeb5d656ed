"""What a person may not see changes nothing that they can observe.

A school with records that somebody may not see is crawled by this person, byte by byte. Then the
records are taken away, and it is crawled again: every page, list, count, search and status is what it
was.
"""

import os
from contextlib import contextmanager
from difflib import ndiff

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.decide import Verb, decide, decide_entry
from accounts.permissions import Role
from accounts.viewer import Viewer, viewer_for
from incidents import deciding
from incidents.injuries import MOST_MARKS
from incidents.models import Action, Alert, Audience, CategoryGrant, Incident
from incidents.slips.rows import About
from tests.access import schools
from tests.access.crawling import crawl
from tests.access.schools import PEOPLE, Town, build, plans
from tests.incidents import slipping

EXAMPLES = int(os.environ.get("SAFEGUARD_ACCESS_EXAMPLES", "25"))
SECONDS = 200  # for a school, on a machine that does other things too


class Undo(Exception):
    """Ends an example: nothing of it is left for the next."""


other = st.integers(1, PEOPLE - 1)  # how many places after whoever looks


@st.composite
def lookers(draw) -> dict:
    """Somebody in the school, most often one who reads what others recorded, and near to a child.

    The first example is always the DSL's, elevated. `by_grant`: they read by category, and not
    injuries, whatever their role would be.
    """
    return {
        "who": draw(st.integers(0, PEOPLE - 1)),
        "role": draw(st.sampled_from([*schools.READERS, None])),
        "elevated": draw(st.sampled_from([True, True, True, False])),
        "near": draw(st.sampled_from(range(schools.PUPILS - 1, -1, -1))),
        "free": draw(other),
        "by_grant": draw(st.sampled_from([None, Role.PASTORAL, Role.SENCO])),
    }


@st.composite
def extras(draw) -> dict:
    """Incidents as they come, and one for each way to keep it from somebody; entries for others.

    Of what comes as it comes, nearly all is kept from somebody for more than one reason: a rule that
    is forgotten would show in none of it. What is seen all the same is taken out.
    """
    return {
        "incidents": draw(st.lists(schools.incidents(), min_size=1, max_size=2)),
        "kept": [draw(schools.incidents()) for _ in WAYS],
        "entries": draw(st.lists(schools.entries(), max_size=1)),
        "entry": draw(schools.entries()),
        "mark": draw(schools.marks()),
    }


# Each leaves everything but one rule open.
WAYS = [
    lambda looker: {"limits": [(Audience.NAMED, [])]},
    lambda looker: {"subjects": [looker["who"]]},
    lambda looker: {"pupil": looker["near"]},
    lambda looker: {"linked": [(looker["near"], False)]},
]


def prepared(plan: dict, looker: dict) -> dict:
    """Give whoever looks their role, and a child to whom they are too near."""
    who, near = looker["who"], looker["near"]
    roles = list(plan["roles"])
    if looker["role"]:
        roles[who] = [looker["role"]]
    conflicts = [*plan["conflicts"], (who, near, (-10, None))]
    plan = plan | {"roles": roles, "conflicts": conflicts}
    return without_injuries(plan, looker) if looker["by_grant"] else plan


def without_injuries(plan: dict, looker: dict) -> dict:
    """Let whoever looks read the first incident by its category alone, which shows no injuries."""
    first = kept(looker, plan["incidents"][0], lambda looker: {})
    granted = {"to": looker["who"], "category": first["categories"][0], "see_incidents": True}
    return plan | {
        "roles": [
            [looker["by_grant"]] if number == looker["who"] else roles
            for number, roles in enumerate(plan["roles"])
        ],
        "injuries": [],
        "restricted": [],
        "grants": [*plan["grants"], granted | {"years": [], "days": (-10, None)}],
        "incidents": [first, *plan["incidents"][1:]],
    }


def kept(looker: dict, told: dict, way) -> dict:
    """Return the incident as others recorded it, of a child whom whoever looks may read about."""
    others = (looker["who"] + looker["free"]) % PEOPLE
    open_to_all = {
        "author": others,
        "told": [others],
        "pupil": (looker["near"] + 1) % schools.PUPILS,
        "linked": [],
        "subjects": [],
        "limits": [],
        "entries": [],
        "elsewhere": False,
    }
    return told | open_to_all | way(looker)


def kept_entry(looker: dict, told: dict) -> dict:
    """Return the entry as one for its author alone."""
    others = (looker["who"] + looker["free"]) % PEOPLE
    return told | {"author": others, "audience": Audience.NAMED, "readers": []}


@pytest.mark.django_db
@pytest.mark.timeout(SECONDS * EXAMPLES)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # a school takes seconds: what fails is not shrunk
    derandomize="SAFEGUARD_ACCESS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=plans(), looker=lookers(), more=extras())
def test_what_one_may_not_see_changes_nothing_that_one_sees(open_as, plan, looker, more):
    """SR-48, SR-49: over random schools, for anybody in them, at both strengths.

    No school here wants its staff to hear that a colleague has recorded today, the one declared
    exception: incidents/test_colleagues_today.py holds what that may tell.
    """
    with taken_back():
        town = build(prepared(plan, looker))
        viewer = viewer_for(town.people[looker["who"]], town.school)
        assert viewer is not None
        viewer = viewer.elevated() if looker["elevated"] or looker["by_grant"] else viewer
        incidents = [kept(looker, *one) for one in zip(more["kept"], WAYS, strict=True)]
        entries = [kept_entry(looker, more["entry"]), *more["entries"]]
        marked = more["mark"]
        looks_the_same(open_as, viewer, town, more["incidents"] + incidents, entries, marked)


def looks_the_same(
    open_as,
    viewer: Viewer,
    town: Town,
    incidents: list[dict],
    entries: list[dict],
    mark: dict,
) -> None:
    client = open_as(viewer)
    # Every page says until when one is elevated: the clock stands still.
    with time_machine.travel(timezone.now(), tick=False):
        with taken_back():
            add(viewer, town, incidents, entries)
            add_marks(viewer, town, mark)
            add_slips(viewer, town)
            with_them = crawl(client)
        without = crawl(client)

    assert with_them.keys() == without.keys()
    assert {
        address: differing(with_them[address], without[address])
        for address in without
        if with_them[address] != without[address]
    } == {}


def differing(one: bytes, other: bytes) -> list[str]:
    """Return the lines of two pages that are not the same in both."""
    pages = [page.decode(errors="replace").splitlines() for page in (one, other)]
    return [line.strip() for line in ndiff(*pages) if line[0] in "-+"]


@contextmanager
def taken_back():
    """Take back what is added in here, and that it was looked at: "Not read by you" stays."""
    try:
        with transaction.atomic(), transaction.atomic(using="audit"):
            yield
            raise Undo
    except Undo:
        pass


def add(viewer: Viewer, town: Town, incidents: list[dict], entries: list[dict]) -> None:
    under = first_seen(viewer, town)
    for told in incidents:
        add_unless_seen(viewer, town, lambda told=told: schools._incident(town, told))
    for told in entries if under else ():
        # Who reads an incident is told truthfully, and to be told of an entry makes one a reader. So
        # those who are told here read it before; by which right must not change either.
        hidden = told | {"refines": None, "told": readers(viewer, town, under)}
        if hidden["audience"] != Audience.THREAD:
            add_unless_seen(viewer, town, lambda hidden=hidden: schools._entry(town, under, hidden))


def add_marks(viewer: Viewer, town: Town, mark: dict) -> None:
    """Draw one more mark on each incident of which this person may not see what shows an injury."""
    for incident in Incident.objects.filter(school=town.school):
        if not injuries_are_shown(viewer, incident):
            schools._mark(incident, MOST_MARKS, mark)


def add_slips(viewer: Viewer, town: Town) -> None:
    """Leave an urgent visitor's slip of each kind that is not for this person."""
    for about in About:
        if viewer.user_id not in slips_are_for(town, about):
            slipping.slip(town.school, about=about, is_urgent=True)


def slips_are_for(town: Town, about: str) -> set:
    """Say once more, in words, whom `Slip.visible_to` lets read: with the authenticator or on home."""
    held = {role: {one.user_id for one in town.viewers() if role in one.roles} for role in Role}
    if about == About.NOBODY:
        return held[Role.DSL] | held[Role.DEPUTY_DSL] | held[Role.HEAD]
    if about == About.STAFF:
        return held[Role.HEAD] or held[Role.CHAIR] or held[Role.DSL]
    away = held[Role.HEAD]
    return held[Role.CHAIR] - away or held[Role.DSL] - away


def injuries_are_shown(viewer: Viewer, incident: Incident) -> bool:
    """Say once more, in words, what `BodyMark.visible_to` asks of the database."""
    elevated, about = viewer.elevated(), deciding.about(incident)
    if not decide(deciding.asker_for(elevated), Verb.READ, about).allows:
        return False
    if elevated.reads_every_category or elevated.inspects or Role.DEPUTY_DSL in elevated.roles:
        return True
    if viewer.user_id == about.author or viewer.user_id in about.told:
        return True
    return any(
        grant.see_incidents and grant.category.shows_injuries
        for grant in CategoryGrant.of(elevated)
    )


def readers(viewer: Viewer, town: Town, under: Incident) -> list[int]:
    """Return the others who read this incident, by their numbers in the plan."""
    about = deciding.about(under)
    found = {one.user_id: one.elevated() for one in town.viewers() if one.user != viewer.user}
    return [
        number
        for number, user in enumerate(town.people)
        if user.pk in found and decide(deciding.asker_for(found[user.pk]), Verb.READ, about).allows
    ]


def first_seen(viewer: Viewer, town: Town) -> Incident | None:
    """Return an incident whose page whoever looks may open, so that an entry could show there.

    Somebody else's, if there is one: its author can be told of the entry.
    """
    asker, found = deciding.asker_for(viewer), Incident.objects.filter(school=town.school)
    for one in sorted(found, key=lambda one: (one.reported_by_id == viewer.user_id, one.pk)):
        if decide(asker, Verb.READ, deciding.about(one)).allows:
            return one
    return found.first()


def add_unless_seen(viewer: Viewer, town: Town, add) -> None:
    """Add rows, and take them back where the decision says that this person sees one of them."""
    known = set(Action.objects.values_list("pk", flat=True))
    told = Alert.objects.filter(recipient=viewer.user)
    were_told = told.count()
    try:
        with transaction.atomic():
            before = set(Incident.objects.values_list("pk", flat=True))
            add()
            asker, new = deciding.asker_for(viewer.elevated()), Action.objects.exclude(pk__in=known)
            seen = [
                decide(asker, Verb.READ, deciding.about(one)).allows
                for one in Incident.objects.exclude(pk__in=before)
            ] + [
                decide_entry(asker, deciding.about(one.incident), deciding.entry(one)).allows
                for one in new
            ]
            if any(seen) or told.count() != were_told:
                raise Undo
    except Undo:
        pass
