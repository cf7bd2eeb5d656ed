"""The second factor: setting up an authenticator app, and judging its codes and those on paper.

A code is only ever judged through `django_otp.verify_token`, which holds the authenticator's row
until its transaction commits: one code in eight hands is accepted once (security.md V4), and a wrong
one is counted whatever becomes of the request (V2: the views that call this are not atomic).
"""

import base64
import json
import secrets
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import segno
from django.db import IntegrityError, transaction
from django.utils.timezone import localtime
from django_otp import verify_token

from accounts import codes, keys, notices, totp
from accounts.factors import CodeBook, CodeKind
from accounts.models import AccountNotice, Authenticator, SessionState, User
from safeguard import sealing
from safeguard.errors import DomainError

ISSUER = "Safeguard"
OFFER_LASTS = timedelta(minutes=30)
Factor = Authenticator | CodeBook


class CodeRefused(DomainError):
    """The code is not one that can be accepted now."""


class GivenCodeRefused(DomainError):
    """What was typed is not a code that a holder gave to this person."""


class AlreadyEnrolled(DomainError):
    """The person has an authenticator; it is not replaced by setting up another."""


@dataclass(frozen=True)
class Offer:
    """A secret that a person is about to put into their app; nothing of it is stored yet."""

    email: str
    secret: bytes
    sealed: str

    @property
    def words(self) -> str:
        """The secret for typing in, in groups of four."""
        text = base64.b32encode(self.secret).decode().rstrip("=")
        return " ".join(text[i : i + 4] for i in range(0, len(text), 4))

    @property
    def uri(self) -> str:
        """What the QR code says to the app."""
        query = urlencode(
            {"secret": base64.b32encode(self.secret).decode().rstrip("="), "issuer": ISSUER}
        )
        return f"otpauth://totp/{ISSUER}:{quote(self.email)}?{query}"

    @property
    def picture(self) -> str:
        """The QR code as a data: address, since no file of it may exist."""
        return segno.make(self.uri, error="m").svg_data_uri(scale=4, border=4, light="#fff")


def new_offer(user: User, now: datetime) -> Offer:
    """Return a fresh secret for this person, sealed so that the form can carry it back."""
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    plain = json.dumps({"secret": secret.hex(), "at": now.timestamp()}).encode()
    sealed = sealing.seal(plain, purpose=f"authenticator-offer:{user.pk}")
    return Offer(user.email, secret, base64.urlsafe_b64encode(sealed).decode())


def offer_from(user: User, sealed: str, now: datetime) -> Offer | None:
    """Return the offer that was made to this person half an hour ago at most; else None."""
    try:
        plain = sealing.unseal(
            base64.urlsafe_b64decode(sealed.encode()), purpose=f"authenticator-offer:{user.pk}"
        )
    except (NotBase64, ValueError, sealing.Unsealable):
        return None
    kept = json.loads(plain)
    if kept["at"] + OFFER_LASTS.total_seconds() <= now.timestamp():
        return None
    return Offer(user.email, bytes.fromhex(kept["secret"]), sealed)


def authenticator_of(user: User) -> Authenticator | None:
    """Return the person's authenticator, if they have set one up."""
    return Authenticator.objects.filter(user=user, confirmed=True).first()


def issue(user: User, secret: bytes) -> Authenticator:
    """Store an authenticator for somebody who has none."""
    try:
        with transaction.atomic():
            return Authenticator.objects.create(
                user=user,
                name="Authenticator app",
                sealed_secret=totp.sealed(secret, user.pk),
            )
    except IntegrityError as error:
        raise AlreadyEnrolled("You have set up an authenticator already.") from error


def enrol(user: User, secret: bytes, code: str) -> Authenticator:
    """Store an authenticator once its first code has shown that the app holds the secret."""
    with transaction.atomic():
        device = issue(user, secret)
        if verify_token(user, device.persistent_id, code) is None:
            transaction.set_rollback(True)
            raise CodeRefused(
                "That code does not fit. Type the code that the app shows for Safeguard now; if it "
                "is still refused, set the clock of the telephone to automatic."
            )
    return device


def enrol_with(*, given: str, user: User, secret: bytes, code: str, now: datetime) -> Authenticator:
    """Store somebody's first authenticator for the code that a holder gave them in person (SR-25).

    A wrong given code stays counted; a right one is not spent when the app's first code is wrong.
    """
    book = codes.book_of(user, CodeKind.ENROLMENT)
    with transaction.atomic():
        if judge(book, given):
            return enrol(user, secret, code)
    book.refresh_from_db()
    raise _given_refused(book, now)


def _given_refused(book: CodeBook, now: datetime) -> GivenCodeRefused:
    return GivenCodeRefused(
        "That is not a code that was given to you, or it was used, or its day is over. Ask a holder "
        "for a new one." + until_when(book, now)
    )


def add_key_with(
    *, given: str, session: SessionState, name: str, answer: str, now: datetime
) -> None:
    """Add somebody's first key for the code that a holder gave them in person (SR-25).

    A wrong given code stays counted; a right one is not spent when the key's answer is refused.
    """
    book = codes.book_of(session.user, CodeKind.ENROLMENT)
    with transaction.atomic():
        if judge(book, given):
            keys.add(session, name=name, answer=answer, now=now)
            return
    book.refresh_from_db()
    raise _given_refused(book, now)


def add_key_by_app(
    *, code: str, session: SessionState, name: str, answer: str, now: datetime
) -> None:
    """Add somebody's first key for a code of the app that they have, in the same way."""
    app = Authenticator.objects.get(user=session.user, confirmed=True)
    with transaction.atomic():
        if judge(app, code):
            keys.add(session, name=name, answer=answer, now=now)
            return
    app.refresh_from_db()
    raise _code_refused(app, now)


def replace(*, user: User, secret: bytes, code: str, now: datetime) -> Authenticator:
    """Put another app in the place of the one there is, for somebody who just proved a factor."""
    del now
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        return enrol(user, secret, code)


def judge(device: Factor, code: str) -> bool:
    """Say whether a code is accepted, and let people know where its tries look like a guesser's.

    The row is held throughout, so that the notice stands if and only if the count does (SR-13).
    """
    with transaction.atomic():
        held = type(device).objects.select_for_update().get(pk=device.pk)
        before = held.throttling_failure_count
        if verify_token(device.user, device.persistent_id, code) is not None:
            if before >= notices.SEVERAL:
                notices.notify(device.user, AccountNotice.What.AFTER_FAILURES)
            return True
        held.refresh_from_db()
        if before < notices.TOO_MANY <= held.throttling_failure_count:
            notices.tell_leads(device.user, AccountNotice.What.WRONG_CODES)
        return False


def use(device: Authenticator, code: str, now: datetime) -> None:
    """Accept a code of this authenticator, once, or say why not and until when to wait."""
    if judge(device, code):
        return
    device.refresh_from_db()
    raise _code_refused(device, now)


def _code_refused(device: Authenticator, now: datetime) -> CodeRefused:
    return CodeRefused(
        "That code was not accepted."
        + (
            until_when(device, now)
            or " Each code works once and for half a minute: wait for the next one and type that."
        )
    )


def use_recovery_code(user: User, code: str, now: datetime) -> None:
    """Accept one of somebody's recovery codes, once, and tell all holders (SR-23)."""
    book = codes.book_of(user, CodeKind.RECOVERY)
    with transaction.atomic():
        if judge(book, code):
            notices.tell_holders(user, AccountNotice.What.RECOVERY_USED)
            return
    book.refresh_from_db()
    raise CodeRefused(
        "That recovery code was not accepted. Each works once; making new ones ends the old."
        + until_when(book, now)
    )


def until_when(device: Factor, now: datetime) -> str:
    """Say until when no code is accepted, where that is long enough to be worth saying."""
    until = device.waits_until()
    if until is None or until - now <= timedelta(seconds=8):
        return ""
    return (
        " After so many wrong codes no code is accepted until "
        f"{localtime(until) + timedelta(minutes=1):%H:%M}: wait, then type the one shown then."
    )
