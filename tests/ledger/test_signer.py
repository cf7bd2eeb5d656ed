"""What the signer signs, and what it never signs whatever the database says (E4)."""

import pytest

from ledger.signer import Ledger, Refusal, check_entry
from ledger.signing import NotSigned, ask_for_note, ask_for_vkey
from ledger.verifier import Vkey, canonical, leaf_hash, open_note, root_of
from tests.ledger.histories import History, entry
from tests.ledger.signers import HOST, signer_in

OAK = Ledger("oak-hill", "records", 1)
AGAIN = Ledger("oak-hill", "records", 2)
ANEW = {"type": "ledger.restored"}


@pytest.fixture
def history(as_owner, transactional_db, oak):
    """Oak's records, of which the owner can make what it wants."""
    return History(as_owner, oak, name="oak-hill").begin()


@pytest.fixture
def signer(tmp_path):
    return signer_in(tmp_path / "signer")


@pytest.fixture
def restart(tmp_path):
    """Return a signer with the memory and the key of the one before."""
    return lambda **changes: signer_in(tmp_path / "signer", **changes)


def opened(signer, ledger=OAK):
    return open_note(signer.sign(ledger), [Vkey.parse(signer.vkey(ledger))])


def test_it_signs_the_size_and_the_root_of_what_is_there(signer, history):
    history.grow(5)

    checkpoint = opened(signer)

    assert checkpoint.origin == f"{HOST}/oak-hill/records/1"
    assert checkpoint.size == 5
    assert checkpoint.root == root_of(history.leaves)


def test_it_goes_on_from_where_it_was_also_after_a_restart(signer, restart, history):
    for size in (1, 2, 7, 8, 9):
        history.grow(size - len(history.leaves))
        assert opened(restart()).root == root_of(history.leaves)


def test_an_empty_ledger_can_be_signed_and_grown_from(signer, history):
    assert opened(signer).size == 0
    history.grow(1)
    assert opened(signer).size == 1


def test_nothing_new_gives_the_same_note_to_the_byte(signer, restart, history):
    history.grow(3)

    assert signer.sign(OAK) == restart().sign(OAK)


def test_the_host_in_its_notes_stays_when_the_address_changes(signer, restart, history):
    history.grow(3)
    before = opened(signer).origin
    history.grow(1)

    assert opened(restart(host="elsewhere.example")).origin == before


def test_it_never_signs_a_smaller_ledger(signer, restart, history):
    history.grow(5)
    signer.sign(OAK)
    history.remove(4)
    history.resize(4)

    for asked in (signer, restart()):
        with pytest.raises(Refusal, match="has 4 entries, and 5 have been signed"):
            asked.sign(OAK)


def test_it_never_signs_another_history_of_the_same_size(signer, history):
    history.grow(5)
    signer.sign(OAK)
    history.replace(4, actor="u-9")

    with pytest.raises(Refusal, match=r"Entry 4 .* is not the one that was signed"):
        signer.sign(OAK)


def test_what_is_changed_in_the_past_changes_nothing_that_it_signs(signer, history):
    history.grow(5)
    signer.sign(OAK)
    signed = root_of(history.leaves)
    history.replace(2, actor="u-9")

    assert opened(signer).root == signed
    history.grow(1)
    assert opened(signer).root == root_of(history.leaves)


def test_it_signs_no_gap_and_no_missing_end(signer, history):
    history.grow(3)
    signer.sign(OAK)
    history.grow(4)
    history.remove(4)

    with pytest.raises(Refusal, match=r"Entry 4 .* is missing"):
        signer.sign(OAK)

    history.resize(4)
    assert opened(signer).size == 4
    history.resize(5)
    with pytest.raises(Refusal, match="should have 5 entries, and 1 are missing"):
        signer.sign(OAK)


def test_a_refusal_is_forgotten_once_the_history_is_whole_again(signer, history):
    history.grow(2)
    history.resize(3)
    with pytest.raises(Refusal):
        signer.sign(OAK)

    history.resize(2)

    assert opened(signer).size == 2


def test_a_new_epoch_begins_by_saying_what_was_lost(signer, as_owner, oak, history):
    history.grow(3)
    signer.sign(OAK)
    anew = History(as_owner, oak, epoch=2, name="oak-hill").begin()
    anew.grow(1)

    with pytest.raises(Refusal, match="does not begin by saying what was lost"):
        signer.sign(AGAIN)

    anew.replace(0, **ANEW)
    assert opened(signer, AGAIN).origin.endswith("/2")


def test_an_epoch_that_has_ended_is_signed_no_more(signer, as_owner, oak, history):
    history.grow(3)
    signer.sign(OAK)
    History(as_owner, oak, epoch=2, name="oak-hill").begin().grow(1, **ANEW)
    signer.sign(AGAIN)

    with pytest.raises(Refusal, match="has ended"):
        signer.sign(OAK)


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"[]", b'{"size": 3}', None],
    ids=["empty", "nothing in it", "a list", "half", "another root"],
)
def test_without_its_memory_it_signs_nothing(signer, tmp_path, history, damage):
    history.grow(3)
    signer.sign(OAK)
    memory = tmp_path / "signer" / "oak-hill.records.1.json"
    if damage is None:
        damage = memory.read_bytes().replace(b'"root": "', b'"root": "00')
    memory.write_bytes(damage)

    with pytest.raises(Refusal, match="memory of oak-hill/records/1 is damaged"):
        signer.sign(OAK)
    assert memory.read_bytes() == damage


def test_a_memory_that_was_half_written_by_a_power_cut_is_the_one_before(signer, tmp_path, history):
    history.grow(3)
    signer.sign(OAK)
    (tmp_path / "signer" / "oak-hill.records.1.part").write_bytes(b'{"size": 9')

    history.grow(1)

    assert opened(signer).size == 4


def test_each_tree_and_each_school_is_signed_by_itself(signer, as_owner, oak, elm, history):
    history.grow(3)
    access = History(as_owner, oak, tree="access", name="oak-hill").begin()
    access.grow(2, type="access.viewed")
    other = History(as_owner, elm, name="123456").begin().grow(4)

    assert opened(signer).size == 3
    assert opened(signer, Ledger("oak-hill", "access", 1)).root == root_of(access.leaves)
    assert opened(signer, Ledger("123456", "records", 1)).root == root_of(other.leaves)


def test_a_ledger_that_is_not_there_is_not_signed(signer, history):
    with pytest.raises(Refusal, match="There is no ledger nobody/records/1"):
        signer.sign(Ledger("nobody", "records", 1))


WRONG = {
    "another school": (entry(3, school="elm-park"), "belongs elsewhere"),
    "another tree": (entry(3, tree="access"), "belongs elsewhere"),
    "another epoch": (entry(3, epoch=2), "belongs elsewhere"),
    "another format": (entry(3, v=3), "belongs elsewhere"),
    "another number": (entry(4), "another number"),
    "a number in words": (entry(3).replace(b'"seq":3', b'"seq":"3"'), "another number"),
    "a later one": (entry(3, refs=[3]), "not before it"),
    "one before the first": (entry(3, refs=[-1]), "not before it"),
    "no list": (entry(3, refs="0"), "not before it"),
    "a space": (entry(3).replace(b",", b", ", 1), "canonical"),
    "a fraction": (entry(3).replace(b'"seq":3', b'"seq":3.0'), "canonical"),
    "twice": (entry(3).replace(b'"seq":3', b'"seq":2,"seq":3'), "canonical"),
    "escaped": (entry(3).replace(b"u-7", b"\\u0075-7"), "canonical"),
    "not UTF-8": (entry(3).replace(b"u-7", b"\xff"), "canonical"),
    "not JSON": (b"{", "canonical"),
    "a list": (canonical([1, 2]), "canonical"),
    "nested without end": (b"[" * 60000, "canonical"),
    "too long": (entry(3, actor="u-" + "7" * 65536), "hash"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_entry_that_is_not_as_it_must_be_is_not_signed(what):
    content, said = WRONG[what]

    with pytest.raises(Refusal, match=said):
        check_entry(OAK, 3, content, leaf_hash(content))


def test_an_entry_under_another_hash_is_not_signed():
    with pytest.raises(Refusal, match="hash"):
        check_entry(OAK, 3, entry(3), leaf_hash(entry(4)))


@pytest.mark.processes
def test_killed_at_any_point_it_goes_on_and_never_says_two_things(signer_process, history):
    """E4, kill -9: what it has signed is remembered, and nothing else."""
    notes = {}
    for round_ in range(6):
        history.grow(3)
        note = ask_for_note(school="oak-hill", tree="records", epoch=1)
        vkey = Vkey.parse(ask_for_vkey(school="oak-hill", tree="records", epoch=1))
        checkpoint = open_note(note, [vkey])
        assert checkpoint.root == root_of(history.leaves)
        notes.setdefault(checkpoint.size, set()).add(note)
        if round_ % 2:
            signer_process.kill()
            signer_process.start()
            notes[checkpoint.size].add(ask_for_note(school="oak-hill", tree="records", epoch=1))

    assert [len(said) for said in notes.values()] == [1] * 6


@pytest.mark.processes
def test_the_signers_own_role_reads_what_it_needs(signer_process, history):
    history.grow(3)

    assert ask_for_note(school="oak-hill", tree="records", epoch=1)
    with pytest.raises(NotSigned, match="no ledger elm-park"):
        ask_for_note(school="elm-park", tree="records", epoch=1)
