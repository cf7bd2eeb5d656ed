"""What is typed and not yet submitted: kept, sealed, its author's alone, and gone in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from accounts.middleware import POLL_HEADER
from accounts.models import Membership
from accounts.permissions import Role
from accounts.viewer import viewer_for
from incidents import drafting, files
from incidents.before_you_go import waiting_for
from incidents.models import Draft, Incident, Upload
from incidents.tasks import forget_old_drafts
from safeguard.errors import NotAllowed
from safeguard.sealing import Unsealable
from tests import factories
from tests.incidents.counting import queries_of
from tests.incidents.typing import answers, seen, send, submit

pytestmark = pytest.mark.django_db

POLL = {f"HTTP_{POLL_HEADER.upper().replace('-', '_')}": "1"}
SECRET = "Rosa pushed Sam behind the bins"


def autosave(client, pk, typed):
    return client.post(reverse("edit-draft", args=[pk]), typed, **POLL)


def note(name="note.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"as it was said")


# Kept and sealed


def test_opening_the_form_leaves_no_draft_behind(ada, open_as):
    open_as(ada).get(reverse("add-incident"))

    assert not Draft.objects.exists()


def test_typing_is_saved_without_being_judged(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()

    response = autosave(client, pk, {"saw": "Half a sen", "occurred_on": "31/"})

    assert response.json()["kept"] is True
    assert Draft.objects.get(pk=pk).answers() == {"saw": ["Half a sen"], "occurred_on": ["31/"]}


def test_saving_again_replaces_what_was_saved(ada, open_as):
    client, pk = open_as(ada), uuid4()

    for said in ("one", "two"):
        autosave(client, pk, {"saw": said})

    assert Draft.objects.get().answers() == {"saw": ["two"]}


def test_a_draft_comes_back_as_it_was_typed(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    autosave(client, pk, answers(ada, sam, level="3", occurred_on="31/02/26", saw="Line\r\nline"))

    page = client.get(reverse("edit-draft", args=[pk])).content.decode()

    assert f'data-chip="{sam.pk}"' in page
    assert 'value="31/02/26"' in page
    assert "Line\r\nline" in page
    assert 'value="3" id="id_level_2" checked' in " ".join(page.split())
    assert "There is a problem" not in page


def test_the_database_cannot_be_read_for_drafts(ada, sam, open_as):
    autosave(open_as(ada), uuid4(), answers(ada, sam, saw=SECRET))

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM incidents_draft")
        row = b" ".join(
            bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
            for value in cursor.fetchone()
        )

    for word in (*SECRET.split(), str(sam.pk)):
        assert word.encode() not in row


def test_a_draft_moved_to_another_author_in_the_database_cannot_be_opened(ada, eli, open_as):
    pk = uuid4()
    autosave(open_as(ada), pk, {"saw": SECRET})
    Draft.objects.update(author=eli.user)

    with pytest.raises(Unsealable):
        Draft.objects.get().answers()
    assert [draft.about for draft in waiting_for(eli).drafts] == [""]


# Its author's alone


@pytest.mark.parametrize("who", ["eli", "dee", "una"])
def test_another_persons_draft_is_not_there(ada, sam, open_as, who, request):
    """SR-58: for a colleague, for an elevated lead and for another school alike."""
    pk = uuid4()
    autosave(open_as(ada), pk, answers(ada, sam, saw=SECRET))
    client = open_as(request.getfixturevalue(who).elevated())

    assert client.get(reverse("edit-draft", args=[pk])).status_code == 404
    assert client.get(reverse("review-draft", args=[pk])).status_code == 404
    assert client.post(reverse("review-draft", args=[pk]), {"seen": "x"}).status_code == 404
    assert send(client, {"saw": "overwritten"}, pk).status_code == 404
    assert autosave(client, pk, {"saw": "overwritten"}).status_code == 404
    assert Draft.objects.get().answers()["saw"] == [SECRET]


def test_nobody_else_deletes_a_draft(ada, eli, open_as):
    pk = uuid4()
    autosave(open_as(ada), pk, {"saw": SECRET})

    open_as(eli).post(reverse("edit-draft", args=[pk]), {"discard": "yes"})

    assert Draft.objects.filter(pk=pk).exists()


def test_a_draft_belongs_to_the_school_in_which_it_was_begun(ada, elm):
    draft = uuid4()
    drafting.keep_draft(by=ada, draft=draft, answers={"saw": [SECRET]})
    Membership.objects.create(user=ada.user, school=elm, role=Role.TEACHER)
    at_elm = viewer_for(ada.user, elm)

    assert not Draft.objects.visible_to(at_elm).exists()
    with pytest.raises(NotAllowed):
        drafting.keep_draft(by=at_elm, draft=draft, answers={"saw": ["x"]})


@pytest.mark.parametrize("who", ["gus", "max_", "ivy"])
def test_those_who_do_not_record_keep_no_draft(who, request):
    with pytest.raises(NotAllowed):
        drafting.keep_draft(by=request.getfixturevalue(who), draft=uuid4(), answers={})


# After submission


def test_a_late_autosave_does_not_bring_a_submitted_draft_back(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)
    submit(client, pk)

    response = autosave(client, pk, answers(ada, sam, saw="from a tab that was left open"))

    assert response.status_code == 409
    assert not Draft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_autosave_in_the_moment_of_submitting_does_not_bring_the_draft_back(ada, dee, team, sam):
    """Whichever comes first, there is one incident and no draft."""
    factories.category(ada.school)
    for _ in range(6):
        draft, start = uuid4(), Barrier(2)
        drafting.keep_draft(by=ada, draft=draft, answers={"saw": ["x"]})

        def save(draft=draft, start=start):
            start.wait(10)
            try:
                drafting.keep_draft(by=ada, draft=draft, answers={"saw": ["y"]})
            except drafting.AlreadySubmitted:
                pass
            finally:
                connections.close_all()

        def go(draft=draft, start=start):
            start.wait(10)
            try:
                factories.incident(ada, sam, submission=draft)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as hands:
            for hand in [hands.submit(save), hands.submit(go)]:
                hand.result()

    assert not Draft.objects.exists()
    assert Incident.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_inserted_just_after_its_submission_is_taken_back(ada, sam, monkeypatch):
    """The autosave that found no row to change, because the submission had just deleted it."""
    draft = uuid4()
    factories.incident(ada, sam, submission=draft)
    answers_to = iter([None])
    real = drafting.submitted
    monkeypatch.setattr(drafting, "submitted", lambda by, pk: next(answers_to, real(by, pk)))

    with pytest.raises(drafting.AlreadySubmitted):
        drafting.keep_draft(by=ada, draft=draft, answers={"saw": ["y"]})

    assert not Draft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_first_autosaves_at_once_make_one_draft(ada):
    draft, start = uuid4(), Barrier(4)

    def save(n):
        start.wait(10)
        try:
            drafting.keep_draft(by=ada, draft=draft, answers={"saw": [str(n)]})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(save, range(4)))

    assert Draft.objects.get().answers()["saw"][0] in "0123"


# Limits and forgetting


def test_fifty_drafts_are_the_most_and_the_fifty_first_loses_no_word(
    ada, sam, open_as, monkeypatch
):
    """SR-66."""
    monkeypatch.setattr(drafting, "MOST_DRAFTS", 1)
    client, first, second = open_as(ada), uuid4(), uuid4()
    autosave(client, first, {"saw": "one"})

    refused = send(client, answers(ada, sam, saw=SECRET), second)

    assert SECRET in refused.content.decode()
    assert "Finish or delete one of them" in refused.content.decode()
    assert autosave(client, second, {"saw": "two"}).status_code == 409
    assert autosave(client, first, {"saw": "still saved"}).status_code == 200
    assert Draft.objects.get().answers() == {"saw": ["still saved"]}


def test_deleting_a_draft_deletes_its_files_and_says_so(ada, open_as, settings):
    client, pk = open_as(ada), uuid4()
    send(client, {"saw": "x", "files": note()}, pk)
    assert [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]

    response = client.post(reverse("edit-draft", args=[pk]), {"discard": "yes"}, follow=True)

    assert b"The unfinished incident has been deleted." in response.content
    assert not Draft.objects.exists()
    assert not Upload.objects.exists()
    assert not [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]


def test_what_nobody_touches_for_a_fortnight_is_forgotten_with_its_files(ada, open_as, settings):
    client, old, young = open_as(ada), uuid4(), uuid4()
    send(client, {"saw": "old", "files": note()}, old)
    send(client, {"saw": "young", "files": note()}, young)
    files.keep(by=ada, draft=uuid4(), sent=note("of an action never added.txt"))
    long_ago = timezone.now() - timedelta(days=14, minutes=1)
    Draft.objects.filter(pk=old).update(saved_at=long_ago, told_at=long_ago + timedelta(days=11))
    Upload.objects.update(sent_at=long_ago)

    forget_old_drafts()

    assert Draft.objects.get().pk == young
    assert Upload.objects.get().draft == young
    assert len([path for path in settings.FILES_DIR.rglob("*") if path.is_file()]) == 1


def test_a_draft_of_thirteen_days_is_kept(ada):
    drafting.keep_draft(by=ada, draft=uuid4(), answers={"saw": ["x"]})

    assert drafting.forget_old(timezone.now() + timedelta(days=13, hours=23)) == 0
    assert Draft.objects.exists()


# On the home page


def test_home_lists_unfinished_incidents_without_naming_a_child(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    with time_machine.travel("2026-11-03 08:41 +0000", tick=False):
        drafting.keep_draft(by=ada, draft=pk, answers={"pupil": [str(sam.pk)], "saw": [SECRET]})
    Draft.objects.update(saved_at="2026-11-03 08:41+00")

    page = client.get(reverse("home")).content.decode()

    assert reverse("edit-draft", args=[pk]) in page
    assert "S.W., 4B" in page
    assert "Tue 3 Nov, 08:41" in page
    assert "Tue 17 Nov" in page
    for name in ("Sam", "Winter", *SECRET.split()[:2]):
        assert name not in page


def test_home_shows_nobody_elses_drafts(ada, eli, open_as):
    pk = uuid4()
    drafting.keep_draft(by=ada, draft=pk, answers={"saw": [SECRET]})

    assert str(pk) not in open_as(eli).get(reverse("home")).content.decode()


def test_home_asks_as_much_for_one_draft_as_for_ten(ada, sam, open_as):
    client = open_as(ada)
    kept = {"pupil": [str(sam.pk)], "saw": [SECRET]}
    drafting.keep_draft(by=ada, draft=uuid4(), answers=kept)
    one = queries_of(client, reverse("home"))
    for _ in range(9):
        drafting.keep_draft(by=ada, draft=uuid4(), answers=kept)

    assert queries_of(client, reverse("home")) == one


def test_the_review_marks_exactly_what_was_read(ada, sam, open_as):
    """A changed word, a changed file: another mark. The same draft: the same mark."""
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)
    first, again = seen(client, pk), seen(client, pk)
    files.keep(by=ada, draft=pk, sent=note())
    with_file = seen(client, pk)
    send(client, answers(ada, sam, saw="Another word."), pk)

    assert first == again
    assert len({first, with_file, seen(client, pk)}) == 3
