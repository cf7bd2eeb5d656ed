"""What a person may not see changes nothing that they can observe.

A school is crawled by somebody, byte by byte. Then records are added that this person may not see,
and it is crawled again: every page, list, count, search and status is what it was.
"""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.decide import Verb, decide, decide_entry
from accounts.viewer import Viewer, viewer_for
from incidents import deciding
from incidents.models import Action, Alert, Audience, Incident
from tests.access import schools
from tests.access.crawling import crawl
from tests.access.schools import PEOPLE, Town, build, plans

EXAMPLES = int(os.environ.get("SAFEGUARD_ACCESS_EXAMPLES", "25"))


class Undo(Exception):
    """Ends an example: nothing of it is left for the next."""


@st.composite
def extras(draw) -> dict:
    """Incidents, and entries for others under those that are there; what is seen is taken out."""
    return {
        "incidents": draw(st.lists(schools.incidents(), min_size=2, max_size=4)),
        "entries": draw(st.lists(schools.entries(), min_size=1, max_size=3)),
    }


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # a school takes seconds: what fails is not shrunk
    derandomize="SAFEGUARD_ACCESS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    plan=plans(),
    more=extras(),
    who=st.integers(0, PEOPLE - 1),
    elevated=st.sampled_from([True, True, False]),
)
def test_what_one_may_not_see_changes_nothing_that_one_sees(open_as, plan, more, who, elevated):
    """SR-48, SR-49: over random schools, for anybody in them, at both strengths."""
    try:
        with transaction.atomic():
            town = build(plan)
            viewer = viewer_for(town.people[who], town.school)
            assert viewer is not None
            looks_the_same(open_as, viewer.elevated() if elevated else viewer, town, more)
            raise Undo
    except Undo:
        pass


def looks_the_same(open_as, viewer: Viewer, town: Town, more: dict) -> None:
    client = open_as(viewer)
    crawl(client)  # what is seen once may look different the second time: "Not read by you"
    before = crawl(client)
    for told in more["incidents"]:
        add_unless_seen(viewer, town, lambda told=told: schools._incident(town, told))
    under = Incident.objects.filter(school=town.school).order_by("id").first()
    for told in more["entries"] if under else ():
        hidden = told | {"refines": None}
        if hidden["audience"] != Audience.THREAD:
            add_unless_seen(viewer, town, lambda hidden=hidden: schools._entry(town, under, hidden))

    after = crawl(client)

    assert after.keys() == before.keys()
    assert [address for address in before if before[address] != after[address]] == []


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
