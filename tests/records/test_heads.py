"""The ledger of a restored database, held against notes from elsewhere (FI-35)."""

import pytest

from ledger.notes import SigningKey
from ledger.verifier import Checkpoint, Refused
from records import age, heads, postgres
from records.progress import in_silence
from records.reading import BackupFile
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "safeguard.example.org/oak-lane/records/1"
KEY = SigningKey(bytes(range(32)))


@pytest.fixture
def server(told):
    with postgres.owner().connect() as own:
        yield own


@pytest.fixture
def head(server) -> dict:
    (head,) = [one for one in heads.of(server) if one["tree"] == "records"]
    return head


def note(size: int, root: str, origin: str = ORIGIN) -> Checkpoint:
    signed = KEY.note(Checkpoint(origin, size, bytes.fromhex(root)))
    return heads.read_note(signed, [KEY.vkey(origin)])


def test_a_back_up_holds_the_size_and_root_of_every_tree(made, key, head):
    manifest = BackupFile(made[1], age.identities(key), in_silence).check()

    assert head in manifest.ledger
    assert head["name"] == "oak-lane"
    assert head["size"] >= 1
    assert len(head["root"]) == 64


def test_a_tree_that_has_what_was_published_is_whole(server, head, ada, sam):
    published = note(head["size"], head["root"])
    factories.incident(ada, sam)

    assert heads.compared(server, published) == ""


def test_a_tree_that_is_smaller_than_what_was_published_says_how_many_are_missing(server, head):
    """FI-35, E6: the same epoch cannot go on, and recording can."""
    size = head["size"]
    said = heads.compared(server, note(size + 3, "00" * 32))

    assert f"3 entries are missing (numbers {size} to {size + 2})" in said
    assert "manage.py resume_ledger" in said
    assert "Recording works" in said


def test_a_tree_that_says_something_else_than_was_published_is_called_that(server, head):
    assert "NOT those that were published" in heads.compared(server, note(head["size"], "00" * 32))


def test_a_back_up_from_before_the_ledger_was_continued_is_called_that(server, head):
    """FI-35, E6: what to do is said, and with which note."""
    said = heads.compared(server, note(4, "00" * 32, f"{ORIGIN.removesuffix('1')}2"))

    assert "oak-lane/records had been continued in epoch 2" in said
    assert "this back-up is from before" in said
    assert "manage.py resume_ledger" in said


def test_an_epoch_that_a_later_one_said_to_be_lost_is_missed_no_more(server, head, as_owner):
    with as_owner.cursor() as cursor:
        cursor.execute("SELECT ledger_next_epoch(school_id, tree, 3) FROM ledger_head LIMIT 1")

    assert heads.compared(server, note(4, "00" * 32, f"{ORIGIN.removesuffix('1')}2")) == ""


def test_a_ledger_that_is_not_there_at_all_is_named(server, head):
    elsewhere = ORIGIN.replace("oak-lane", "elm-park")

    assert heads.compared(server, note(1, "00" * 32, elsewhere)) == (
        f"{elsewhere}: this ledger is not in the back-up at all."
    )


def test_a_note_is_held_against_the_filed_key_when_it_is_given():
    forged = SigningKey(bytes(32)).note(Checkpoint(ORIGIN, 1, bytes(32)))

    with pytest.raises(Refused):
        heads.read_note(forged, [KEY.vkey(ORIGIN)])
    assert heads.read_note(forged, []).size == 1
