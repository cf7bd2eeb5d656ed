"""Files that a page sends by themselves while somebody writes: kept once, within limits, or refused."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction
from django.urls import reverse

from incidents import files, sending
from incidents.file_types import FileRefused
from incidents.models import Attachment, Upload
from tests import factories
from tests.incidents.samples import jpeg, sent
from tests.incidents.test_files import somebody_waits
from tests.incidents.typing import answers, send, submit

pytestmark = pytest.mark.django_db


def post(client, draft, key=None, file=None):
    address = reverse("send-file", args=[draft, key or uuid4()])
    return client.post(address, {"file": file or sent("bruise.jpg", jpeg())})


def take_back(client, draft, key):
    return client.post(reverse("take-back-file", args=[draft, key]))


def test_a_file_is_kept_in_the_draft_before_anything_is_submitted(ada, sam, open_as):
    client, draft = open_as(ada), uuid4()

    answer = post(client, draft)
    form = send(client, answers(ada, sam), draft)
    submit(client, draft)

    assert answer.json() == {"name": "bruise.jpg", "detail": "1 KB"}
    assert form.status_code == 302
    assert Attachment.objects.get().name == "bruise.jpg"
    assert not Upload.objects.exists()


def test_a_file_is_kept_under_an_action_that_is_being_written(ada, sam, open_as):
    client, incident, submission = open_as(ada), factories.incident(ada, sam), uuid4()

    post(client, submission)
    page = client.get(reverse("add-action", args=[incident.pk]))
    factories.action(ada, incident, submission=submission)

    assert str(UUID(int=0)) in page.context["send_files_to"]
    assert Attachment.objects.get().action.submission == submission


def test_a_refusal_says_why_and_costs_nothing(ada, open_as):
    """SR-67."""
    client, draft = open_as(ada), uuid4()

    answer = post(client, draft, file=sent("page.html", b"<script>"))

    assert answer.status_code == 422
    assert "“page.html” cannot be added" in answer.json()["refused"]
    assert not Upload.objects.exists()


def test_a_file_that_is_sent_again_is_kept_once(ada, open_as):
    """The answer was lost on the way; the page tries again under the same id."""
    client, draft, key = open_as(ada), uuid4(), uuid4()

    first, second = (post(client, draft, key) for _ in range(2))

    assert first.json() == second.json()
    assert Upload.objects.get().pk == key
    assert len([one for one in files.settings.FILES_DIR.rglob("*") if one.is_file()]) == 1


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_sent_twice_in_the_same_moment_is_kept_once(ada):
    draft, key, start = uuid4(), uuid4(), Barrier(4)

    def go(_):
        start.wait(10)
        try:
            return sending.send(by=ada, draft=draft, key=key, sent=sent("a.txt", b"x")).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as hands:
        kept = set(hands.map(go, range(4)))

    assert kept == {key}
    assert Upload.objects.count() == 1
    assert len([one for one in files.settings.FILES_DIR.rglob("*") if one.is_file()]) == 1


@pytest.mark.django_db(transaction=True)
def test_files_that_are_sent_at_once_do_not_get_past_the_limits(ada):
    """SR-66: ten files in one incident, by whatever number of connections."""
    draft, start = uuid4(), Barrier(8)
    for number in range(6):
        files.keep(by=ada, draft=draft, sent=sent(f"{number}.txt", b"x"))

    def go(number):
        start.wait(10)
        try:
            sending.send(by=ada, draft=draft, key=uuid4(), sent=sent(f"n{number}.txt", b"x"))
        except FileRefused as refusal:
            return str(refusal)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(8) as hands:
        said = sorted(hands.map(go, range(8)))

    assert Upload.objects.count() == 10
    assert said[:4] == ["", "", "", ""]
    assert all("10 files are the most" in one for one in said[4:])
    assert len([one for one in files.settings.FILES_DIR.rglob("*") if one.is_file()]) == 10


def test_the_days_limit_counts_what_is_sent_by_itself(ada, open_as, monkeypatch):
    """SR-66, SR-68."""
    monkeypatch.setattr(files, "MOST_A_DAY", 3)
    client = open_as(ada)

    first = post(client, uuid4(), file=sent("a.txt", b"xx"))
    second = post(client, uuid4(), file=sent("b.txt", b"xx"))

    assert first.status_code == 200
    assert "today" in second.json()["refused"]


def test_a_file_is_taken_back_and_so_is_one_that_never_came(ada, open_as):
    client, draft, key = open_as(ada), uuid4(), uuid4()
    post(client, draft, key)

    taken, never = take_back(client, draft, key), take_back(client, draft, uuid4())

    assert (taken.status_code, never.status_code) == (204, 204)
    assert not Upload.objects.exists()
    assert not [one for one in files.settings.FILES_DIR.rglob("*") if one.is_file()]


def test_what_has_been_submitted_takes_no_more_files_and_says_so(ada, sam, open_as):
    """A file must never wait for ever in a draft that is gone."""
    client, draft, acted = open_as(ada), uuid4(), uuid4()
    send(client, answers(ada, sam), draft)
    submit(client, draft)
    incident = factories.incident(ada, sam)
    factories.action(ada, incident, submission=acted)

    late = [post(client, one) for one in (draft, acted)]

    for answer in late:
        assert answer.status_code == 422
        assert "this has been submitted" in answer.json()["refused"]
    assert not Upload.objects.exists()


def test_a_file_that_comes_while_its_draft_is_being_submitted_is_refused(ada, sam, monkeypatch):
    """Submitted between the look and the row: it would belong to nothing."""
    draft, real = uuid4(), files.keep

    def and_meanwhile(**said):
        factories.incident(ada, sam, submission=draft)
        return real(**said)

    monkeypatch.setattr(files, "keep", and_meanwhile)

    with pytest.raises(FileRefused, match="has been submitted"):
        sending.send(by=ada, draft=draft, key=uuid4(), sent=sent("a.txt", b"x"))
    assert not Upload.objects.exists()
    assert not Attachment.objects.exists()


def test_nobody_reaches_another_persons_file_by_its_id(ada, eli, open_as):
    """SR-42."""
    draft, key = uuid4(), uuid4()
    post(open_as(ada), draft, key)
    thief = open_as(eli)

    answers_to_thief = [
        post(thief, draft, key, sent("x.txt", b"of Eli")),
        post(thief, uuid4(), key, sent("x.txt", b"of Eli")),
        take_back(thief, draft, key),
    ]

    assert [answer.status_code for answer in answers_to_thief] == [404, 404, 204]
    upload = Upload.objects.get()
    assert (upload.pk, upload.author) == (key, ada.user)
    assert files.stored(upload.stored_as) == jpeg()


@pytest.mark.parametrize("who", ["gus", "max_", "ivy"])
def test_those_who_do_not_record_send_nothing(who, request, open_as):
    """SR-41."""
    client = open_as(request.getfixturevalue(who))

    assert post(client, uuid4()).status_code == 404
    assert take_back(client, uuid4(), uuid4()).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_file_that_comes_while_its_draft_is_being_submitted_waits_and_is_refused(ada, sam):
    """What says that it is added is part of the incident, also when both come at once."""
    factories.category(ada.school)
    draft = uuid4()

    def go():
        try:
            sending.send(by=ada, draft=draft, key=uuid4(), sent=sent("a.txt", b"x"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as hands:
        with transaction.atomic():
            factories.incident(ada, sam, submission=draft)
            adding = hands.submit(go)
            assert somebody_waits()
        with pytest.raises(FileRefused, match="has been submitted"):
            adding.result()

    assert not Upload.objects.exists()
    assert not [one for one in files.settings.FILES_DIR.rglob("*") if one.is_file()]
