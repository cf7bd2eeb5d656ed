"""What the tests of getting in share: a password, an authenticator app, ways through the door."""

import secrets
from datetime import datetime, timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import authenticator, codes, sessions, totp
from accounts.models import SessionState, User
from accounts.viewer import Viewer, system_viewer
from tests.factories import PASSWORD


def with_password(viewer: Viewer, password: str = PASSWORD) -> Viewer:
    """Give somebody of the cast a password."""
    viewer.user.set_password(password)
    viewer.user.save()
    return viewer


def sign_in(client: Client, email: str, password: str = PASSWORD, to: str = "", **extra):
    """Send the sign-in form as a browser does."""
    url = reverse("sign-in") + (f"?next={to}" if to else "")
    return client.post(url, {"username": email, "password": password}, **extra)


def signed_in(viewer: Viewer) -> Client:
    """A browser in which somebody has signed in with their password."""
    client = Client()
    if not viewer.user.has_usable_password():
        with_password(viewer)
    assert sign_in(client, viewer.user.email).status_code == 302
    return client


def state_of(client: Client) -> SessionState:
    """The server's row about the session in this browser."""
    return SessionState.objects.get(pk=client.session[sessions.KEY])


def key_of(client: Client) -> str:
    """The session key in this browser's cookie."""
    return client.cookies["sessionid"].value


class App:
    """An authenticator app on somebody's telephone."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def code(self, *, late: int = 0, at: datetime | None = None) -> str:
        """What it shows now, or did so many seconds ago."""
        return totp.code_at(self.secret, (at or timezone.now()) - timedelta(seconds=late))


def app_for(user: User) -> App:
    """Set an authenticator up for somebody, without the page."""
    secret = secrets.token_bytes(20)
    authenticator.issue(user, secret)
    return App(secret)


def code_given_to(viewer: Viewer) -> str:
    """A code for somebody's first authenticator, as the console prints it."""
    by = system_viewer(viewer.school)
    return codes.issue_enrolment_code(by=by, user=viewer.user, now=timezone.now()).code


def no_longer_fresh(client: Client) -> None:
    """Let three minutes pass since the last code in this browser."""
    SessionState.objects.filter(pk=state_of(client).pk).update(
        fresh_code_at=timezone.now() - timedelta(minutes=3)
    )
