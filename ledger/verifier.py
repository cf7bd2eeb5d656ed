"""Verify a Safeguard ledger without Safeguard: one file, Python and `cryptography`, no network.

The application imports it, and anybody may run it (`python verifier.py BUNDLE`) on a computer that
has never seen the application. It therefore imports nothing of ours and stays in one file, however
long: the person who checks our word must be able to read the whole of it.

Formats: leaf and node hashes, inclusion and consistency proofs as RFC 6962 and RFC 9162; entries and
bodies in RFC 8785 canonical JSON; checkpoints as C2SP signed notes with Ed25519 signatures.
"""

import argparse
import base64
import binascii
import email
import email.policy
import hashlib
import hmac
import html
import io
import itertools
import json
import re
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
COMMIT_PREFIX = b"sgl/commit/v1\x00"
LARGEST_INTEGER = 2**53 - 1
ED25519 = 1  # the signature type byte of a C2SP signed note
MOST_SIGNATURES = 32


class Refused(Exception):
    """Something does not hold: `code` is one of the names in OUTCOMES, the text is a sentence."""

    def __init__(self, code: str, sentence: str):
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


# -- Hashes and trees -----------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash under which an entry stands in the tree."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash that holds two hashes of the tree together."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right-hand edge of a growing tree: all that is needed to add leaves and know the root.

    `size` and `hashes` (the roots of the complete subtrees, largest first) may be saved, and given
    back to go on from there.
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()):
        self.size = size
        self.hashes = list(hashes)
        if size < 0 or len(self.hashes) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has another number of subtrees")
        if any(len(one) != HASH_SIZE for one in self.hashes):
            raise ValueError("A hash has 32 bytes")

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next entry."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add the hashes of the next entries."""
        for leaf in leaves:
            if len(leaf) != HASH_SIZE:
                raise ValueError("A leaf has 32 bytes")
            complete = self.size
            while complete & 1:
                leaf = hashlib.sha256(b"\x01" + self.hashes.pop() + leaf).digest()
                complete >>= 1
            self.hashes.append(leaf)
            self.size += 1

    def root(self) -> bytes:
        """Return the root of the tree as it stands."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree over these leaves."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Say whether the leaf is at this index of the tree of that size and root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or not _all_hashes(leaf, root, *proof):
        return False
    fn, sn = index, size - 1
    computed = leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            computed = node_hash(sibling, computed)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            computed = node_hash(computed, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and computed == root


def check_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the newer tree begins with the whole of the older (RFC 9162 2.1.4.2)."""
    if not 0 <= old_size <= new_size or not _all_hashes(old_root, new_root, *proof):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:  # every tree begins with the empty one, and nothing needs to be shown
        return not proof and old_root == EMPTY_ROOT
    if not proof:
        return False
    path = list(proof)
    if old_size & (old_size - 1) == 0:  # a complete subtree: its root is not sent again
        path.insert(0, old_root)
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == old_root and new == new_root


def _all_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)


# -- Bodies and canonical JSON --------------------------------------------------------------------


def commitment(salt: bytes, body: bytes) -> bytes:
    """Return what binds an entry to its body, and says nothing about it without the salt."""
    return hmac.new(salt, COMMIT_PREFIX + body, hashlib.sha256).digest()


def canonical(value: object) -> bytes:
    """Return RFC 8785 JSON of text, whole numbers below 2^53, true, false, null, lists and objects."""
    try:
        return _ENCODER.encode(_ordered(value)).encode()
    except UnicodeEncodeError:
        raise ValueError("A lone surrogate is not text") from None
    except RecursionError:
        raise ValueError("Nested too deeply") from None


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SORTING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _ordered(value: object) -> object:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError("A number of 2^53 or more has no canonical form")
        return value
    if isinstance(value, list | tuple):
        return [_ordered(one) for one in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("The names in a JSON object are text")
        # Code points and UTF-16 units sort alike until the rare letters that need two units.
        is_plain = "".join(value).isascii()
        names = sorted(value) if is_plain else sorted(value, key=_utf16)
        return {name: _ordered(value[name]) for name in names}
    raise ValueError(f"{type(value).__name__} has no place in a record")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be")


# -- Signed notes ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vkey:
    """A verifier key as it is filed on paper: `name+hash+base64`."""

    name: str
    key_id: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Vkey":
        """Read a key, refusing one that a slip of the pen has changed."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not _is_key_name(parts[0]):
            raise Refused("E_USAGE", "This is not a verifier key: it reads name+hash+base64.")
        name, key_id, encoded = parts
        key = _base64(encoded)
        if key is None or len(key) != 1 + HASH_SIZE or key[0] != ED25519:
            raise Refused("E_USAGE", "The verifier key is not an Ed25519 key.")
        vkey = cls.of(name, key[1:])
        if vkey.key_id.hex() != key_id:
            raise Refused("E_USAGE", "The verifier key is mistyped: its parts do not agree.")
        return vkey

    @classmethod
    def of(cls, name: str, public: bytes) -> "Vkey":
        """Give a raw Ed25519 public key its name."""
        digest = hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()
        return cls(name, digest[:4], public)

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([ED25519]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Say whether this key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Checkpoint:
    """What a note says: this ledger had so many entries, and this root over all of them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the signed lines of a note."""
        lines = text.split("\n")
        root = _base64(lines[2]) if len(lines) == 4 and lines[3] == "" else None
        if root is None or len(root) != HASH_SIZE or not lines[0] or not _is_decimal(lines[1]):
            raise Refused("E_SIG", "A note does not hold a checkpoint of three lines.")
        return cls(lines[0], int(lines[1]), root)


def open_note(text: str, vkeys: Iterable[Vkey]) -> Checkpoint:
    """Return the checkpoint of a note that one of these keys signed; ignore unknown signers."""
    known = {(vkey.name, vkey.key_id): vkey for vkey in vkeys}
    if any(ord(char) < 32 and char != "\n" for char in text) or not text.endswith("\n"):
        raise Refused("E_SIG", "A note is damaged: it holds characters that no note has.")
    head, blank, tail = text.rpartition("\n\n")
    signatures = tail.split("\n")[:-1]
    if not blank or not 0 < len(signatures) <= MOST_SIGNATURES:
        raise Refused("E_SIG", "A note carries no signature.")
    signed_text = head + "\n"
    genuine = False
    for line in signatures:
        name, raw = _signature_line(line)
        vkey = known.get((name, raw[:4]))
        if vkey is None:
            continue
        if not vkey.signed(signed_text.encode(), raw[4:]):
            raise Refused("E_SIG", f"The signature of {name} on a note is false.")
        genuine = True
    if not genuine:
        raise Refused("E_SIG", "A note is not signed by the key that was filed.")
    return Checkpoint.parse(signed_text)


def _signature_line(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    raw = _base64(parts[2]) if len(parts) == 3 and parts[0] == "—" else None
    if raw is None or len(raw) < 5 or not _is_key_name(parts[1]):
        raise Refused("E_SIG", "A signature line of a note is damaged.")
    return parts[1], raw


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(char.isspace() for char in name)


def _is_decimal(text: str) -> bool:
    return text == "0" or (text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 16)


def _base64(text: str) -> bytes | None:
    """Decode standard base64 written in the one way there is, or return None."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


# -- What can be found, and the number with which the program ends --------------------------------

OUTCOMES: dict[str, tuple[int, str]] = {
    "W_OWN_WORD": (4, "Only checkpoints from the bundle itself: the installation's own word."),
    "W_UNCOVERED": (5, "The newest records are not covered by a checkpoint yet."),
    "E_USAGE": (2, "Something given on the command line cannot be read."),
    "E_FORMAT": (3, "The bundle cannot be read, or is of a kind this program does not know."),
    "E_CANON": (10, "A record is not written in the one form the ledger uses."),
    "E_SEQ": (11, "A record does not carry the number of the place where it stands."),
    "E_SCOPE": (12, "A record belongs to another school, another list or another period."),
    "E_REF": (13, "A record refers to one that did not exist yet."),
    "E_SIG": (20, "A signature is false, or not made with the key that was filed."),
    "E_ORIGIN": (21, "A checkpoint or key belongs to another ledger than the bundle."),
    "E_FORK": (22, "Two histories of the same length exist: one of them was made up."),
    "E_TRUNC": (23, "Records that existed are no longer there."),
    "E_ROOT": (24, "Records were altered, removed, added or moved since a checkpoint was made."),
    "E_TWO": (30, "A record was disposed of without a second person's approval."),
    "E_MISSING": (31, "The content of a record is gone, and nobody recorded its disposal."),
    "E_UNDEAD": (32, "The content of a record that was disposed of is still here."),
    "E_COMMIT": (33, "The content of a record is not what was recorded."),
    "E_FILE": (34, "A file is missing, changed, or belongs to no record."),
    "E_RECEIPT": (35, "A receipt's record is not in the ledger, or not at its place."),
    "E_NOCP": (
        40,
        "There is no checkpoint: nothing can be proved about the order or completeness.",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold, in a sentence; `ledger` is "records/1", `seq` a number in it."""

    code: str
    sentence: str
    ledger: str = ""
    seq: int | None = None

    @property
    def is_error(self) -> bool:
        """Say whether this is more than a caution."""
        return self.code.startswith("E_")


# -- Strict JSON and the shape of an entry --------------------------------------------------------

LONGEST_ENTRY = 64 * 1024
LONGEST_BODY = 16 * 1024 * 1024
MUST_HAVE = frozenset(
    ("actor", "at", "epoch", "obj", "refs", "school", "seq", "tree", "type", "v", "via")
)
MAY_HAVE = frozenset(("approver", "commit", "former", "rule", "targets"))
DISPOSAL = "disposal.executed"
RESTORED = "ledger.restored"
HEX_HASH = re.compile(r"[0-9a-f]{64}")
SHAPES = {
    "actor": re.compile(r"u-[0-9a-z-]{1,64}"),
    "approver": re.compile(r"u-[0-9a-z-]{1,64}"),
    "at": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII),
    "commit": HEX_HASH,
    "obj": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "rule": re.compile(r"[0-9a-z._-]{1,64}"),
    "school": re.compile(r"[0-9A-Za-z_-]{1,64}"),
    "tree": re.compile(r"records|access"),
    "type": re.compile(r"[a-z_]+\.[a-z_]+"),
    "via": re.compile(r"S0|S1|S2|SYS|BG"),
}


def strict_json(text: str) -> object:
    """Parse JSON that has one meaning only: no doubled names, fractions, NaN or huge numbers."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        raise ValueError("it is not whole JSON") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _object(text: str) -> dict[str, Any]:
    value = strict_json(text)
    if isinstance(value, dict):
        return value
    raise ValueError("it is not a JSON object")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("it says something twice, so that readers could understand it differently")
    return value


def _whole(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > LARGEST_INTEGER:
        raise ValueError("it holds a number of 2^53 or more, which programs read differently")
    return int(digits)


def _no_fraction(text: str) -> float:
    raise ValueError(f"it holds {text[:20]}, which is not a whole number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_whole,
    parse_float=_no_fraction,
    parse_constant=_no_fraction,
)


def read_entry(raw: str) -> dict[str, Any]:
    """Return what an entry says, refusing any but the one way of writing it."""
    try:
        data = raw.encode()
        if len(data) > LONGEST_ENTRY:
            raise ValueError("it is longer than any record can be")
        entry = _object(raw)
        if type(entry.get("v")) is int and entry["v"] not in (1, 2):
            raise Refused("E_FORMAT", "is of a newer form that this program does not know")
        _check_shape(entry)
        # Its names are known by now, so that sorting them is all that canonical form still asks.
        if _SORTING.encode(entry) != raw:
            raise ValueError("it was written again in another way")
    except UnicodeEncodeError:
        raise Refused("E_CANON", "it holds half a character") from None
    except ValueError as error:
        raise Refused("E_CANON", str(error)) from None
    return entry


def _check_shape(entry: dict[str, Any]) -> None:
    names = set(entry)
    if not names >= MUST_HAVE or not names <= MUST_HAVE | MAY_HAVE:
        raise ValueError("it does not hold exactly what a record holds")
    for name, shape in SHAPES.items():
        value = entry.get(name)
        if name in names and not (isinstance(value, str) and shape.fullmatch(value)):
            raise ValueError(f"its “{name}” is not of the form that it must have")
    if not all(type(entry[name]) is int for name in ("v", "epoch", "seq")):
        raise ValueError("its numbers are not numbers")
    for name in ("refs", "targets"):
        if not _are_numbers(entry.get(name, [])):
            raise ValueError(f"its “{name}” is not a list of numbers")
    # A disposal that names records of an earlier epoch is all for which there is a second version.
    if ("former" in names) != (entry["v"] == 2) or not _is_former(entry):
        raise ValueError("its “former” is not of the form that it must have")
    if entry["type"] == DISPOSAL and not (entry.get("targets") or "former" in names):
        raise ValueError("it is a disposal that does not say of what")


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(type(one) is int for one in value)


def _is_former(entry: dict[str, Any]) -> bool:
    """Say whether a disposal names earlier epochs, in their order and each with its numbers."""
    if "former" not in entry:
        return True
    parts, epochs = entry["former"], [0]
    if entry["type"] != DISPOSAL or not isinstance(parts, list) or not parts:
        return False
    for one in parts:
        if not isinstance(one, dict) or set(one) != {"epoch", "targets"}:
            return False
        if type(one["epoch"]) is not int or not _are_numbers(one["targets"]) or not one["targets"]:
            return False
        epochs.append(one["epoch"])
    return all(before < after for before, after in itertools.pairwise([*epochs, entry["epoch"]]))


# -- One ledger -----------------------------------------------------------------------------------

SHOWN_OF_EACH = 10
NO_TIME = " " * 27
WORDS = {
    "incident.created": "an incident was recorded",
    "action.added": "an action was added",
    "record.corrected": "a correction was added",
    "record.reassigned": "a record was moved to another pupil",
    "alert.granted": "somebody was alerted",
    "alert.revoked": "an alert was withdrawn",
    "alert.acknowledged": "an alert was marked as read",
    "record.kept_from": "an incident was kept from a person whom it is about",
    "record.restricted": "the readers of an incident were limited, or no longer",
    "emergency.opened": "a pupil's file was opened in an emergency",
    "emergency.reviewed": "an emergency access was reviewed",
    "record.marked": "an incident was marked as significant, or no longer",
    "slip.received": "a visitor's slip came in",
    "slip.filed": "a visitor's slip was filed as an incident",
    "slip.put_aside": "a visitor's slip was put aside",
    "status.recorded": "a safeguarding status was recorded",
    "role.granted": "a role was given",
    "role.revoked": "a role was ended",
    "setting.changed": "a setting was changed",
    "disposal.executed": "records were disposed of",
    "ledger.restored": "the ledger went on after a loss",
    "clock.stepped": "the server's clock had gone back",
    "access.viewed": "a record was read",
    "access.denied": "reading was refused",
    "access.exported": "a record was exported",
}
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Seen:
    """A size and root that somebody vouched for, and where the verifier has it from."""

    size: int
    root: bytes
    source: str
    is_outside: bool


@dataclass(frozen=True)
class Named:
    """A file that a disclosed record names, and whether the bundle says it is left out."""

    sha256: str
    length: int
    name: str
    seq: int
    is_withheld: bool


class TreeCheck:
    """Verify one ledger from its entries, given one by one and in order, and its checkpoints.

    `sizes` are those of the checkpoints, known before the entries are read, and `bare_roots` those
    that came without a size. Nothing is kept of a content once it has been looked at.
    """

    def __init__(
        self,
        *,
        school: str,
        tree: str,
        epoch: int,
        is_whole: bool,
        sizes: Iterable[int] = (),
        bare_roots: Iterable[bytes] = (),
        receipts: Iterable[str] = (),
    ):
        self.name = f"{tree}/{epoch}"
        self.findings: list[Finding] = []
        self.remarks: list[str] = []
        self.files: list[Named] = []
        self.found_receipts: dict[str, list[tuple[int, str]]] = {}
        self.sizes_of_roots: dict[bytes, int] = {}
        self.counts = dict.fromkeys(("disclosed", "listed", "hashed", "plain"), 0)
        self.gone: set[int] = set()
        self.former: list[tuple[int, int, int]] = []  # disposal, and whose epoch's number it names
        self.covered = self.covered_outside = 0
        self.agreeing: list[Seen] = []
        self._scope = (school, tree, epoch)
        self._is_whole = is_whole
        self._frontier = Frontier()
        self._leaves = bytearray()
        self._sizes = frozenset(sizes)
        self._bare_roots = frozenset(bare_roots)
        self._receipts = frozenset(one[:12] for one in receipts)
        self._root_at: dict[int, bytes] = {}
        self._times = bytearray()
        self._types: list[str] = []
        self._content = bytearray()  # for each entry, one of the letters below
        self._clock_went_back: list[int] = []
        self._latest = ""
        self._many: dict[str, int] = {}
        self._mark()

    @property
    def size(self) -> int:
        """How many entries there were."""
        return self._frontier.size

    def leaf(self, seq: int) -> bytes:
        """Return the leaf hash of an entry that was added."""
        return bytes(self._leaves[seq * HASH_SIZE : (seq + 1) * HASH_SIZE])

    def first_and_last(self) -> tuple[str, str] | None:
        """Return the times of the first and the last entry that is listed."""
        seqs = [seq for seq in range(self.size) if self._types[seq]] if self.size else []
        return (self._time(seqs[0]), self._time(seqs[-1])) if seqs else None

    def label(self, seq: int) -> str:
        """Name an entry for a person: number, what it is, when."""
        kind = self._types[seq]
        if not kind:
            return f"record #{seq} (given as a fingerprint only)"
        return f"record #{seq} ({WORDS.get(kind, kind)}, {in_words(self._time(seq))})"

    # Adding

    def add(self, element: Any) -> None:
        """Take in the next element of the bundle's list of entries."""
        if _is_leaf(element):
            self.add_leaf(bytes.fromhex(element["leaf"]))
        elif _is_disclosure(element):
            self.add_entry(**element)
        else:
            raise Refused(
                "E_FORMAT",
                f"The bundle cannot be read: its element {self.size} of {self.name} is neither a "
                "record nor a fingerprint.",
            )

    def add_leaf(self, leaf: bytes) -> None:
        """Take in an entry of which only the hash is disclosed: it counts for the roots."""
        self._append(leaf, "", NO_TIME, b"h")
        self.counts["hashed"] += 1
        if self._is_whole:
            seq = self.size - 1
            self._find(
                "E_MISSING",
                f"The bundle says it holds everything, but {self.label(seq)} is left out.",
                seq,
            )

    def add_entry(
        self,
        entry: str,
        body: str | None = None,
        salt: str | None = None,
        withheld: Sequence[str] = (),
    ) -> None:
        """Take in an entry, with its content if that is disclosed."""
        seq = self.size
        leaf = leaf_hash(entry.encode("utf-8", "surrogatepass"))
        try:
            said = read_entry(entry)
        except Refused as refused:
            self._append(leaf, "", NO_TIME, b"b")
            what = f"Record #{seq} cannot be relied on: {refused.sentence}."
            if refused.code == "E_FORMAT":
                what = f"Record #{seq} {refused.sentence}: use the newest verifier."
            self._find(refused.code, what, seq)
            return
        self._append(leaf, said["type"], said["at"], b"p" if "commit" not in said else b"a")
        self._check_place(said, seq)
        self._check_persons(said, seq)
        if body is None:
            self.counts["listed" if "commit" in said else "plain"] += 1
        else:
            self._content[seq] = ord("c")
            self.counts["disclosed"] += 1
            self._check_content(said, seq, body, salt, frozenset(withheld))

    def _append(self, leaf: bytes, kind: str, at: str, content: bytes) -> None:
        self._frontier.append(leaf)
        self._leaves += leaf
        self._types.append(sys.intern(kind))
        self._times += at.encode()
        self._content += content
        if leaf.hex()[:12] in self._receipts:
            self.found_receipts.setdefault(leaf.hex()[:12], []).append((self.size - 1, ""))
        self._mark()

    def _mark(self) -> None:
        if self.size in self._sizes or self._bare_roots:
            root = self._frontier.root()
            if self.size in self._sizes:
                self._root_at[self.size] = root
            if root in self._bare_roots:
                self.sizes_of_roots[root] = self.size

    def _check_place(self, entry: dict[str, Any], seq: int) -> None:
        if entry["seq"] != seq:
            self._find(
                "E_SEQ",
                f"In place #{seq} stands a record that carries number {entry['seq']}: records were "
                "removed, inserted or moved.",
                seq,
            )
        if (entry["school"], entry["tree"], entry["epoch"]) != self._scope:
            theirs = f"{entry['school']}/{entry['tree']}/{entry['epoch']}"
            self._find(
                "E_SCOPE", f"{_capital(self.label(seq))} belongs to another ledger, {theirs}.", seq
            )
        if not all(0 <= one < seq for one in (*entry["refs"], *entry.get("targets", ()))):
            self._find(
                "E_REF",
                f"{_capital(self.label(seq))} refers to a record that did not exist yet.",
                seq,
            )
        if seq == 0 and entry["epoch"] > 1 and entry["type"] != RESTORED:
            self._find(
                "E_SCOPE",
                f"The ledger {self.name} does not begin with a statement of what was lost before.",
                seq,
            )
        if entry["at"] < self._latest:
            self._clock_went_back.append(seq)
        self._latest = entry["at"]

    def _check_persons(self, entry: dict[str, Any], seq: int) -> None:
        approver = entry.get("approver")
        alone = approver == entry["actor"] or (approver is None and entry["type"] == DISPOSAL)
        if alone:
            self._find("E_TWO", f"{_capital(self.label(seq))} was done by one person alone.", seq)
        if entry["type"] == DISPOSAL:
            self.gone.update(entry.get("targets", ()))
        # In another ledger, where this finding does not stand, one person's word counts for nothing.
        for one in () if alone else entry.get("former", ()):
            self.former += ((seq, one["epoch"], target) for target in one["targets"])

    def _check_content(
        self, entry: dict[str, Any], seq: int, body: str, salt: str | None, withheld: frozenset[str]
    ) -> None:
        data = body.encode("utf-8", "surrogatepass")
        if "commit" not in entry:
            self._find(
                "E_COMMIT", f"A content is shown for {self.label(seq)}, which has none.", seq
            )
            return
        if salt is None or commitment(bytes.fromhex(salt), data).hex() != entry["commit"]:
            self._find(
                "E_COMMIT",
                f"The content shown for {self.label(seq)} is not what was recorded.",
                seq,
            )
            return
        try:
            value = _object(body)
            if canonical(value) != data:
                raise ValueError("it is not written in the one form")
        except ValueError as error:
            self._find(
                "E_CANON", f"The content of {self.label(seq)} cannot be relied on: {error}.", seq
            )
            return
        self._note_files(value, seq, withheld)
        short = self.leaf(seq).hex()[:12]
        if short in self.found_receipts:
            reference = value.get("reference")
            self.found_receipts[short][-1] = (seq, reference if isinstance(reference, str) else "")

    def _note_files(self, body: dict[str, Any], seq: int, withheld: frozenset[str]) -> None:
        files = body.get("files", [])
        for one in files if isinstance(files, list) else [files]:
            if _is_file(one):
                sha256, name = one["sha256"], str(one.get("name", one["sha256"]))
                self.files.append(Named(sha256, one["len"], name, seq, sha256 in withheld))
            else:
                what = f"The list of files in {self.label(seq)} cannot be read."
                self._find("E_CANON", what, seq)

    # Concluding

    def name_in_earlier(self, trees: "Mapping[str, TreeCheck]") -> None:
        """Let the earlier epochs know what this one's disposals name of them."""
        for seq, epoch, target in self.former:
            earlier = trees.get(f"{self._scope[1]}/{epoch}")
            if earlier is None:  # it is not in the bundle
                continue
            if 0 <= target < earlier.size:
                earlier.gone.add(target)
            else:
                self._find(
                    "E_REF",
                    f"{_capital(self.label(seq))} refers to a record that is not in {earlier.name}.",
                    seq,
                )

    def expect(self, seen: Iterable[Seen]) -> None:
        """Take roots that were found at a size as checkpoints of that size."""
        self._root_at.update((one.size, one.root) for one in seen)

    def finish(self, checkpoints: Iterable[Seen]) -> None:
        """Compare with the checkpoints and draw up what is missing; nothing is added after this."""
        seen = sorted(checkpoints, key=lambda one: (one.size, one.root))
        self._compare(seen)
        self._check_absences()
        if not seen:
            self._find("E_NOCP", f"There is no checkpoint of {self.name}: {OUTCOMES['E_NOCP'][1]}")
        elif not any(one.is_outside for one in seen):
            self._find(
                "W_OWN_WORD",
                f"The checkpoints of {self.name} all come from the bundle itself. They are the "
                "installation's own word: whoever holds its key could have made up all of it. Ask "
                "the chair of governors for a checkpoint mail and give it with --note.",
            )
        self.covered = max((one.size for one in self.agreeing), default=0)
        self.covered_outside = max((one.size for one in self.agreeing if one.is_outside), default=0)
        until = self.covered_outside or self.covered
        if seen and self.size > until:
            self._find(
                "W_UNCOVERED",
                f"{_capital(self._range(until, self.size))} of {self.name} came after the newest "
                "checkpoint given here, and could still be changed unnoticed.",
            )
        if self._clock_went_back:
            first = self.label(self._clock_went_back[0])
            self.remarks.append(
                f"The server's clock went back {len(self._clock_went_back)} times, first at "
                f"{first}. The order of the records does not depend on it."
            )
        for code, count in self._many.items():
            if count > SHOWN_OF_EACH:
                more = f"{count - SHOWN_OF_EACH} more like this in {self.name} are not shown."
                self.findings.append(Finding(code, more, self.name))

    def _compare(self, seen: Sequence[Seen]) -> None:
        for before, one in itertools.pairwise(seen):
            if before.size == one.size and before.root != one.root:
                self._find(
                    "E_FORK",
                    f"Two checkpoints of {self.name} at {one.size} records differ: {before.source} "
                    f"and {one.source}. Both are signed, so two histories were made: one of them "
                    "is false.",
                )
        self.agreeing = [one for one in seen if self._root_at.get(one.size) == one.root]
        for one in seen:
            if one.size > self.size:
                self._find(
                    "E_TRUNC",
                    f"{_capital(one.source)} shows that {self.name} had {one.size} records. The "
                    f"bundle has {self.size}: the last {one.size - self.size} were taken away.",
                )
            elif one not in self.agreeing:
                self._find_change(one)

    def _find_change(self, one: Seen) -> None:
        # Who rewrites a history signs it again, so the bundle's own checkpoints count for nothing
        # against one from outside.
        good = Seen(0, EMPTY_ROOT, "there is none", True)
        for other in self.agreeing:
            if other.size < one.size and (other.is_outside or not one.is_outside):
                good = other
        self._find(
            "E_ROOT",
            f"{_capital(one.source)} does not fit the {one.size} first records of {self.name}. "
            "Something was altered, removed, added or moved among "
            f"{self._range(good.size, one.size)}: after the last checkpoint that agrees "
            f"({good.source}) and before this one.",
            good.size,
        )

    def _check_absences(self) -> None:
        for seq in sorted(self.gone):
            if 0 <= seq < self.size and self._content[seq] == ord("c"):
                self._find(
                    "E_UNDEAD",
                    f"The content of {self.label(seq)} was disposed of, and yet it is here.",
                    seq,
                )
        if not self._is_whole:
            return
        seq = self._content.find(b"a")
        while seq >= 0:
            if seq not in self.gone:
                self._find(
                    "E_MISSING",
                    f"The content of {self.label(seq)} is missing, and no disposal by two people "
                    "names it.",
                    seq,
                )
            seq = self._content.find(b"a", seq + 1)

    def _find(self, code: str, sentence: str, seq: int | None = None) -> None:
        self._many[code] = self._many.get(code, 0) + 1
        if self._many[code] <= SHOWN_OF_EACH:
            self.findings.append(Finding(code, sentence, self.name, seq))

    def _range(self, start: int, end: int) -> str:
        if end - start <= 1:
            return self.label(start) if start < self.size else f"record #{start}"
        return f"{self.label(start)} to {self.label(end - 1)}"

    def _time(self, seq: int) -> str:
        return self._times[seq * len(NO_TIME) : (seq + 1) * len(NO_TIME)].decode()


def _is_file(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("sha256"), str)
        and HEX_HASH.fullmatch(value["sha256"]) is not None
        and type(value.get("len")) is int
    )


def _is_leaf(element: Any) -> bool:
    return (
        isinstance(element, dict)
        and set(element) == {"leaf"}
        and isinstance(element["leaf"], str)
        and HEX_HASH.fullmatch(element["leaf"]) is not None
    )


def _is_disclosure(element: Any) -> bool:
    if not isinstance(element, dict) or not isinstance(element.get("entry"), str):
        return False
    names = set(element)
    body, salt, withheld = element.get("body", ""), element.get("salt"), element.get("withheld", [])
    return (
        (names == {"entry"} or {"entry", "body"} <= names <= {"entry", "body", "salt", "withheld"})
        and isinstance(body, str)
        and len(body) <= LONGEST_BODY
        and ("salt" not in names or (isinstance(salt, str) and bool(HEX_HASH.fullmatch(salt))))
        and isinstance(withheld, list)
        and all(isinstance(one, str) and HEX_HASH.fullmatch(one) for one in withheld)
    )


def in_words(at: str) -> str:
    """Return a time of the ledger as people write it."""
    month = int(at[5:7])
    name = MONTHS[month - 1] if 1 <= month <= 12 else at[5:7]
    return f"{int(at[8:10])} {name} {at[:4]} at {at[11:16]} UTC"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def printable(text: str) -> str:
    """Return a text from outside so that it can do nothing to a screen."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def brief(text: str) -> str:
    """Return the beginning of a text from outside, harmless."""
    return printable(text[:80])


# -- Reading a bundle -----------------------------------------------------------------------------

FORMAT = "safeguard-bundle/1"
LARGEST_INDEX = 1024**3
LONGEST_LINE = 2 * LONGEST_BODY
MOST_FILES = 200_000
LARGEST_RATIO = 200  # a bomb's members shrink a thousandfold; JSON some ten times
SMALL = 1024**2
CHUNK = 1024**2
HEADER = {"format", "made_at", "school", "scope", "trees"}
TREE_HEADER = {"tree", "epoch", "origin", "vkey", "entries", "notes"}
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, OverflowError, MemoryError, struct.error),
)


class Folder:
    """A bundle that was unpacked."""

    def __init__(self, path: Path):
        self._path = path

    def names(self) -> list[str]:
        """Return what is in it, with forward slashes."""
        found = sorted(one for one in self._path.rglob("*") if not one.is_dir())
        for one in found:
            if one.is_symlink() or not one.is_file():
                raise Refused("E_FORMAT", f"The bundle holds something else than files: {one}.")
        return [one.relative_to(self._path).as_posix() for one in found]

    def open(self, name: str) -> IO[bytes]:
        """Open one of the files."""
        return (self._path / name).open("rb")


class Archive:
    """A bundle as one zip file, which is looked over before anything in it is opened."""

    def __init__(self, path: Path):
        self._zip = zipfile.ZipFile(path)
        members = self._zip.infolist()
        names = [one.filename for one in members]
        if len(members) > MOST_FILES or len(set(names)) != len(names):
            raise Refused("E_FORMAT", "The bundle holds a file twice, or far too many files.")
        if sum(one.compress_size for one in members) > path.stat().st_size:
            raise Refused("E_FORMAT", "The bundle's files overlap: it is made to overwhelm.")
        for one in members:
            self._look_over(one)

    @staticmethod
    def _look_over(member: zipfile.ZipInfo) -> None:
        name = member.filename
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "\\" in name or ":" in name or "\0" in name:
            raise Refused(
                "E_FORMAT", f"The bundle holds a file with a forbidden name: {brief(name)}."
            )
        if member.flag_bits & 1 or stat.S_ISLNK(member.external_attr >> 16):
            raise Refused("E_FORMAT", f"The bundle holds a locked file or a link: {brief(name)}.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused(
                "E_FORMAT", f"The bundle holds a file packed in another way: {brief(name)}."
            )
        if member.file_size > SMALL + LARGEST_RATIO * member.compress_size:
            raise Refused(
                "E_FORMAT", f"The bundle is made to overwhelm: {brief(name)} unpacks too far."
            )

    def names(self) -> list[str]:
        """Return what is in it."""
        return [one for one in self._zip.namelist() if not one.endswith("/")]

    def open(self, name: str) -> IO[bytes]:
        """Open one of the files."""
        return self._zip.open(name)


class Bundle:
    """What an installation handed out: its ledgers, disclosed contents and files, its checkpoints."""

    def __init__(self, path: Path):
        if path.name == "bundle.json":
            path = path.parent
        if not path.exists():
            raise Refused("E_USAGE", f"There is no bundle at {path}.")
        self._store = Folder(path) if path.is_dir() else Archive(path)
        self.names = frozenset(self._store.names())
        if "bundle.json" not in self.names:
            raise Refused("E_FORMAT", "This is not a Safeguard bundle: it holds no bundle.json.")
        with self._store.open("bundle.json") as file:
            data = file.read(LARGEST_INDEX + 1)
        if len(data) > LARGEST_INDEX:
            raise Refused("E_FORMAT", "The bundle's list is too long for this program.")
        header = strict_json(data.decode())
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise Refused("E_FORMAT", f"The bundle is not of the form {FORMAT}.")
        self.people: dict[str, str] = header.pop("people", None) or {}
        self.trees: list[dict[str, Any]] = (
            _list_of(header["trees"]) if set(header) == HEADER else []
        )
        self.school: str = header.get("school", "")
        self.made_at: str = header.get("made_at", "")
        self.scope: str = header.get("scope", "")
        self._check()

    def _check(self) -> None:
        keys = [(tree.get("tree"), tree.get("epoch")) for tree in self.trees if _is_tree(tree)]
        is_good = (
            0 < len(keys) == len(self.trees) == len(set(keys))
            and len({tree["origin"] for tree in self.trees}) == len(keys)
            and isinstance(self.school, str)
            and SHAPES["school"].fullmatch(self.school)
            and isinstance(self.made_at, str)
            and self.scope in ("all", "pupil")
            and isinstance(self.people, dict)
            and all(isinstance(one, str) for one in self.people.values())
        )
        if not is_good:
            raise Refused("E_FORMAT", "The bundle's description of itself is damaged.")

    def elements(self, tree: dict[str, Any]) -> Iterator[object]:
        """Return the elements of a ledger one by one, from the list or from a file of lines."""
        entries = tree["entries"]
        if isinstance(entries, list):
            yield from entries
            return
        if entries not in self.names:
            raise Refused("E_FORMAT", f"The bundle's list of records {brief(entries)} is missing.")
        with self._store.open(entries) as file:
            while line := file.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise Refused("E_FORMAT", "A line of the bundle's list of records is cut off.")
                yield strict_json(line.decode())

    def file_names(self) -> set[str]:
        """Return the files that are disclosed; what systems leave in folders is not among them."""
        names = (one.removeprefix("files/") for one in self.names if one.startswith("files/"))
        return {one for one in names if not one.startswith(".") and one.lower() not in LEFTOVERS}

    def measure(self, name: str) -> tuple[str, int]:
        """Return the hash and length of a disclosed file."""
        digest, length = hashlib.sha256(), 0
        with self._store.open(f"files/{name}") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                length += len(chunk)
        return digest.hexdigest(), length


LEFTOVERS = {"thumbs.db", "desktop.ini"}


def _list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_tree(tree: object) -> bool:
    return (
        isinstance(tree, dict)
        and set(tree) == TREE_HEADER
        and tree["tree"] in ("records", "access")
        and type(tree["epoch"]) is int
        and tree["epoch"] >= 1
        and isinstance(tree["origin"], str)
        and isinstance(tree["vkey"], str)
        and isinstance(tree["entries"], list | str)
        and isinstance(tree["notes"], list)
        and all(isinstance(one, str) for one in tree["notes"])
    )


# -- What comes from elsewhere: notes, receipts, proofs -------------------------------------------

_GAP = r"[\s>]{1,99}"  # a reply quotes and breaks lines
_LETTER = r"[A-Za-z0-9+/][\s>]{0,99}"
_LINE = rf"—{_GAP}[^\s>+]+{_GAP}(?:{_LETTER}){{91}}="
_NOTE = re.compile(
    rf"(?<![^\s>])(?P<origin>[^\s>+]+){_GAP}(?P<size>[0-9]+){_GAP}(?P<root>(?:{_LETTER}){{43}}=)"
    rf"{_GAP}(?P<signed>{_LINE}(?:{_GAP}{_LINE})*)"
)
_SIGNED = re.compile(rf"—{_GAP}([^\s>+]+){_GAP}((?:{_LETTER}){{91}}=)")
_TAG = re.compile(r"<[^<>]*>")
LARGEST_MAIL = 32 * 1024**2


def find_notes(data: bytes) -> list[str]:
    """Return the notes in a text or a whole mail, also one that was quoted or broken up."""
    found: dict[str, None] = {}
    for text in _texts(data):
        for match in _NOTE.finditer(text):
            root = _squeezed(match["root"])
            signatures = "".join(
                f"— {name} {_squeezed(signature)}\n"
                for name, signature in _SIGNED.findall(match["signed"])
            )
            found[f"{match['origin']}\n{match['size']}\n{root}\n\n{signatures}"] = None
    return list(found)


def _texts(data: bytes) -> Iterator[str]:
    is_utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # as Windows' editor may save it
    yield data.decode("utf-16" if is_utf16 else "utf-8", "replace")
    for part in email.message_from_bytes(data, policy=email.policy.default).walk():
        payload = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(payload, bytes):
            text = _decoded(payload, part.get_content_charset("utf-8"))
            is_html = part.get_content_type() == "text/html"
            yield html.unescape(_TAG.sub(" ", text)) if is_html else text


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _squeezed(text: str) -> str:
    return re.sub(_GAP, "", text)


@dataclass(frozen=True)
class Receipt:
    """What a person holds of a record: its reference, the beginning of its hash, maybe its number."""

    text: str
    reference: str
    leaf: str
    seq: int | None

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Read “K7Q-2MD b59f01eb3f29”, “b59f01eb3f29…” or “b59f01eb3f29…@12345”."""
        match = re.fullmatch(
            r"(?:(?P<reference>[0-9A-Za-z-]{3,20})\W+)?(?P<leaf>[0-9a-fA-F]{12,64})(?:@(?P<seq>\d{1,15}))?",
            text.strip(),
            re.ASCII,
        )
        if match is None:
            raise Refused(
                "E_USAGE",
                f"“{brief(text)}” is not a receipt: give the reference and the 12 or more letters "
                "and digits that stand behind it.",
            )
        seq = int(match["seq"]) if match["seq"] else None
        return cls(brief(text.strip()), match["reference"] or "", match["leaf"].lower(), seq)


PROOF_HEADER = "c2sp.org/tlog-proof@v1"
LARGEST_PROOF = 256 * 1024


@dataclass(frozen=True)
class Proof:
    """A C2SP tlog-proof: a place in a ledger, the hashes that lead to the root, and the note.

    Safeguard puts the entry's own bytes into `extra`, so that the file proves something by itself;
    as nobody signs the extra, it counts only once its hash has been led to the root.
    """

    index: int
    hashes: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Read a proof file."""
        head, blank, note = text.partition("\n\n")
        lines = head.split("\n")
        damaged = Refused("E_USAGE", "The proof file is damaged, or is not a .tlog-proof file.")
        if not blank or lines.pop(0) != PROOF_HEADER or not lines or len(text) > LARGEST_PROOF:
            raise damaged
        extra = None
        if lines[0].startswith("extra "):
            extra = _base64(lines.pop(0).removeprefix("extra "))
            if extra is None:
                raise damaged
        index = lines.pop(0) if lines else ""
        hashes = [_base64(line) for line in lines]
        if not index.startswith("index ") or not _is_decimal(index.removeprefix("index ")):
            raise damaged
        if len(hashes) > 64 or any(one is None or len(one) != HASH_SIZE for one in hashes):
            raise damaged
        return cls(int(index[6:]), tuple(one for one in hashes if one), note, extra)

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"extra {base64.b64encode(self.extra).decode()}"]
        hashes = [base64.b64encode(one).decode() for one in self.hashes]
        return "\n".join([PROOF_HEADER, *extra, f"index {self.index}", *hashes, "", self.note])

    def holds(self, leaf: bytes, checkpoint: Checkpoint) -> bool:
        """Say whether the leaf is where the proof says, under an opened checkpoint."""
        return check_inclusion(leaf, self.index, checkpoint.size, self.hashes, checkpoint.root)


# -- Verifying a bundle ---------------------------------------------------------------------------


@dataclass
class Evidence:
    """What the person who verifies brings along: each with a word on where it comes from."""

    vkeys: list[Vkey] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    proofs: list[tuple[str, Proof]] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)


@dataclass
class Report:
    """All that was found, and what it was found in."""

    findings: list[Finding] = field(default_factory=list)
    trees: list[TreeCheck] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    heading: str = ""

    @property
    def codes(self) -> set[str]:
        """The names of what was found."""
        return {one.code for one in self.findings}

    @property
    def is_good(self) -> bool:
        """Say whether nothing but cautions was found."""
        return not any(one.is_error for one in self.findings)

    @property
    def exit_code(self) -> int:
        """The number of the first error in the order of OUTCOMES, else of the first caution, or 0."""
        found = [one for one in self.findings if one.is_error] or self.findings
        return min((OUTCOMES[one.code][0] for one in found), default=0)


def verify(path: Path, evidence: Evidence) -> Report:
    """Verify a bundle; whatever is wrong with it is a finding, never an exception."""
    report = Report()
    try:
        _Verification(Bundle(path), evidence, report).run()
    except Refused as refused:
        report.findings.append(Finding(refused.code, printable(refused.sentence)))
    except DAMAGED as error:
        why = f"The bundle cannot be read; it is damaged or not whole ({brief(str(error))})."
        report.findings.append(Finding("E_FORMAT", why))
    return report


class _Verification:
    """The walk through one bundle, ledger by ledger."""

    def __init__(self, bundle: Bundle, evidence: Evidence, report: Report):
        self._bundle = bundle
        self._evidence = evidence
        self._report = report
        self._filed = {one.public for one in evidence.vkeys}
        self._keys: dict[str, list[Vkey]] = {}
        self._origins = {tree["origin"]: tree for tree in bundle.trees}
        self._seen: dict[str, list[Seen]] = {origin: [] for origin in self._origins}
        self._opened_proofs: list[tuple[str, Proof, Checkpoint]] = []
        scope = "everything" if bundle.scope == "all" else "what concerns one pupil"
        report.heading = (
            f"School {bundle.school}: {scope}. Made {brief(bundle.made_at)} by its own word."
        )

    def run(self) -> None:
        for origin, tree in self._origins.items():
            self._check_origin(origin, tree)
            for number, note in enumerate(tree["notes"], start=1):
                self._open(f"checkpoint {number} in the bundle", note, origin, is_outside=False)
        for vkey in self._evidence.vkeys:
            self._place(vkey.name, "the key that was filed")
        for source, note in self._evidence.notes:
            self._open_outside(source, note)
        for source, proof in self._evidence.proofs:
            if checkpoint := self._open_outside(source, proof.note):
                self._opened_proofs.append((source, proof, checkpoint))
        checks = {origin: self._walked(origin, tree) for origin, tree in self._origins.items()}
        # What an epoch holds no more may be named by a later one: first all are read.
        by_name = {check.name: check for check in checks.values()}
        for check in checks.values():
            check.name_in_earlier(by_name)
        for origin, tree in self._origins.items():
            self._conclude(origin, tree, checks[origin])
        self._check_roots()
        self._check_receipts()
        self._check_proofs()
        self._check_files()
        self._report.findings += [one for tree in self._report.trees for one in tree.findings]

    def _find(self, code: str, sentence: str, ledger: str = "") -> None:
        self._report.findings.append(Finding(code, printable(sentence), ledger))

    # Keys and notes

    def _check_origin(self, origin: str, tree: dict[str, Any]) -> None:
        name = f"{tree['tree']}/{tree['epoch']}"
        try:
            own = Vkey.parse(tree["vkey"])
        except Refused:
            own = None
            self._find("E_SIG", f"The bundle's key for {name} is damaged.", name)
        if not origin.endswith(f"/{self._bundle.school}/{name}") or (own and own.name != origin):
            self._find("E_ORIGIN", f"The bundle calls {name} by another ledger's name.", name)
        if self._filed and own and own.public not in self._filed:
            self._find(
                "E_SIG",
                f"The key in the bundle for {name} is not the key that was filed. Checkpoints are "
                "held against the filed key only.",
                name,
            )
        publics = self._filed or ({own.public} if own else set())
        self._keys[origin] = [Vkey.of(origin, public) for public in publics]

    def _place(self, origin: str, what: str) -> bool:
        """Say whether the bundle holds the ledger of this name; find fault if it should."""
        if origin in self._origins:
            return True
        base, tree = _base_and_tree(origin)
        ours = {_base_and_tree(one) for one in self._origins}
        if base in {one for one, _ in ours} and (base, tree) not in ours:
            self._report.remarks.append(
                f"{_capital(what)} is about “{tree}”, which this bundle does not hold: not used."
            )
        else:
            self._find("E_ORIGIN", f"{_capital(what)} is about another ledger: {brief(origin)}.")
        return False

    def _open(self, source: str, note: str, origin: str, *, is_outside: bool) -> Checkpoint | None:
        tree = self._origins[origin]
        name = f"{tree['tree']}/{tree['epoch']}"
        try:
            checkpoint = open_note(note, self._keys[origin])
        except Refused as refused:
            self._find(refused.code, f"{_capital(source)} ({name}): {refused.sentence}", name)
            return None
        if checkpoint.origin != origin:
            self._find("E_ORIGIN", f"{_capital(source)} is not about {name}.", name)
            return None
        self._seen[origin].append(Seen(checkpoint.size, checkpoint.root, source, is_outside))
        return checkpoint

    def _open_outside(self, source: str, note: str) -> Checkpoint | None:
        origin = note.split("\n", 1)[0]
        if not self._place(origin, source):
            return None
        return self._open(source, note, origin, is_outside=True)

    # Ledgers

    def _walked(self, origin: str, tree: dict[str, Any]) -> TreeCheck:
        check = TreeCheck(
            school=self._bundle.school,
            tree=tree["tree"],
            epoch=tree["epoch"],
            is_whole=self._bundle.scope == "all",
            sizes=[one.size for one in self._seen[origin]],
            bare_roots=self._evidence.roots,
            receipts=[one.leaf for one in self._evidence.receipts],
        )
        for element in self._bundle.elements(tree):
            check.add(element)
        return check

    def _conclude(self, origin: str, tree: dict[str, Any], check: TreeCheck) -> None:
        on_paper = [
            Seen(size, root, f"the root {_short(root)} from paper", True)
            for root, size in check.sizes_of_roots.items()
        ]
        check.expect(on_paper)
        check.finish([*self._seen[origin], *on_paper])
        self._report.trees.append(check)
        if tree["epoch"] > 1 and not self._holds(tree["tree"], tree["epoch"] - 1):
            self._report.remarks.append(
                f"{check.name} went on after a loss; the ledger before it is not in this bundle."
            )
        if tree["epoch"] > 1 and self._lacks_its_end(tree["tree"], tree["epoch"] - 1):
            self._report.remarks.append(
                f"What is missing of {tree['tree']}/{tree['epoch'] - 1} should be what the first "
                f"record of {check.name} declares lost, by two people: compare the two."
            )

    def _lacks_its_end(self, tree: str, epoch: int) -> bool:
        earlier = [one for one in self._report.trees if one.name == f"{tree}/{epoch}"]
        return any(found.code == "E_TRUNC" for one in earlier for found in one.findings)

    def _holds(self, tree: str, epoch: int) -> bool:
        return any((one["tree"], one["epoch"]) == (tree, epoch) for one in self._bundle.trees)

    # What came from elsewhere

    def _check_roots(self) -> None:
        for root in self._evidence.roots:
            where = [
                f"{tree.name} when it had {tree.sizes_of_roots[root]} records"
                for tree in self._report.trees
                if root in tree.sizes_of_roots
            ]
            if where:
                self._report.proved.append(f"The root {_short(root)} is that of {where[0]}.")
            else:
                self._find(
                    "E_ROOT",
                    f"The root {_short(root)} from paper never was the root of the records in this "
                    "bundle: they are not the records from which the paper was printed.",
                )

    def _check_receipts(self) -> None:
        for receipt in self._evidence.receipts:
            hits = [
                (tree, seq, reference)
                for tree in self._report.trees
                for seq, reference in tree.found_receipts.get(receipt.leaf[:12], ())
                if tree.leaf(seq).hex().startswith(receipt.leaf) and receipt.seq in (None, seq)
            ]
            if not hits:
                self._find(
                    "E_RECEIPT",
                    f"The record of the receipt {receipt.text} is not in the ledger"
                    + (" at its place." if receipt.seq is not None else "."),
                )
                continue
            tree, seq, reference = hits[0]
            if receipt.reference and reference and receipt.reference != reference:
                self._find(
                    "E_RECEIPT",
                    f"The receipt {receipt.text} leads to a record with the reference {reference}.",
                )
                continue
            self._report.proved.append(f"The receipt {receipt.text} is {tree.label(seq)}.")

    def _check_proofs(self) -> None:
        for source, proof, checkpoint in self._opened_proofs:
            tree = next(
                one
                for one, origin in zip(self._report.trees, self._origins, strict=True)
                if origin == checkpoint.origin
            )
            is_there = proof.index < tree.size
            leaf = tree.leaf(proof.index) if is_there else b""
            is_same = proof.extra is None or leaf_hash(proof.extra) == leaf
            if is_there and is_same and proof.holds(leaf, checkpoint):
                self._report.proved.append(f"{_capital(source)} is {tree.label(proof.index)}.")
            else:
                self._find(
                    "E_RECEIPT",
                    f"{_capital(source)} does not lead to the record in place #{proof.index} of "
                    f"{tree.name}: it was altered, removed or moved.",
                )

    def _check_files(self) -> None:
        present = self._bundle.file_names()
        expected: set[str] = set()
        for tree, named in [(one, file) for one in self._report.trees for file in one.files]:
            what = f"“{brief(named.name)}” of {tree.label(named.seq)}"
            if named.is_withheld:
                self._report.remarks.append(f"The file {what} is left out, as the bundle says.")
                continue
            expected.add(named.sha256)
            if named.sha256 not in present:
                self._find("E_FILE", f"The file {what} is missing.", tree.name)
            elif self._bundle.measure(named.sha256) != (named.sha256, named.length):
                self._find(
                    "E_FILE", f"The file {what} is not the one that was recorded.", tree.name
                )
        for name in sorted(present - expected):
            self._find("E_FILE", f"The file {name} in the bundle belongs to no disclosed record.")


def _base_and_tree(origin: str) -> tuple[str, str]:
    base, _, rest = origin.rpartition("/")
    base, _, tree = base.rpartition("/")
    return (base, tree) if rest else ("", "")


def _short(root: bytes) -> str:
    return base64.b64encode(root).decode()[:12] + "…"


def verify_proof(source: str, proof: Proof, vkeys: Iterable[Vkey]) -> Report:
    """Verify a proof by itself: that the entry which it carries was in the ledger."""
    report = Report(heading=f"{_capital(source)}, without a bundle.")
    known = list(vkeys)
    try:
        checkpoint = open_note(proof.note, known)
        if proof.extra is None:
            raise Refused("E_USAGE", "The proof carries no record: give the bundle as well.")
        if not proof.holds(leaf_hash(proof.extra), checkpoint):
            raise Refused("E_RECEIPT", "The proof does not lead from its record to the checkpoint.")
        entry = read_entry(proof.extra.decode())
        ledger = f"/{entry['school']}/{entry['tree']}/{entry['epoch']}"
        is_known = checkpoint.origin in {one.name for one in known}
        if not is_known or not checkpoint.origin.endswith(ledger):
            raise Refused("E_ORIGIN", "The proof is about another ledger than the key.")
        if entry["seq"] != proof.index:
            raise Refused("E_SEQ", "The record in the proof carries the number of another place.")
    except Refused as refused:
        report.findings.append(Finding(refused.code, _capital(printable(refused.sentence))))
    except UnicodeDecodeError:
        report.findings.append(Finding("E_CANON", "The record in the proof is not text."))
    else:
        what = WORDS.get(entry["type"], entry["type"])
        report.proved.append(
            f"On {in_words(entry['at'])} {what}: record #{proof.index} of {checkpoint.origin}, "
            f"which had {checkpoint.size} records when the checkpoint was signed."
        )
    return report


# -- The report, and the command line -------------------------------------------------------------

CANNOT = (
    "that a statement in a record is true",
    "that nobody left something unrecorded, or sent something that was never acknowledged",
    "what happened after the newest checkpoint from outside",
    "the exact time: the server's clock counts only between two checkpoints from outside",
    "who read records by way of the server itself and not through the application",
    "names: which person a pseudonym stands for is the installation's word, unless a record says it",
    "the README and the copy of this program inside the bundle: take the program from elsewhere",
)


def in_text(report: Report) -> str:
    """Say in plain words what was found, what was proved and what was not."""
    lines = ["SAFEGUARD LEDGER VERIFICATION", report.heading, ""]
    for tree in report.trees:
        lines += [*_about(tree), ""]
    errors = [one for one in report.findings if one.is_error]
    cautions = [one for one in report.findings if not one.is_error]
    lines += _list("WRONG", [f"{one.code}: {one.sentence}" for one in errors])
    lines += _list("WITH CAUTION", [f"{one.code}: {one.sentence}" for one in cautions])
    remarks = [*report.remarks, *(one for tree in report.trees for one in tree.remarks)]
    lines += _list("TO NOTE", remarks)
    lines += _list(
        "PROVED", [*report.proved, *(one for tree in report.trees for one in _proved(tree))]
    )
    lines += _list("NOT PROVED, AND NOT PROVABLE THIS WAY", CANNOT)
    lines.append(f"RESULT: {_result(report)} (exit code {report.exit_code})")
    return "\n".join(printable(line) for line in lines) + "\n"


def _list(heading: str, items: Sequence[str]) -> list[str]:
    return [heading, *(f"  - {one}" for one in items), ""] if items else []


def _about(tree: TreeCheck) -> list[str]:
    times = tree.first_and_last()
    span = f", from {in_words(times[0])} to {in_words(times[1])}" if times else ""
    counts = tree.counts
    outside = sum(one.is_outside for one in tree.agreeing)
    inside = len(tree.agreeing) - outside
    contents = (
        f"{counts['disclosed']:,} with their content, {counts['listed']:,} without, "
        f"{counts['plain']:,} that have none, {counts['hashed']:,} as a fingerprint only; "
        f"{len(tree.gone):,} disposed of"
    )
    return [
        f"{tree.name}: {tree.size:,} records{span}",
        f"  {contents}",
        f"  checkpoints that agree: {outside} from elsewhere, {inside} from the bundle itself",
    ]


def _proved(tree: TreeCheck) -> list[str]:
    """Say what holds of a ledger: only what comes before the first checkpoint that disagrees."""
    found = {one.code for one in tree.findings}
    proved = []
    if tree.covered_outside:
        proved.append(
            f"{tree.name}: none of the first {tree.covered_outside:,} records was altered, removed, "
            "added or moved since the checkpoints from elsewhere were made."
        )
    elif tree.covered:
        proved.append(
            f"{tree.name}: the first {tree.covered:,} records fit the installation's own "
            "checkpoints; that is its own word."
        )
    if tree.counts["disclosed"] and not found & {"E_COMMIT", "E_CANON"}:
        proved.append(
            f"{tree.name}: each of the {tree.counts['disclosed']:,} contents shown is exactly the one "
            "to which its record was bound when it was made."
        )
    if tree.gone and not found & {"E_TWO", "E_MISSING", "E_UNDEAD", "E_CANON"}:
        proved.append(
            f"{tree.name}: every disposal that is listed names a second person who approved it."
        )
    return proved


def _result(report: Report) -> str:
    if not report.is_good:
        return "something is wrong: see WRONG above"
    if report.findings:
        return "nothing wrong was found, with the cautions above"
    return "everything that was given agrees"


def _parser() -> argparse.ArgumentParser:
    numbers = "\n".join(
        f"  {number:>2}  {code:<12} {text}" for code, (number, text) in OUTCOMES.items()
    )
    parser = argparse.ArgumentParser(
        prog="verifier.py",
        description="Verify a bundle of records from Safeguard. Needs no network and sends nothing.",
        epilog=f"The number with which the program ends:\n   0  everything agrees\n{numbers}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", nargs="?", help="the bundle, a zip file or the unpacked folder")
    parser.add_argument(
        "--vkey", action="append", default=[], help="the key filed with the minutes"
    )
    parser.add_argument(
        "--note",
        action="append",
        default=[],
        help="a file with checkpoints from elsewhere, e.g. a mail",
    )
    parser.add_argument(
        "--receipt", action="append", default=[], help="a receipt, e.g. 'K7Q-2MD b59f01eb3f29'"
    )
    parser.add_argument("--proof", action="append", default=[], help="a .tlog-proof file")
    parser.add_argument("--root", action="append", default=[], help="a root from a PDF's footer")
    return parser


def _evidence(given: argparse.Namespace) -> Evidence:
    evidence = Evidence(
        vkeys=[Vkey.parse(one) for one in given.vkey],
        receipts=[Receipt.parse(one) for one in given.receipt],
    )
    for name in given.note:
        notes = find_notes(_read(name, LARGEST_MAIL))
        if not notes:
            raise Refused("E_USAGE", f"There is no checkpoint in {name}.")
        evidence.notes += [(f"the checkpoint in {name}", note) for note in notes]
    for name in given.proof:
        text = _read(name, LARGEST_PROOF).decode("utf-8", "replace").replace("\r\n", "\n")
        evidence.proofs.append((f"the proof {name}", Proof.parse(text)))
    for one in given.root:
        root = _base64(one.strip())
        if root is None or len(root) != HASH_SIZE:
            raise Refused("E_USAGE", f"“{one}” is not a root: it has 44 letters and ends in “=”.")
        evidence.roots.append(root)
    return evidence


def _read(name: str, most: int) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        raise Refused("E_USAGE", f"The file {name} cannot be read.") from None
    if len(data) > most:
        raise Refused("E_USAGE", f"The file {name} is too long to be what it should be.")
    return data


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the command line names and say what was found; return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        evidence = _evidence(given)
        if given.bundle:
            report = verify(Path(given.bundle), evidence)
        elif len(evidence.proofs) == 1 and evidence.vkeys:
            report = verify_proof(*evidence.proofs[0], evidence.vkeys)
        else:
            raise Refused("E_USAGE", "Give a bundle, or one --proof and the --vkey that was filed.")
    except Refused as refused:
        report = Report([Finding(refused.code, refused.sentence)])
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console that lacks a letter must not stop us
    sys.stdout.write(in_text(report))
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
