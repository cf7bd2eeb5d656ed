"""Passkeys and security keys (WebAuthn): adding one, using one, taking one away.

django-otp-webauthn judges what a key signed. What it was asked to sign is a row of ours that is
deleted as it is taken up, so that one answer counts once (SR-20). A signature cannot be guessed, so
that wrong ones bring no pause.
"""

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from django_otp_webauthn.utils import rewrite_exceptions

from accounts import notices
from accounts.factors import KeyChallenge
from accounts.holders import require_two_left
from accounts.models import AccountNotice, Authenticator, SessionState, User
from accounts.services import schools_of
from safeguard.errors import DomainError

ASKED_FOR = timedelta(minutes=5)
MOST = 10  # keys of one person
Purpose = KeyChallenge.Purpose


class KeyRefused(DomainError):
    """What the key answered cannot be accepted."""


class NoSuchFactor(DomainError):
    """It is not there, or not this person's."""


class Ceremony(WebAuthnHelper):
    """The library's, for the address at which this installation is."""

    def get_allowed_origins(self) -> list[str]:
        return [settings.BASE_URL.rstrip("/")]

    def get_relying_party_domain(self) -> str:
        return urlsplit(settings.BASE_URL).hostname or ""

    def get_credential_display_name(self, user: User) -> str:
        return user.name


def keys_of(user: User) -> list[WebAuthnCredential]:
    """Return somebody's keys, the one used last first."""
    keys = WebAuthnCredential.objects.filter(user=user, confirmed=True)
    return sorted(keys, key=lambda key: key.last_used_at or key.created_at, reverse=True)


def ask(session: SessionState, purpose: KeyChallenge.Purpose, now: datetime) -> dict:
    """Return what the browser is to have signed; it is good for five minutes and for one answer."""
    ceremony = Ceremony(request=None)
    if purpose == Purpose.ADD:
        options, state = ceremony.register_begin(user=session.user)
    else:
        options, state = ceremony.authenticate_begin(
            user=session.user, require_user_verification=False
        )
    KeyChallenge.objects.update_or_create(
        session=session, purpose=purpose, defaults={"state": state, "expires_at": now + ASKED_FOR}
    )
    return options


def add(session: SessionState, *, name: str, answer: str, now: datetime) -> WebAuthnCredential:
    """Keep a key that has answered, under the name its owner gives it, and tell them (SR-15)."""
    state = _take_up(session, Purpose.ADD, now)
    if len(keys_of(session.user)) >= MOST:
        raise KeyRefused(f"You have {MOST} keys already. Take one away first.")
    try:
        with transaction.atomic():
            key = _judged("register_complete", session.user, state, answer)
            WebAuthnCredential.objects.filter(pk=key.pk).update(name=name, confirmed=True)
            notices.notify(session.user, AccountNotice.What.KEY_ADDED, device=name)
    except IntegrityError as error:
        raise KeyRefused("This key is known here already.") from error
    return key


def use(session: SessionState, answer: str, now: datetime) -> None:
    """Accept what one of this person's own keys signed for this session, once."""
    state = _take_up(session, Purpose.PROVE, now)
    key = _judged("authenticate_complete", session.user, state, answer)
    if not key.confirmed:
        raise KeyRefused("This key was taken away.")


def remove_key(user: User, pk: int) -> None:
    """Take a key of one's own away, unless that would end a holder whom the school needs (SR-28)."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # one after the other
        key = WebAuthnCredential.objects.filter(user=user, pk=pk).first()
        if key is None:
            raise NoSuchFactor("That key is not there any more.")
        _require_not_needed(user, keys=len(keys_of(user)) - 1, apps=_apps_of(user))
        key.delete()
        notices.notify(user, AccountNotice.What.FACTOR_REMOVED, device=key.name[:60])


def remove_app(user: User) -> None:
    """Take one's authenticator app away, under the same rule."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        _require_not_needed(user, keys=len(keys_of(user)), apps=0)
        if not Authenticator.objects.filter(user=user).delete()[0]:
            raise NoSuchFactor("There is no authenticator app any more.")
        notices.notify(user, AccountNotice.What.FACTOR_REMOVED, device="Authenticator app")


def _require_not_needed(user: User, *, keys: int, apps: int) -> None:
    """Refuse to leave one of the last two holders of a school without what elevates there."""
    for school in schools_of(user, localdate()):
        if keys == 0 and (apps == 0 or school.requires_key):
            require_two_left(school, without=user)


def _apps_of(user: User) -> int:
    return Authenticator.objects.filter(user=user, confirmed=True).count()


def _take_up(session: SessionState, purpose: KeyChallenge.Purpose, now: datetime) -> dict:
    """Return what was asked, and delete it: of two who come with one answer the second finds none."""
    asked = KeyChallenge.objects.filter(session=session, purpose=purpose).first()
    if asked is None or not KeyChallenge.objects.filter(pk=asked.pk).delete()[0]:
        raise KeyRefused("The key was asked for something else, or has answered. Try again.")
    if asked.expires_at <= now:
        raise KeyRefused("That took more than five minutes. Try again.")
    return asked.state


def _judged(method: str, user: User, state: dict, answer: str) -> WebAuthnCredential:
    try:
        with rewrite_exceptions():
            return getattr(Ceremony(request=None), method)(
                user=user, state=state, data=json.loads(answer)
            )
    except (OTPWebAuthnApiError, ValueError, KeyError, TypeError) as error:
        raise KeyRefused(
            "That key was not accepted. Use one that you added here yourself, or a code."
        ) from error
