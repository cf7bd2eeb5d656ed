"""The signing key and its notes, to the byte as other implementations make them."""

import json
import stat
from base64 import b64decode
from pathlib import Path

import pytest

from ledger.notes import CannotSign, SigningKey, load_key, make_key
from ledger.verifier import Checkpoint, Vkey, open_note

VECTORS = json.loads((Path(__file__).parent / "ledger-vectors.json").read_text())
ORIGIN = "ledger.example.sch.uk/123456/records/1"
KEY = SigningKey(bytes(range(32)))


def test_a_note_is_to_the_byte_what_the_format_says():
    """E3, checkpoint: a C2SP signed note."""
    checkpoint = Checkpoint(ORIGIN, 3, b64decode(VECTORS["roots"][2]))

    assert KEY.note(checkpoint) == VECTORS["checkpoint"]
    assert str(KEY.vkey(ORIGIN)) == VECTORS["vkey"]


def test_a_note_opens_with_the_key_that_was_filed():
    note = KEY.note(Checkpoint(ORIGIN, 12, bytes(32)))

    assert open_note(note, [Vkey.parse(str(KEY.vkey(ORIGIN)))]).size == 12


def test_a_key_is_made_once_for_its_owners_eyes(tmp_path):
    path = tmp_path / "key"

    first, made_first = make_key(path), path.read_bytes()
    again = make_key(path)

    assert (first, again) == (True, False)
    assert path.read_bytes() == made_first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(load_key(path).vkey(ORIGIN)) == str(load_key(path).vkey(ORIGIN))
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_a_key_that_others_may_read_is_refused(tmp_path):
    make_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)

    with pytest.raises(CannotSign, match="Others may read"):
        load_key(tmp_path / "key")


@pytest.mark.parametrize("content", ["", "c2hvcnQ=", "!" * 44])
def test_a_damaged_key_is_a_sentence_and_never_replaced(tmp_path, content):
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(content)

    with pytest.raises(CannotSign, match="damaged"):
        load_key(path)
    assert path.read_text() == content
