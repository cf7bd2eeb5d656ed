"""The hashes, trees, notes and proofs on which every promise of the ledger rests."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import tree, verifier
from ledger.verifier import Frontier, Refused, Vkey, check_consistency, check_inclusion

VECTORS = json.loads(Path(__file__).with_name("ledger-vectors.json").read_text("utf-8"))
POWERS = sorted({2**k + d for k in range(3, 11) for d in (-1, 0, 1)})
LEAVES = [hashlib.sha256(b"leaf %d" % i).digest() for i in range(1027)]
ROOTS = [tree.PackedTree(LEAVES).root(size) for size in range(1027)]


def slow_root(leaves):
    """RFC 6962 2.1 word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:k]) + slow_root(leaves[k:])).digest()


def test_a_tree_says_its_root_without_being_told_its_size():
    """E3."""
    for size in (0, 1, 2, 3, 1026):
        assert tree.PackedTree(LEAVES[:size]).root() == slow_root(LEAVES[:size])


# -- The published vectors


def test_the_published_leaves_roots_and_proofs_come_out_to_the_byte():
    """E3."""
    leaves = [verifier.leaf_hash(entry.encode()) for entry in VECTORS["entries"]]
    roots = [verifier.root_of(leaves[:size]) for size in (1, 2, 3)]

    assert [leaf.hex() for leaf in leaves] == VECTORS["leaves"]
    assert [base64.b64encode(root).decode() for root in roots] == VECTORS["roots"]
    assert [h.hex() for h in tree.inclusion_proof(0, leaves)] == VECTORS["inclusion_0_of_3"]
    assert [h.hex() for h in tree.consistency_proof(2, leaves)] == VECTORS["consistency_2_to_3"]


def test_the_published_commitment_and_canonical_forms_come_out_to_the_byte():
    body = VECTORS["body0"].encode()
    salt = bytes.fromhex(VECTORS["salt0"])

    assert verifier.commitment(salt, body).hex() == VECTORS["commit0"]
    assert verifier.canonical(json.loads(body)) == body
    for entry in VECTORS["entries"]:
        assert verifier.canonical(json.loads(entry)) == entry.encode()


def test_the_published_checkpoint_opens_under_the_published_key():
    vkey = Vkey.parse(VECTORS["vkey"])

    checkpoint = verifier.open_note(VECTORS["checkpoint"], [vkey])

    assert str(vkey) == VECTORS["vkey"]
    assert checkpoint.origin == "ledger.example.sch.uk/123456/records/1"
    assert checkpoint.size == 3
    assert base64.b64encode(checkpoint.root).decode() == VECTORS["roots"][2]
    assert VECTORS["checkpoint"].startswith(checkpoint.text() + "\n")


# -- Trees


@pytest.mark.parametrize("size", [*range(131), *POWERS])
def test_a_tree_of_any_size_has_the_root_of_the_standard(size):
    assert verifier.root_of(LEAVES[:size]) == ROOTS[size] == slow_root(LEAVES[:size])


def test_a_frontier_goes_on_from_where_it_was_saved():
    for size in range(131):
        frontier = Frontier()
        for leaf in LEAVES[:size]:
            frontier.append(leaf)

        restored = Frontier(frontier.size, frontier.hashes)
        restored.append(LEAVES[size])

        assert restored.root() == ROOTS[size + 1]
        assert restored.size == size + 1


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, []), (0, [b"x" * 32]), (3, [b"x" * 32]), (1, [b"x"]), (-1, [])]
)
def test_a_frontier_that_cannot_be_is_refused(size, hashes):
    with pytest.raises(ValueError, match="has"):
        Frontier(size, hashes)


@pytest.mark.parametrize("grow", [Frontier, tree.PackedTree])
def test_a_leaf_that_is_no_hash_is_refused(grow):
    with pytest.raises(ValueError, match="32 bytes"):
        grow().append(b"short")


@pytest.mark.parametrize("size", range(1, 131))
def test_every_leaf_of_every_tree_is_proved_and_at_no_other_place(size):
    packed = tree.PackedTree(LEAVES[:size])
    for index in range(size):
        proof = tree.inclusion_proof(index, LEAVES[:size])

        assert proof == packed.inclusion_proof(index)
        assert check_inclusion(LEAVES[index], index, size, proof, ROOTS[size])
        assert not check_inclusion(LEAVES[size], index, size, proof, ROOTS[size])
        assert not check_inclusion(LEAVES[index], index, size, proof, ROOTS[size + 1])
        for other in {index - 1, index + 1, index ^ 1, index ^ 2, size, -1} - {index}:
            assert not check_inclusion(LEAVES[index], other, size, proof, ROOTS[size])


@pytest.mark.parametrize("size", [*range(131), *POWERS])
def test_every_older_tree_is_proved_to_be_the_beginning_and_no_other_is(size):
    packed = tree.PackedTree(LEAVES[:size])
    older = range(size + 1) if size < 131 else [o for o in (1, 2, 3, *POWERS) if o <= size]
    for old in older:
        proof = packed.consistency_proof(old)

        assert proof == tree.consistency_proof(old, LEAVES[:size])
        assert check_consistency(old, ROOTS[old], size, ROOTS[size], proof)
        assert not check_consistency(old, ROOTS[old + 1], size, ROOTS[size], proof)
        if old:
            assert not check_consistency(old, ROOTS[old - 1], size, ROOTS[size], proof)
            assert not check_consistency(old, ROOTS[old], size, ROOTS[size - 1], proof)
            assert not check_consistency(old - 1, ROOTS[old], size, ROOTS[size], proof)


def test_a_tree_never_begins_with_a_larger_one_or_with_less_than_none():
    """Without the check of the sizes the first of these would pass: one root, sent three times."""
    root = ROOTS[3]

    assert not check_consistency(3, root, 1, root, [root])
    assert not check_consistency(-1, root, 1, root, [root])
    assert not check_consistency(3, root[:-1], 3, root[:-1], [])
    assert not check_inclusion(root[:-1], 0, 1, [], root[:-1])
    assert not check_inclusion(root, 1, 1, [], root)


def test_a_packed_tree_proves_the_states_it_had_before():
    packed = tree.PackedTree(LEAVES[:130])

    assert len(packed) == 130
    assert packed.leaf(77) == LEAVES[77]
    assert packed.root(100) == ROOTS[100]
    assert packed.inclusion_proof(42, 100) == tree.inclusion_proof(42, LEAVES[:100])
    assert packed.consistency_proof(42, 100) == tree.consistency_proof(42, LEAVES[:100])
    assert packed.consistency_proof(0) == packed.consistency_proof(130) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda: tree.inclusion_proof(3, LEAVES[:3]),
        lambda: tree.inclusion_proof(-1, LEAVES[:3]),
        lambda: tree.inclusion_proof(0, []),
        lambda: tree.consistency_proof(4, LEAVES[:3]),
        lambda: tree.consistency_proof(-1, LEAVES[:3]),
        lambda: tree.PackedTree(LEAVES[:3]).root(4),
        lambda: tree.PackedTree(LEAVES[:3]).root(-1),
        lambda: tree.PackedTree(LEAVES[:3]).inclusion_proof(0, 4),
        lambda: tree.PackedTree(LEAVES[:3]).consistency_proof(0, 4),
    ],
)
def test_no_proof_is_made_of_what_is_not_there(ask):
    with pytest.raises(ValueError, match=r"There|begin"):
        ask()


def spoilt(proof, data):
    """Return the proof with a node dropped, doubled, flipped, swapped or added."""
    how = data.draw(st.sampled_from(["drop", "double", "flip", "swap", "add", "cut"]))
    at = data.draw(st.integers(0, max(len(proof) - 1, 0)))
    spoilt = list(proof)
    if how == "add" or not proof:
        spoilt.insert(at, data.draw(st.sampled_from(LEAVES[:5])))
    elif how == "drop":
        del spoilt[at]
    elif how == "double":
        spoilt.insert(at, spoilt[at])
    elif how == "flip":
        bit = data.draw(st.integers(0, 255))
        spoilt[at] = (int.from_bytes(spoilt[at]) ^ (1 << bit)).to_bytes(32)
    elif how == "swap" and len(proof) > 1:
        other = (at + 1) % len(proof)
        spoilt[at], spoilt[other] = spoilt[other], spoilt[at]
    else:
        spoilt[at] = spoilt[at][:-1]
    return spoilt


SIZES = st.integers(1, 130) | st.sampled_from(POWERS)


@settings(deadline=None, max_examples=400)
@given(size=SIZES, data=st.data())
def test_a_spoilt_inclusion_proof_proves_nothing(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = spoilt(tree.inclusion_proof(index, LEAVES[:size]), data)

    assert not check_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


@settings(deadline=None, max_examples=400)
@given(size=SIZES, data=st.data())
def test_a_spoilt_consistency_proof_proves_nothing(size, data):
    old = data.draw(st.integers(0, size))
    proof = spoilt(tree.consistency_proof(old, LEAVES[:size]), data)

    assert not check_consistency(old, ROOTS[old], size, ROOTS[size], proof)


# -- Canonical JSON


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, False, None, -5]}, '{"a":[true,false,null,-5],"b":1}'),
        ('\b\t\n\f\r"\\/\x1f\x7f é€😀', '"\\b\\t\\n\\f\\r\\"\\\\/\\u001f\x7f é€😀"'),
        ({"\ufb33": 1, "😀": 2, "\r": 3, "1": 4}, '{"\\r":3,"1":4,"😀":2,"\ufb33":1}'),
        (2**53 - 1, "9007199254740991"),
        (-(2**53) + 1, "-9007199254740991"),
        ((), "[]"),
    ],
)
def test_canonical_form_is_that_of_rfc_8785(value, text):
    assert verifier.canonical(value).decode() == text


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), 2**53, -(2**53), "\ud800", {1: 2}, b"x", {"a": {2}}, nested(10**5)]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(ValueError, match=r"."):
        verifier.canonical(value)


# -- Keys and notes

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VKEY = Vkey.parse(VECTORS["vkey"])
TEXT, SIGNATURE = VECTORS["checkpoint"].split("\n\n")
TEXT += "\n"


def signed(text, key=KEY, name=VKEY.name):
    vkey = Vkey.of(name, key.public_key().public_bytes_raw())
    raw = base64.b64encode(vkey.key_id + key.sign(text.encode())).decode()
    return f"— {name} {raw}\n"


def test_signatures_of_unknown_keys_are_ignored():
    other = Ed25519PrivateKey.generate()
    strangers = signed(TEXT, other, "witness.example") + signed("else\n", other)

    note = TEXT + "\n" + strangers + signed(TEXT)

    assert verifier.open_note(note, [VKEY]).size == 3
    with pytest.raises(Refused, match="not signed by the key"):
        verifier.open_note(TEXT + "\n" + strangers, [VKEY])
    with pytest.raises(Refused, match="not signed by the key"):
        verifier.open_note(note, [])


def test_one_false_signature_of_a_known_key_spoils_the_note():
    with pytest.raises(Refused, match="false"):
        verifier.open_note(TEXT + "\n" + signed(TEXT) + signed("else\n"), [VKEY])


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        TEXT + "\n",
        TEXT + "\n" + SIGNATURE.rstrip("\n"),
        TEXT + SIGNATURE,
        TEXT + "\n" + SIGNATURE.replace("—", "-"),
        TEXT + "\n" + SIGNATURE.replace("\n", "\r\n"),
        TEXT + "\n" + SIGNATURE.replace("xpAg=", "xpAg"),
        TEXT + "\n" + "— a AAAA\n" + SIGNATURE,
        TEXT + "\n" + "— a+b AAAAAAA=\n" + SIGNATURE,
        TEXT + "\n" + "—  AAAAAAA=\n" + SIGNATURE,
        TEXT + "\n" + SIGNATURE * 33,
        TEXT.replace("\n3\n", "\n4\n") + "\n" + SIGNATURE,
        TEXT + "x\n\n" + SIGNATURE,
    ],
)
def test_a_damaged_note_is_refused(note):
    with pytest.raises(Refused) as refused:
        verifier.open_note(note, [VKEY])
    assert refused.value.code == "E_SIG"


@pytest.mark.parametrize(
    "text",
    [
        "a\n03\n" + VECTORS["roots"][2] + "\n",
        "a\n-3\n" + VECTORS["roots"][2] + "\n",
        "a\n٣\n" + VECTORS["roots"][2] + "\n",
        "a\n\n" + VECTORS["roots"][2] + "\n",
        "a\n1234567890123456\n" + VECTORS["roots"][2] + "\n",
        "\n3\n" + VECTORS["roots"][2] + "\n",
        "a\n3\nAAAA\n",
        "a\n3\n" + VECTORS["roots"][2] + "\nextension\n",
        "a\n3\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(Refused, match="three lines"):
        verifier.open_note(text + "\n" + signed(text), [VKEY])


def test_a_note_of_the_empty_ledger_opens():
    text = verifier.Checkpoint(VKEY.name, 0, verifier.EMPTY_ROOT).text()

    assert verifier.open_note(text + "\n" + signed(text), [VKEY]).size == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        VECTORS["vkey"].replace("123456", "123457"),
        VECTORS["vkey"].replace("23bb0e6b", "23bb0e6c"),
        VECTORS["vkey"].replace("AQOhB7", "AgOhB7"),
        VECTORS["vkey"][:-4],
        VECTORS["vkey"] + "=",
        "a b" + VECTORS["vkey"],
        "+23bb0e6b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        str(Vkey.of("", VKEY.public)),
        str(Vkey.of("a b", VKEY.public)),
        str(Vkey.of("a", VKEY.public[:-1])),
    ],
)
def test_a_mistyped_key_is_refused(text):
    with pytest.raises(Refused, match="key"):
        Vkey.parse(text)
