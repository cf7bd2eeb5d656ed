"""The signing key, and what it signs: checkpoints as C2SP signed notes (tlog-checkpoint).

No Django here: the signer is a process of its own, and this is nearly all that it is. Reading and
checking notes is in `ledger.verifier`, which everybody has; the key is the signer's alone.
"""

import base64
import contextlib
import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.verifier import Checkpoint, Vkey

SEED_BYTES = 32


class CannotSign(Exception):
    """The key cannot be trusted, or the place is not safe; a sentence for who runs the signer."""


class SigningKey:
    """An Ed25519 key. Under it each tree has a name of its own, which is its origin."""

    def __init__(self, seed: bytes):
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    def vkey(self, origin: str) -> Vkey:
        """Return what a verifier needs to check this key's notes about one tree."""
        return Vkey.of(origin, self._private.public_key().public_bytes_raw())

    def note(self, checkpoint: Checkpoint) -> str:
        """Return the signed note; the same checkpoint gives the same bytes each time."""
        text = checkpoint.text()
        vkey = self.vkey(checkpoint.origin)
        signature = vkey.key_id + self._private.sign(text.encode())
        return f"{text}\n— {vkey.name} {base64.b64encode(signature).decode()}\n"


def make_key(path: Path) -> bool:
    """Make a key file unless there is one; return whether it was made now."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(SEED_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(half, path)  # never over an older one
            return True
    finally:
        half.unlink()
        fsync_folder(path.parent)
    return False


def load_key(path: Path) -> SigningKey:
    """Read the key, if it is whole and nobody else can."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise CannotSign(f"Others may read the signing key {path}: chmod 600 it.")
    try:
        seed = base64.b64decode(path.read_bytes().strip(), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise CannotSign(
            f"The signing key {path} is damaged. Put it back from your copy: with another key, what "
            "was published until now could no longer be gone on from."
        )
    return SigningKey(seed)


def fsync_folder(folder: Path) -> None:
    """Let a name that was made or changed in the folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
