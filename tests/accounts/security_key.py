"""A security key as somebody carries it: it makes a pair of keys, and signs what it is asked to."""

import base64
import hashlib
import json
import secrets
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils import timezone

from accounts import keys
from accounts.models import SessionState

TOUCHED, WITH_KEY = 0x01, 0x40


def encoded(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


class SecurityKey:
    """The key, and the browser that speaks for it at an address."""

    def __init__(self, origin: str = "") -> None:
        self.origin = origin or settings.BASE_URL
        self.name = secrets.token_bytes(32)
        self.pair = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    def answer_to_add(self, options: dict) -> str:
        """What it answers when it is added."""
        numbers = self.pair.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        known = bytes(16) + len(self.name).to_bytes(2, "big") + self.name + public
        data = self._data(TOUCHED | WITH_KEY) + known
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        asked = self._asked("webauthn.create", options)
        return self._answer(attestationObject=encoded(attested), clientDataJSON=encoded(asked))

    def answer_to_use(self, options: dict) -> str:
        """What it answers when it is used: signed, and counted."""
        self.count += 1
        data, asked = self._data(TOUCHED), self._asked("webauthn.get", options)
        signed = self.pair.sign(data + hashlib.sha256(asked).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            authenticatorData=encoded(data),
            clientDataJSON=encoded(asked),
            signature=encoded(signed),
        )

    def _data(self, flags: int) -> bytes:
        site = hashlib.sha256(urlsplit(self.origin).hostname.encode()).digest()
        return site + bytes([flags]) + self.count.to_bytes(4, "big")

    def _asked(self, kind: str, options: dict) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, **response: str) -> str:
        name = encoded(self.name)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )


def key_for(state: SessionState, name: str = "Key on my key ring") -> SecurityKey:
    """Add a key to the account of whoever is signed in, without the page."""
    key, now = SecurityKey(), timezone.now()
    options = keys.ask(state, keys.Purpose.ADD, now)
    keys.add(state, name=name, answer=key.answer_to_add(options), now=now)
    return key
