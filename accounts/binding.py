"""To which browser an elevation belongs: to the one that holds its cookie, of the same kind (AC24).

Elevating gives the browser a secret of its own, beside the session's key. Where the key turns up
without it, or in a browser that says it is another, what was copied opens what the password opens.
"""

import secrets
from hashlib import sha256
from hmac import compare_digest

from django.conf import settings

from accounts import notices, sessions
from accounts.devices import device_of
from accounts.models import AccountNotice, SessionState
from accounts.viewer import Viewer
from ledger.access import record_access

COOKIE = "elevated" if settings.TRYING_OUT else "__Host-elevated"


def new_secret() -> str:
    """Return what the browser that elevates is given, as a cookie."""
    return secrets.token_urlsafe(24)


def bound_to(secret: str, user_agent: str) -> str:
    """Return what the database keeps of it: a hash, by which nobody can make the cookie."""
    return sha256(f"{secret}\n{device_of(user_agent)}".encode()).hexdigest()


def belongs(state: SessionState, secret: str, user_agent: str) -> bool:
    """Whether a request with this cookie comes from the browser that elevated; no query."""
    return bool(secret) and compare_digest(state.bound_to, bound_to(secret, user_agent))


def end_elsewhere(state: SessionState, *, viewer: Viewer, user_agent: str, page: str) -> None:
    """End an elevation that turned up in another browser; its owner and the log hear of it once."""
    if sessions.drop_moved(state):
        record_access(viewer, "session.elevation_moved", page=page)
        device = device_of(user_agent)
        notices.notify(state.user, AccountNotice.What.ELEVATION_MOVED, device=device)
    state.refresh_from_db(fields=[*sessions.NOT_ELEVATED])
