"""Files: how they are kept, within which limits, and who may open them."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier
from time import sleep
from uuid import uuid4

import pytest
from django.conf import settings as project
from django.db import connection, connections, transaction
from django.urls import reverse

from incidents import file_types, files
from incidents.models import Action, Attachment, Incident, Upload
from ledger.models import AccessEntry
from safeguard.errors import NotAllowed
from safeguard.sealing import Unsealable
from tests import factories
from tests.incidents.samples import ACCEPTED, DOCX, jpeg, sent
from tests.incidents.typing import answers, record, send, submit

pytestmark = pytest.mark.django_db


# How it is kept (SR-69)


def test_a_file_is_sealed_under_a_random_name_that_only_the_service_may_read(ada, settings):
    """SR-69."""
    upload = files.keep(by=ada, draft=uuid4(), sent=sent("Sam bruise.txt", b"left arm, Sam"))

    stored = settings.FILES_DIR / upload.stored_as[:2] / upload.stored_as
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert stat.S_IMODE(stored.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(settings.FILES_DIR.stat().st_mode) == 0o700
    assert b"Sam" not in stored.read_bytes()
    assert "Sam" not in str(stored.relative_to(settings.FILES_DIR))
    assert len(upload.stored_as) == 64
    assert (upload.name, upload.size) == ("Sam bruise.txt", 13)
    assert upload.sha256 == sha256(b"left arm, Sam").hexdigest()


def test_files_are_kept_outside_everything_that_is_served():
    """SR-69."""
    served = [project.STATIC_ROOT, *project.STATICFILES_DIRS]

    for folder in map(os.path.realpath, served):
        assert not os.path.realpath(project.FILES_DIR).startswith(folder + os.sep)


def test_two_files_of_one_content_are_two_files(ada):
    draft = uuid4()
    one, two = (files.keep(by=ada, draft=draft, sent=sent("a.txt", b"same")) for _ in range(2))

    assert one.stored_as != two.stored_as


def test_a_stored_file_that_was_altered_or_swapped_is_not_handed_out(ada, sam, open_as, settings):
    """SR-69."""
    incident = record(
        open_as(ada), answers(ada, sam) | {"files": [sent("a.txt", b"one"), sent("b.txt", b"two")]}
    )
    one, two = incident.attachments.order_by("name")
    first = settings.FILES_DIR / one.stored_as[:2] / one.stored_as
    second = settings.FILES_DIR / two.stored_as[:2] / two.stored_as
    assert (files.content_of(one), files.content_of(two)) == (b"one", b"two")

    first.write_bytes(second.read_bytes())

    with pytest.raises(Unsealable):
        files.content_of(one)


def test_no_row_names_a_file_that_is_not_on_the_disk(ada, monkeypatch, settings):
    """The bytes come first; when the row then fails, they go."""

    def fail(**fields):
        assert [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]
        raise ZeroDivisionError

    monkeypatch.setattr(Upload.objects, "create", fail)

    with pytest.raises(ZeroDivisionError):
        files.keep(by=ada, draft=uuid4(), sent=sent("a.txt", b"x"))
    assert not [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]


def test_bytes_and_their_name_are_forced_to_the_disk_before_the_row(ada, monkeypatch):
    order = []
    real_sync, real_create = os.fsync, Upload.objects.create
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("disk"), real_sync(fd))[1])
    monkeypatch.setattr(
        Upload.objects, "create", lambda **f: (order.append("row"), real_create(**f))[1]
    )

    files.keep(by=ada, draft=uuid4(), sent=sent("a.txt", b"x"))

    assert order == ["disk", "disk", "disk", "row"]


# Limits


def test_a_file_over_the_size_is_refused_by_its_name(ada, settings):
    """SR-68."""
    settings.UPLOAD_MAX_BYTES = 10

    with pytest.raises(file_types.FileRefused, match=r"“big\.txt” is larger than"):
        files.keep(by=ada, draft=uuid4(), sent=sent("big.txt", b"x" * 11))
    assert files.keep(by=ada, draft=uuid4(), sent=sent("fits.txt", b"x" * 10))


def test_ten_files_are_the_most_in_one_incident(ada):
    """SR-66."""
    draft = uuid4()
    for n in range(10):
        files.keep(by=ada, draft=draft, sent=sent(f"{n}.txt", b"x"))

    with pytest.raises(file_types.FileRefused, match="10 files are the most"):
        files.keep(by=ada, draft=draft, sent=sent("11.txt", b"x"))
    assert files.keep(by=ada, draft=uuid4(), sent=sent("another.txt", b"x"))


def test_what_one_sends_in_a_day_is_limited_submitted_or_not(ada, eli, sam, monkeypatch):
    """SR-68."""
    monkeypatch.setattr(files, "MOST_A_DAY", 30)
    draft = uuid4()
    files.keep(by=ada, draft=draft, sent=sent("a.txt", b"x" * 10))
    incident = factories.incident(ada, sam, submission=draft, alerted=[eli.user])
    action = uuid4()
    files.keep(by=ada, draft=action, sent=sent("b.txt", b"x" * 10))
    factories.action(ada, incident, submission=action)
    files.keep(by=ada, draft=uuid4(), sent=sent("c.txt", b"x" * 10))

    with pytest.raises(file_types.FileRefused, match="today"):
        files.keep(by=ada, draft=uuid4(), sent=sent("d.txt", b"x"))
    assert files.keep(by=eli, draft=uuid4(), sent=sent("d.txt", b"x"))


@pytest.mark.parametrize("who", ["gus", "max_", "ivy"])
def test_those_who_do_not_record_send_no_files(who, request):
    with pytest.raises(NotAllowed):
        files.keep(by=request.getfixturevalue(who), draft=uuid4(), sent=sent("a.txt", b"x"))


# In the form


def test_files_are_sent_with_the_form_and_become_part_of_the_incident(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    two = [sent("bus.jpg", jpeg()), sent("note.txt", b"x")]

    send(client, answers(ada, sam, files=two), pk)
    form = client.get(reverse("edit-draft", args=[pk])).content.decode()
    review = client.get(reverse("review-draft", args=[pk])).content.decode()
    submit(client, pk)

    for page in (form, review):
        assert "bus.jpg" in page
        assert "note.txt" in page
    kept = Incident.objects.get().attachments
    assert set(kept.values_list("name", "content_type", "size")) == {
        ("bus.jpg", "image/jpeg", len(jpeg())),
        ("note.txt", "text/plain; charset=utf-8", 1),
    }
    assert not Upload.objects.exists()


def test_a_refused_file_costs_neither_the_words_nor_the_other_files(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    two = [sent("page.html", b"<script>"), sent("note.txt", b"x")]

    page = send(client, answers(ada, sam, saw="Every word.", files=two), pk).content.decode()

    assert (
        "“page.html” cannot be added: this kind of file is not taken. Print or save it as a PDF"
        in page
    )
    assert "Every word." in page
    assert [upload.name for upload in Upload.objects.all()] == ["note.txt"]
    assert not Incident.objects.exists()


def test_a_waiting_file_can_be_taken_off_and_the_form_keeps_its_words(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, {"saw": "before", "files": sent("note.txt", b"x")}, pk)
    upload = Upload.objects.get()

    answer = client.post(reverse("remove-upload", args=[pk, upload.pk]), {"saw": "after"})

    assert answer["Location"] == f"{reverse('edit-draft', args=[pk])}#id_files"
    assert not Upload.objects.exists()
    assert "after" in client.get(reverse("edit-draft", args=[pk])).content.decode()


def test_nobody_takes_off_another_persons_file(ada, eli, open_as):
    draft = uuid4()
    upload = files.keep(by=ada, draft=draft, sent=sent("note.txt", b"x"))

    answer = open_as(eli).post(reverse("remove-upload", args=[draft, upload.pk]))
    files.remove(by=eli, upload=upload)

    assert answer.status_code == 404
    assert Upload.objects.filter(pk=upload.pk).exists()


def test_another_persons_files_are_not_swept_into_ones_incident(ada, eli, sam):
    draft = uuid4()
    files.keep(by=eli, draft=draft, sent=sent("of-eli.txt", b"x"))

    incident = factories.incident(ada, sam, submission=draft)

    assert not incident.attachments.exists()
    assert Upload.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_file_taken_off_while_the_incident_is_submitted_is_whole_or_gone(ada, sam):
    """Never an attachment whose bytes have been deleted."""
    factories.category(ada.school)
    for _ in range(6):
        draft, start = uuid4(), Barrier(2)
        upload = files.keep(by=ada, draft=draft, sent=sent("note.txt", b"whole"))

        def take_off(upload=upload, start=start):
            start.wait(10)
            try:
                files.remove(by=ada, upload=upload)
            finally:
                connections.close_all()

        def go(draft=draft, start=start):
            start.wait(10)
            try:
                factories.incident(ada, sam, submission=draft)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as hands:
            for hand in [hands.submit(take_off), hands.submit(go)]:
                hand.result()

    for attachment in Attachment.objects.all():
        assert files.content_of(attachment) == b"whole"


@pytest.mark.django_db(transaction=True)
def test_submitting_waits_for_a_file_that_is_just_being_taken_off(ada, sam):
    """The row's lock decides: what was taken off first is not attached afterwards."""
    factories.category(ada.school)
    draft = uuid4()
    upload = files.keep(by=ada, draft=draft, sent=sent("note.txt", b"x"))

    def go():
        try:
            factories.incident(ada, sam, submission=draft)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as hands:
        with transaction.atomic():
            Upload.objects.filter(pk=upload.pk).delete()
            submitting = hands.submit(go)
            assert somebody_waits()
        submitting.result()

    assert Incident.objects.count() == 1
    assert not Attachment.objects.exists()


def somebody_waits() -> bool:
    """Return whether another session comes to wait for a lock, within ten seconds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE NOT granted AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return True
        sleep(0.05)
    return False


# Opening (SR-70)


@pytest.fixture
def attached(ada, eli, dee, team, sam) -> Attachment:
    """A letter that Ada added, telling Eli and the team of it."""
    draft = uuid4()
    files.keep(by=ada, draft=draft, sent=sent('Zoë’s "letter".docx', DOCX))
    return factories.incident(ada, sam, submission=draft, alerted=[eli.user]).attachments.get()


def test_a_file_is_handed_out_to_be_saved_and_can_do_nothing_in_a_browser(ada, open_as, attached):
    """SR-70."""
    response = open_as(ada).get(reverse("attachment", args=[attached.pk]))

    assert response.content == DOCX
    assert response["Content-Type"].endswith("wordprocessingml.document")
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert attached.incident.reference in disposition
    assert "Zo%C3%AB" in disposition
    assert '"' not in disposition
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store, private"


def test_every_kind_but_pictures_is_handed_out_as_an_attachment(ada, sam, open_as, settings):
    """SR-70: each accepted one of the corpus."""
    settings.UPLOAD_MAX_FILES = len(ACCEPTED)
    draft = uuid4()
    for name, (content, _) in ACCEPTED.items():
        files.keep(by=ada, draft=draft, sent=sent(name, content))
    factories.incident(ada, sam, submission=draft)
    client = open_as(ada)

    opened = 0
    for one in Attachment.objects.all():
        response = client.get(reverse("attachment", args=[one.pk]))
        if file_types.is_picture(one.content_type):
            assert response["Location"] == reverse("look-at-file", args=[one.pk])
        else:
            assert response["Content-Disposition"].startswith("attachment;")
            assert response["Content-Type"] == one.content_type
            assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert response["X-Content-Type-Options"] == "nosniff"
        opened += 1
    assert opened == len(ACCEPTED)


@pytest.mark.parametrize(
    ("who", "elevated", "status"),
    [
        ("ada", False, 200),
        ("eli", False, 200),
        ("dee", False, 200),
        ("hal", True, 200),
        ("tess", False, 404),
        ("hal", False, 404),
        ("pat", True, 404),
        ("gus", False, 404),
        ("ivy", False, 404),
        ("una", True, 404),
    ],
)
def test_a_file_opens_to_whom_its_incident_does(who, elevated, status, open_as, attached, request):
    viewer = request.getfixturevalue(who)
    client = open_as(viewer.elevated() if elevated else viewer)

    response = client.get(reverse("attachment", args=[attached.pk]))

    assert response.status_code == status


def test_a_file_of_an_action_opens_to_those_who_see_the_action(ada, eli, dee, team, sam, open_as):
    incident, submission = factories.incident(ada, sam, alerted=[eli.user]), uuid4()
    files.keep(by=dee, draft=submission, sent=sent("minutes.txt", b"x"))
    factories.action(
        dee.elevated(),
        incident,
        submission=submission,
        kind=Action.Kind.DECISION,
        decision="monitor",
        reasons="Because.",
    )
    url = reverse("attachment", args=[Attachment.objects.get().pk])

    assert [open_as(who).get(url).status_code for who in (ada, eli, dee)] == [404, 404, 200]


@pytest.mark.django_db(transaction=True)
def test_opening_a_file_is_on_record(ada, open_as, attached):
    open_as(ada).get(reverse("attachment", args=[attached.pk]))

    entry = AccessEntry.objects.get(event="attachment.opened")
    assert (entry.user, entry.target) == (ada.user_id, attached.pk)
    assert entry.pupil == attached.incident.pupil_id


def test_a_waiting_upload_has_no_address(ada, open_as):
    upload = files.keep(by=ada, draft=uuid4(), sent=sent("note.txt", b"x"))

    assert open_as(ada).get(reverse("attachment", args=[upload.pk])).status_code == 404


def test_a_size_is_said_as_people_read_it():
    sizes = [files.size_in_words(size) for size in (0, 1, 2048, 1024 * 1024, 2_600_000)]

    assert sizes == ["1 KB", "1 KB", "2 KB", "1.0 MB", "2.5 MB"]


def test_files_of_both_services_are_attached_once(ada, eli, sam):
    """The same action sent twice does not attach twice."""
    incident, submission = factories.incident(ada, sam, alerted=[eli.user]), uuid4()
    files.keep(by=eli, draft=submission, sent=sent("note.txt", b"x"))

    for _ in range(2):
        factories.action(eli, incident, submission=submission)

    assert Attachment.objects.count() == 1
