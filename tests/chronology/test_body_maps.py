"""A child's body maps over time: for whom injuries are shown, layer by layer, and one by one."""

import re
from datetime import timedelta
from itertools import combinations
from math import hypot

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from chronology.body_maps import Wanted, over_time
from incidents import services
from incidents.injuries import Mark
from incidents.layering import letter_of
from incidents.models import Audience, BodyMark, Incident, LinkedPupil, Restriction
from tests import factories

pytestmark = pytest.mark.django_db

KNEE = Mark("front-knee-left", "cut", (236, 650), length_mm=25)
EAR = Mark("head-left-ear", "bruise")
NOTHING_DRAWN = "No body map has been recorded"


def drawn(ada, sam, days: int, *marks: Mark, **fields) -> Incident:
    """Record an incident with these marks, so many days ago."""
    fields.setdefault("occurred_at", factories.ago(days=days))
    return factories.incident(ada, sam, marks=marks or [KNEE], **fields)


def page_of(open_as, viewer, pupil, **asked) -> str:
    answer = open_as(viewer).get(reverse("body-maps", args=[pupil.pk]), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_incidents_of_a_child_are_layers_with_the_newest_strongest(ada, dee, sam):
    for days in (5, 90, 40, 200):
        drawn(ada, sam, days)

    layers = over_time(dee.elevated(), sam, Wanted()).layers

    days = [layer.incident.occurred_at for layer in layers]
    assert days == sorted(days)
    assert [layer.letter for layer in layers] == ["A", "B", "C", "D"]
    assert [layer.strength for layer in layers] == [3, 2, 1, 0]


def test_what_is_shown_is_strongest_by_itself(ada, dee, sam):
    old, new = drawn(ada, sam, 90), drawn(ada, sam, 5)

    wanted = Wanted(chosen=frozenset([old.pk]))
    layers = {one.id: one for one in over_time(dee.elevated(), sam, wanted).layers}

    assert (layers[old.pk].is_shown, layers[old.pk].strength) == (True, 0)
    assert not layers[new.pk].is_shown


def test_the_days_between_which_are_whole_days(ada, dee, sam):
    incident = drawn(ada, sam, 30)
    day = incident.occurred_at.date()

    def is_shown(**wanted) -> bool:
        return over_time(dee.elevated(), sam, Wanted(**wanted)).layers[0].is_shown

    assert is_shown(from_on=day, until_on=day)
    assert not is_shown(from_on=day + timedelta(days=1))
    assert not is_shown(until_on=day - timedelta(days=1))


def test_letters_go_on_after_z():
    assert [letter_of(place) for place in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_no_mark_hides_another_and_each_is_tied_to_its_place(ada, dee, sam):
    for days in range(1, 9):
        drawn(ada, sam, days, KNEE, Mark("front-knee-left", "bruise"))

    (sheet,) = over_time(dee.elevated(), sam, Wanted()).sheets
    spots = [spot for one in sheet.layers for spot in one.spots]

    assert len(spots) == 16
    for one, other in combinations(spots, 2):
        assert hypot(one.x - other.x, one.y - other.y) >= 2 * sheet.radius - 1
    aside = [spot for spot in spots if spot.is_aside]
    assert len(aside) == 15
    assert {(spot.true_x, spot.true_y) for spot in spots} == {
        (spot.true_x, spot.true_y) for spot in aside
    }
    # The newest stands where it lies.
    assert not sheet.layers[-1].spots[0].is_aside


def test_the_page_lists_reference_day_and_marks_and_draws_them(ada, dee, sam, open_as):
    old, new = drawn(ada, sam, 90, KNEE), drawn(ada, sam, 5, EAR, KNEE)

    html = page_of(open_as, dee.elevated(), sam)

    for incident in (old, new):
        assert html.count(incident.reference) >= 2
        assert f"{timezone.localtime(incident.occurred_at):%-d %b %Y}" in html
    for words in ("knee, left (front)", "ear, left (head, left side)", "2.5 cm"):
        assert words in html
    assert 'aria-label="Front: A1, B2"' in html
    assert 'aria-label="Head, left side: B1"' in html
    assert html.count('<li class="body-small__one"') == 2
    assert "style=" not in html
    title = re.search("<title>(.*)</title>", html)
    assert title
    assert "Winter" not in title[1]


def test_without_scripts_boxes_and_days_switch_layers_off(ada, dee, sam, open_as):
    old, new = drawn(ada, sam, 90, KNEE), drawn(ada, sam, 5, KNEE)

    only_old = page_of(open_as, dee.elevated(), sam, chosen="1", layer=[str(old.pk), "x"])
    lately = page_of(
        open_as, dee.elevated(), sam, from_on=f"{new.occurred_at - timedelta(days=1):%Y-%m-%d}"
    )
    none = page_of(open_as, dee.elevated(), sam, chosen="1")
    wrong = page_of(open_as, dee.elevated(), sam, from_on="2026-09-02", until_on="2026-09-01")

    assert 'aria-label="Front: A1"' in only_old
    assert 'aria-label="Front: B1"' in lately
    assert 'aria-label="Front: no mark is shown"' in none
    assert "Give a last day that is not before the first" in wrong
    assert all(page.count(old.reference) >= 2 for page in (only_old, lately, none))


def test_only_who_may_see_injuries_sees_them_over_time(
    oak, ada, eli, pat, dan, dee, gus, sam, open_as
):
    """SR-43, SR-48: for the others, neither a mark nor the link is there."""
    for role in (Role.PASTORAL, Role.DEPUTY_DSL):
        factories.grant(oak, role, "Home and family")
    drawn(ada, sam, 5)

    def sees(viewer) -> tuple[bool, bool]:
        story = open_as(viewer).get(reverse("chronology", args=[sam.pk])).content.decode()
        link = reverse("body-maps", args=[sam.pk])
        return "knee, left" in page_of(open_as, viewer, sam), link in story

    assert sees(dee.elevated()) == (True, True)
    assert sees(dan.elevated()) == (True, True)
    assert sees(pat.elevated()) == (False, False)
    assert NOTHING_DRAWN in page_of(open_as, pat.elevated(), sam)
    factories.category(oak, "Injury", shows_injuries=True)
    factories.grant(oak, Role.PASTORAL, "Injury")
    assert sees(pat.elevated()) == (True, True)


@pytest.mark.parametrize("name", ["ada", "eli", "gus"])
def test_who_reads_no_chronology_opens_no_history(name, request, ada, sam, open_as):
    """SR-41: to have recorded one of the incidents is not enough."""
    drawn(ada, sam, 5)
    viewer = request.getfixturevalue(name)

    assert open_as(viewer.elevated()).get(reverse("body-maps", args=[sam.pk])).status_code in {
        302,
        404,
    }


def test_another_school_and_a_limited_incident_are_not_in_it(ada, dee, hal, una, sam, oak, open_as):
    """SR-44, SR-49."""
    drawn(ada, sam, 5, EAR)
    limited = drawn(ada, sam, 9, KNEE)
    Restriction.objects.create(
        incident=limited, audience=Audience.NAMED, reason="Because.", by=dee.user
    )

    assert "knee, left" not in page_of(open_as, hal.elevated(), sam)
    assert "ear, left" in page_of(open_as, hal.elevated(), sam)
    address = reverse("body-maps", args=[sam.pk])
    assert open_as(una.elevated()).get(address).status_code == 404


def test_marks_of_one_child_are_not_in_the_history_of_a_linked_one(ada, dee, sam, rosa, open_as):
    linked = [services.Linked(rosa, LinkedPupil.Part.WITNESS)]
    drawn(ada, sam, 5, linked=linked)

    assert NOTHING_DRAWN in page_of(open_as, dee.elevated(), rosa)


def test_ten_incidents_cost_as_many_queries_as_one(
    ada, dee, sam, rosa, open_as, django_assert_num_queries, django_assert_max_num_queries
):
    drawn(ada, sam, 1)
    for days in range(1, 11):
        drawn(ada, rosa, days, KNEE, EAR)
    client = open_as(dee.elevated())
    client.get(reverse("body-maps", args=[sam.pk]))

    with django_assert_max_num_queries(100) as one:
        client.get(reverse("body-maps", args=[sam.pk]))
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(reverse("body-maps", args=[rosa.pk]))


def test_a_place_that_is_no_longer_drawn_keeps_its_words(ada, dee, sam, open_as):
    """A record outlives the drawing it was made on."""
    incident = drawn(ada, sam, 5)
    BodyMark.objects.create(
        incident=incident, number=2, figure="child", region="front-gone", kind="cut",
        wording="a place of before (front)",
    )  # fmt: skip

    assert "a place of before (front)" in page_of(open_as, dee.elevated(), sam)
