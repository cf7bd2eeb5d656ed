"""The links by which people choose a password: one for an hour, and a first one for a week.

Both work once: what they are made of holds the password as it was. Neither opens a session.
"""

from datetime import timedelta

from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.utils.crypto import salted_hmac

from accounts.models import User

FIRST_LASTS = timedelta(days=7)
SALT = "accounts.links.first"


def another(user: User) -> str:
    """Return what stands in a link for somebody who asked for one: it works for an hour."""
    return default_token_generator.make_token(user)


def first(user: User) -> str:
    """Return what stands in the link for somebody's first use: it works for seven days (SR-07)."""
    return signing.dumps(_as_they_are(user), salt=SALT)


def opens(user: User, token: str) -> bool:
    """Whether this link may set the person's password now."""
    if default_token_generator.check_token(user, token):
        return True
    if user.has_usable_password():  # a first link that is not the first any more
        return False
    try:
        return signing.loads(token, salt=SALT, max_age=FIRST_LASTS) == _as_they_are(user)
    except signing.BadSignature:
        return False


class Links:
    """The same, as Django's page behind a mailed link asks it."""

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Whether this link may set the person's password now."""
        return user is not None and token is not None and opens(user, token)


def _as_they_are(user: User) -> list[str]:
    return [str(user.pk), user.email, salted_hmac(SALT, user.password).hexdigest()]
