"""`decide` says it in words, `visible_to` as a query: over random schools they say the same."""

import os
from dataclasses import astuple, dataclass, replace
from datetime import date
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.decide import About, Asker, Entry, Verb, decide, decide_entry
from accounts.permissions import S1
from accounts.viewer import Viewer
from incidents import deciding
from incidents.models import Action, Alert, Incident
from pupils.models import Conflict, Pupil
from tests.access.schools import PEOPLE, Town, build, plans

EXAMPLES = int(os.environ.get("SAFEGUARD_ACCESS_EXAMPLES", "12"))
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # a school takes seconds: what fails is not shrunk
    derandomize="SAFEGUARD_ACCESS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Undo(Exception):
    """Ends an example: nothing of it is left for the next."""


def in_a_school(plan, check) -> None:
    """Build the school, look, and take it back."""
    try:
        with transaction.atomic():
            check(build(plan))
            raise Undo
    except Undo:
        pass


@pytest.mark.django_db
@many
@given(plan=plans(), who=st.integers(0, PEOPLE - 1))
def test_the_query_and_the_decision_agree(plan, who):
    """SR-19, SR-41, SR-42, SR-43, SR-49, SR-50: both ways of asking agree, for everybody, of every row.

    And in the same school, since a school takes longest to build: what the authenticator adds it
    never takes, several roles add up, and one conflict more never shows anybody more.
    """

    def check(town: Town) -> None:
        abouts = {one.pk: deciding.about(one) for one in Incident.objects.all()}
        entries = {one: deciding.entry(one) for one in Action.objects.select_related("incident")}
        viewers = town.viewers()
        before = {}
        for viewer in viewers:
            asker = deciding.asker_for(viewer)
            seen = before[viewer] = Seen.by(viewer)
            agree_about_incidents(asker, abouts, seen)
            agree_about_entries(asker, abouts, entries, seen)
            assert not (viewer.is_kept_back and seen.anything), viewer.roles
        for viewer in viewers:
            assert not viewer.is_elevated or before[replace(viewer, strength=S1)] <= before[viewer]
        roles_add_up(viewers, before)
        a_conflict_takes(town, town.people[who], viewers, before)

    in_a_school(plan, check)


@dataclass(frozen=True)
class Seen:
    """Ids of what somebody sees."""

    incidents: frozenset[UUID]
    in_full: frozenset[UUID]
    entries: frozenset[UUID]
    alerts: frozenset[UUID]
    pupils: frozenset[UUID]

    @classmethod
    def by(cls, viewer: Viewer) -> "Seen":
        return cls(
            ids(Incident.objects.visible_to(viewer)),
            ids(Incident.objects.read_in_full_by(viewer)),
            ids(Action.objects.visible_to(viewer)),
            ids(Alert.objects.visible_to(viewer)),
            ids(Pupil.objects.visible_to(viewer)),
        )

    @property
    def anything(self) -> bool:
        """Whether there is anything at all."""
        return any(astuple(self))

    def __le__(self, other: "Seen") -> bool:
        return all(
            mine <= theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)
        )


def ids(rows) -> frozenset[UUID]:
    return frozenset(rows.values_list("pk", flat=True))


def agree_about_incidents(asker: Asker, abouts: dict[UUID, About], seen: Seen) -> None:
    allowed = {pk for pk, about in abouts.items() if decide(asker, Verb.READ, about).allows}
    whole = {pk for pk, about in abouts.items() if decide(asker, Verb.READ_IN_FULL, about).allows}
    assert seen.incidents == allowed, asker.viewer.roles
    assert seen.in_full == whole, asker.viewer.roles
    assert seen.in_full <= seen.incidents


def agree_about_entries(
    asker: Asker, abouts: dict[UUID, About], entries: dict[Action, Entry], seen: Seen
) -> None:
    allowed = {
        action.pk
        for action, entry in entries.items()
        if decide_entry(asker, abouts[action.incident_id], entry).allows
    }
    assert seen.entries == allowed, asker.viewer.roles
    told = Alert.objects.filter(pk__in=seen.alerts).exclude(action=None)
    assert set(told.values_list("action", flat=True)) <= allowed


def roles_add_up(viewers: list[Viewer], before: dict[Viewer, Seen]) -> None:
    for viewer in viewers:
        if len(viewer.roles) > 1 and not viewer.covers_today:
            for role in viewer.roles:
                alone = replace(viewer, roles=frozenset({role}))
                assert Seen.by(alone) <= before[viewer]


def a_conflict_takes(town: Town, who, viewers: list[Viewer], before: dict[Viewer, Seen]) -> None:
    near = town.pupils[0]
    Conflict.objects.create(
        school=town.school,
        user=who,
        pupil=near,
        kind=Conflict.Kind.RELATION,
        starts_on=date(2020, 1, 1),
        declared_by=who,
    )
    about = ids(Incident.objects.filter(pupil=near))
    for viewer in viewers:
        if viewer.user == who:
            after = Seen.by(viewer)
            assert after <= before[viewer]
            assert about.isdisjoint(after.incidents)
            assert near.pk not in after.pupils
