"""The signer: says how long a ledger is and what its root is, and never says two things.

A process and a database role of its own, with a key that no other process can read. It remembers,
on its own disk, how far it has signed. From there it reads the entries itself, and whatever the
web tier or the database says meanwhile, it signs no smaller tree, no other one, and no gap. It
never sees what an entry commits to. After a restore it is told what was published (`Memory.floor`).

No Django: `python -m ledger.signer` needs four settings and no secret of the application's.
"""

import json
import os
import re
import signal
import socketserver
import stat
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psycopg

from ledger.notes import CannotSign, SigningKey, fsync_folder, load_key, make_key
from ledger.verifier import Checkpoint, Frontier, Refused, canonical, leaf_hash

NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
TREES = ("records", "access")
LARGEST_ENTRY = 65536
LONGEST_LINE = 4096
PATIENCE = 5.0  # seconds that somebody who connects may take to say what they want
BEGINS_ANEW = "ledger.restored"
Row = tuple[int, bytes, bytes]  # number, entry, leaf

HEADS = "SELECT school_id, size FROM ledger_head WHERE name = %s AND tree = %s AND epoch = %s"
ENTRIES = """
    SELECT seq, entry, leaf FROM ledger_entry
    WHERE school_id = %s AND tree = %s AND epoch = %s AND seq >= %s AND seq < %s ORDER BY seq
"""
FILE_THE_KEY = (
    "A signing key has been made: {path}. Keep a copy apart from every back-up. On the page “Ledger” "
    "is the verifier key that belongs to it: print it now and file it with the governors' minutes."
)


class Refusal(Exception):
    """What was asked for is not signed; the message is a sentence."""


@dataclass(frozen=True)
class Ledger:
    """One tree of one school, as it is named in its entries."""

    school: str
    tree: str
    epoch: int

    @classmethod
    def asked_for(cls, wanted: object) -> "Ledger":
        """Read what somebody at the socket has asked for."""
        if not isinstance(wanted, dict) or set(wanted) != {"school", "tree", "epoch"}:
            raise Refusal("Say of which school, tree and epoch.")
        school, tree, epoch = wanted["school"], wanted["tree"], wanted["epoch"]
        if not isinstance(school, str) or not NAME.fullmatch(school) or tree not in TREES:
            raise Refusal("There is no such ledger.")
        if type(epoch) is not int or epoch < 1:
            raise Refusal("An epoch is a number from 1.")
        return cls(school, tree, epoch)

    def __str__(self) -> str:
        return f"{self.school}/{self.tree}/{self.epoch}"


@dataclass(frozen=True)
class State:
    """How far a ledger has been signed: enough to go on, and to notice another history."""

    host: str
    frontier: Frontier
    last_leaf: bytes

    @property
    def size(self) -> int:
        """How many entries have been signed."""
        return self.frontier.size


class Memory:
    """The states on disk. One is replaced whole and is down before anything is signed."""

    def __init__(self, folder: Path):
        self.folder = folder

    def load(self, ledger: Ledger) -> State | None:
        """Return what was signed last; None for a ledger that was never signed."""
        try:
            kept = json.loads(self._path(ledger).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            kept = None
        try:
            frontier = Frontier(kept["size"], [bytes.fromhex(one) for one in kept["frontier"]])
            if frontier.root().hex() != kept["root"]:
                raise ValueError
            return State(kept["host"], frontier, bytes.fromhex(kept["last_leaf"]))
        except (KeyError, TypeError, ValueError):
            raise Refusal(
                f"The signer's memory of {ledger} is damaged. Put {self._path(ledger).name} back "
                "from a copy; without it nothing more of this ledger is signed."
            ) from None

    def newest_epoch(self, ledger: Ledger) -> int:
        """Return the latest epoch of this tree that was ever signed; 0 for none."""
        pattern = f"{ledger.school}.{ledger.tree}.*.json"
        return max((int(path.name.split(".")[2]) for path in self.folder.glob(pattern)), default=0)

    def keep(self, ledger: Ledger, state: State) -> None:
        """Write it down so that neither kill -9 nor a power cut leaves half of it, or none."""
        kept = {
            "host": state.host,
            "size": state.size,
            "root": state.frontier.root().hex(),
            "frontier": [one.hex() for one in state.frontier.hashes],
            "last_leaf": state.last_leaf.hex(),
        }
        self._replace(self._path(ledger), json.dumps(kept))

    def floor(self, ledger: Ledger) -> Checkpoint | None:
        """Return what was published of a ledger that a restore has found to be missing."""
        try:
            return Checkpoint.parse(self._floor_path(ledger).read_text())
        except FileNotFoundError:
            return None
        except (Refused, ValueError):
            raise Refusal(
                f"{self._floor_path(ledger).name} is damaged: give the restore its note again."
            ) from None

    def raise_floor(self, ledger: Ledger, published: Checkpoint) -> None:
        """Have a ledger signed no more unless it holds all that was published of it."""
        try:
            before = self.floor(ledger) or published
        except Refusal:  # damaged: the note that is given now takes its place
            before = published
        if before.size <= published.size:
            self._replace(self._floor_path(ledger), published.text())

    def forget_floor(self, ledger: Ledger) -> None:
        """Take it away: the ledger holds again what was published."""
        self._floor_path(ledger).unlink(missing_ok=True)

    def _replace(self, path: Path, text: str) -> None:
        half = path.with_suffix(".part")
        with open(half, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        fsync_folder(self.folder)

    def _path(self, ledger: Ledger) -> Path:
        return self.folder / f"{ledger.school}.{ledger.tree}.{ledger.epoch}.json"

    def _floor_path(self, ledger: Ledger) -> Path:
        return self._path(ledger).with_suffix(".floor")


class Signer:
    """Reads what is new, checks it, remembers it, signs."""

    def __init__(
        self, *, key: SigningKey, folder: Path, connect: Callable[[], psycopg.Connection], host: str
    ):
        self.key = key
        self.memory = Memory(folder)
        self.connect = connect
        self.host = host

    def sign(self, ledger: Ledger) -> str:
        """Return a note of the ledger as it stands now."""
        if ledger.epoch < self.memory.newest_epoch(ledger):
            raise Refusal(f"{ledger} has ended: a later epoch has been signed.")
        before = self.memory.load(ledger) or State(self.host, Frontier(), b"")
        now = self._extended(ledger, before, self.memory.floor(ledger))
        self.memory.forget_floor(ledger)  # it has been reached
        if now.size > before.size:
            self.memory.keep(ledger, now)
        origin = f"{now.host}/{ledger}"
        return self.key.note(Checkpoint(origin, now.size, now.frontier.root()))

    def vkey(self, ledger: Ledger) -> str:
        """Return what to file on paper for this ledger."""
        state = self.memory.load(ledger)
        return str(self.key.vkey(f"{state.host if state else self.host}/{ledger}"))

    def _extended(self, ledger: Ledger, before: State, floor: Checkpoint | None) -> State:
        frontier = Frontier(before.size, before.frontier.hashes)
        last = before.last_leaf
        reached = _holds(frontier, floor)
        with closing(self._entries(ledger, before.size)) as entries:
            for seq, entry, leaf in entries:
                if seq < before.size:
                    if leaf != last:
                        raise Refusal(
                            f"Entry {seq} of {ledger} is not the one that was signed: its history "
                            "has been changed."
                        )
                    continue
                if seq != frontier.size:
                    raise Refusal(f"Entry {frontier.size} of {ledger} is missing.")
                check_entry(ledger, seq, entry, leaf)
                frontier.append(leaf)
                last = leaf
                reached = reached or _holds(frontier, floor)
        if floor and not reached:
            raise Refusal(
                f"{ledger} does not hold the {floor.size} entries that had been published before a "
                "back-up was restored. It is continued in a new epoch, with manage.py resume_ledger."
            )
        return State(before.host, frontier, last)

    def _entries(self, ledger: Ledger, signed: int) -> Generator[Row, None, None]:
        """Yield the entries from the last signed one on, as they were at one moment."""
        try:
            with self.connect() as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                yield from read_from(connection, ledger, signed)
        except psycopg.Error as error:
            raise Refusal(
                f"The signer cannot read the database ({type(error).__name__})."
            ) from None


def _holds(frontier: Frontier, floor: Checkpoint | None) -> bool:
    return floor is not None and (frontier.size, frontier.root()) == (floor.size, floor.root)


def read_from(connection: psycopg.Connection, ledger: Ledger, signed: int) -> Iterator[Row]:
    """Yield the last signed entry and all that follow; refuse when the ledger has shrunk."""
    heads = connection.execute(HEADS, [ledger.school, ledger.tree, ledger.epoch]).fetchall()
    if len(heads) != 1:
        raise Refusal(f"There is no ledger {ledger}.")
    school, size = heads[0]
    if size < signed:
        raise Refusal(
            f"{ledger} has {size} entries, and {signed} have been signed: some are missing. If an "
            "older back-up was restored, the ledger is continued in a new epoch."
        )
    first = read = max(signed - 1, 0)
    with connection.cursor("entries", binary=True) as cursor:
        cursor.itersize = 5000
        cursor.execute(ENTRIES, [school, ledger.tree, ledger.epoch, first, size])
        for row in cursor:
            yield row
            read += 1
    if read != size:
        raise Refusal(f"{ledger} should have {size} entries, and {size - read} are missing.")


def check_entry(ledger: Ledger, seq: int, entry: bytes, leaf: bytes) -> None:
    """Refuse an entry that is not what it has to be at this place, whoever wrote it."""
    if len(entry) > LARGEST_ENTRY or leaf != leaf_hash(entry):
        raise Refusal(f"Entry {seq} of {ledger} does not have the hash under which it stands.")
    try:
        said = json.loads(entry)
        whole = canonical(said) == entry
    except (ValueError, RecursionError):
        said, whole = None, False
    if not whole or not isinstance(said, dict):
        raise Refusal(f"Entry {seq} of {ledger} is not in canonical form.")
    scope = (said.get("school"), said.get("tree"), said.get("epoch"))
    if said.get("v") not in (1, 2) or scope != (ledger.school, ledger.tree, ledger.epoch):
        raise Refusal(f"Entry {seq} of {ledger} belongs elsewhere.")
    if said.get("seq") != seq or type(said["seq"]) is not int:
        raise Refusal(f"Entry {seq} of {ledger} says another number of itself.")
    refs = said.get("refs")
    if not isinstance(refs, list) or not all(type(ref) is int and 0 <= ref < seq for ref in refs):
        raise Refusal(f"Entry {seq} of {ledger} refers to what is not before it.")
    if seq == 0 and ledger.epoch > 1 and said.get("type") != BEGINS_ANEW:
        raise Refusal(f"{ledger} does not begin by saying what was lost.")


class Door(socketserver.UnixStreamServer):
    """The socket: one line of JSON in, one out, one caller at a time."""

    def __init__(self, path: Path, signer: Signer):
        self.signer = signer
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        folder = path.parent.stat()
        if folder.st_uid not in {os.getuid(), 0} or folder.st_mode & stat.S_IWOTH:
            raise CannotSign(
                f"Others may write in {path.parent}: no place for the signer's socket."
            )
        path.unlink(missing_ok=True)  # left by a killed one: only one signer runs at a time
        before = os.umask(0o117)
        try:
            super().__init__(str(path), Caller)
        finally:
            os.umask(before)

    def handle_error(self, request, client_address) -> None:
        """Say on the log what went wrong, never with what; the next caller is served."""
        error = sys.exc_info()[0]
        print(f"signer: {error.__name__ if error else 'error'}", file=sys.stderr, flush=True)


class Caller(socketserver.StreamRequestHandler):
    """Whoever has connected."""

    timeout = PATIENCE

    def handle(self) -> None:
        """Answer one question."""
        server: Door = self.server  # type: ignore[assignment]
        try:
            reply = answer(server.signer, self.rfile.readline(LONGEST_LINE))
        except Refusal as refusal:
            print(f"signer: refused: {refusal}", file=sys.stderr, flush=True)
            reply = {"error": str(refusal)}
        self.wfile.write(json.dumps(reply).encode() + b"\n")


def answer(signer: Signer, line: bytes) -> dict[str, str]:
    """Return the answer to a line: a note, or a verifier key."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    match asked:
        case {"sign": wanted, **rest} if not rest:
            return {"note": signer.sign(Ledger.asked_for(wanted))}
        case {"vkey": wanted, **rest} if not rest:
            return {"vkey": signer.vkey(Ledger.asked_for(wanted))}
    raise Refusal("The signer takes one line of JSON that says “sign” or “vkey”.")


def run(*, url: str, folder: Path, socket: Path, base_url: str) -> None:
    """Sign until told to stop."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(folder / "signer.lock", "a") as lock:
        take_alone(lock, folder)
        path = key_file(folder)
        if not path.exists() and make_key(path):
            print(FILE_THE_KEY.format(path=path), flush=True)
        signer = Signer(
            key=load_key(path),
            folder=folder,
            connect=lambda: psycopg.connect(url, connect_timeout=5),
            host=urlsplit(base_url).hostname or "localhost",
        )
        with Door(socket, signer) as door:
            try:
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
                print(f"signer: listens at {socket}", flush=True)
                door.serve_forever()
            finally:
                socket.unlink(missing_ok=True)


def key_file(folder: Path) -> Path:
    """Return where the key is: in systemd's keeping, or else in the signer's own folder."""
    kept = Path(os.environ.get("CREDENTIALS_DIRECTORY", folder)) / "signer-key"
    return kept if kept.exists() else folder / "key"


def take_alone(lock: IO, folder: Path) -> None:
    """Be the only signer with this memory, until this process ends however it ends."""
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        raise CannotSign(f"A signer already runs with {folder}.") from None


def main(environment: Mapping[str, str]) -> int:
    """`python -m ledger.signer`: with its own four settings and nothing of the application's."""
    names = (
        *("DATABASE_SIGNER_URL", "SAFEGUARD_SIGNER_DIR"),
        *("SAFEGUARD_SIGNER_SOCKET", "SAFEGUARD_BASE_URL"),
    )
    missing = [name for name in names if not environment.get(name)]
    if missing:
        print(f"{', '.join(missing)} is not set: docs/running.md says what it is.", file=sys.stderr)
        return 2
    url, folder, socket, base_url = (environment[name] for name in names)
    try:
        run(url=url, folder=Path(folder), socket=Path(socket), base_url=base_url)
    except CannotSign as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
