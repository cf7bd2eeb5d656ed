"""Checkpoints: taken when a ledger has grown, kept, published once, and never contradicted (E5)."""

import pytest
from django.utils import timezone

from accounts.permissions import Role
from accounts.roles import end_role, grant_role
from accounts.viewer import system_viewer
from ledger import archive, checkpoints, tasks
from ledger.checkpoints import TwoWords
from ledger.models import Checkpoint, Entry, Head
from ledger.signing import NoSigner
from ledger.verifier import Vkey, open_note, root_of
from safeguard.models import Outbox
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def leaves(school, tree="records"):
    rows = Entry.objects.filter(school=school, tree=tree).order_by("seq")
    return [bytes(row.leaf) for row in rows]


@pytest.fixture
def recorded(ada, dee, team, sam):
    """Oak has an incident, and with it some entries."""
    return factories.incident(ada, sam)


def test_a_ledger_that_has_grown_is_signed_and_published(signer_at_work, recorded, oak):
    tasks.take_due_checkpoints()

    row = Checkpoint.objects.get()
    folder = archive.folder_of("oak-lane", "records", 1)
    note = (folder / f"{row.size}.note").read_text()
    said = open_note(note, [Vkey.parse((folder / "vkey").read_text())])
    assert row.note == note
    assert (said.size, said.root) == (row.size, bytes(row.root))
    assert said.root == root_of(leaves(oak))
    assert row.size == Head.objects.get(tree="records").size


def test_nothing_new_is_not_signed_again(signer_at_work, recorded):
    tasks.take_due_checkpoints()
    tasks.take_due_checkpoints()

    assert Checkpoint.objects.count() == 1


def test_each_growth_adds_one_and_leaves_the_others(
    signer_at_work, recorded, ada, dee, sam, archive
):
    tasks.take_due_checkpoints()
    before = {path.name: path.read_bytes() for path in archive.rglob("*.note")}
    factories.incident(ada, sam)
    tasks.take_due_checkpoints()

    after = {path.name: path.read_bytes() for path in archive.rglob("*.note")}
    assert Checkpoint.objects.count() == len(after) == 2
    assert before.items() <= after.items()


def test_a_row_that_the_signer_did_not_sign_stops_nothing_and_is_nobodys_word(
    signer_at_work, recorded, oak, ada, sam
):
    """One false row of the application's role must not end the checkpoints, nor go out by mail."""
    checkpoints.take_due()
    good = checkpoints.newest(oak.pk, "records")
    Checkpoint.objects.create(
        school=oak, tree="records", epoch=1, size=10**12, root=b"x" * 32, note="trust me\n"
    )
    factories.incident(ada, sam)
    head = Head.objects.get(school=oak, tree="records")
    Checkpoint.objects.create(
        school=oak, tree="records", epoch=1, size=head.size - 1, root=b"x" * 32, note=good.note
    )

    assert checkpoints.newest(oak.pk, "records") == good
    assert checkpoints.take_due() == 1
    assert checkpoints.newest(oak.pk, "records").size == head.size


def test_a_school_is_signed_at_once_when_it_must_be(signer_at_work, recorded, oak):
    taken = checkpoints.take_now(oak.pk)

    assert [one.size for one in taken] == [Head.objects.get(tree="records").size]


def test_without_a_signer_records_go_on_and_checkpoints_wait(
    settings, tmp_path, archive, recorded, ada, sam
):
    """P12: with the signer down, submitting still works."""
    settings.SIGNER_SOCKET = tmp_path / "nobody"

    tasks.take_due_checkpoints()
    factories.incident(ada, sam)

    assert not Checkpoint.objects.exists()
    with pytest.raises(NoSigner):
        checkpoints.take_now(recorded.school_id)


def test_what_the_archive_missed_is_put_there_by_the_next_round(
    signer_at_work, recorded, archive, settings
):
    archive.write_text("no folder can be made below a file")
    tasks.take_due_checkpoints()
    kept = Checkpoint.objects.get()
    archive.unlink()

    tasks.take_due_checkpoints()

    assert [path.read_text() for path in archive.rglob("*.note")] == [kept.note]


def test_a_note_in_the_archive_is_never_written_over(signer_at_work, recorded, oak, caplog):
    size = Head.objects.get(tree="records").size
    folder = archive.folder_of("oak-lane", "records", 1)
    archive.keep_note(folder, size, "another note\n")

    with pytest.raises(TwoWords, match="another note"):
        checkpoints.take_now(oak.pk)
    tasks.take_due_checkpoints()

    assert (folder / f"{size}.note").read_text() == "another note\n"
    assert "error=" in caplog.text or Checkpoint.objects.count() == 1


def test_a_signer_with_another_key_is_not_believed(signer_at_work, recorded, oak, tmp_path):
    other = archive.folder_of("oak-lane", "records", 1)
    vkey = str(Vkey.of("ledger.example.sch.uk/oak-lane/records/1", bytes(32)))
    archive.keep_key(other, vkey)

    with pytest.raises(TwoWords, match="not signed with the key in the archive"):
        checkpoints.take_now(oak.pk)
    assert not Checkpoint.objects.exists()


def test_a_round_goes_on_past_a_ledger_that_cannot_be_signed(
    signer_at_work, recorded, una, leo, archive
):
    factories.incident(una, leo)
    (signer_at_work.memory.folder / "elm-park.records.1.json").write_text("damaged")

    tasks.take_due_checkpoints()

    assert [path.parent.parent.name for path in archive.rglob("*.note")] == ["oak-lane"]


def test_entries_that_wait_too_long_to_be_signed_are_noticed(signer_at_work, recorded, oak):
    head = Head.objects.get(tree="records")
    soon, late = factories.ago(minutes=-5), factories.ago(minutes=-60)
    before = (checkpoints.waiting_since(head, soon), checkpoints.waiting_since(head, late))

    tasks.take_due_checkpoints()

    first = Entry.objects.get(tree="records", seq=0)
    assert before == (None, first.recorded_at)
    assert checkpoints.waiting_since(head, late) is None


def test_an_interrupted_write_leaves_no_half_note(archive):
    folder = checkpoints.archive.folder_of("oak-lane", "records", 1)
    folder.mkdir(parents=True)
    (folder / ".3.note.99").write_text("half")

    checkpoints.archive.keep_note(folder, 3, "whole\n")

    assert [text for _, text in checkpoints.archive.notes_in(folder)] == ["whole\n"]


def test_a_role_that_is_given_or_ended_is_signed_at_once(signer_at_work, oak, dee, sam):
    """E5: nobody can be made a lead and unmade between two rounds without a trace."""
    system = system_viewer(oak)
    given = grant_role(by=system, user=dee.user, role=Role.HEAD)
    tasks.take_waiting_checkpoints()
    after_giving = Checkpoint.objects.get(school=oak, tree="records").size

    end_role(by=system, membership=given, on=timezone.localdate())
    tasks.take_waiting_checkpoints()
    tasks.take_waiting_checkpoints()

    newest = Checkpoint.objects.filter(school=oak, tree="records").order_by("-size")
    assert [one.size for one in newest] == [after_giving + 1, after_giving]
    assert newest[0].size == Head.objects.get(school=oak, tree="records").size


def test_what_must_be_signed_at_once_waits_for_a_signer_that_is_down(oak, dee):
    grant_role(by=system_viewer(oak), user=dee.user, role=Role.HEAD)

    tasks.take_waiting_checkpoints()

    waits = Outbox.objects.get(kind=Outbox.Kind.CHECKPOINT)
    assert (waits.done_at, waits.tries) == (None, 1)
    assert waits.last_error
