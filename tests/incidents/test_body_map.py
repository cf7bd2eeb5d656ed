"""Marks on a body map: recorded with the incident, kept, shown, and only to whom injuries are shown."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.permissions import Role
from incidents import services
from incidents.bodies import OF_A_MARK, of_incident
from incidents.bodymap.regions import regions
from incidents.injuries import DOES_NOT_FIT, MOST_MARKS, SOFT_SITE, Mark, WrongMark, figure_for
from incidents.models import BodyMark, CategoryGrant, Draft, Incident
from ledger.models import SealedBody
from tests import factories
from tests.incidents.showing import page_as
from tests.incidents.typing import answers, record, send, submit

pytestmark = pytest.mark.django_db

ARM = "front-outer-upper-arm-left"
ARM_NAME = "outer upper arm, left (front)"
BRUISE = Mark(
    ARM,
    "bruise",
    (301, 250),
    length_mm=25,
    width_mm=10,
    shape="oval",
    colour="purple, yellow at the edge",
    broken="no",
    pain="yes",
    signs=("swollen", "hot"),
    first_aid="Cold pack",
    child_said="The door did it",
    explanation="mismatch",
)
EAR = Mark("head-left-ear", "red")


def a_mark(number: int = 0, **said) -> dict:
    """Return the fields of a mark as a browser sends them."""
    fields = {"region": ARM, "kind": "bruise", "at": ""} | said
    return {f"mark-{number}-{name}": value for name, value in fields.items()}


# Recording


def test_marks_are_recorded_with_the_incident_and_numbered_as_they_were_placed(ada, sam):
    incident = factories.incident(ada, sam, marks=[BRUISE, EAR])

    first, second = BodyMark.objects.filter(incident=incident).in_order()
    assert (first.number, first.wording, first.x, first.y) == (1, ARM_NAME, 301, 250)
    assert (second.number, second.region, second.x) == (2, "head-left-ear", None)
    assert (first.length_mm, first.signs, first.figure) == (25, ["hot", "swollen"], "child")


def test_the_ledger_commits_to_every_word_of_a_mark(ada, sam):
    incident = factories.incident(ada, sam, marks=[BRUISE])

    told = bytes(SealedBody.objects.get(obj=incident.pk).body).decode()
    for words in ("The door did it", "Cold pack", ARM_NAME, "mismatch", "purple"):
        assert words in told
    columns = {field.name for field in BodyMark._meta.fields}
    assert set(OF_A_MARK) == columns - {"id", "incident", "recorded_at"}


def test_an_incident_without_marks_says_what_it_always_said_to_the_ledger(ada, sam):
    incident = factories.incident(ada, sam)

    said = of_incident(incident, categories=[], linked=[], agencies=[], files=[])
    assert "marks" not in said.body
    assert b"marks" not in bytes(SealedBody.objects.get(obj=incident.pk).body)


@pytest.mark.parametrize(
    "marks",
    [
        [Mark("front-tail", "bruise")],
        [Mark(ARM, "")],
        [Mark(ARM, "bruise", (401, 10))],
        [Mark(ARM, "bruise", (102, 271))],
        [BRUISE] * (MOST_MARKS + 1),
    ],
    ids=["no such place", "of no kind", "off the paper", "on the other arm", "too many"],
)
def test_what_is_no_mark_is_refused_and_nothing_is_recorded(ada, sam, marks):
    with pytest.raises(WrongMark):
        factories.incident(ada, sam, marks=marks)

    assert not Incident.objects.exists()


def test_a_number_stands_once_on_a_drawing(ada, sam):
    incident = factories.incident(ada, sam, marks=[BRUISE])

    with pytest.raises(IntegrityError), transaction.atomic():
        BodyMark.objects.create(incident=incident, number=1, figure="child", region=ARM, kind="cut")


def test_the_outline_suits_the_year():
    assert [figure_for(year) for year in ("N1", "R", "6", "7", "13", "")] == [
        *("child", "child", "child", "adult", "adult", "child")
    ]


# The form, without scripts


def test_a_form_begins_without_marks_and_with_the_body_map_closed(ada, open_as):
    page = open_as(ada).get(reverse("add-incident")).content.decode()

    part = page[page.index("data-body-map") :]
    assert " open" not in page[page.index('<details class="govuk-details body-map') :][:90]
    assert part.count('name="mark-') == part.count('name="mark-__n__-')
    assert "optgroup" not in part


def test_a_mark_is_added_by_a_button_and_everything_typed_is_kept(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()

    answer = send(client, answers(ada, sam), pk, **{"add-mark": "yes"})
    assert answer["Location"].endswith("#id_mark-0-region")
    page = client.get(answer["Location"]).content.decode()
    assert 'name="mark-0-region"' in page
    assert page.count(f'value="{ARM}"') == 1
    assert "Sam was crying" in page

    answer = send(client, answers(ada, sam), pk, **a_mark(pain="yes"), **{"add-mark": "yes"})
    assert answer["Location"].endswith("#id_mark-1-region")
    page = client.get(answer["Location"]).content.decode()
    assert f'value="{ARM}" selected' in page


def test_a_mark_is_taken_off_by_its_button(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()

    typed = answers(ada, sam) | a_mark(0) | a_mark(1, region="head-left-ear")
    answer = send(client, typed, pk, **{"remove-mark": "0"})

    assert answer["Location"].endswith("#id_body-map")
    kept = Draft.objects.get().answers()
    assert kept["mark-1-region"] == ["head-left-ear"]
    assert not [name for name in kept if name.startswith("mark-0-")]


def test_marks_go_from_the_form_over_the_review_to_the_record(ada, sam, open_as):
    """SR-58: and what is submitted is what was read."""
    client, pk = open_as(ada), uuid4()
    typed = a_mark(
        3, at="301,250", length_cm="2.5", width_cm="1", signs=["hot", "swollen"], pain="yes",
        child_said="The door did it", explanation="mismatch", colour="purple",
    )  # fmt: skip

    send(client, answers(ada, sam) | typed, pk, figure="adult")
    review = client.get(reverse("review-draft", args=[pk])).content.decode()
    submit(client, pk)

    assert f"<b>Bruise</b>: {ARM_NAME}" in review
    assert "2.5 by 1 cm" in review
    assert "<svg" in review
    mark = BodyMark.objects.get()
    assert (mark.number, mark.x, mark.y, mark.length_mm, mark.width_mm) == (1, 301, 250, 25, 10)
    assert (mark.figure, mark.signs, mark.child_said) == (
        *("adult", ["hot", "swollen"], "The door did it"),
    )


@pytest.mark.parametrize("at", ["102,271", "999,999", "0,0", "301", "x,y", "-1,5", "1e3,5"])
def test_a_point_that_is_not_in_its_region_is_let_go_and_the_words_are_kept(ada, sam, open_as, at):
    """SR-61: whoever sends a point elsewhere gets the place that they named, and no other."""
    typed = a_mark(at=at, child_said="The door did it", colour="purple")

    incident = record(open_as(ada), answers(ada, sam) | typed)

    mark = incident.marks.get()
    assert (mark.region, mark.wording, mark.x, mark.y) == (ARM, ARM_NAME, None, None)
    assert (mark.child_said, mark.colour) == ("The door did it", "purple")


def test_a_mark_that_is_nowhere_or_of_no_kind_is_asked_about_again(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()

    typed = a_mark(region="", kind="", length_cm="lots", child_said="The door did it")
    page = send(client, answers(ada, sam) | typed, pk).content.decode()

    assert 'href="#id_mark-0-region">Choose where on the body the mark is' in page
    assert 'href="#id_mark-0-kind">Choose what kind of mark it is' in page
    assert 'href="#id_mark-0-length_cm">Give the size in centimetres' in page
    assert "The door did it" in page
    assert client.get(reverse("review-draft", args=[pk])).status_code == 302


@pytest.mark.parametrize("name", ["mark-0-number", "mark-100-region", "mark--region", "marks"])
def test_what_is_no_field_of_a_mark_is_not_kept(ada, sam, open_as, name):
    """SR-61."""
    send(open_as(ada), answers(ada, sam), **{name: "x", "add-mark": "yes"})

    assert name not in Draft.objects.get().answers()


def test_soft_places_and_what_does_not_fit_are_pointed_out(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    hidden = f"hidden>{SOFT_SITE}", f"hidden>{DOES_NOT_FIT}"
    send(client, answers(ada, sam) | a_mark(), pk, **{"add-mark": "yes"})
    before = client.get(reverse("edit-draft", args=[pk])).content.decode()

    soft = a_mark(region="back-buttock-left", explanation="changed")
    send(client, answers(ada, sam) | soft, pk, find="pupil")
    after = client.get(reverse("edit-draft", args=[pk])).content.decode()
    review = client.get(reverse("review-draft", args=[pk])).content.decode()

    # The blank one that scripts copy is in both pages.
    assert [before.count(words) for words in hidden] == [3, 3]
    assert [after.count(words) for words in hidden] == [1, 1]
    assert SOFT_SITE in review


def test_no_more_than_thirty_marks_are_taken(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    many = {key: value for number in range(31) for key, value in a_mark(number).items()}

    page = send(client, answers(ada, sam) | many, pk).content.decode()
    assert "At most 30 marks can be recorded" in page

    thirty = {key: value for key, value in many.items() if not key.startswith("mark-30-")}
    answer = send(client, answers(ada, sam) | thirty, pk, **{"add-mark": "yes"})
    page = client.get(answer["Location"]).content.decode()
    assert "At most 30 marks can be recorded" in page
    assert 'name="mark-30-region"' not in page


# Who sees it


def test_body_maps_need_a_grant_for_injuries_by_name(oak, ada, eli, tess, pat, dan, dee, sam):
    """SR-43: for pastoral leads and SENCOs; author, alerted and leads see it with the incident."""
    for role in (Role.PASTORAL, Role.DEPUTY_DSL):
        factories.grant(oak, role, "Home and family")
    factories.incident(ada, sam, marks=[BRUISE], alerted=[eli.user])

    def sees(viewer) -> bool:
        return BodyMark.objects.visible_to(viewer).exists()

    assert [sees(one) for one in (ada, eli, tess)] == [True, True, False]
    assert [sees(one.elevated()) for one in (dee, dan, pat)] == [True, True, False]
    factories.category(oak, "Injury", shows_injuries=True)
    factories.grant(oak, Role.PASTORAL, "Injury")
    assert sees(pat.elevated())
    assert not sees(pat)


def test_a_grant_for_injuries_holds_in_its_years_alone(oak, ada, pat, sam, rosa):
    """SR-43: granted for Year 2, it opens nothing of Year 4, whose incidents are read by another grant."""
    factories.grant(oak, Role.PASTORAL, "Home and family")
    factories.category(oak, "Injury", shows_injuries=True)
    grant = factories.grant(oak, Role.PASTORAL, "Injury")
    CategoryGrant.objects.filter(pk=grant.pk).update(year_groups=["2"])
    for pupil in (sam, rosa):
        factories.incident(ada, pupil, marks=[BRUISE])

    shown = BodyMark.objects.visible_to(pat.elevated())

    assert {mark.incident.pupil for mark in shown} == {rosa}


def test_who_may_not_see_injuries_reads_the_incident_without_a_trace_of_them(
    oak, ada, pat, dee, sam, open_as
):
    """SR-43, SR-48: the page and the chronology are as if there were no body map."""
    factories.grant(oak, Role.PASTORAL, "Home and family")
    incident = factories.incident(ada, sam, marks=[BRUISE])

    for viewer, there in ((pat.elevated(), False), (dee.elevated(), True)):
        page = page_as(open_as, viewer, incident)
        story = open_as(viewer).get(reverse("chronology", args=[sam.pk])).content.decode()
        for html in (page, story):
            assert incident.reference in html
            assert (ARM_NAME in html, "Body map" in html) == (there, there)


def test_no_other_school_sees_a_mark(una, ada, sam):
    """SR-44."""
    factories.incident(ada, sam, marks=[BRUISE])

    assert not BodyMark.objects.visible_to(una.elevated()).exists()


# How it is shown


def test_the_page_shows_the_views_that_are_marked_and_a_legend_with_all_that_was_said(
    ada, sam, open_as
):
    incident = factories.incident(ada, sam, marks=[BRUISE, EAR])

    page = page_as(open_as, ada, incident)

    assert page.count('<svg class="body-map__drawing"') == 2
    assert 'aria-label="Front: mark 1"' in page
    assert 'aria-label="Head, left side: mark 2"' in page
    for words in (
        *(ARM_NAME, "ear, left (head, left side)", "2.5 by 1 cm", "oval", "purple, yellow at the"),
        *("Skin broken: No", "In pain: Yes", "hot to the touch, swollen", "Cold pack"),
        *("The child said", "The door did it", "Explanation (opinion): It does not fit the place"),
    ):
        assert words in page


def test_words_of_a_mark_are_words_and_not_markup(ada, sam, open_as):
    """SR-62."""
    written = Mark(ARM, "cut", shape="<b>x</b>", child_said="<script>alert(1)</script>")
    page = page_as(open_as, ada, factories.incident(ada, sam, marks=[written]))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_ten_marks_cost_as_many_queries_as_one(ada, sam, open_as, django_assert_max_num_queries):
    one = factories.incident(ada, sam, marks=[BRUISE])
    ten = factories.incident(ada, sam, marks=[BRUISE] * 10)
    client = open_as(ada)
    client.get(reverse("incident", args=[one.pk]))

    with django_assert_max_num_queries(200) as first:
        client.get(reverse("incident", args=[one.pk]))
    with django_assert_max_num_queries(len(first.captured_queries)):
        client.get(reverse("incident", args=[ten.pk]))


def test_every_region_can_be_recorded_and_drawn(ada, sam, open_as):
    """No name is longer than its column, and no drawing fails."""
    everywhere = list(regions())
    for start in range(0, len(everywhere), MOST_MARKS):
        marks = [Mark(one, "bruise") for one in everywhere[start : start + MOST_MARKS]]
        page = page_as(open_as, ada, factories.incident(ada, sam, marks=marks))
        assert page.count("body-map__line") == len(marks)


def test_what_the_service_takes_is_what_the_form_gives(ada, sam, open_as):
    incident = record(open_as(ada), answers(ada, sam) | a_mark(kind="bite"))

    assert incident.marks.get().kind == "bite"
    assert services.Mark is Mark
