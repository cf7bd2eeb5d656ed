"""Time-based codes (RFC 6238: SHA-1, 30 seconds, 6 digits), as every authenticator app makes them.

The server's clock decides; a code of the step before or after is accepted too, since telephones
run early and late (SR-21). Nothing is learnt from a late telephone.
"""

import re
from datetime import datetime
from uuid import UUID

from django.utils.crypto import constant_time_compare
from django_otp.oath import hotp

from safeguard import sealing

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
NEIGHBOURS = (-1, 0, 1)


def sealed(secret: bytes, user_id: UUID) -> bytes:
    """Return the secret as it is stored: for this person's row alone, not to be moved to another's."""
    return sealing.seal(secret, purpose=purpose(user_id))


def unsealed(stored: bytes | memoryview, user_id: UUID) -> bytes:
    """Return the secret of this person's row."""
    return sealing.unseal(bytes(stored), purpose=purpose(user_id))


def purpose(user_id: UUID) -> str:
    """Return what a secret is sealed for: one person's app."""
    return f"authenticator:{user_id}"


def step_at(moment: datetime) -> int:
    """Return the number of the 30 seconds that this moment is in."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, moment: datetime) -> str:
    """Return what the person's app shows at this moment."""
    return _code(secret, step_at(moment))


def matching_step(secret: bytes, code: str, moment: datetime, *, after: int) -> int | None:
    """Return the step whose code this is, if it is near and later than `after`; else None."""
    typed = re.sub(r"[\s-]", "", code)
    here = step_at(moment)
    for step in (here + offset for offset in NEIGHBOURS):
        if step > after and constant_time_compare(_code(secret, step), typed):
            return step
    return None


def _code(secret: bytes, step: int) -> str:
    return f"{hotp(secret, step, digits=DIGITS):0{DIGITS}d}"
