"""What accounts keep sealed under the installation's key: secrets of authenticator apps, words not sent."""

from accounts import totp
from accounts.kept_words import KeptWords
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
resealing.register(resealing.Rows("words not sent", KeptWords, "sealed", lambda row: row.purpose))
