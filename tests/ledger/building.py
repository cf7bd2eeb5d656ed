"""Build a small school's ledger and bundle in plain Python, the way Safeguard does, or falsely."""

import base64
import copy
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import verifier
from ledger.tree import PackedTree
from ledger.verifier import Checkpoint, Vkey, canonical, commitment, leaf_hash

HOST = "ledger.example.sch.uk"
SCHOOL = "123456"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PHOTO = b"\x89PNG a photograph of a bruise"


def vkey(origin, key=KEY):
    return Vkey.of(origin, key.public_key().public_bytes_raw())


def sign(checkpoint, key=KEY):
    text = checkpoint.text()
    name = checkpoint.origin
    raw = vkey(name, key).key_id + key.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(raw).decode()}\n"


def seal(entry, body, number):
    """Bind an entry to its body; return the element that discloses both."""
    element = {"entry": entry}
    if body is not None:
        text = canonical(body).decode()
        salt = hashlib.sha256(b"salt %d" % number).digest()
        entry["commit"] = commitment(salt, text.encode()).hex()
        element |= {"body": text, "salt": salt.hex()}
    return element


@dataclass
class Ledger:
    """One tree of a school. `elements` hold entries as objects until the bundle is written."""

    tree: str = "records"
    epoch: int = 1
    school: str = SCHOOL
    elements: list = field(default_factory=list)
    sizes: tuple = ()  # where the installation's own checkpoints in the bundle stand
    key: Ed25519PrivateKey = KEY

    @property
    def origin(self):
        return f"{HOST}/{self.school}/{self.tree}/{self.epoch}"

    def add(self, kind="incident.created", body=None, **more):
        seq = len(self.elements)
        entry = {
            "actor": "u-7",
            "at": f"2026-09-07T08:{seq // 60 % 60:02}:{seq % 60:02}.123456Z",
            "epoch": self.epoch,
            "obj": str(UUID(int=(4 << 76) + (8 << 60) + seq)),
            "refs": [],
            "school": self.school,
            "seq": seq,
            "tree": self.tree,
            "type": kind,
            "v": 1,
            "via": "S1",
            **more,
        }
        self.elements.append(seal(entry, body, seq))
        return seq

    def dispose(self, *targets, **more):
        """Add the disposal and remove the contents."""
        more = {"actor": "u-2", "approver": "u-3", "rule": "cp-dob25", "via": "S2"} | more
        self.add("disposal.executed", refs=list(targets), targets=list(targets), **more)
        for seq in targets:
            self.hide(seq)

    def hide(self, seq):
        self.elements[seq].pop("body", None)
        self.elements[seq].pop("salt", None)

    def raw(self, seq):
        entry = self.elements[seq]["entry"]
        return entry if isinstance(entry, str) else canonical(entry).decode()

    def entry(self, seq):
        return self.elements[seq]["entry"]

    def body(self, seq):
        return json.loads(self.elements[seq]["body"])

    def leaf(self, seq):
        element = self.elements[seq]
        return (
            bytes.fromhex(element["leaf"])
            if "leaf" in element
            else leaf_hash(self.raw(seq).encode("utf-8", "surrogatepass"))
        )

    def packed(self):
        return PackedTree(self.leaf(seq) for seq in range(len(self.elements)))

    def checkpoint(self, size=None):
        size = len(self.elements) if size is None else size
        return Checkpoint(self.origin, size, self.packed().root(size))

    def note(self, size=None, key=None):
        return sign(self.checkpoint(size), key or self.key)

    def proof(self, seq, size=None):
        size = len(self.elements) if size is None else size
        hashes = tuple(self.packed().inclusion_proof(seq, size))
        return verifier.Proof(seq, hashes, self.note(size), self.raw(seq).encode())

    def reseal(self, seq, body):
        """Change a content together with its commitment."""
        self.elements[seq] = seal(self.entry(seq), body, seq)

    def renumber(self):
        for seq, element in enumerate(self.elements):
            element["entry"]["seq"] = seq

    def as_json(self):
        size = len(self.elements)
        elements = [
            element if "leaf" in element else element | {"entry": self.raw(seq)}
            for seq, element in enumerate(self.elements)
        ]
        return {
            "tree": self.tree,
            "epoch": self.epoch,
            "origin": self.origin,
            "vkey": str(vkey(self.origin, self.key)),
            "entries": elements,
            "notes": [self.note(at) for at in self.sizes if at <= size],
        }


def school_year():
    """A story in twelve entries: contents, a photograph, corrections, one disposal by two people."""
    ledger = Ledger()
    photo = {
        "name": "photo.png",
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
        "len": len(PHOTO),
        "type": "image/png",
    }
    for number in range(4):
        text = f"Kai said “I don’t want to go home” ({number})"
        ledger.add(body={"pupil": f"p-{number}", "text": text, "reference": f"K7Q-2M{number}"})
    ledger.add(body={"pupil": "p-1", "text": "A bruise", "files": [photo]})
    ledger.add("action.added", {"text": "Spoke to Mum"}, refs=[0], actor="u-2", via="S2")
    ledger.add("alert.granted", refs=[5], actor="u-9", via="SYS")
    ledger.dispose(1)
    ledger.add("record.corrected", {"text": "It was his left arm"}, refs=[4])
    ledger.add("incident.created", {"pupil": "p-0001", "text": "Hungry again"})
    ledger.add("action.added", {"text": "Free meals from Monday"}, refs=[9], actor="u-2")
    ledger.add("setting.changed", {"name": "second_person"}, actor="u-3", via="S2")
    ledger.sizes = (0, 1, 4, 8, 12)
    return ledger


@dataclass
class Parts:
    """Everything that goes into a bundle, to be spoilt before it is written."""

    ledgers: list
    files: dict = field(default_factory=lambda: {hashlib.sha256(PHOTO).hexdigest(): PHOTO})
    scope: str = "all"
    more: dict = field(default_factory=dict)

    def index(self):
        return {
            "format": verifier.FORMAT,
            "made_at": "2026-09-08T09:00:00Z",
            "school": SCHOOL,
            "scope": self.scope,
            "trees": [one.as_json() for one in self.ledgers],
            "people": {"u-7": "Ada Teacher"},
            **self.more,
        }

    def members(self):
        try:
            index = json.dumps(self.index(), ensure_ascii=False, indent=1).encode()
        except UnicodeEncodeError:  # half a character can only be written as an escape
            index = json.dumps(self.index(), indent=1).encode()
        yield "bundle.json", index
        yield from self.files_as_members().items()

    def files_as_members(self):
        return {f"files/{name}": data for name, data in self.files.items()}

    def zip(self):
        return zipped(dict(self.members()))

    def write(self, folder, name="bundle.zip"):
        path = folder / name
        path.write_bytes(self.zip())
        return path


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 9, 8, 9, 0, 0)), data)
    return buffer.getvalue()


def copied(ledger):
    return copy.deepcopy(ledger)
