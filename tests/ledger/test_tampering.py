"""Whatever somebody does to a ledger or a bundle is found, and by the name it should have (E8)."""

import base64
import copy
import json
import random
import unicodedata
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import verifier
from ledger.verifier import Evidence, Receipt, canonical, verify
from tests.ledger.building import (
    PHOTO,
    SCHOOL,
    Ledger,
    Parts,
    copied,
    school_year,
    seal,
    sign,
    vkey,
)

HONEST = school_year()
ORIGIN = HONEST.origin
CHAIR = [("the chair's mail", HONEST.note(8)), ("the chair's second mail", HONEST.note(12))]
RECEIPT = Receipt.parse("K7Q-2M2 " + HONEST.leaf(2).hex()[:12])


def evidence(**more):
    """Bring what an auditor brings: the filed key, the chair's mails, a teacher's receipt."""
    given = {"vkeys": [vkey(ORIGIN)], "notes": CHAIR, "receipts": [RECEIPT]}
    return Evidence(**(given | more))


def only_own_word():
    return Evidence(vkeys=[vkey(ORIGIN)])


@pytest.fixture
def ledger():
    return copied(HONEST)


@pytest.fixture
def check(tmp_path):
    """Return the codes of what is found in a bundle of this ledger."""

    def _check(*ledgers, given=None, **parts):
        path = Parts(list(ledgers), **parts).write(tmp_path)
        report = verify(path, evidence() if given is None else given)
        assert verifier.in_text(report)
        return report

    return _check


def errors(report):
    return {one.code for one in report.findings if one.is_error}


def test_an_untouched_bundle_is_good_and_wholly_covered(check, ledger):
    report = check(ledger)

    assert report.findings == []
    assert report.exit_code == 0
    assert "everything that was given agrees" in verifier.in_text(report)


def test_the_bundles_own_checkpoints_are_called_the_installations_own_word(check, ledger):
    report = check(ledger, given=only_own_word())

    assert report.codes == {"W_OWN_WORD"}
    assert report.exit_code == 4
    assert "own word" in verifier.in_text(report)
    assert "RESULT: nothing wrong was found, with the cautions" in verifier.in_text(report)


# -- The seventeen


def changed_narrative(ledger):
    ledger.elements[0]["body"] = ledger.elements[0]["body"].replace("home", "school")


def narrative_and_commitment(ledger):
    ledger.reseal(0, {"text": "Kai was cheerful"})


def earlier_time(ledger):
    ledger.entry(3)["at"] = "2026-09-01T08:00:00.000000Z"


def other_author(ledger):
    ledger.entry(3)["actor"] = "u-8"


def deleted_and_renumbered(ledger):
    del ledger.elements[2]
    for seq in range(2, 11):
        entry = ledger.entry(seq)
        entry["refs"] = [one - (one > 2) for one in entry["refs"]]
    ledger.renumber()


def back_dated(ledger):
    ledger.add(body={"text": "We always worried"}, at="2026-09-02T08:00:00.000000Z")
    ledger.elements.insert(3, ledger.elements.pop())
    ledger.renumber()


def swapped(ledger):
    ledger.elements[2], ledger.elements[3] = ledger.elements[3], ledger.elements[2]
    ledger.renumber()


def swapped_and_not_renumbered(ledger):
    ledger.elements[2], ledger.elements[3] = ledger.elements[3], ledger.elements[2]


def tail_cut(ledger):
    del ledger.elements[9:]


def silently_erased(ledger):
    ledger.hide(3)


def came_back(ledger):
    ledger.elements[1] = copy.deepcopy(HONEST_WITH_ALL.elements[1])


def one_person_named_twice(ledger):
    ledger.entry(7)["approver"] = ledger.entry(7)["actor"]


def nobody_approved(ledger):
    del ledger.entry(7)["approver"]


def contents_swapped(ledger):
    one, other = ledger.elements[2], ledger.elements[3]
    for name in ("body", "salt"):
        one[name], other[name] = other[name], one[name]


def other_school(ledger):
    ledger.entry(3)["school"] = "654321"


def other_tree(ledger):
    ledger.entry(3)["tree"] = "access"


def other_epoch(ledger):
    ledger.entry(3)["epoch"] = 2


def other_number(ledger):
    ledger.entry(3)["seq"] = 4


def refers_to_the_future(ledger):
    ledger.entry(5)["refs"] = [5]


def disposes_of_the_future(ledger):
    ledger.entry(7)["targets"] = [1, 7]


def disposes_of_what_never_was(ledger):
    ledger.entry(7)["targets"] = [1, 99]


def disposes_of_before_the_beginning(ledger):
    ledger.entry(7)["targets"] = [-1, 1]


def refers_to_before_the_beginning(ledger):
    ledger.entry(5)["refs"] = [-1]


def reencoded(ledger):
    ledger.elements[3]["entry"] = json.dumps(ledger.entry(3), sort_keys=True)


HONEST_WITH_ALL = copied(HONEST)
HONEST_WITH_ALL.elements[1] = seal(
    HONEST_WITH_ALL.entry(1),
    {"pupil": "p-1", "text": "Kai said “I don’t want to go home” (1)", "reference": "K7Q-2M1"},
    1,
)

KINDS = [
    (changed_narrative, {"E_COMMIT"}),
    (narrative_and_commitment, {"E_ROOT"}),
    (earlier_time, {"E_ROOT"}),
    (other_author, {"E_ROOT"}),
    (deleted_and_renumbered, {"E_ROOT", "E_TRUNC", "E_RECEIPT"}),
    (back_dated, {"E_ROOT"}),
    (swapped, {"E_ROOT", "E_RECEIPT"}),
    (swapped_and_not_renumbered, {"E_ROOT", "E_SEQ"}),
    (tail_cut, {"E_TRUNC"}),
    (silently_erased, {"E_MISSING"}),
    (came_back, {"E_UNDEAD"}),
    (one_person_named_twice, {"E_ROOT", "E_TWO"}),
    (nobody_approved, {"E_ROOT", "E_TWO"}),
    (contents_swapped, {"E_COMMIT"}),
    (other_school, {"E_ROOT", "E_SCOPE"}),
    (other_tree, {"E_ROOT", "E_SCOPE"}),
    (other_epoch, {"E_ROOT", "E_SCOPE"}),
    (other_number, {"E_ROOT", "E_SEQ"}),
    (refers_to_the_future, {"E_ROOT", "E_REF"}),
    (disposes_of_the_future, {"E_ROOT", "E_REF"}),
    (disposes_of_what_never_was, {"E_ROOT", "E_REF"}),
    (disposes_of_before_the_beginning, {"E_ROOT", "E_REF"}),
    (refers_to_before_the_beginning, {"E_ROOT", "E_REF"}),
    (reencoded, {"E_ROOT", "E_CANON"}),
]


@pytest.mark.parametrize(("tamper", "codes"), KINDS, ids=[one.__name__ for one, _ in KINDS])
def test_every_kind_of_tampering_is_found_by_its_name(check, ledger, tamper, codes):
    """E8. The bundle's notes are those the honest installation had signed."""
    notes = ledger.as_json()["notes"]
    tamper(ledger)
    ledger.as_json = with_notes(ledger, notes)

    report = check(ledger)

    assert errors(report) == codes
    assert report.exit_code == min(verifier.OUTCOMES[code][0] for code in codes)


@pytest.mark.parametrize(("tamper", "codes"), KINDS, ids=[one.__name__ for one, _ in KINDS])
def test_what_the_installation_itself_signed_is_still_held_against_the_rules(
    check, ledger, tamper, codes
):
    """Without an outside note the roots agree, and only the ledger's own rules can speak."""
    tamper(ledger)

    report = check(ledger, given=only_own_word())

    assert errors(report) == codes - {"E_ROOT", "E_TRUNC", "E_RECEIPT"}


def with_notes(ledger, notes):
    made = type(ledger).as_json
    return lambda: made(ledger) | {"notes": notes}


def test_a_replaced_lost_or_added_photo_is_found(check, ledger):
    name = next(iter(Parts([ledger]).files))

    assert errors(check(ledger, files={name: PHOTO[:-1] + b"!"})) == {"E_FILE"}
    assert errors(check(ledger, files={})) == {"E_FILE"}
    assert errors(check(ledger, files={name: PHOTO, "0" * 64: b"more"})) == {"E_FILE"}
    assert errors(check(ledger, files={name: PHOTO, ".DS_Store": b"x"})) == set()


def test_a_photo_whose_length_is_told_wrongly_is_found(check, ledger):
    body = ledger.body(4)
    body["files"][0]["len"] += 1
    ledger.reseal(4, body)

    assert errors(check(ledger, given=only_own_word())) == {"E_FILE"}


def test_a_file_may_be_left_out_only_if_the_bundle_says_so(check, ledger):
    ledger.elements[4]["withheld"] = [ledger.body(4)["files"][0]["sha256"]]

    report = check(ledger, files={})

    assert errors(report) == set()
    assert any("photo.png" in one for one in report.remarks)


def test_a_history_rewritten_and_signed_again_by_the_operator_is_found_from_outside(check, ledger):
    """E8: the operator holds the key, so only a note from elsewhere can tell."""
    ledger.reseal(0, {"pupil": "p-0", "text": "Kai was cheerful", "reference": "K7Q-2M0"})

    alone = check(ledger, given=only_own_word())
    with_chair = check(ledger)

    assert alone.codes == {"W_OWN_WORD"}
    assert errors(with_chair) == {"E_FORK", "E_ROOT"}
    assert "the chair's mail" in verifier.in_text(with_chair)


def test_a_rewritten_tail_is_found_between_two_good_checkpoints(check, ledger):
    ledger.reseal(9, {"text": "Not hungry"})

    report = check(ledger)
    found = next(one for one in report.findings if one.code == "E_ROOT")

    assert (
        "among record #8 (a correction was added, 7 September 2026 at 08:00 UTC)" in found.sentence
    )
    assert "record #11" in found.sentence
    assert "agrees (the chair's mail)" in found.sentence
    assert found.seq == 8
    assert any("first 8 records" in one for one in verifier.in_text(report).splitlines())


def test_a_false_checkpoint_between_two_good_ones_is_placed_between_them(check, ledger):
    other = copied(HONEST)
    other.reseal(5, {"text": "else"})
    notes = [
        (f"mail {size}", one.note(size)) for size, one in ((4, HONEST), (6, other), (8, HONEST))
    ]

    report = check(ledger, given=evidence(notes=[*notes, *CHAIR]))
    found = next(one for one in report.findings if one.code == "E_ROOT")

    assert errors(report) == {"E_ROOT"}
    assert "Mail 6 does not fit" in found.sentence
    assert "agrees (mail 4)" in found.sentence
    assert found.seq == 4


def test_a_rewritten_history_is_found_by_a_paper_root_and_by_one_teachers_receipt(check, ledger):
    paper = HONEST.checkpoint(5).root
    first = Receipt.parse(HONEST.leaf(0).hex()[:12])
    good = check(ledger, given=Evidence(roots=[paper], receipts=[first]))
    ledger.reseal(0, {"text": "Kai was cheerful"})

    by_paper = check(ledger, given=Evidence(roots=[paper]))
    by_receipt = check(ledger, given=Evidence(receipts=[first]))

    assert good.codes == {"W_UNCOVERED"}
    assert any("when it had 5 records" in one for one in good.proved)
    assert errors(by_paper) == {"E_ROOT"}
    assert errors(by_receipt) == {"E_RECEIPT"}


def test_a_checkpoint_forged_without_the_key_is_found(check, ledger):
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    forged = HONEST.note(8).replace("\n8\n", "\n9\n")
    theirs = sign(HONEST.checkpoint(8), stranger)

    assert errors(check(ledger, given=evidence(notes=[("a mail", forged)]))) == {"E_SIG"}
    assert errors(check(ledger, given=evidence(notes=[("a mail", theirs)]))) == {"E_SIG"}


def test_another_key_in_the_bundle_than_the_one_on_file_is_found(check, ledger):
    ledger.key = Ed25519PrivateKey.from_private_bytes(bytes(32))

    report = check(ledger)

    assert errors(report) == {"E_SIG"}
    assert "not the key that was filed" in verifier.in_text(report)


def test_a_note_and_a_key_of_another_ledger_are_told_apart(check, ledger):
    other = copied(HONEST)
    other.school = "654321"
    access = copied(HONEST)
    access.tree = "access"
    newer = copied(HONEST)
    newer.epoch = 2

    def found(**more):
        return check(ledger, given=evidence(**more))

    assert errors(found(notes=[("a mail", other.note())])) == {"E_ORIGIN"}
    assert errors(found(notes=[("a mail", newer.note())])) == {"E_ORIGIN"}
    assert errors(found(vkeys=[vkey(ORIGIN), vkey(newer.origin)])) == {"E_ORIGIN"}
    both = found(
        notes=[*CHAIR, ("a mail", access.note())], vkeys=[vkey(ORIGIN), vkey(access.origin)]
    )
    assert both.findings == []
    assert len(both.remarks) == 2


def test_a_note_of_another_ledger_under_this_ones_key_name_is_found(check, ledger):
    text = verifier.Checkpoint("elsewhere", 1, HONEST.checkpoint(1).root).text()
    raw = vkey(ORIGIN).key_id + ledger.key.sign(text.encode())
    note = f"{text}\n— {ORIGIN} {base64.b64encode(raw).decode()}\n"
    ledger.as_json = with_notes(ledger, [note])

    assert errors(check(ledger)) == {"E_ORIGIN"}


@pytest.mark.parametrize(
    "origin", ["ledger.example.sch.uk/654321/records/1", "ledger.example.sch.uk/123456/records/2"]
)
def test_a_ledger_under_another_name_is_found(check, ledger, origin):
    made = type(ledger).as_json
    ledger.as_json = lambda: made(ledger) | {"origin": origin, "notes": []}

    assert "E_ORIGIN" in errors(check(ledger, given=Evidence()))


def test_no_checkpoint_at_all_is_said(check, ledger):
    ledger.sizes = ()

    report = check(ledger, given=only_own_word())

    assert report.codes == {"E_NOCP"}
    assert report.exit_code == 40


def test_records_after_the_newest_outside_checkpoint_are_called_uncovered(check, ledger):
    report = check(ledger, given=evidence(notes=CHAIR[:1]))

    assert report.codes == {"W_UNCOVERED"}
    assert report.exit_code == 5
    assert "Record #8" in report.findings[0].sentence
    assert "record #11" in report.findings[0].sentence


def test_one_uncovered_record_is_called_one(check, ledger):
    report = check(ledger, given=evidence(notes=[("a mail", HONEST.note(11))]))

    assert report.findings[0].sentence.startswith("Record #11 (a setting was changed, 7 September")
    assert " to record " not in report.findings[0].sentence


def test_two_signed_histories_in_the_bundle_itself_are_found(check, ledger):
    other = copied(HONEST)
    other.reseal(2, {"text": "else"})
    ledger.as_json = with_notes(ledger, [HONEST.note(6), other.note(6)])

    report = check(ledger, given=only_own_word())

    assert errors(report) == {"E_FORK", "E_ROOT"}


# -- One pupil, or fingerprints only


def test_in_a_pupils_bundle_the_rest_may_be_listed_or_be_a_fingerprint(check, ledger):
    for seq in (0, 2, 3):
        ledger.elements[seq] = {"leaf": HONEST.leaf(seq).hex()}
    ledger.hide(9)

    report = check(ledger, scope="pupil")

    assert report.findings == []
    assert report.trees[0].counts == {"disclosed": 5, "listed": 2, "plain": 2, "hashed": 3}


def test_a_bundle_that_says_it_is_whole_may_leave_out_nothing(check, ledger):
    ledger.elements[3] = {"leaf": HONEST.leaf(3).hex()}

    assert errors(check(ledger)) == {"E_MISSING"}


def test_a_false_fingerprint_is_found(check, ledger):
    ledger.elements[3] = {"leaf": HONEST.leaf(2).hex()}

    ledger.as_json = with_notes(ledger, HONEST.as_json()["notes"])

    assert errors(check(ledger, scope="pupil")) == {"E_ROOT"}


def test_two_ledgers_of_one_school_are_held_apart(check, ledger):
    access = Ledger(tree="access", sizes=(3,))
    for _ in range(3):
        access.add("access.viewed", {"page": "pupil"})

    good = check(ledger, access)
    access.elements.pop()
    access.as_json = with_notes(access, [])

    assert errors(good) == set()
    assert {one.ledger for one in good.findings} == {"access/1"}
    assert errors(check(ledger, access)) == {"E_NOCP"}


def test_a_later_epoch_begins_with_what_was_lost(check, ledger):
    later = Ledger(epoch=2, sizes=(1,))
    later.add("ledger.restored", {"note": HONEST.note(8)}, approver="u-3")
    false = Ledger(epoch=2, sizes=(1,))
    false.add(body={"text": "As if nothing had been"})

    alone = check(later, given=Evidence(), files={})
    assert errors(alone) == set()
    assert any("not in this bundle" in one for one in alone.remarks)
    assert check(ledger, later, given=Evidence()).remarks == []
    assert errors(check(ledger, false, given=Evidence())) == {"E_SCOPE"}


def test_a_loss_that_was_declared_is_found_and_it_says_where_it_was_declared(check, ledger):
    """E6: what outside notes show is gone is gone, whoever declared it; the reader compares."""
    later = Ledger(epoch=2, sizes=(1,))
    later.add("ledger.restored", {"note": HONEST.note(8)}, approver="u-3")
    undeclared = check(ledger)
    del ledger.elements[6:]
    ledger.as_json = with_notes(ledger, [])

    report = check(ledger, later)

    assert undeclared.remarks == []
    assert "E_TRUNC" in errors(report)
    assert [one for one in report.remarks if "declares lost, by two people" in one]
    assert not [one for one in check(ledger).remarks if "declares lost" in one]


# -- Receipts and proofs


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("K7Q-2M2 {leaf:.12}", set()),
        ("K7Q-2M2 · {leaf:.12}", set()),
        ("{leaf:.12}", set()),
        ("{leaf}", set()),
        ("{leaf}@2", set()),
        ("{leaf:.20}@3", {"E_RECEIPT"}),
        ("{leaf:.20}@99", {"E_RECEIPT"}),
        ("{leaf:.12}00", {"E_RECEIPT"}),
        ("K7Q-2M9 {leaf:.12}", {"E_RECEIPT"}),
        ("000000000000", {"E_RECEIPT"}),
    ],
)
def test_a_receipt_finds_its_record_or_says_that_it_does_not(check, ledger, text, codes):
    receipt = Receipt.parse(text.format(leaf=HONEST.leaf(2).hex()))

    report = check(ledger, given=evidence(receipts=[receipt]))

    assert errors(report) == codes
    assert bool(report.proved) is not bool(codes)


def test_a_proof_leads_to_its_record_or_says_that_it_does_not(check, ledger):
    proof = HONEST.proof(3, 8)
    read = verifier.Proof.parse(str(proof))
    false = [
        verifier.Proof(2, proof.hashes, proof.note, proof.extra),
        verifier.Proof(2, proof.hashes, proof.note),
        verifier.Proof(99, proof.hashes, proof.note),
        verifier.Proof(3, proof.hashes[1:], proof.note),
        verifier.Proof(3, proof.hashes, proof.note, b"another record"),
    ]

    assert read == proof
    assert check(ledger, given=evidence(proofs=[("mine", read)])).findings == []
    for one in false:
        assert errors(check(ledger, given=evidence(proofs=[("mine", one)]))) == {"E_RECEIPT"}
    ledger.entry(3)["actor"] = "u-8"
    given = Evidence(proofs=[("mine", proof)])
    assert errors(check(ledger, given=given)) == {"E_FORK", "E_ROOT", "E_RECEIPT"}


def test_a_proof_proves_its_record_without_a_bundle():
    proof = HONEST.proof(3)
    strange = Ledger(school="654321")
    strange.add()
    moved = copied(HONEST)
    moved.entry(3)["seq"] = 4

    def found(proof, *keys):
        return verifier.verify_proof("mine", proof, keys or [vkey(ORIGIN)]).codes

    assert found(proof) == set()
    assert found(proof, vkey(strange.origin)) == {"E_SIG"}
    assert found(verifier.Proof(3, proof.hashes, proof.note)) == {"E_USAGE"}
    assert found(verifier.Proof(2, proof.hashes, proof.note, proof.extra)) == {"E_RECEIPT"}
    assert found(moved.proof(3)) == {"E_SEQ"}
    mixed = copied(HONEST)
    mixed.entry(3)["school"] = "654321"
    assert found(mixed.proof(3)) == {"E_ORIGIN"}
    garbled = copied(HONEST)
    garbled.elements[3]["entry"] = "x"
    assert found(garbled.proof(3)) == {"E_CANON"}


# -- Forms that two readers could understand in two ways


def spoil(**changes):
    return canonical(HONEST.entry(3) | changes).decode()


GOOD = canonical(HONEST.entry(3)).decode()
BAD_ENTRIES = {
    "spaces": json.dumps(HONEST.entry(3)),
    "other order": "{" + ",".join(reversed(GOOD[1:-1].split(',"'))) + "}",
    "doubled name": GOOD.replace('"v":1', '"v":1,"v":1'),
    "escaped letter": GOOD.replace("incident", "\\u0069ncident"),
    "fraction": GOOD.replace('"v":1', '"v":1.0'),
    "exponent": GOOD.replace('"v":1', '"v":1e0'),
    "NaN": GOOD.replace('"v":1', '"v":NaN'),
    "2^53": GOOD.replace('"refs":[]', '"refs":[9007199254740992]'),
    "-2^53": GOOD.replace('"refs":[]', '"refs":[-9007199254740992]'),
    "thousands of digits": GOOD.replace('"refs":[]', f'"refs":[{"9" * 5000}]'),
    "minus zero": GOOD.replace('"epoch":1', '"epoch":-0'),
    "ten megabytes": spoil(rule="x" * 10_000_000),
    "just too long": GOOD + " " * (65537 - len(GOOD)),
    "nested": "[" * 30000 + "]" * 30000,
    "a list": "[]",
    "text": '"x"',
    "nothing": "",
    "cut": GOOD[:-1],
    "more behind": GOOD + "{}",
    "lone surrogate": GOOD.replace("u-7", "u-\ud800"),
    "unknown field": spoil(name="Kai"),
    "field missing": canonical({k: v for k, v in HONEST.entry(3).items() if k != "via"}).decode(),
    "true for one": spoil(v=True),
    "true for the epoch": spoil(epoch=True),
    "text for the number": spoil(seq="3"),
    "no list of references": spoil(refs=0),
    "true in the references": spoil(refs=[True]),
    "text in the targets": spoil(targets=["1"]),
    "a name for an actor": spoil(actor="Ada"),
    "no time zone": spoil(at="2026-09-07T08:41:12.123456"),
    "Arabic digits": spoil(at="٢٠٢٦-09-07T08:41:12.123456Z"),
    "short commitment": spoil(commit="00"),
    "capital commitment": spoil(commit="A" * 64),
    "no commitment": spoil(commit=None),
    "a name for an object": spoil(obj="kai"),
    "unknown tree": spoil(tree="others"),
    "unknown strength": spoil(via="S9"),
    "type in capitals": spoil(type="Incident.created"),
    "disposal of nothing": spoil(type="disposal.executed", approver="u-3", targets=[]),
    "disposal without targets": spoil(type="disposal.executed", approver="u-3"),
    "v is missing": canonical({k: v for k, v in HONEST.entry(3).items() if k != "v"}).decode(),
}


@pytest.mark.parametrize("raw", BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_an_entry_in_any_but_the_one_form_is_refused(check, ledger, raw):
    """Even when the installation's own key signed the tree over it."""
    ledger.elements[3] = {"entry": raw}

    report = check(ledger, given=only_own_word())

    assert errors(report) == {"E_CANON"}
    assert report.findings[0].seq == 3


def test_an_entry_of_the_greatest_length_passes_and_one_byte_more_does_not():
    padding = verifier.LONGEST_ENTRY - len(GOOD)
    raw = spoil(refs=[0] * (padding // 2))
    longest = raw.replace(",0]", "," + "1" * (1 + verifier.LONGEST_ENTRY - len(raw)) + "]")

    assert len(longest) == verifier.LONGEST_ENTRY
    assert verifier.read_entry(longest)["seq"] == 3
    with pytest.raises(verifier.Refused, match="longer"):
        verifier.read_entry(longest.replace(",1", ",11"))


def test_the_greatest_numbers_pass_and_the_next_do_not():
    most = verifier.LARGEST_INTEGER

    assert verifier.strict_json(f"[{most},-{most}]") == [most, -most]
    for text in (f"[{most + 1}]", f"[-{most + 1}]"):
        with pytest.raises(ValueError, match="2\\^53"):
            verifier.strict_json(text)


def test_an_entry_of_a_later_version_stops_and_asks_for_a_newer_verifier(check, ledger):
    ledger.elements[3] = {"entry": spoil(v=3)}

    report = check(ledger, given=only_own_word())

    assert errors(report) == {"E_FORMAT"}
    assert "newest verifier" in report.findings[0].sentence


def test_text_that_only_looks_the_same_is_found(check, ledger):
    body = ledger.body(3) | {"text": "Zoë said café"}
    ledger.reseal(3, body)
    good = check(ledger, given=only_own_word())
    ledger.elements[3]["body"] = unicodedata.normalize("NFD", ledger.elements[3]["body"])

    assert errors(good) == set()
    assert errors(check(ledger, given=only_own_word())) == {"E_COMMIT"}


BAD_BODIES = {
    "doubled name": '{"text":"a","text":"b"}',
    "spaces": '{"text": "a"}',
    "fraction": '{"n":0.1}',
    "2^53": '{"n":9007199254740992}',
    "a list": "[]",
    "no JSON": "text",
    "files are no list": '{"files":7}',
    "files without a hash": '{"files":[{"len":1,"name":"a"}]}',
    "files with a path": '{"files":[{"len":1,"sha256":"../../etc/passwd"}]}',
    "files without a length": '{"files":[{"sha256":"' + "0" * 64 + '"}]}',
    "files of true length": '{"files":[{"len":true,"sha256":"' + "0" * 64 + '"}]}',
}


@pytest.mark.parametrize("text", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_content_that_can_be_read_in_two_ways_is_refused_though_it_was_committed_to(
    check, ledger, text
):
    element = ledger.elements[3]
    element["body"] = text
    salt = bytes.fromhex(element["salt"])
    element["entry"]["commit"] = verifier.commitment(salt, text.encode()).hex()

    assert errors(check(ledger, given=only_own_word())) == {"E_CANON"}


def test_a_content_without_its_salt_or_for_an_entry_that_has_none_is_refused(check, ledger):
    del ledger.elements[3]["salt"]
    ledger.elements[6]["body"] = "{}"

    report = check(ledger)

    assert [one.seq for one in report.findings if one.code == "E_COMMIT"] == [3, 6]


# -- Trees at their edges


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65])
def test_at_every_edge_a_good_ledger_passes_and_a_changed_end_is_found(check, size):
    ledger = Ledger(sizes=(0, size))
    for number in range(size):
        ledger.add(body={"text": str(number)})
    outside = Evidence(notes=[("a mail", ledger.note())])

    good = check(ledger, given=outside, files={})
    if size:
        ledger.entry(size - 1)["actor"] = "u-8"
        spoilt = check(ledger, given=outside, files={})
        ledger.elements.pop()
        shorter = check(ledger, given=outside, files={})
        assert errors(spoilt) == {"E_FORK", "E_ROOT"}
        assert errors(shorter) == {"E_TRUNC"}

    assert good.findings == []


def test_only_the_first_of_many_findings_of_a_kind_are_shown(check, ledger):
    ledger = Ledger(sizes=())
    for number in range(30):
        ledger.add(body={"text": str(number)})
        ledger.hide(number)

    report = check(ledger, given=Evidence(), files={})
    missing = [one for one in report.findings if one.code == "E_MISSING"]

    assert len(missing) == verifier.SHOWN_OF_EACH + 1
    assert "20 more" in missing[-1].sentence


def test_a_clock_that_went_back_is_told_and_changes_nothing(check, ledger):
    ledger.entry(3)["at"] = "2026-09-01T08:00:00.000000Z"

    report = check(ledger, given=only_own_word())

    assert errors(report) == set()
    assert "clock went back 1 times" in report.trees[0].remarks[0]
    assert "record #3" in report.trees[0].remarks[0]


# -- Random damage


def said(data):
    """Return all that a bundle says and the verifier vouches for, read without the verifier.

    Left out is what nobody vouches for: when it was made, the names of persons, the order of the
    fields, and whatever a zip file holds beside the bytes of its members.
    """
    with zipfile.ZipFile(data) as archive:
        members = {
            name: archive.read(name)
            for name in archive.namelist()
            if name == "bundle.json" or name.startswith("files/")
        }
    index = json.loads(members.pop("bundle.json"))
    return members, {k: v for k, v in index.items() if k not in ("made_at", "people")}


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_no_flipped_bit_is_missed(tmp_path, packed):
    """E8: of 400 flips each is found, or the bundle still says the same to another reader."""
    seed = 20260907
    random_bits = random.Random(seed)
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, data in Parts([copied(HONEST)]).members():
            archive.writestr(name, data)
    whole, honest = path.read_bytes(), said(path)
    found = harmless = 0

    for _ in range(400):
        bit = random_bits.randrange(len(whole) * 8)
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        if errors(verify(path, evidence())):
            found += 1
        else:
            assert said(path) == honest, f"seed {seed}, bit {bit}"
            harmless += 1

    assert found > 300
    assert found + harmless == 400


def test_no_flipped_bit_inside_the_index_is_missed(tmp_path):
    """The same without a zip's own checksums to help: an unpacked bundle."""
    random_bits = random.Random(1872)
    members = dict(Parts([copied(HONEST)]).members())
    whole = members["bundle.json"]
    honest = json.loads(whole)
    folder = tmp_path / "bundle"
    (folder / "files").mkdir(parents=True)
    for name, data in members.items():
        (folder / name).write_bytes(data)
    found = 0

    for _ in range(400):
        bit = random_bits.randrange(len(whole) * 8)
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        (folder / "bundle.json").write_bytes(data)
        if errors(verify(folder, evidence())):
            found += 1
            continue
        now = json.loads(data)
        assert now | {"made_at": "", "people": {}} == honest | {"made_at": "", "people": {}}, bit

    assert found > 380


def test_school_is_the_one_the_tests_speak_of():
    assert HONEST.school == SCHOOL
