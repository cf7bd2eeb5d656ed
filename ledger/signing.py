"""Asking the signer, over its socket; it may be down, and then only checkpoints wait."""

import json
import socket

from django.conf import settings

from safeguard.errors import DomainError

LONGEST_ANSWER = 16384
PATIENCE = 10.0


class NotSigned(DomainError):
    """The signer refused, and says why."""


class NoSigner(NotSigned):
    """The signer does not answer."""


def ask_for_note(*, school: str, tree: str, epoch: int) -> str:
    """Return a signed note of a ledger as it stands; `school` is its name in the ledger."""
    return _ask("sign", "note", {"school": school, "tree": tree, "epoch": epoch})


def ask_for_vkey(*, school: str, tree: str, epoch: int) -> str:
    """Return the verifier key of a ledger: what is filed on paper."""
    return _ask("vkey", "vkey", {"school": school, "tree": tree, "epoch": epoch})


def _ask(verb: str, expected: str, wanted: dict) -> str:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(settings.SIGNER_SOCKET))
            connection.sendall(json.dumps({verb: wanted}).encode() + b"\n")
            with connection.makefile("rb") as answer:
                reply = json.loads(answer.readline(LONGEST_ANSWER))
    except (OSError, ValueError) as error:
        raise NoSigner("The signer does not answer. It has to run beside Safeguard.") from error
    if not isinstance(reply, dict) or not isinstance(reply.get(expected), str):
        refused = reply.get("error") if isinstance(reply, dict) else None
        raise NotSigned(str(refused or "The signer gave an answer that is none."))
    return reply[expected]
