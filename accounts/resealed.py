"""What accounts keep sealed under the installation's key: the secrets of authenticator apps."""

from accounts import totp
from accounts.models import Authenticator
from safeguard import resealing

resealing.register(
    resealing.Rows(
        "authenticators",
        Authenticator,
        "sealed_secret",
        lambda row: totp.purpose(row.user_id),
        walled=False,
    )
)
