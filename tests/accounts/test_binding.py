"""Elevated access belongs to the browser in which somebody elevated (AC24)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import binding, codes
from accounts.models import AccountNotice
from ledger.models import AccessEntry
from safeguard.models import Outbox
from tests.accounts.doors import app_for, signed_in, state_of

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
LATER = CHROME.replace("140", "141")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MOVED = AccountNotice.What.ELEVATION_MOVED
NEEDS_ELEVATION = reverse("people")


@pytest.fixture
def desk(dee) -> Client:
    """Dee's browser, in which she elevated by the page."""
    client = signed_in(dee)
    client.defaults["HTTP_USER_AGENT"] = CHROME
    client.post(reverse("elevate"), {"code": app_for(dee.user).code()})
    assert client.get(NEEDS_ELEVATION).status_code == 200
    return client


def copy_of(desk: Client, *, but: str = "", agent: str = CHROME) -> Client:
    """A browser into which somebody copied another's cookies, all but one."""
    thief = Client(HTTP_USER_AGENT=agent)
    for name, cookie in desk.cookies.items():
        if name != but:
            thief.cookies[name] = cookie.value
    return thief


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("left_out", "agent"),
    [(binding.COOKIE, CHROME), ("", FIREFOX), (binding.COOKIE, FIREFOX)],
    ids=["without the cookie", "in another kind of browser", "with neither"],
)
def test_elevation_needs_device_cookie(desk, dee, left_out, agent):
    """AC24, SR-31: elsewhere the session is signed in and no more; log and owner hear of it, once."""
    thief = copy_of(desk, but=left_out, agent=agent)

    first = thief.get(NEEDS_ELEVATION)
    second = thief.get(reverse("my-sessions"))

    assert first.status_code == 302
    assert first.url.startswith(reverse("elevate"))
    assert second.status_code == 200  # what the password opens stays open
    assert not second.wsgi_request.viewer.is_elevated
    assert state_of(desk).elevated_until is None
    assert state_of(desk).fresh_code_at is None
    assert desk.get(NEEDS_ELEVATION).status_code == 302  # nor in the first: it has ended
    entry = AccessEntry.objects.get(event="session.elevation_moved")
    assert (entry.user, entry.page, entry.elevated) == (dee.user_id, "people", False)
    notice = AccountNotice.objects.get(what=MOVED)
    assert (notice.user, notice.device) == (dee.user, binding.device_of(agent))
    assert Outbox.objects.filter(kind=Outbox.Kind.ACCOUNT_NOTICE, key=notice.pk).exists()


def test_a_guess_at_the_cookie_is_no_better_than_none(desk):
    """AC24."""
    thief = copy_of(desk)
    thief.cookies[binding.COOKIE] = "a guess"

    assert thief.get(NEEDS_ELEVATION).status_code == 302


def test_a_poll_from_elsewhere_ends_it_too(desk):
    """AC24: nothing that is asked from elsewhere is answered as for the one who elevated."""
    thief = copy_of(desk, but=binding.COOKIE)

    thief.get(reverse("my-sessions"), headers={"X-Safeguard-Poll": "1"})

    assert state_of(desk).elevated_until is None


def test_a_browser_that_was_brought_up_to_date_stays_elevated(desk):
    """AC24: the kind of browser counts, not its version."""
    desk.defaults["HTTP_USER_AGENT"] = LATER

    assert desk.get(NEEDS_ELEVATION).status_code == 200
    assert not AccountNotice.objects.filter(what=MOVED).exists()


def test_the_database_does_not_hold_what_the_cookie_says(desk):
    """SR-30: whoever reads the row cannot make the cookie."""
    held = desk.cookies[binding.COOKIE]

    assert state_of(desk).bound_to == binding.bound_to(held.value, CHROME)
    assert held.value not in state_of(desk).bound_to
    assert held["httponly"]
    assert held["samesite"] == "Lax"


def test_elevating_again_gives_a_new_cookie_and_signing_out_takes_it_back(desk, dee):
    """AC24."""
    before = desk.cookies[binding.COOKIE].value
    desk.post(reverse("drop-elevation"))
    assert state_of(desk).bound_to == ""
    code = codes.make_recovery_codes(by=dee)[0]
    desk.post(f"{reverse('elevate')}?with=recovery", {"code": code})

    assert desk.cookies[binding.COOKIE].value != before
    desk.post(reverse("sign-out"))
    assert desk.cookies[binding.COOKIE].value == ""


def test_it_costs_no_query(desk, monkeypatch):
    """AC24: what is compared is in the row that every request reads."""
    with CaptureQueriesContext(connection) as bound:
        desk.get(reverse("my-sessions"))
    monkeypatch.setattr(binding, "belongs", lambda *_: True)
    with CaptureQueriesContext(connection) as free:
        desk.get(reverse("my-sessions"))

    assert len(bound) == len(free)
