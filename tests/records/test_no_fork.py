"""After a restore nobody signs a second history beside the one that was published (E4, FI-35).

The signer's memory is in the back-up too, and comes back no newer than the database.
"""

import shutil

import pytest

from incidents.models import Incident
from ledger import checkpoints, tasks
from ledger.checkpoints import TwoWords
from ledger.models import Checkpoint, Head
from ledger.signer import Ledger
from ledger.signing import NotSigned, ask_for_note
from ledger.verifier import Checkpoint as Noted
from ledger.verifier import Vkey, open_note
from records import postgres, restoring
from tests import factories
from tests.records.putting_back import Backup

pytestmark = pytest.mark.django_db(transaction=True)

OAK = {"school": "oak-lane", "tree": "records", "epoch": 1}


class Machine:
    """What a bare machine gets back: rows, and what the signer remembers. The archive stays."""

    def __init__(self, owner, memory):
        self.rows, self.memory = Backup(owner), memory
        self.files = {path: path.read_bytes() for path in memory.folder.glob("*.json")}

    def restore(self):
        self.rows.restore()
        for path in self.memory.folder.glob("*.json"):
            path.unlink()
        for path, content in self.files.items():
            path.write_bytes(content)


@pytest.fixture
def monday(signer_at_work, ada, dee, sam, team, as_owner):
    """Monday's back-up, and after it Tuesday, of which a note is in the archive."""
    factories.incident(ada, sam)
    tasks.take_due_checkpoints()
    backup = Machine(as_owner, signer_at_work.memory)
    factories.incident(ada, sam)
    tasks.take_due_checkpoints()
    return backup


@pytest.fixture
def tuesday(monday, oak) -> str:
    return Checkpoint.objects.filter(school=oak, tree="records").order_by("-size").first().note


def record_past(note: str, ada, sam) -> None:
    """Go on recording until the ledger is longer than the note says."""
    size = Noted.parse(note.rpartition("\n\n")[0] + "\n").size
    while Head.objects.get(school=ada.school, tree="records").size <= size:
        factories.incident(ada, sam)


def signed(archive) -> set[str]:
    return {path.name for path in archive.rglob("*.note")}


def test_a_restored_ledger_shorter_than_the_archive_says_is_not_signed(
    monday, tuesday, oak, archive
):
    monday.restore()

    with pytest.raises(TwoWords, match=r"shorter than the .* in a new epoch"):
        checkpoints.take_now(oak.pk)


def test_nor_is_it_once_it_has_grown_past_what_was_published(
    monday, tuesday, ada, sam, oak, archive, signer_at_work
):
    """FI-35: other entries then stand beside numbers that were published."""
    before = signed(archive)
    monday.restore()
    remembered = signer_at_work.memory.load(Ledger("oak-lane", "records", 1)).size
    record_past(tuesday, ada, sam)

    with pytest.raises(TwoWords, match=r"does not hold the .* in a new epoch"):
        checkpoints.take_now(oak.pk)
    tasks.take_due_checkpoints()

    assert signed(archive) == before
    assert signer_at_work.memory.load(Ledger("oak-lane", "records", 1)).size == remembered
    assert Incident.objects.count() > 2


def test_nor_where_the_back_up_is_from_before_the_first_checkpoint(
    signer_at_work, ada, dee, sam, team, oak, as_owner, archive
):
    factories.incident(ada, sam)
    backup = Machine(as_owner, signer_at_work.memory)
    factories.incident(ada, sam)
    tasks.take_due_checkpoints()
    published = Checkpoint.objects.get(tree="records").note
    backup.restore()
    record_past(published, ada, sam)

    with pytest.raises(TwoWords, match=r"does not hold the .* in a new epoch"):
        checkpoints.take_now(oak.pk)


def test_a_larger_note_that_the_filed_key_did_not_sign_stops_nothing(
    monday, tuesday, ada, sam, oak, archive
):
    folder = checkpoints.archive.folder_of("oak-lane", "records", 1)
    forged = tuesday.replace("\n", "\n9", 1)
    checkpoints.archive.keep_note(folder, 10_000, forged)
    factories.incident(ada, sam)

    assert len(checkpoints.take_now(oak.pk)) == 1


def look(settings, memory, tmp_path, *notes: str):
    """Do what a restore does at last: hold the ledger against what is outside."""
    settings.SIGNER_DIR = memory.folder
    restored = restoring.Restored(manifest=None, sha256="")
    vkey = Vkey.parse(checkpoints.archive.key_in(checkpoints.archive.folder_of(*OAK.values())))
    with postgres.owner().connect() as own:
        restoring._look_at_notes(own, restoring.Wishes(notes=list(notes), vkeys=[vkey]), restored)
    return restored


def test_a_note_from_a_mailbox_stops_the_signer_where_the_archive_is_lost_too(
    monday, tuesday, ada, sam, oak, archive, signer_at_work, settings, tmp_path
):
    """FI-35: what only the chair still has becomes a floor beside the signer's memory."""
    monday.restore()
    for path in archive.rglob("*.note"):
        path.unlink()
    restored = look(settings, signer_at_work.memory, tmp_path, tuesday)
    record_past(tuesday, ada, sam)

    assert "entries are missing" in restored.losses[0]
    for _ in range(2):
        with pytest.raises(NotSigned, match=r"manage\.py resume_ledger"):
            ask_for_note(**OAK)


def test_the_newest_note_of_the_archive_becomes_a_floor_as_well(
    monday, tuesday, ada, sam, archive, signer_at_work, settings, tmp_path
):
    monday.restore()
    look(settings, signer_at_work.memory, tmp_path)
    shutil.rmtree(archive)
    record_past(tuesday, ada, sam)

    with pytest.raises(NotSigned, match=r"manage\.py resume_ledger"):
        ask_for_note(**OAK)


def test_a_newer_back_up_that_holds_it_all_is_signed_again(
    monday, tuesday, ada, sam, as_owner, archive, signer_at_work, settings, tmp_path
):
    newer = Backup(as_owner)
    monday.restore()
    look(settings, signer_at_work.memory, tmp_path, tuesday)
    newer.restore()

    for _ in range(2):
        assert ask_for_note(**OAK) == tuesday
        assert open_note(tuesday, [signer_at_work.key.vkey(tuesday.partition("\n")[0])])
    assert not list(signer_at_work.memory.folder.glob("*.floor"))


def test_a_damaged_floor_is_a_floor_until_its_note_is_given_again(monday, signer_at_work):
    (signer_at_work.memory.folder / "oak-lane.records.1.floor").write_text("damaged")

    with pytest.raises(NotSigned, match="is damaged"):
        ask_for_note(**OAK)

    published = Noted("example.org/oak-lane/records/1", 90, bytes(32))
    signer_at_work.memory.raise_floor(Ledger("oak-lane", "records", 1), published)
    with pytest.raises(NotSigned, match="the 90 entries"):
        ask_for_note(**OAK)


@pytest.mark.parametrize("origin", ["oak-lane", "a/b/c/d", "../../x y/records/1"])
def test_a_note_of_no_ledger_of_ours_makes_no_floor(origin, tmp_path, settings):
    settings.SIGNER_DIR = tmp_path / "signer"

    restoring._raise_floor(Noted(origin, 1, bytes(32)))

    assert not settings.SIGNER_DIR.exists()


def test_a_smaller_note_lowers_no_floor(signer_at_work):
    ledger = Ledger("oak-lane", "records", 1)
    for size in (4, 9, 5):
        published = Noted("example.org/oak-lane/records/1", size, bytes(32))
        signer_at_work.memory.raise_floor(ledger, published)

    assert signer_at_work.memory.floor(ledger).size == 9
