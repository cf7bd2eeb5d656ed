"""What to think of while writing: the standard questions, and those of a school."""

from uuid import uuid4

import pytest
from django.urls import reverse

from incidents.models import Category, PromptSet
from incidents.prompting import asking
from incidents.prompting.occasions import STANDARD, Occasion
from incidents.seeding import CATEGORIES, seed_lists
from ledger.models import SealedBody
from safeguard.errors import NotAllowed
from tests.incidents import typing

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(oak, dee):
    """The DSL, elevated, in a school with its lists."""
    seed_lists(oak)
    return dee.elevated()


@pytest.fixture
def online(oak, lead) -> Category:
    return Category.objects.get(school=oak, name="Online", parent=None)


def change(lead, key="online", **said):
    answers = {"title": "A game", "asks": ["Which game?"], "categories": [], "shown": True} | said
    return asking.change_prompts(by=lead, key=key, **answers)


def test_the_standard_questions_go_with_categories_that_there_are():
    names = {name for name, *_ in CATEGORIES}

    assert set(STANDARD) == set(Occasion)
    for standard in STANDARD.values():
        assert set(standard.categories) <= names
        assert 4 <= len(standard.asks) <= 6


def test_the_form_offers_them_and_points_to_those_of_a_category(lead, ada, online, open_as):
    """Issue 5: disclosure, injury, online, attendance, talks with parents and with agencies."""
    page = open_as(ada).get(reverse("add-incident")).content.decode()

    for occasion in Occasion:
        assert f'id="prompts-{occasion.value}"' in page
    assert "Which app, game or site" in page
    assert f'data-prompts-for="{online.pk}" hidden' in page


def test_the_review_asks_once_more_by_the_categories_that_were_chosen(
    lead, ada, sam, online, open_as
):
    client, draft = open_as(ada), uuid4()
    typing.send(client, typing.answers(ada, sam) | {"categories": [str(online.pk)]}, draft)

    page = client.get(reverse("review-draft", args=[draft])).content.decode()

    assert "Which app, game or site" in page
    assert "Which days or lessons" not in page


def test_a_school_asks_in_its_own_way_and_takes_it_back(lead, ada, una, online):
    """The standard set is replaced at its place; another school's is as it was."""
    change(lead, asks=["Which game?", "With whom?"], categories=[online])

    mine = asking.find(ada, "online")
    assert (mine.title, mine.asks) == ("A game", ("Which game?", "With whom?"))
    assert [one.key for one in asking.all_of(ada)] == [one.value for one in Occasion]
    assert asking.for_categories(ada, [online.pk]) == [mine]
    assert asking.find(una, "online").title == "Something online"

    asking.take_back(by=lead, key="online")
    assert asking.find(ada, "online").title == "Something online"


def test_a_set_of_the_schools_own_stands_beside_the_standard_ones(lead, ada):
    row = change(lead, key="", title="A visit at home")

    assert [one.key for one in asking.shown_to(ada)][-1] == str(row.pk)
    change(lead, key=str(row.pk), title="A visit at home", shown=False)
    assert str(row.pk) not in [one.key for one in asking.shown_to(ada)]
    asking.take_back(by=lead, key=str(row.pk))
    assert not PromptSet.objects.exists()


def test_two_sets_of_one_name_are_refused_and_so_are_too_many(lead):
    with pytest.raises(asking.TitleTaken, match="another name"):
        change(lead, key="", title="attendance")
    for number in range(asking.MOST_SETS - len(Occasion)):
        change(lead, key="", title=f"Set {number}")

    with pytest.raises(asking.DomainError, match="at most"):
        change(lead, key="", title="One too many")


def test_every_change_is_on_the_ledger(lead):
    before = SealedBody.objects.count()

    change(lead)
    asking.take_back(by=lead, key="online")

    assert SealedBody.objects.count() == before + 2


def test_who_may_not_change_a_schools_rights_may_not_change_its_questions(ada, sal, oak):
    """SR-51: the DSL and the head do."""
    for viewer in (ada, sal.elevated()):
        with pytest.raises(NotAllowed):
            change(viewer)


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(lead, open_as):
    client = open_as(lead)
    address = reverse("change-prompts", args=["online"])
    sent = {
        "title": "Games",
        "asks": "\n".join(f"Question {n}?" for n in range(13)),
        "shown": "yes",
    }

    page = client.post(address, sent).content.decode()
    assert "These are 13 questions. Keep 12 of them." in page
    assert "Question 12?" in page

    page = client.post(address, sent | {"asks": "x" * 161}).content.decode()
    assert "is too long. Use 160 letters at most." in page

    answer = client.post(address, sent | {"asks": " Which game? \n\nWith whom?"}, follow=True)
    assert "The questions of “Games” are changed." in answer.content.decode()
    assert PromptSet.objects.get().asks == ["Which game?", "With whom?"]
    client.post(reverse("take-back-prompts", args=["online"]))
    assert not PromptSet.objects.exists()


def test_what_is_not_there_is_not_found(lead, una, open_as):
    row = change(lead, key="", title="A visit at home")
    client = open_as(una.elevated())

    for key in (str(row.pk), str(uuid4()), "nothing"):
        assert client.get(reverse("change-prompts", args=[key])).status_code == 404
        assert client.post(reverse("take-back-prompts", args=[key])).status_code == 404
