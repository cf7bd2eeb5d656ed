"""Where an injury and what is told of it fit badly: prompts with reasons, and nothing of them is kept."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.bodymap.regions import regions
from incidents.explaining import (
    CLOSING,
    COMPARED,
    FALLEN_ON,
    LOOKS,
    SELDOM_BURNT,
    Account,
    Compared,
    compare,
    months_between,
)
from incidents.injuries import Mark
from incidents.models import Draft
from ledger.models import SealedBody
from tests import factories
from tests.incidents.typing import answers, send, submit

FELL = Account(told="Sam said that he fell off the slide on Sunday.", medical="Nurse looked at it.")
KNEE = Mark("front-knee-left", "bruise", explanation="fits")
EAR = Mark("head-left-ear", "bruise", explanation="fits")
BACK = Mark("back-lower-back-left", "bruise", explanation="fits")
CHEST = Mark("front-lower-chest-left", "bruise", explanation="fits")


def asked(marks: list[Mark], account: Account = FELL) -> dict[Compared, tuple[int, ...]]:
    return {one.compared: one.marks for one in compare(marks, account)}


def test_what_a_child_gets_by_playing_is_not_asked_about():
    """A prompt at every graze would teach people not to read them."""
    playground = [
        KNEE,
        Mark("front-knee-right", "cut"),
        Mark("hands-palm-heel-of-hand-left", "cut"),
        Mark("hands-palm-heel-of-hand-right", "cut"),
        Mark("head-front-forehead-left", "swelling"),
        Mark("back-elbow-right", "cut"),
        Mark("front-outer-shin-left", "bruise", colour="yellow"),
    ]

    assert asked(playground) == {}
    assert asked(playground, Account(told="We raced and I came off my scooter.")) == {}


@pytest.mark.parametrize("place", ["head-left-ear", "front-front-of-neck", "back-buttock-left",
                                   "front-inner-thigh-right", "back-middle-of-back-left"])  # fmt: skip
def test_a_fall_is_compared_with_places_that_falls_seldom_reach(place):
    mark = Mark(place, "bruise", explanation="fits")

    assert asked([KNEE, mark])[Compared.FELL] == (2,)
    assert Compared.FELL not in asked([mark], Account(told="A ball hit me."))


@pytest.mark.parametrize(
    "told", ["I fell", "he tripped over", "SLIPPED on the stairs", "bumped it", "rolled out of bed"]
)
def test_a_fall_is_known_by_many_words(told):
    assert Compared.FELL in asked([EAR], Account(told=told))


@pytest.mark.parametrize("told", ["on a school trip", "a permission slip", "felt unwell", ""])
def test_a_fall_is_not_known_by_others(told):
    assert Compared.FELL not in asked([EAR], Account(told=told))


def test_the_childs_own_words_at_a_mark_are_part_of_the_account():
    said = Mark("head-left-ear", "bruise", child_said="I fell down the stairs")

    assert Compared.FELL in asked([said], Account())


def test_any_mark_on_a_baby_is_asked_about_whatever_was_told():
    def baby(months: int) -> bool:
        account = Account(told="Rolled onto a toy.", age_in_months=months)
        return Compared.BABY in asked([KNEE], account)

    assert [baby(months) for months in (0, 5, 11, 12, 60)] == [True, True, True, False, False]
    assert Compared.BABY not in asked([KNEE], Account(told="x", age_in_months=None))
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 0
    assert months_between(date(2025, 2, 28), date(2026, 2, 28)) == 12


def test_the_same_on_both_sides_is_asked_about_but_not_two_grazed_knees():
    arms = [
        Mark("front-outer-upper-arm-left", "bruise"),
        Mark("front-outer-upper-arm-right", "bruise"),
    ]
    feet = [Mark("feet-sole-heel-left", "scald"), Mark("feet-sole-heel-right", "scald")]
    knees = [KNEE, Mark("front-knee-right", "bruise")]

    assert asked(arms)[Compared.SIDES] == (1, 2)
    assert asked(feet)[Compared.SIDES] == (1, 2)
    assert Compared.SIDES not in asked(knees)
    assert Compared.SIDES not in asked([arms[0], Mark("front-outer-upper-arm-right", "cut")])


def test_one_fall_is_compared_with_marks_on_several_sides():
    assert asked([KNEE, CHEST, BACK])[Compared.MANY] == (2, 3)
    assert Compared.MANY not in asked([CHEST, KNEE])
    assert Compared.MANY not in asked([CHEST, BACK], Account(told="He hit me."))


def test_three_bruises_in_one_place_are_a_cluster():
    arm = Mark("front-inner-upper-arm-left", "bruise")

    assert asked([arm, KNEE, arm, arm])[Compared.CLUSTER] == (1, 3, 4)
    assert Compared.CLUSTER not in asked([arm, arm])
    assert Compared.CLUSTER not in asked([KNEE] * 3)


@pytest.mark.parametrize("shape", ["like a hand", "two parallel lines", "belt buckle", "loop"])
def test_a_mark_with_the_shape_of_something_is_asked_about(shape):
    assert asked([Mark("front-outer-thigh-left", "red", shape=shape)])[Compared.SHAPE] == (1,)


@pytest.mark.parametrize("shape", ["oval", "round, 2 of them", "irregular", "handsome", ""])
def test_a_mark_of_no_particular_shape_is_not(shape):
    assert Compared.SHAPE not in asked([Mark("front-outer-thigh-left", "red", shape=shape)])


@pytest.mark.parametrize("place", ["hands-back-back-of-hand-left", "back-buttock-right"])
def test_burns_are_compared_with_where_hot_things_are_touched(place):
    assert Compared.HOT_PLACE in asked([Mark(place, "burn")])
    assert Compared.HOT_PLACE not in asked([Mark("hands-palm-palm-left", "burn")])
    assert Compared.HOT_PLACE not in asked([Mark(place, "cut")])


def test_a_burn_with_a_clear_edge_is_asked_about():
    palm = "hands-palm-palm-left"

    assert Compared.HOT_EDGE in asked([Mark(palm, "scald", shape="clear edge at the wrist")])
    assert Compared.HOT_EDGE in asked([Mark(palm, "burn", colour="red, sharp line")])
    assert Compared.HOT_EDGE not in asked([Mark(palm, "scald", shape="splashes")])
    assert Compared.HOT_EDGE not in asked([Mark(palm, "cut", shape="clear edge")])


def test_a_wide_bite_is_asked_about():
    arm = "front-outer-forearm-left"

    assert Compared.BITE in asked([Mark(arm, "bite", length_mm=34)])
    assert Compared.BITE not in asked([Mark(arm, "bite", length_mm=22, width_mm=20)])
    assert Compared.BITE not in asked([Mark(arm, "bruise", length_mm=34)])


@pytest.mark.parametrize(
    ("medical", "late"),
    [("", True), ("None needed.", True), ("No", True), ("GP on Saturday, dressing", False)],
)
def test_delay_is_asked_about_where_nobody_looked_at_it(medical, late):
    burn = Mark("hands-palm-palm-left", "burn", explanation="fits")
    account = Account(told="She touched the hob last night.", medical=medical)

    assert (Compared.LATE in asked([burn], account)) == late
    assert Compared.LATE not in asked([KNEE], account)
    assert Compared.LATE not in asked([burn], Account(told="She touched the hob.", medical=""))


def test_where_nothing_is_told_yet_it_says_so_and_not_to_ask_the_child():
    ear = Mark("head-left-ear", "bruise")

    (misfit,) = compare([ear], Account())
    assert misfit.compared == Compared.UNTOLD
    assert "do not ask the child" in misfit.text
    assert compare([EAR], Account()) == []
    assert compare([KNEE], Account()) == []


def test_there_are_five_prompts_at_most_and_each_names_its_marks():
    everything = [
        Mark("front-outer-upper-arm-left", "bruise", shape="fingers"),
        Mark("front-outer-upper-arm-right", "bruise"),
        Mark("hands-back-back-of-hand-left", "burn", shape="clear edge"),
        Mark("front-outer-forearm-left", "bite", length_mm=40),
        EAR,
        BACK,
    ]
    found = compare(everything, Account(told="I fell yesterday", age_in_months=6))

    assert len(found) == 5
    assert found[0].compared == Compared.BABY
    assert found[0].text.startswith("Marks 1, 2, 3, 4, 5 and 6: ")


def test_every_rule_is_known_by_a_source_and_every_place_is_on_the_drawing():
    names = {region.bare_name for region in regions().values()}

    assert set(COMPARED) == set(Compared) == set(LOOKS)
    assert all(known.source for known in COMPARED.values())
    assert names >= FALLEN_ON | SELDOM_BURNT
    assert FALLEN_ON.isdisjoint(SELDOM_BURNT)


# On the pages


def typed(**more) -> dict:
    mark = {"mark-0-region": "head-left-ear", "mark-0-kind": "bruise", "mark-0-at": ""}
    return mark | {"told": "Sam fell on the stairs", "told_by": "Mum"} | more


@pytest.mark.django_db
def test_it_is_said_on_the_form_and_on_the_review_without_scripts(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()

    send(client, answers(ada, sam) | typed(), pk, **{"add-mark": "yes"})
    form = client.get(reverse("edit-draft", args=[pk])).content.decode()
    send(client, answers(ada, sam) | typed(), pk)
    review = client.get(reverse("review-draft", args=[pk])).content.decode()

    for page in (form, review):
        assert "Mark 1: You were told of a fall or a knock." in page
        assert CLOSING[:40] in page
    assert "Submit incident" in review


@pytest.mark.django_db
def test_it_is_said_while_somebody_writes_and_nothing_is_kept(ada, sam, open_as):
    """SR-64: what is looked at is not kept; a mark that is nowhere yet counts, and says nothing."""
    said = answers(ada, sam) | typed(**{"mark-7-region": "back-lower-back-left"})
    said["mark-3-region"] = ""

    answer = open_as(ada).post(reverse("compare"), said)

    (misfit,) = [one for one in answer.json()["misfits"] if "a fall or a knock" in one]
    assert misfit.startswith("Mark 1")
    assert not Draft.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"mark-0-region": "x"},
        {
            "mark-0-length_cm": "NaN",
            "mark-0-width_cm": "1e999999",
            "pupil": "x",
            "mark-0-region": "head-left-ear",
        },
    ],
)
def test_what_makes_no_sense_is_compared_with_nothing(ada, open_as, said):
    answer = open_as(ada).post(reverse("compare"), said)

    assert answer.status_code == 200


@pytest.mark.django_db
def test_a_babys_age_is_known_from_the_roll_and_no_name_is_said(oak, ada, open_as):
    baby = factories.pupil(
        oak,
        "Bo Winter",
        date_of_birth=timezone.localdate() - timedelta(days=200),
        year_group="N1",
    )
    said = {"pupil": str(baby.pk), "mark-0-region": "front-knee-left", "mark-0-kind": "bruise"}

    text = open_as(ada).post(reverse("compare"), said).content.decode()

    assert "A baby who does not yet crawl" in text
    assert "Winter" not in text


@pytest.mark.django_db
def test_no_prompt_is_recorded_with_the_incident(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam) | typed(), pk)
    submit(client, pk)

    sealed = b"".join(bytes(one.body) for one in SealedBody.objects.exclude(body=None))
    assert b"Sam fell on the stairs" in sealed
    assert b"a fall or a knock" not in sealed
