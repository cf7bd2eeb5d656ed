"""From which year on pupils are drawn as young people: the school's choice, on its ledger."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents import outlining
from incidents.injuries import YEARS, Mark, figure_for
from incidents.models import BodyMark, Outline
from incidents.outlines import CHOICES, NEVER
from ledger.models import Kind, SealedBody
from ledger.verification import verify
from safeguard.errors import DomainError, NotAllowed
from tests import factories
from tests.incidents.typing import answers, send

pytestmark = pytest.mark.django_db

KNEE = Mark("front-knee-left", "cut")


def drawn_as(by, pupil) -> str:
    return factories.incident(by, pupil, marks=[KNEE]).marks.get().figure


def test_pupils_are_drawn_by_the_schools_year_and_what_was_drawn_stays(oak, ada, dee, hal):
    pupils = {year: factories.pupil(oak, f"Y {year}", year_group=year) for year in ("4", "5", "7")}
    before = {year: drawn_as(ada, pupil) for year, pupil in pupils.items()}

    outlining.choose_outline(by=dee.elevated(), young_from="5")
    after = {year: drawn_as(ada, pupil) for year, pupil in pupils.items()}

    assert before == {"4": "child", "5": "child", "7": "adult"}
    assert after == {"4": "child", "5": "adult", "7": "adult"}
    assert list(BodyMark.objects.filter(incident__pupil=pupils["5"]).order_by("recorded_at")
                .values_list("figure", flat=True)) == ["child", "adult"]  # fmt: skip


def test_every_choice_draws_every_year_one_way_or_the_other():
    for young_from, _ in CHOICES:
        drawn = [figure_for(year, young_from) for year in YEARS]
        assert drawn == sorted(drawn, reverse=True)
    assert {figure_for(year, NEVER) for year in (*YEARS, "")} == {"child"}
    assert {figure_for(year, "N1") for year in (*YEARS, "")} == {"adult"}


def test_the_ledger_keeps_each_choice(oak, dee):
    outlining.choose_outline(by=dee.elevated(), young_from="5")
    outline = outlining.choose_outline(by=dee.elevated(), young_from="9")

    told = SealedBody.objects.filter(kind=Kind.SETTING, obj=outline.pk).order_by("recorded_at")
    assert [json.loads(bytes(one.body))["young_from"] for one in told] == ["5", "9"]


@pytest.mark.django_db(transaction=True)
def test_a_choice_that_is_changed_behind_the_applications_back_is_found(oak, dee):
    """The last entry of a setting says what its row says."""
    outlining.choose_outline(by=dee.elevated(), young_from="9")
    before = verify(oak.pk, timezone.now()).findings.as_json()
    Outline.objects.update(young_from="3")

    after = verify(oak.pk, timezone.now()).findings.as_json()
    assert "outlines of bodies" not in json.dumps(before)
    assert "outlines of bodies" in json.dumps(after)


@pytest.mark.parametrize("name", ["ada", "dan", "pat", "gus"])
def test_only_the_dsl_and_the_head_choose(name, request, oak):
    viewer = request.getfixturevalue(name)

    with pytest.raises(NotAllowed):
        outlining.choose_outline(by=viewer.elevated(), young_from="5")
    assert not Outline.objects.exists()


def test_what_is_no_year_or_no_change_is_refused(dee):
    with pytest.raises(NotAllowed):
        outlining.choose_outline(by=dee.elevated(), young_from="R")
    with pytest.raises(DomainError, match="so already"):
        outlining.choose_outline(by=dee.elevated(), young_from="7")
    assert not Outline.objects.exists()


def test_no_other_school_is_drawn_so(oak, elm, ada, una, dee):
    """SR-44."""
    outlining.choose_outline(by=dee.elevated(), young_from="N1")

    assert Outline.young_from_in(una) == "7"
    assert Outline.young_from_in(ada) == "N1"


def test_it_is_chosen_on_a_page_beside_both_outlines_and_said_with_the_categories(
    dee, ada, sam, open_as
):
    lead, page = open_as(dee.elevated()), reverse("outline")

    shown = lead.get(page).content.decode()
    wrong = lead.post(page, {"young_from": "x"}).content.decode()
    again = lead.post(page, {"young_from": "7"}).content.decode()
    answer = lead.post(page, {"young_from": "4"})

    assert shown.count("<svg") >= 2
    assert 'value="7" selected' in shown
    assert "Choose a year from the list" in wrong
    assert "It is so already" in again
    assert answer.status_code == 302
    assert "From Year 4 on." in lead.get(reverse("categories")).content.decode()
    pk = uuid4()
    send(open_as(ada), answers(ada, sam), pk, **{"add-mark": "yes"})
    form = open_as(ada).get(reverse("edit-draft", args=[pk])).content.decode()
    assert 'data-figure="adult"' in form
