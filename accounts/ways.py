"""With what somebody can elevate their access now."""

from dataclasses import dataclass
from datetime import datetime

from django_otp_webauthn.models import WebAuthnCredential

from accounts import codes
from accounts.keys import keys_of
from accounts.models import Authenticator
from accounts.viewer import Viewer


@dataclass(frozen=True)
class Ways:
    """An authenticator app, if there is one, keys, and how many recovery codes are left.

    Where the school demands a key the app is there, and elevates nobody (SR-22).
    """

    app: Authenticator | None
    keys: list[WebAuthnCredential]
    codes_left: int
    key_only: bool = False

    @property
    def app_counts(self) -> bool:
        """Whether a code of the app elevates."""
        return self.app is not None and not self.key_only

    @property
    def has_factor(self) -> bool:
        """Whether there is more than paper with which to elevate."""
        return self.app_counts or bool(self.keys)

    @property
    def has_any(self) -> bool:
        """Whether there is an app or a key, of use here or not."""
        return self.app is not None or bool(self.keys)

    @property
    def lacks_key(self) -> bool:
        """Whether the school demands a key, and there is none."""
        return self.key_only and not self.keys

    @property
    def any(self) -> bool:
        """Whether this person can elevate at all."""
        return self.has_factor or bool(self.codes_left)


def ways_of(viewer: Viewer, now: datetime) -> Ways:
    """Return what somebody can elevate with in the school in which they act."""
    user = viewer.user
    app = Authenticator.objects.filter(user=user, confirmed=True).first()
    return Ways(app, keys_of(user), codes.left(user, now), viewer.school.requires_key)
