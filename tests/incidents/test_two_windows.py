"""One draft in two windows: neither overwrites the other, and what is left over is told and kept."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.middleware import POLL_HEADER
from incidents import drafting, wordings
from incidents.before_you_go import waiting_for
from incidents.models import Draft, Incident, Wording
from incidents.tasks import forget_old_drafts, send_waiting_draft_notices
from tests.incidents.counting import queries_of
from tests.incidents.typing import answers, record, send, submit

pytestmark = pytest.mark.django_db

POLL = {f"HTTP_{POLL_HEADER.upper().replace('-', '_')}": "1"}
FIELD = re.compile(r'name="(rescue|revision|turn)"\s+value="([^"]*)"')


class Window:
    """A form as one window shows it: what it sends says from where it began."""

    def __init__(self, client, pk: UUID | None = None) -> None:
        self.client = client
        address = reverse("edit-draft", args=[pk]) if pk else reverse("add-incident")
        page = client.get(address).content.decode()
        self.path = re.search(r'<form[^>]*action="(/incidents/add/[^"]+/)"', page)[1]
        self.pk = UUID(self.path.split("/")[-2])
        self.fields = dict(FIELD.findall(page))

    def type(self, typed: dict, **extra) -> dict:
        """Let the script save what stands there, and remember what it was told."""
        self.fields["turn"] = str(int(self.fields["turn"]) + 1)
        said = self.client.post(self.path, typed | self.fields, **POLL, **extra).json()
        if said.get("revision"):
            self.fields["revision"] = said["revision"]
        return said

    def press(self, typed: dict):
        """Press the button under the form."""
        return self.client.post(self.path, typed | self.fields)


def said_in(draft: UUID) -> str:
    return Draft.objects.get(pk=draft).answers()["saw"][0]


def held_beside(draft: UUID) -> list[str]:
    rows = Wording.objects.filter(draft=draft).order_by("saved_at")
    return [row.answers()["saw"][0] for row in rows]


@pytest.fixture
def first(ada, open_as) -> Window:
    window = Window(open_as(ada))
    window.type({"saw": "from the first"})
    return window


@pytest.fixture
def second(first) -> Window:
    """Opened before the first went on typing."""
    window = Window(first.client, first.pk)
    first.type({"saw": "from the first, and more"})
    return window


def test_a_window_goes_on_over_its_own_words(first):
    for word in ("two", "three"):
        assert first.type({"saw": word})["beside"] is False

    assert said_in(first.pk) == "three"
    assert not Wording.objects.exists()


def test_what_a_second_window_types_is_kept_beside_and_each_goes_on_in_its_own_place(first, second):
    """FI-18: neither pushes the other out, however long both are typed in."""
    for n in range(3):
        assert second.type({"saw": f"from the second {n}"})["beside"] is True
        assert first.type({"saw": f"from the first {n}"})["beside"] is False

    assert said_in(first.pk) == "from the first 2"
    assert held_beside(first.pk) == ["from the second 2"]


def test_a_window_that_was_opened_after_the_last_word_simply_goes_on(first):
    later = Window(first.client, first.pk)

    assert later.type({"saw": "on the telephone"})["beside"] is False

    assert said_in(first.pk) == "on the telephone"
    assert first.type({"saw": "from the first again"})["beside"] is True
    assert held_beside(first.pk) == ["from the first again"]


def test_the_same_words_from_two_windows_are_no_two_wordings(first, second):
    assert second.type({"saw": "from the first, and more", "told": " "})["beside"] is False

    assert not Wording.objects.exists()


def test_an_answer_that_was_lost_on_the_way_is_no_second_window(first):
    """The save arrived, its answer did not: the page still names what it read before."""
    before = first.fields["revision"]
    first.type({"saw": "arrived"})
    first.fields["revision"] = before

    assert first.type({"saw": "arrived, and more"})["beside"] is False
    assert said_in(first.pk) == "arrived, and more"


def test_what_arrives_late_does_not_undo_what_was_typed_since(first):
    late = dict(first.fields)
    first.type({"saw": "the whole sentence"})

    first.client.post(first.path, {"saw": "the who"} | late, **POLL)

    assert said_in(first.pk) == "the whole sentence"


def test_a_form_that_is_shown_again_with_its_errors_goes_on_being_saved(first):
    """It is the same window, and counts on from there."""
    for n in range(3):
        first.type({"saw": f"words {n}"})
    shown = first.press({"saw": "pressed"}).content.decode()
    first.fields = dict(FIELD.findall(shown))

    assert "There is a problem" in shown
    assert first.type({"saw": "put right"})["beside"] is False
    assert said_in(first.pk) == "put right"


def test_what_is_saved_while_a_page_is_being_drawn_is_not_taken_as_read(ada, first, monkeypatch):
    """The page shows what it read, and goes on from that."""
    real = Draft.answers

    def answers_then_another_save(row):
        said = real(row)
        monkeypatch.setattr(Draft, "answers", real)
        first.type({"saw": "typed in that moment"})
        return said

    monkeypatch.setattr(Draft, "answers", answers_then_another_save)
    second = Window(first.client, first.pk)

    assert second.type({"saw": "from the first, changed"})["beside"] is True
    assert said_in(first.pk) == "typed in that moment"


def test_pressing_the_button_goes_on_with_what_is_on_the_screen_and_keeps_the_other(
    ada, sam, first, second
):
    shown = second.press(answers(ada, sam, saw="from the second"))

    assert shown.url == reverse("review-draft", args=[first.pk])
    assert said_in(first.pk) == "from the second"
    assert held_beside(first.pk) == ["from the first, and more"]
    for name in ("review-draft", "edit-draft"):
        page = first.client.get(reverse(name, args=[first.pk])).content.decode()
        assert "Another window holds other words of this incident" in page
        assert reverse("compare-wordings", args=[first.pk]) in page


def test_both_wordings_stand_side_by_side_and_either_can_be_gone_on_with(ada, sam, first, second):
    second.type(answers(ada, sam, saw="from the second"))
    compare = reverse("compare-wordings", args=[first.pk])

    page = first.client.get(compare).content.decode()
    assert "from the first, and more" in page
    assert "from the second" in page
    assert "Sam Winter" in page
    wording = Wording.objects.get()
    taken = first.client.post(reverse("choose-wording", args=[wording.pk]), {"take": "yes"})

    assert taken.url == reverse("edit-draft", args=[first.pk])
    assert said_in(first.pk) == "from the second"
    assert held_beside(first.pk) == ["from the first, and more"]


def test_the_other_words_can_be_deleted(first, second):
    second.type({"saw": "from the second"})

    first.client.post(reverse("choose-wording", args=[Wording.objects.get().pk]), {"discard": "y"})

    assert not Wording.objects.exists()
    assert said_in(first.pk) == "from the first, and more"


def test_deleting_a_draft_deletes_all_its_wordings(first, second):
    second.type({"saw": "from the second"})

    first.press({"discard": "yes"})

    assert not Draft.objects.exists()
    assert not Wording.objects.exists()


@pytest.mark.parametrize("who", ["eli", "dee", "una"])
def test_nobody_else_compares_chooses_or_deletes(who, first, second, open_as, request):
    second.type({"saw": "from the second"})
    stranger = open_as(request.getfixturevalue(who).elevated())
    wording = reverse("choose-wording", args=[Wording.objects.get().pk])

    assert stranger.get(reverse("compare-wordings", args=[first.pk])).status_code == 404
    assert stranger.post(wording, {"take": "yes"}).status_code == 404
    assert stranger.post(wording, {"discard": "yes"}).status_code == 404
    assert held_beside(first.pk) == ["from the second"]


def test_wordings_are_sealed(first, second):
    second.type({"saw": "Canary sentence"})

    assert b"Canary" not in bytes(Wording.objects.get().sealed)


def test_ten_windows_are_the_most_and_the_oldest_goes(ada, first):
    for n in range(wordings.MOST + 2):
        wordings.keep_beside(
            by=ada, draft=first.pk, window=uuid4(), answers={"saw": [f"window {n}"]}
        )

    assert len(held_beside(first.pk)) == wordings.MOST
    assert "window 0" not in held_beside(first.pk)


# Submitted, and a window left open


def test_a_window_that_was_left_open_loses_nothing_when_the_other_has_submitted(
    ada, dee, team, sam, first, second
):
    """FI-18: one incident; the different text is kept, and its author is told."""
    first.press(answers(ada, sam, saw="from the first"))
    submit(first.client, first.pk)

    sent = second.press(answers(ada, sam, saw="what only the second said"))
    page = first.client.get(sent.url).content.decode()

    assert sent.url == reverse("compare-wordings", args=[first.pk])
    assert "has been submitted" in page
    assert "what only the second said" in page
    assert Incident.objects.get().saw == "from the first"
    assert not Draft.objects.exists()
    left = waiting_for(ada).not_sent
    assert [one.url for one in left] == [sent.url]
    assert left[0].what == f"Not in {Incident.objects.get().reference}"


def test_an_autosave_after_the_submission_is_kept_when_it_says_more_and_not_when_it_does_not(
    ada, dee, team, sam, first, second
):
    first.press(answers(ada, sam, saw="from the first"))
    submit(first.client, first.pk)

    assert second.type(answers(ada, sam, saw="from the first"))["beside"] is False
    assert not Wording.objects.exists()
    assert second.type(answers(ada, sam, saw="and this"))["beside"] is True
    assert held_beside(first.pk) == ["and this"]
    assert not Draft.objects.exists()


def test_words_about_a_mark_count_too(ada, dee, team, sam, first, second):
    mark = {"mark-0-region": "front-knee-left", "mark-0-kind": "cut"}
    first.press(answers(ada, sam, saw="x") | mark)
    submit(first.client, first.pk)

    said = answers(ada, sam, saw="x") | mark | {"mark-0-child_said": "It was the door"}

    assert second.type(said)["beside"] is True


def test_what_waits_beside_is_still_there_after_the_submission(ada, dee, team, sam, first, second):
    second.type(answers(ada, sam, saw="what only the second said"))
    first.press(answers(ada, sam, saw="from the first"))

    submit(first.client, first.pk)

    assert held_beside(first.pk) == ["what only the second said"]


def test_a_wording_that_says_nothing_more_goes_with_the_draft(ada, dee, team, sam, first, second):
    second.type(answers(ada, sam, saw="the same in the end", occurred_on="01/01/2026"))
    first.press(answers(ada, sam, saw="the same in the end"))

    submit(first.client, first.pk)

    assert not Wording.objects.exists()


def test_what_a_window_saves_between_the_last_look_and_the_submission_stays(
    ada, dee, team, sam, first, monkeypatch
):
    """The draft ends in the submission's own transaction, which looks once more at what it says."""
    first.press(answers(ada, sam, saw="as it was read"))
    row = Draft.objects.get()
    row.keep(row.answers() | {"saw": ["typed in that moment"]})
    incident_of = drafting.end_draft
    monkeypatch.setattr(
        "incidents.services.drafting.end_draft",
        lambda *, by, incident: (row.save(), incident_of(by=by, incident=incident)),
    )

    submit(first.client, first.pk)

    assert Incident.objects.get().saw == "as it was read"
    assert held_beside(first.pk) == ["typed in that moment"]


def test_a_submitted_incidents_other_words_cannot_be_taken_over(ada, dee, team, sam, first, second):
    first.press(answers(ada, sam, saw="from the first"))
    submit(first.client, first.pk)
    second.type(answers(ada, sam, saw="and this"))

    first.client.post(reverse("choose-wording", args=[Wording.objects.get().pk]), {"take": "yes"})

    assert not Draft.objects.exists()


def test_home_says_that_there_are_other_words(ada, first, second):
    second.type({"saw": "from the second"})

    page = first.client.get(reverse("home")).content.decode()

    assert reverse("compare-wordings", args=[first.pk]) in page
    assert "from the second" not in page


def test_comparing_costs_the_same_for_one_question_and_for_many(ada, open_as):
    client, little, much = open_as(ada), uuid4(), uuid4()
    parts = ("saw", "told", "heard", "opinion", "medical")
    for pk, named in ((little, parts[:1]), (much, parts)):
        send(client, dict.fromkeys(named, "x"), pk)
        wordings.keep_beside(by=ada, draft=pk, window=uuid4(), answers={"saw": ["other"]})
    pages = [reverse("compare-wordings", args=[pk]) for pk in (little, much)]
    client.get(pages[0])

    assert queries_of(client, pages[0]) == queries_of(client, pages[1])


# Before it is deleted


@pytest.fixture
def eleven_days_ago(ada) -> UUID:
    draft = uuid4()
    drafting.keep_draft(by=ada, draft=draft, answers={"saw": ["Canary sentence"]})
    Draft.objects.update(saved_at=timezone.now() - timedelta(days=11, minutes=1))
    return draft


def test_three_days_before_a_draft_goes_its_author_is_told_by_mail_without_a_word_of_it(
    ada, sam, eleven_days_ago, mailbox
):
    """SR-62: for those who do not open their home page meanwhile."""
    forget_old_drafts()
    forget_old_drafts()
    send_waiting_draft_notices()

    [sent] = mailbox.messages
    assert sent.to == (ada.user.email,)
    assert "It will be deleted on" in sent.text
    for word in ("Canary", "Winter", "Sam ", str(eleven_days_ago)):
        assert word.encode() not in sent.raw
    assert Draft.objects.exists()


def test_no_mail_goes_for_a_draft_that_was_gone_on_with_meanwhile(ada, eleven_days_ago, mailbox):
    forget_old_drafts()
    drafting.keep_draft(by=ada, draft=eleven_days_ago, answers={"saw": ["and more"]})
    send_waiting_draft_notices()

    assert mailbox.messages == []
    assert Draft.objects.get().told_at is None


def test_no_draft_is_deleted_of_which_its_author_was_not_told(eleven_days_ago):
    """The worker may have been away: then the three days begin when it is back."""
    now = timezone.now()
    Draft.objects.update(saved_at=now - timedelta(days=40))

    drafting.forget_old(now)
    drafting.tell_authors(now)
    drafting.forget_old(now + timedelta(days=2))
    assert Draft.objects.exists()
    drafting.forget_old(now + timedelta(days=3))

    assert not Draft.objects.exists()


def test_words_of_a_window_go_after_a_fortnight_and_not_before_their_draft(ada, first, second):
    second.type({"saw": "from the second"})
    Wording.objects.update(saved_at=timezone.now() - timedelta(days=15))

    drafting.forget_old(timezone.now())
    assert Wording.objects.exists()
    Draft.objects.all().delete()
    drafting.forget_old(timezone.now())

    assert not Wording.objects.exists()


def test_an_incident_recorded_in_one_window_leaves_nothing_behind(ada, dee, team, sam, open_as):
    record(open_as(ada), answers(ada, sam))

    assert not Wording.objects.exists()
    assert waiting_for(ada).not_sent == []
