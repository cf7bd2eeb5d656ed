"""A ledger that lost its end goes on in a new epoch, which begins by saying what was lost (E6)."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from incidents.models import Incident
from ledger import archive, checkpoints, tasks
from ledger.adopting import adopt_everything
from ledger.models import Checkpoint, Entry, Head, Keeper, SealedBody
from ledger.notes import SigningKey
from ledger.recording import pseudonym
from ledger.signing import NotSigned, ask_for_note
from ledger.verification import verify
from ledger.verifier import Checkpoint as Noted
from ledger.verifier import root_of
from records import checkpoint_mail
from records.tasks import send_waiting_checkpoint_mail
from tests import factories
from tests.records.putting_back import Backup

pytestmark = pytest.mark.django_db(transaction=True)

WHY = "The disk failed on Tuesday; the back-up is Monday's."


@pytest.fixture
def lost(signer_at_work, ada, lead, head, una, leo, sam, team, as_owner):
    """Monday's back-up is restored; the note of Tuesday, which is outside, says three more."""
    adopt_everything()  # the roles of those who are there
    factories.incident(ada, sam)
    factories.incident(una, leo)
    tasks.take_due_checkpoints()
    backup = Backup(as_owner)
    factories.incident(ada, sam)
    factories.action(lead, Incident.objects.filter(school=ada.school).first())
    tasks.take_due_checkpoints()
    tuesday = Checkpoint.objects.filter(school=ada.school).order_by("-size").first().note
    backup.restore()
    return tuesday


@pytest.fixture
def note(lost, tmp_path):
    path = tmp_path / "from the chair.note"
    path.write_text(lost)
    return path


def resume(note, **but) -> None:
    wanted = {
        "tree": "records",
        "note": note,
        "reason": WHY,
        "first": "dee@oak-lane.example.org",
        "second": "hal@oak-lane.example.org",
    }
    call_command("resume_ledger", "oak-lane", **(wanted | but))


def test_the_next_epoch_begins_with_the_note_the_loss_and_the_reason(
    note, lead, head, oak, ada, sam, capsys
):
    """E6, FI-35: by two people, with the old note, the restored size and root, and why."""
    before = Head.objects.get(school=oak, tree="records")
    leaves = [bytes(row.leaf) for row in Entry.objects.filter(school=oak).order_by("seq")]

    resume(note)

    ended, current = Head.objects.filter(school=oak, tree="records").order_by("epoch")
    assert (ended.epoch, ended.is_current, ended.size) == (1, False, before.size)
    assert (current.epoch, current.is_current, current.size) == (2, True, 1)
    entry = Entry.objects.get(school=oak, epoch=2)
    said = json.loads(bytes(entry.entry))
    assert (said["seq"], said["type"]) == (0, "ledger.restored")
    assert said["actor"] == pseudonym(oak.pk, lead.user_id)
    assert said["approver"] == pseudonym(oak.pk, head.user_id)
    body = json.loads(bytes(SealedBody.objects.get(pk=entry.pk).body))
    assert body["note"] == note.read_text()
    assert body["reason"] == WHY
    assert body["ended"] == {
        "epoch": 1,
        "size": before.size,
        "root": root_of(leaves).hex(),
        "agreed": before.size,
    }
    published = int(note.read_text().split("\n")[1])
    assert body["lost"] == (
        f"Entries {before.size} to {published - 1} of oak-lane/records/1 are lost."
    )
    assert body["lost"] in capsys.readouterr().out
    factories.incident(ada, sam)
    assert Entry.objects.get(school=oak, epoch=2, seq=1)


def test_the_signer_signs_the_new_epoch_and_refuses_the_old_one(note, oak):
    with pytest.raises(NotSigned, match="some are missing"):
        ask_for_note(school="oak-lane", tree="records", epoch=1)
    resume(note)

    tasks.take_due_checkpoints()

    newest = Checkpoint.objects.filter(school=oak).order_by("-epoch").first()
    assert (newest.epoch, newest.size) == (2, 1)
    with pytest.raises(NotSigned, match="has ended"):
        ask_for_note(school="oak-lane", tree="records", epoch=1)


def test_whoever_keeps_notes_is_told_of_the_loss_and_the_new_epoch_is_signed_at_once(
    note, oak, mailbox
):
    """E5, E6: by mail, with what was lost and nothing of any child; the day's mail comes as well."""
    Keeper.objects.create(
        school=oak, name="Kit Moss", part="Chair of governors", address="kit@governors.example.org"
    )
    resume(note)

    tasks.take_waiting_checkpoints()
    send_waiting_checkpoint_mail()

    lost = json.loads(bytes(SealedBody.objects.get(kind="ledger.restored").body))["lost"]
    told = [message for message in mailbox.messages if ", a loss, " in message["Subject"]]
    assert sorted(address for message in told for address in message.to) == [
        "dee@oak-lane.example.org",
        "hal@oak-lane.example.org",
        "kit@governors.example.org",
    ]
    for message in told:
        assert lost in " ".join(message.get_content().split())
        assert WHY not in message.get_content()
    assert Checkpoint.objects.filter(school=oak, tree="records", epoch=2, size=1).exists()
    assert checkpoint_mail.is_due(timezone.now().replace(hour=12))


def test_the_nightly_verification_knows_what_was_declared_and_finds_nothing_else(
    note, oak, ada, sam
):
    assert not verify(oak.pk, timezone.now()).is_good
    resume(note)
    tasks.take_due_checkpoints()

    result = verify(oak.pk, timezone.now())

    assert result.is_good, result.findings.as_json()


def test_what_was_recorded_between_the_restore_and_now_stays_and_is_said(note, oak, ada, sam, team):
    """Recording went on meanwhile: the old epoch is as long as the note, and another one."""
    for _ in range(4):
        factories.incident(ada, sam)

    resume(note)

    entry = Entry.objects.get(school=oak, epoch=2)
    body = json.loads(bytes(SealedBody.objects.get(pk=entry.pk).body))
    assert "not those that were published" in body["lost"]
    assert body["ended"]["agreed"] < body["ended"]["size"]
    assert Incident.objects.filter(school=oak).count() == 5
    assert verify(oak.pk, timezone.now()).is_good


def test_the_other_school_goes_on_as_it_was(note, elm):
    before = list(Head.objects.filter(school=elm).values())

    resume(note)

    assert list(Head.objects.filter(school=elm).values()) == before


def test_a_ledger_that_lost_nothing_is_not_continued(
    signer_at_work, ada, lead, head, sam, tmp_path
):
    factories.incident(ada, sam)
    tasks.take_due_checkpoints()
    note = tmp_path / "note"
    note.write_text(Checkpoint.objects.get().note)

    with pytest.raises(CommandError, match="Nothing is lost"):
        resume(note)

    assert Head.objects.get(school=ada.school, tree="records").epoch == 1


@pytest.mark.parametrize(
    ("but", "why"),
    [
        ({"second": "dee@oak-lane.example.org"}, "two different people"),
        ({"second": "ada@oak-lane.example.org"}, "neither the DSL nor the headteacher"),
        ({"second": "una@elm-park.example.org"}, "no role at this school"),
        ({"first": "nobody@oak-lane.example.org"}, "no role at this school"),
        ({"reason": " "}, "Say what happened"),
        ({"tree": "access"}, "no such ledger"),
    ],
)
def test_one_person_or_no_reason_is_not_enough(but, why, note, oak):
    with pytest.raises(CommandError, match=why):
        resume(note, **but)

    assert Head.objects.get(school=oak, tree="records").epoch == 1


def test_a_note_that_nobody_signed_or_about_another_ledger_is_not_believed(note, oak, tmp_path):
    other = SigningKey(bytes(range(32)))
    lines = note.read_text().split("\n")
    forged = other.note(Noted(lines[0], 99, bytes(32)))
    elsewhere = Checkpoint.objects.get(school__slug="elm-park").note
    for text, why in ((forged, "cannot be believed"), (elsewhere, "cannot be believed")):
        note.write_text(text)
        with pytest.raises(CommandError, match=why):
            resume(note)

    assert Head.objects.get(school=oak, tree="records").epoch == 1


def test_only_the_owner_may_end_an_epoch(note, oak, as_disposal, settings):
    for run in (
        lambda: connection.cursor().execute("SELECT ledger_next_epoch(%s, 'records', 2)", [oak.pk]),
        lambda: as_disposal.execute("SELECT ledger_next_epoch(%s, 'records', 2)", [oak.pk]),
    ):
        with pytest.raises(Exception, match="permission denied"):
            run()
    settings.DATABASE_OWNER = None
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
        resume(note)

    assert Head.objects.get(school=oak, tree="records").epoch == 1


# A back-up from before the ledger was continued


@pytest.fixture
def twice_lost(note, ada, sam, as_owner):
    """Oak went on in epoch 2; then the back-up from before that was restored, by mistake or need."""
    backup = Backup(as_owner)
    resume(note)
    factories.incident(ada, sam)
    tasks.take_due_checkpoints()
    newest = Checkpoint.objects.filter(school=ada.school, tree="records", epoch=2)
    text = newest.order_by("-size").first().note
    backup.restore()
    note.write_text(text)
    return note


def test_an_epoch_that_was_ended_is_signed_no_further_in_a_back_up_from_before(
    twice_lost, oak, ada, sam
):
    """FI-35, E6: the archive knows of epoch 2, also where it has lost what says more of epoch 1."""
    folder = archive.folder_of("oak-lane", "records", 1)
    for size in archive.sizes_in(folder)[:1]:
        (folder / f"{size}.note").unlink()
    factories.incident(ada, sam)
    head = Head.objects.get(school=oak, tree="records")

    with pytest.raises(checkpoints.TwoWords, match="had been continued in epoch 2"):
        checkpoints.take(head)

    found = verify(oak.pk, timezone.now()).findings.as_json()
    assert found == [{"code": "E_TRUNC", "ledger": "records/2", "seq": 0, "until": 2}]


def test_it_goes_on_after_every_epoch_of_which_anything_was_published(
    twice_lost, oak, ada, sam, capsys
):
    """E6: two people, with the newest note; no epoch is begun a second time."""
    resume(twice_lost)
    tasks.take_due_checkpoints()

    said = capsys.readouterr().out
    assert "had been continued in epoch 2: all 3 entries" in said
    assert "records/3 has begun" in said
    entry = Entry.objects.get(school=oak, tree="records", epoch=3, seq=0)
    body = json.loads(bytes(SealedBody.objects.get(pk=entry.pk).body))
    assert (body["ended"]["epoch"], body["note"]) == (1, twice_lost.read_text())
    assert Checkpoint.objects.filter(school=oak, epoch=3).exists()
    result = verify(oak.pk, timezone.now())
    assert result.is_good, result.findings.as_json()
