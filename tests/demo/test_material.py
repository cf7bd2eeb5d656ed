"""The demo is written, not generated: enough of it, and nothing heard too often."""

import random
from collections import Counter
from datetime import UTC, datetime

from accounts.permissions import Role
from demo import material, planning, roll
from incidents import injuries
from incidents.bodymap.geometry import flat, is_inside
from incidents.models import Action, LinkedPupil, Place
from incidents.seeding import AGENCIES, CATEGORIES
from pupils.models import Pupil

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def invented_roll(school: material.DemoSchool) -> list[Pupil]:
    """Return the school's children without storing them."""
    children = roll.children(school, random.Random(school.slug), NOW.date())
    return [
        Pupil(
            legal_forename=child.forename,
            legal_surname=child.surname,
            year_group=child.year,
            form=child.form,
        )
        for child in children
    ]


def test_there_are_250_distinct_narratives_and_12_written_stories():
    told = [tuple(sorted(entry.account.items())) for entry in material.narratives()]

    assert len(set(told)) == len(told) >= 250
    assert len(material.stories()) == 12
    assert len({story.title for story in material.stories()}) == 12


def test_no_sentence_is_heard_in_more_than_five_incidents_of_the_year():
    chooser = planning.Chooser(random.Random("demo"))
    said: Counter[str] = Counter()
    numbers = {}
    for school in material.schools():
        planned = planning.plan_school(school, invented_roll(school), NOW, chooser)
        numbers[school.slug] = len(planned)
        for entry in planned:
            said.update(planning.sentences(entry.narrative))

    assert numbers["elm-park"] == 690
    assert numbers["oak-lane"] == 110
    assert max(said.values()) <= planning.MOST_USES == 5


def test_the_schools_are_of_the_size_that_they_say():
    primary, secondary = material.schools()

    assert 200 <= len(invented_roll(primary)) <= 220
    assert 880 <= len(invented_roll(secondary)) <= 920
    assert sum(len(school.staff) for school in material.schools()) == 70
    for school in material.schools():
        # Those from outside, and key workers, are named when there is a case for them.
        others = {Role.KEY_WORKER, Role.CHAIR, Role.DPO, Role.INSPECTOR}
        assert {role for member in school.staff for role in member.roles} == set(Role) - others
        emails = [member.email_at(school.domain) for member in school.staff]
        assert len(set(emails)) == len(emails)


def test_what_is_written_uses_only_words_that_the_product_knows():
    categories = {name for name, *_ in CATEGORIES}
    either_level = categories | {
        f"{name}: {below}" for name, _, _, listed in CATEGORIES for below in listed.split(" | ")
    }
    entries = [*material.narratives()]
    entries += [entry for story in material.stories() for entry in story.incidents]

    for entry in entries:
        assert set(entry.categories) <= categories, entry.id
        assert set(entry.agencies) <= set(AGENCIES.split(" | ")), entry.id
        assert entry.place in Place, entry.id
        assert not entry.linked or entry.linked in LinkedPupil.Part, entry.id
        assert all(step.kind in Action.Kind for step in entry.steps), entry.id
        for step in entry.steps:
            assert bool(step.categories) is (step.kind == Action.Kind.CATEGORIES), entry.id
            assert set(step.categories) <= either_level, entry.id
        assert all(step.reasons for step in entry.steps if step.kind == "decision"), entry.id


def test_a_year_is_planned_the_same_each_time():
    """Two processes share the work, and each makes the whole plan."""

    def plan() -> list[tuple]:
        chooser = planning.Chooser(random.Random("demo"))
        school = material.schools()[0]
        planned = planning.plan_school(school, invented_roll(school), NOW, chooser)
        return [(entry.narrative.id, entry.pupil.name, entry.occurred_at) for entry in planned]

    assert plan() == plan()


def test_a_child_has_marks_over_months_and_every_mark_is_one_that_can_be_recorded():
    entries = [*material.narratives()]
    entries += [entry for story in material.stories() for entry in story.incidents]
    marked = [entry for entry in entries if entry.marks]

    for entry in marked:
        injuries.require_marks(entry.marks)
        for mark in entry.marks:
            placed = mark.point is None or is_inside(mark.point, flat(mark.place.curves()))
            assert placed, (entry.id, mark.region)
    assert len(marked) >= 8
    (bruise,) = (story for story in material.stories() if story.id == "bruise-two-explanations")
    days = [entry.days_ago for entry in bruise.incidents if entry.marks]
    assert len(days) >= 4
    assert max(days) - min(days) > 180
