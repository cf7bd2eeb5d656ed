"""AES-256-GCM under the installation's key, for what must not be readable in the database.

Drafts, authenticator secrets and stored files are sealed; the purpose is bound in, so that a
sealed draft cannot be passed off as a secret.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = b"\x01"
NONCE_BYTES = 12


class Unsealable(Exception):
    """The bytes were not sealed by this installation for this purpose, or were altered."""


def seal(plain: bytes, *, purpose: str) -> bytes:
    """Return plain encrypted under the installation's key for this purpose alone."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(settings.FILES_KEY).encrypt(nonce, plain, purpose.encode())


def unseal(sealed: bytes | memoryview, *, purpose: str) -> bytes:
    """Return what was sealed for this purpose, or raise Unsealable."""
    sealed = bytes(sealed)
    if sealed[:1] != VERSION:
        raise Unsealable("unknown version")
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(settings.FILES_KEY).decrypt(nonce, body, purpose.encode())
    except InvalidTag as error:
        raise Unsealable("wrong key, wrong purpose or altered") from error
