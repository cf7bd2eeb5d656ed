"""With what somebody can elevate their access now."""

from dataclasses import dataclass
from datetime import datetime

from django_otp_webauthn.models import WebAuthnCredential

from accounts import codes
from accounts.keys import keys_of
from accounts.models import Authenticator, User


@dataclass(frozen=True)
class Ways:
    """An authenticator app, if there is one, keys, and how many recovery codes are left."""

    app: Authenticator | None
    keys: list[WebAuthnCredential]
    codes_left: int

    @property
    def has_factor(self) -> bool:
        """Whether there is more than paper."""
        return self.app is not None or bool(self.keys)

    @property
    def any(self) -> bool:
        """Whether this person can elevate at all."""
        return self.has_factor or bool(self.codes_left)


def ways_of(user: User, now: datetime) -> Ways:
    """Return what somebody can elevate with."""
    app = Authenticator.objects.filter(user=user, confirmed=True).first()
    return Ways(app, keys_of(user), codes.left(user, now))
