"""Streams to and from age (age-encryption.org/v1), so that nothing is held in memory whole.

`pyrage` pulls from one file and pushes to another; a pipe and a thread turn that round into a file
that we write to, or read from. What it does with keys is age's, not ours.
"""

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyrage
from pyrage import x25519

from safeguard.errors import DomainError

BUFFER = 1 << 20


class NotOpened(DomainError):
    """The file cannot be decrypted: another key, a damaged file, or no such file at all."""


class Damaged(NotOpened):
    """It does not decrypt to what was encrypted."""

    def __init__(self) -> None:
        super().__init__(
            "The file is damaged, cut short, or no back-up at all. Take another copy of it. "
            "Nothing has been changed."
        )


class NotAKey(DomainError):
    """What was given is no age key of the kind that is needed."""


def recipient(text: str) -> x25519.Recipient:
    """Read a public key, which begins with age1."""
    try:
        return x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        said = "It is a PRIVATE key: keep it elsewhere. " if "SECRET" in text.upper() else ""
        raise NotAKey(
            f"{said}A back-up is encrypted to public keys of age, which begin with “age1”. "
            "“manage.py make_backup_key FILE” makes a pair and prints the public one."
        ) from None


def identities(path: Path) -> list[x25519.Identity]:
    """Read the private keys in a file as age-keygen and make_backup_key write it."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise NotAKey(f"{path} is no key file that can be read.") from None
    found = [line.strip() for line in lines if re.match(r"\s*AGE-SECRET-KEY-1", line)]
    try:
        keys = [x25519.Identity.from_str(line) for line in found]
    except pyrage.IdentityError:
        raise NotAKey(f"The key in {path} is damaged: a character is missing or wrong.") from None
    if not keys:
        raise NotAKey(f"{path} holds no private key (a line that begins with AGE-SECRET-KEY-1).")
    return keys


def new_identity() -> x25519.Identity:
    """Make a pair of keys."""
    return x25519.Identity.generate()


class Counted:
    """A file that is being written, with its length and SHA-256, and the error that ended it."""

    def __init__(self, file: BinaryIO):
        self.file = file
        self.size = 0
        self.hash = hashlib.sha256()
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write and count; pyrage would make a bare string of an error."""
        try:
            self.file.write(data)
        except OSError as error:
            self.error = error
            raise
        self.size += len(data)
        self.hash.update(data)
        return len(data)

    def flush(self) -> None:
        """Hand on what is buffered."""
        self.file.flush()


class _Thread(threading.Thread):
    """Runs one call beside us and keeps what went wrong in it."""

    def __init__(self, call: Callable[[], None]):
        super().__init__(daemon=True)
        self.call = call
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.call()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self.error = error


@contextmanager
def encrypting(into: Counted, recipients: Iterable[x25519.Recipient]) -> Iterator[BinaryIO]:
    """Lend a file to write to; what is written arrives encrypted when the block has ended."""
    keys = list(recipients)
    read_end, write_end = os.pipe()

    def pull() -> None:
        with os.fdopen(read_end, "rb", BUFFER) as plain:
            pyrage.encrypt_io(plain, into, keys)

    thread = _Thread(pull)
    thread.start()
    try:
        with os.fdopen(write_end, "wb", BUFFER) as plain:
            yield plain
    except BrokenPipeError:  # the other end gave up: its reason is the one to tell
        thread.join()
        if into.error or thread.error:
            raise (into.error or thread.error) from None  # type: ignore[misc]
        raise
    finally:
        thread.join()
    if thread.error:
        raise into.error or thread.error


@contextmanager
def decrypting(sealed: BinaryIO, keys: list[x25519.Identity]) -> Iterator[BinaryIO]:
    """Lend a file to read from. Whether all of it was whole is known when the block has ended."""
    read_end, write_end = os.pipe()

    def push() -> None:
        with os.fdopen(write_end, "wb", BUFFER) as plain:
            pyrage.decrypt_io(sealed, plain, keys)

    thread = _Thread(push)
    thread.start()
    try:
        with os.fdopen(read_end, "rb", BUFFER) as plain:
            yield plain
            while plain.read(BUFFER):  # the last chunk says that nothing was cut off
                pass
    except Exception:
        thread.join()
        if _is_about_the_file(thread.error):
            raise _not_opened(thread.error) from None
        raise
    finally:
        thread.join()
    if thread.error:
        raise _not_opened(thread.error)


def _is_about_the_file(error: BaseException | None) -> bool:
    """Whether it failed by itself, not because the reader had stopped reading."""
    return error is not None and "Broken pipe" not in str(error)


def _not_opened(error: BaseException | None) -> NotOpened:
    if isinstance(error, pyrage.DecryptError) and "No matching keys" in str(error):
        return NotOpened(
            "This key does not open the file: it was encrypted to another one. "
            "Nothing has been changed."
        )
    return Damaged()
