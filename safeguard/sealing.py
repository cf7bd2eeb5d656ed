"""AES-256-GCM under the installation's key, for what must not be readable in the database.

Drafts, authenticator secrets and stored files are sealed; the purpose is bound in, so that a
sealed draft cannot be passed off as a secret. What is sealed begins with which key sealed it, so that the
key can be changed: new things are sealed under the present one, and what a former one has sealed
opens as long as that one is kept (`resealing`). What was sealed before keys could be changed says
nothing of its key, and each is tried.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

OF_ANY_KEY = b"\x01"
VERSION = b"\x02"
ID_BYTES = 8
NONCE_BYTES = 12
HEAD_BYTES = len(VERSION) + ID_BYTES
ID_PURPOSE = b"safeguard/sealing-key-id/1"


class Unsealable(Exception):
    """The bytes were not sealed by this installation for this purpose, or were altered."""


def seal(plain: bytes, *, purpose: str, key: bytes | None = None) -> bytes:
    """Return plain encrypted for this purpose alone, under the present key unless another is said."""
    key = key or settings.FILES_KEY
    nonce = os.urandom(NONCE_BYTES)
    return head(key) + nonce + AESGCM(key).encrypt(nonce, plain, purpose.encode())


def unseal(sealed: bytes | memoryview, *, purpose: str) -> bytes:
    """Return what was sealed for this purpose, under any key that is kept, or raise Unsealable."""
    sealed = bytes(sealed)
    if sealed[:1] == VERSION:
        return _opened(sealed[HEAD_BYTES:], [_key_of(sealed[:HEAD_BYTES])], purpose)
    if sealed[:1] == OF_ANY_KEY:
        return _opened(sealed[1:], kept_keys(), purpose)
    raise Unsealable("unknown version")


def kept_keys() -> list[bytes]:
    """Return the keys that are kept: the present one first, then those of before."""
    return [settings.FILES_KEY, *settings.FORMER_KEYS]


def head(key: bytes | None = None) -> bytes:
    """Return with what everything begins that this key seals; the present one unless another is said."""
    return VERSION + hmac.digest(key or settings.FILES_KEY, ID_PURPOSE, "sha256")[:ID_BYTES]


def is_present(beginning: bytes | memoryview) -> bool:
    """Whether something that begins like this was sealed under the present key."""
    return bytes(beginning[:HEAD_BYTES]) == head()


def _key_of(beginning: bytes) -> bytes:
    for key in kept_keys():
        if head(key) == beginning:
            return key
    raise Unsealable("sealed under a key that is not here")


def _opened(body: bytes, tried: list[bytes], purpose: str) -> bytes:
    nonce, encrypted = body[:NONCE_BYTES], body[NONCE_BYTES:]
    for key in tried:
        try:
            return AESGCM(key).decrypt(nonce, encrypted, purpose.encode())
        except (InvalidTag, ValueError):
            continue
    raise Unsealable("wrong key, wrong purpose or altered")
