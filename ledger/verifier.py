"""Verify a Safeguard ledger without Safeguard: one file, Python and `cryptography`, no network.

The application imports it, and anybody may run it (`python verifier.py BUNDLE`) on a computer that
has never seen the application. It therefore imports nothing of ours and stays in one file, however
long: the person who checks our word must be able to read the whole of it.

Formats: leaf and node hashes, inclusion and consistency proofs as RFC 6962 and RFC 9162; entries and
bodies in RFC 8785 canonical JSON; checkpoints as C2SP signed notes with Ed25519 signatures.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
        if len(leaf) != HASH_SIZE:
            raise ValueError("A leaf has 32 bytes")
        complete = self.size
        while complete & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
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
    for leaf in leaves:
        frontier.append(leaf)
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
        return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise ValueError("A lone surrogate is not text") from None
    except RecursionError:
        raise ValueError("Nested too deeply") from None


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
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
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
