"""A disposal may name what stands in an epoch that ended, and says of which (E3, E9)."""

import pytest

from ledger import verifier
from ledger.entries import ENTRY, former_epochs
from ledger.verifier import Evidence
from tests.ledger.building import SCHOOL, Ledger, Parts, canonical, school_year


@pytest.fixture
def check(tmp_path):
    """Return a function that verifies ledgers as one bundle, with all the notes in it."""

    def run(*ledgers, scope="all"):
        path = Parts(list(ledgers), scope=scope).write(tmp_path)
        return verifier.verify(path, Evidence())

    return run


@pytest.fixture
def ended():
    return school_year()


@pytest.fixture
def later():
    """The next epoch: a loss was declared, and an incident recorded."""
    ledger = Ledger(epoch=2, sizes=(1, 3))
    ledger.add("ledger.restored", {"lost": "Nothing."}, approver="u-3")
    ledger.add(body={"text": "Hungry again"})
    return ledger


def dispose(ledger, former, targets=(), **more):
    more = {"actor": "u-2", "approver": "u-3", "rule": "cp-dob25", "via": "S2", "v": 2} | more
    parts = [{"epoch": epoch, "targets": numbers} for epoch, numbers in former]
    ledger.add("disposal.executed", targets=list(targets), former=parts, **more)


def errors(report) -> set[str]:
    return {one.code for one in report.findings if one.is_error}


def test_what_a_later_epoch_disposed_of_may_be_gone(check, ended, later):
    dispose(later, [(1, [0, 2])])
    ended.hide(0)
    ended.hide(2)

    for ledgers in ((ended, later), (later, ended)):
        report = check(*ledgers)

        assert errors(report) == set()
        assert {0, 2} <= next(one for one in report.trees if one.name == "records/1").gone


def test_a_content_of_an_ended_epoch_that_no_disposal_names_is_missed(check, ended, later):
    dispose(later, [(1, [0])])
    ended.hide(0)
    ended.hide(2)

    report = check(ended, later)

    assert [(one.code, one.ledger, one.seq) for one in report.findings if one.is_error] == [
        ("E_MISSING", "records/1", 2)
    ]


def test_a_number_hides_nothing_in_another_epoch(check, ended, later):
    """Neither the epoch's own number in the former one, nor the reverse."""
    later.dispose(1)
    ended.hide(2)
    dispose(later, [(1, [0])])
    ended.hide(0)
    later.hide(0)

    found = {(one.code, one.ledger, one.seq) for one in check(ended, later).findings}

    assert {("E_MISSING", "records/1", 2), ("E_MISSING", "records/2", 0)} <= found
    assert not [one for one in found if one[0] == "E_MISSING" and one[2] == 1]


def test_what_was_disposed_of_later_and_is_still_here_is_found(check, ended, later):
    dispose(later, [(1, [0])])

    report = check(ended, later)

    assert [(one.code, one.ledger, one.seq) for one in report.findings if one.is_error] == [
        ("E_UNDEAD", "records/1", 0)
    ]


@pytest.mark.parametrize("target", [12, 99, -1])
def test_a_number_that_the_ended_epoch_never_had_is_found(target, check, ended, later):
    dispose(later, [(1, [target])])

    assert ("E_REF", 2) in {(one.code, one.seq) for one in check(ended, later).findings}


def test_one_persons_word_hides_nothing_in_an_ended_epoch(check, ended, later):
    dispose(later, [(1, [0])], approver="u-2")
    ended.hide(0)

    assert errors(check(ended, later)) == {"E_TWO", "E_MISSING"}


def test_without_the_ended_epoch_nothing_is_said_of_it(check, later):
    dispose(later, [(1, [0])])

    report = verifier.TreeCheck(school=SCHOOL, tree="records", epoch=2, is_whole=False)
    for seq in range(3):
        report.add_entry(later.raw(seq))
    report.name_in_earlier({report.name: report})

    assert report.former == [(2, 1, 0)]
    assert report.findings == []


GOOD = {
    "actor": "u-2",
    "approver": "u-3",
    "at": "2026-09-07T08:41:12.123456Z",
    "epoch": 3,
    "former": [{"epoch": 1, "targets": [0, 2]}, {"epoch": 2, "targets": [1]}],
    "obj": "6f1b0c3e-6d0a-4c52-9d3e-0a3c1c0b7a01",
    "refs": [],
    "rule": "cp-dob25",
    "school": SCHOOL,
    "seq": 4,
    "targets": [],
    "tree": "records",
    "type": "disposal.executed",
    "v": 2,
    "via": "S2",
}


def without(name: str) -> dict:
    return {key: value for key, value in GOOD.items() if key != name}


def test_both_readers_understand_an_entry_that_names_former_epochs():
    raw = canonical(GOOD)

    assert verifier.read_entry(raw.decode())["former"] == GOOD["former"]
    said = ENTRY.fullmatch(raw)
    assert former_epochs(said["former"]) == [(1, [0, 2]), (2, [1])]
    assert verifier.read_entry(canonical(without("targets")).decode())["v"] == 2


FALSE = {
    "the first version": GOOD | {"v": 1},
    "the second version without it": without("former") | {"targets": [1]},
    "empty": GOOD | {"former": []},
    "no list": GOOD | {"former": {"epoch": 1, "targets": [1]}},
    "a number": GOOD | {"former": [1]},
    "no numbers": GOOD | {"former": [{"epoch": 1, "targets": []}]},
    "true for a number": GOOD | {"former": [{"epoch": 1, "targets": [True]}]},
    "no list of numbers": GOOD | {"former": [{"epoch": 1, "targets": 1}]},
    "text for an epoch": GOOD | {"former": [{"epoch": "1", "targets": [1]}]},
    "true for an epoch": GOOD | {"former": [{"epoch": True, "targets": [1]}]},
    "epoch nought": GOOD | {"former": [{"epoch": 0, "targets": [1]}]},
    "more in it": GOOD | {"former": [{"epoch": 1, "targets": [1], "zeal": 1}]},
    "less in it": GOOD | {"former": [{"epoch": 1}]},
}
FALSE_TO_ONE = {
    "its own epoch": GOOD | {"former": [{"epoch": 3, "targets": [1]}]},
    "an epoch twice": GOOD | {"former": [{"epoch": 1, "targets": [1]}] * 2},
    "no disposal": GOOD | {"type": "incident.created"},
}


@pytest.mark.parametrize(
    "entry", (FALSE | FALSE_TO_ONE).values(), ids=(FALSE | FALSE_TO_ONE).keys()
)
def test_an_entry_that_names_them_otherwise_is_not_in_the_one_form(entry):
    with pytest.raises(verifier.Refused) as refused:
        verifier.read_entry(canonical(entry).decode())

    assert refused.value.code == "E_CANON"


@pytest.mark.parametrize("entry", FALSE.values(), ids=FALSE.keys())
def test_nor_does_the_nightly_reader_take_it(entry):
    assert ENTRY.fullmatch(canonical(entry)) is None
