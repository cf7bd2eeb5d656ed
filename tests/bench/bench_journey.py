"""A teacher's two minutes: what logging an incident on a telephone takes beside the typing."""

import os
import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from incidents.models import Incident
from incidents.seeding import seed_lists
from tests.accounts.doors import with_password
from tests.factories import PASSWORD
from tests.journeys.conftest import installed_browser

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

TELEPHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "locale": "en-GB"}
# As Chromium's developer tools have it: bytes a second, milliseconds.
SLOW_3G = {"downloadThroughput": 50_000, "uploadThroughput": 50_000, "latency": 400}
SAW = (
    "At 08:50 Sam came in without a coat and with a graze along the left forearm, about a finger long."
    " I asked what had happened and sat with him by the radiator until the bell."
)
WORDS = "I fell off the wall because I was looking for my shoes"
DONE = "Cleaned it with water, lent him a coat."


class Hand:
    """Presses and types, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses, self.letters = page, 0, 0

    def press(self, what) -> None:
        """One press of a finger."""
        what.tap()
        self.presses += 1

    def type(self, what, words: str) -> None:
        """A press into a field, and its words."""
        self.press(what)
        what.press_sequentially(words)
        self.letters += len(words)


@contextmanager
def telephone(address: str, **network):
    """A telephone with nothing in its memory, on a line of this speed."""
    with sync_playwright() as playwright:
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=installed_browser(), args=alone)
        context = browser.new_context(base_url=address, **TELEPHONE)
        page = context.new_page()
        if network:
            line = context.new_cdp_session(page)
            line.send("Network.emulateNetworkConditions", {"offline": False} | network)
        yield page
        browser.close()


def sign_in(page: Page, viewer) -> None:
    page.goto("/incidents/add/")
    page.get_by_label("What is your school e-mail address?").fill(viewer.user.email)
    page.get_by_label("What is your password?").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Add incident")).to_be_visible()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("line", "network"), [("a good line", {}), ("slow 3G", SLOW_3G)])
def test_an_incident_on_a_telephone(line, network, oak, ada, dee, eli, sam, live_server, figures):
    seed_lists(oak)
    with_password(ada)
    with telephone(live_server.url, **network) as page:
        began = time.monotonic()
        sign_in(page, ada)
        figures.keep(f"journey: {line}, sign-in and form for the first time, s", since(began))
        began = time.monotonic()
        page.reload()
        expect(page.get_by_role("heading", name="Add incident")).to_be_visible()
        figures.keep(f"journey: {line}, form once more, s", since(began))

        hand = Hand(page)
        began = time.monotonic()
        log_an_incident(hand)
        figures.keep(f"journey: {line}, form to receipt with keys pressed at once, s", since(began))
    figures.keep(f"journey: {line}, presses", hand.presses)
    figures.keep(f"journey: {line}, letters typed", hand.letters)
    assert Incident.objects.count() == 1


def since(began: float) -> float:
    return round(time.monotonic() - began, 1)


def log_an_incident(hand: Hand) -> None:
    """A good one: child, urgency, what was seen, the child's words, what was done, category."""
    page = hand.page
    hand.type(page.get_by_role("combobox", name="Which pupil is this about?"), "wint")
    hand.press(page.get_by_role("option", name="Sam Winter"))
    hand.press(page.get_by_label("DSL to review"))
    hand.type(page.get_by_label("What did you see?"), SAW)
    hand.type(page.get_by_label("The child’s exact words"), WORDS)
    hand.press(page.get_by_label("At about this time"))
    hand.type(page.get_by_label("What have you done already?"), DONE)
    hand.press(page.get_by_label("Not yet"))
    hand.press(page.get_by_label("Home and family"))
    hand.press(page.get_by_role("button", name="Continue to review"))
    hand.press(page.get_by_role("button", name="Submit incident"))
    expect(page.get_by_role("heading", name="Incident received")).to_be_visible()
