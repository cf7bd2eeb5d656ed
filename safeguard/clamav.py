"""Asks ClamAV's daemon about a file, over its socket: the file is sent, and an answer comes back.

The daemon reads nothing of ours from the disk, where everything is sealed. Its answer is one of three:
nothing found, something found, or an error; what is no answer at all is an error too, and never
counts as nothing found.
"""

import contextlib
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.conf import settings

CONNECT_SECONDS = 5
ANSWER_SECONDS = 60
CHUNK = 128 * 1024
LONGEST_ANSWER = 4096
# The file that every scanner is to find, in two pieces: in one it would be found here.
HARMLESS = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")


class ScannerAway(Exception):
    """The daemon does not answer at all: nothing is known of any file."""


class NotScanned(Exception):
    """The daemon was there, and gave no verdict on this file."""


@dataclass(frozen=True)
class Verdict:
    """What the daemon says of a file: the name of what it found, or nothing."""

    found: str = ""


@dataclass(frozen=True)
class Version:
    """Which daemon it is, and from when its signatures are, if it has any of ClamAV's own."""

    engine: str
    signatures_of: datetime | None


def is_configured() -> bool:
    """Whether this installation has a scanner."""
    return bool(settings.CLAMD)


def require_there() -> None:
    """Raise ScannerAway unless the daemon answers now."""
    if _ask(b"PING") != "PONG":
        raise ScannerAway("no answer to PING")


def version() -> Version:
    """Return what the daemon says of itself."""
    engine, _, rest = _ask(b"VERSION").partition("/")
    _, _, made = rest.partition("/")
    try:
        at = datetime.strptime(made.strip(), "%a %b %d %H:%M:%S %Y").astimezone()
    except ValueError:
        at = None
    return Version(engine.strip(), at)


def scan(content: bytes) -> Verdict:
    """Return the daemon's verdict on these bytes, or raise NotScanned or ScannerAway."""
    until = monotonic() + ANSWER_SECONDS
    with _connection() as daemon:
        try:
            _send(daemon, content, until)
        except TimeoutError as error:
            raise NotScanned("it took too long") from error
        except OSError as error:
            # It hangs up on what is larger than its StreamMaxLength, and says so first.
            said = _last_words(daemon, until)
            raise NotScanned(said or type(error).__name__) from error
        try:
            said = _answer(daemon, until)
        except TimeoutError as error:
            raise NotScanned("it took too long") from error
        except OSError as error:
            raise NotScanned(type(error).__name__) from error
    return _verdict(said)


def finds_the_test_file() -> bool:
    """Whether it finds the file that every scanner is to find; one without signatures does not."""
    return bool(scan("".join(HARMLESS).encode()).found)


def _verdict(said: str) -> Verdict:
    answer = said.removeprefix("stream: ")
    if answer == "OK":
        return Verdict()
    if answer.endswith(" FOUND"):
        found = answer.removesuffix(" FOUND").strip()
        # Where it gave up before the end, as on an archive in archives, it has not looked at all of it.
        if found.startswith("Heuristics.Limits.Exceeded"):
            raise NotScanned(found)
        return Verdict(found=found or "something without a name")
    raise NotScanned(answer or "it hung up")


def _ask(command: bytes) -> str:
    with _connection() as daemon:
        try:
            daemon.sendall(b"z" + command + b"\0")
            return _answer(daemon, monotonic() + CONNECT_SECONDS)
        except OSError as error:
            raise ScannerAway(type(error).__name__) from error


@contextlib.contextmanager
def _connection() -> Iterator[socket.socket]:
    try:
        daemon = _connect(settings.CLAMD)
    except OSError as error:
        raise ScannerAway(type(error).__name__) from error
    with daemon:
        yield daemon


def _connect(address: str) -> socket.socket:
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)
    daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    daemon.settimeout(CONNECT_SECONDS)
    try:
        daemon.connect(address)
    except OSError:
        daemon.close()
        raise
    return daemon


def _send(daemon: socket.socket, content: bytes, until: float) -> None:
    daemon.settimeout(_left(until))
    daemon.sendall(b"zINSTREAM\0")
    for at in range(0, len(content), CHUNK):
        piece = content[at : at + CHUNK]
        daemon.settimeout(_left(until))
        daemon.sendall(struct.pack("!L", len(piece)) + piece)
    daemon.sendall(struct.pack("!L", 0))


def _answer(daemon: socket.socket, until: float) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
        daemon.settimeout(_left(until))
        piece = daemon.recv(LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0").decode("utf-8", "replace").strip()


def _last_words(daemon: socket.socket, until: float) -> str:
    with contextlib.suppress(OSError):
        return _answer(daemon, min(until, monotonic() + CONNECT_SECONDS))
    return ""


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
