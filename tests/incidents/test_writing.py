"""Help with writing: what it finds in sixty texts, that it finds nothing in thirty, and its lists."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import SessionState
from incidents.models import Draft, WritingWord
from incidents.writing import advice, changing
from incidents.writing.rules import EXPLAINED, Rule
from ledger.models import Entry
from safeguard.errors import NotAllowed
from tests.incidents.typing import answers, send
from tests.incidents.writing_samples import FOUND, NOTHING


def found(said):
    return {f"{hint.answer}: {hint.rule}" for hint in advice.advise(said)}


@pytest.mark.parametrize(("said", "expected"), FOUND)
def test_what_a_reader_would_stumble_over_is_found(said, expected):
    assert found(said) == expected


@pytest.mark.parametrize("said", NOTHING)
def test_a_good_text_is_left_in_peace(said):
    assert found(said) == set()


def test_there_are_sixty_samples_with_findings_and_thirty_without():
    assert (len(FOUND), len(NOTHING)) == (60, 30)
    assert {rule for _, expected in FOUND for rule in expected} >= {f"saw: {Rule.LABEL}"}
    assert {one.split(": ")[1] for _, expected in FOUND for one in expected} == {*Rule}


def test_a_long_text_gets_twelve_suggestions_at_most_and_three_of_a_kind():
    said = {"saw": "Naughty, rude, silly, lazy, odd. I think, I feel, I guess, I reckon. " * 40}

    hints = advice.advise(said)

    assert len(hints) == 6
    assert len(advice.advise(dict.fromkeys(EXPLAINED[Rule.INITIALS].answers, said["saw"]))) == 12


def test_a_school_looks_for_its_own_words_and_leaves_others(dee, ada):
    lead = dee.elevated()
    changing.change_word(by=lead, rule="label", phrase="  Right  little Madam", looked_for=True)
    changing.change_word(by=lead, rule="label", phrase="silly", looked_for=False)

    changes = WritingWord.objects.visible_to(ada).as_changes()
    hints = advice.advise({"saw": "A right little madam, and silly."}, changes)

    assert [hint.words for hint in hints] == ["right little madam"]


@pytest.mark.django_db(transaction=True)
def test_a_word_taken_back_is_as_on_the_standard_list_and_each_change_stands_in_the_ledger(dee):
    lead = dee.elevated()
    before = Entry.objects.count()
    word = changing.change_word(by=lead, rule="label", phrase="silly", looked_for=False)

    changing.take_back(by=lead, word=word)

    assert not WritingWord.objects.exists()
    assert found({"saw": "Silly."}) == {"saw: label"}
    assert Entry.objects.count() == before + 2


@pytest.mark.parametrize(
    ("phrase", "looked_for", "said"),
    [
        ("silly", True, "“silly” is looked for already."),
        ("zebra", False, "“zebra” is not looked for."),
        ("--", True, "Give a word or a phrase."),
    ],
)
def test_what_changes_nothing_is_refused_and_says_why(dee, open_as, phrase, looked_for, said):
    client = open_as(dee.elevated())

    page = client.post(
        reverse("change-writing-word"),
        {"rule": "label", "phrase": phrase, "looked_for": "yes" if looked_for else "no"},
    )

    assert said in page.text
    assert f'value="{phrase}"' in page.text
    assert not WritingWord.objects.exists()


def test_only_the_dsl_and_the_head_change_the_lists(ada, open_as):
    with pytest.raises(NotAllowed):
        changing.change_word(by=ada, rule="label", phrase="zebra", looked_for=True)

    client = open_as(ada)
    posted = client.post(reverse("change-writing-word"), {"rule": "label", "phrase": "zebra"})
    page = client.get(reverse("writing-help"))

    assert posted.status_code == 404
    assert "The DSL and the head change the lists" in page.text


def test_everybody_reads_what_is_looked_for_why_and_by_whose_advice(ada, open_as):
    page = open_as(ada).get(reverse("writing-help")).text

    for rule in EXPLAINED.values():
        assert rule.name in page
    assert "attention seeking" in page
    assert "Achieving best evidence" in page


def test_advice_is_given_while_writing_and_nothing_is_kept(ada, open_as):
    """Nor does asking for it keep a session alive."""
    client = open_as(ada)
    client.get(reverse("add-incident"))
    before = SessionState.objects.values_list("last_activity", flat=True).get()

    answer = client.post(
        reverse("advise"),
        {"saw": "Sam was naughty.", "pupil": "x"},
        headers={"X-Safeguard-Poll": "1"},
    )

    assert [hint["answer"] for hint in answer.json()["hints"]] == ["saw"]
    assert "naughty" in answer.json()["hints"][0]["text"]
    assert not Draft.objects.exists()
    assert SessionState.objects.values_list("last_activity", flat=True).get() == before


def test_the_review_suggests_and_does_not_stand_in_the_way(ada, sam, open_as):
    client = open_as(ada)
    draft = uuid4()
    send(client, answers(ada, sam, saw="Sam was naughty in maths."), draft)

    page = client.get(reverse("review-draft", args=[draft])).text

    assert re.search(r"What did you see\?</b>\s+“naughty” is a label", page)
    assert "Submit incident" in page
