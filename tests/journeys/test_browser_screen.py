"""A screen that is left: blanked, timed out or signed out, it shows nothing to the next person.

The browser's memory of pages (V10 to V14) only works without two of Playwright's own options, so
that the tests of Back start a browser of their own, and first show that it does remember.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import SessionState
from incidents.models import Draft
from tests import factories
from tests.accounts.doors import with_password
from tests.factories import PASSWORD
from tests.journeys.browsing import SCREENS, Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("screen", SCREENS[:1], ids=["1280px"], indirect=True),
]

SAW = "Sam was crying in the corridor."
# Playwright's own options, but for which the browser remembers pages as everybody's does.
FORGETTING = ["--disable-back-forward-cache", "--disable-field-trial-config"]
PLAIN = "<!doctype html><title>plain</title><script>onpageshow = (e) => back = e.persisted</script>"
GO_BACK = "() => history.back()"
GO = "(steps) => history.go(steps)"
SHOWN = "() => document.querySelector('main').checkVisibility()"
PRESS_AND_ASK = f"""() => {{
    document.querySelector('[data-blank-screen] button').click();
    return ({SHOWN})();
}}"""


@pytest.fixture(scope="session")
def monitor() -> Iterator[str]:
    """A screen that nobody sees, for a browser with windows (V14)."""
    with subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield f":{server.stdout.readline().strip()}"
        server.terminate()


@pytest.fixture
def remembering(launch_browser, monitor) -> Iterator[Browser]:
    """A browser with a window, that keeps pages in its memory for Back as people's browsers do."""
    browser = launch_browser(
        ignore_default_args=FORGETTING, headless=False, env=os.environ | {"DISPLAY": monitor}
    )
    yield browser
    browser.close()


@pytest.fixture
def plain_site(tmp_path) -> Iterator[str]:
    """The address of two pages that guard nothing."""
    for name in ("one.html", "two.html"):
        (tmp_path / name).write_text(PLAIN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=tmp_path))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Silent(SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, *args) -> None:
        """Stay silent."""


@pytest.fixture
def incident(oak_with_lists, ada, sam):
    """What must not be seen by whoever comes next."""
    with_password(ada)
    return factories.incident(ada, sam, categories=["Presentation"])


def at_the_incident(someone, ada, incident) -> Person:
    person = someone()
    person.open(f"/incidents/{incident.pk}/")
    person.sign_in(ada)
    expect(person.page.get_by_text(SAW)).to_be_visible()
    return person


def unlock(page: Page) -> None:
    page.get_by_label("What is your password?").fill(PASSWORD)
    page.get_by_role("button", name="Show the page").click()


def test_blank_screen_covers_at_once_and_only_the_password_brings_the_page_back(
    someone, ada, incident
):
    person = at_the_incident(someone, ada, incident)
    page = person.page

    assert page.evaluate(PRESS_AND_ASK) is False
    expect(page.get_by_role("heading", name="Screen blanked")).to_be_visible()
    person.look("screen-blanked")
    for path in ("/", "/my-incidents/", f"/incidents/{incident.pk}/", "/find/pupil/"):
        person.open(path)
        expect(page.get_by_role("heading", name="Screen blanked")).to_be_visible()
        assert "Winter" not in page.content()
    page.get_by_label("What is your password?").fill("not it")
    person.press("Show the page")
    expect(page.get_by_role("alert")).to_be_visible()
    person.open(f"/unlock/?next=/incidents/{incident.pk}/")
    unlock(page)
    expect(page.get_by_text(SAW)).to_be_visible()
    assert person.faults == []


def test_escape_twice_blanks_the_screen_and_once_does_not(someone, ada, incident):
    person = someone()
    person.page.clock.install()
    person.open(f"/incidents/{incident.pk}/")
    person.sign_in(ada)
    page = person.page
    for _ in range(2):
        page.keyboard.press("Escape")
        page.clock.fast_forward("00:01")
    assert page.evaluate(SHOWN) is True

    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    expect(page.get_by_role("heading", name="Screen blanked")).to_be_visible()
    assert SessionState.objects.get().locked_at is not None
    unlock(page)
    expect(page.get_by_text(SAW)).to_be_visible()


def test_blanking_one_tab_blanks_the_others(someone, ada, incident):
    person = at_the_incident(someone, ada, incident)
    other = person.page.context.new_page()
    other.goto(f"/incidents/{incident.pk}/")
    expect(other.get_by_text(SAW)).to_be_visible()

    person.press("Blank screen")

    expect(other.get_by_role("heading", name="Screen blanked")).to_be_visible()


def test_what_was_being_typed_stands_there_again_after_the_blank_screen(someone, ada, incident):
    person = someone()
    person.open("/incidents/add/")
    person.sign_in(ada)
    page = person.page
    page.get_by_label("What did you see?").fill("Half a sentence about")
    person.press("Blank screen")
    unlock(page)

    expect(page.get_by_label("What did you see?")).to_have_value("Half a sentence about")


@pytest.mark.parametrize("how", ["Blank screen", "Sign out", "time-out"])
def test_nothing_comes_back_after(how, screen, remembering, plain_site, site, ada, incident):
    """SR-37, SR-39, V10 to V14: by Back, Forward, the address again, or another tab."""
    context = remembering.new_context(base_url=site, **screen.as_options())
    page = context.new_page()
    show_that_it_remembers(page, plain_site)
    address = f"/incidents/{incident.pk}/"
    page.goto(address)
    page.get_by_label("What is your school e-mail address?").fill(ada.user.email)
    page.get_by_label("What is your password?").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(SAW)).to_be_visible()
    page.goto("/my-incidents/")
    page.goto(address)
    expect(page.get_by_text(SAW)).to_be_visible()

    if how == "time-out":
        # The server's clock alone knows that the time is over; the page is left by an address.
        page.goto("/session-ended/")
        SessionState.objects.update(last_activity=timezone.now() - timedelta(minutes=11))
    else:
        page.get_by_role("button", name=how).click()
        page.wait_for_url(re.compile("/(unlock|sign-in)/"))

    for steps in (-1, -1, 1, 1, -2):
        assert_shows_nothing_after(page, lambda n=steps: page.evaluate(GO, n))
    assert_shows_nothing_after(page, lambda: page.goto(address))
    assert_shows_nothing_after(page, page.reload)
    beside = context.new_page()
    beside.goto(address)
    assert_holds_nothing(beside)


def assert_shows_nothing_after(page: Page, go: Callable[[], object]) -> None:
    page.evaluate("() => { globalThis.left = true }")
    go()
    page.wait_for_function("() => !globalThis.left && document.readyState === 'complete'")
    assert_holds_nothing(page)


def assert_holds_nothing(page: Page) -> None:
    expect(page.get_by_role("main")).to_be_visible()
    for word in ("Winter", "crying", "Presentation"):
        assert word not in page.content()


def show_that_it_remembers(page: Page, plain_site: str) -> None:
    """Or the test could not fail: an unguarded page must come back without asking the server."""
    page.goto(f"{plain_site}/one.html")
    page.goto(f"{plain_site}/two.html")
    page.evaluate(GO_BACK)
    page.wait_for_function("() => globalThis.back === true", timeout=5_000)


@pytest.fixture
def impatient(oak_with_lists):
    """Oak lets a session last five minutes without activity, the shortest a school can choose."""
    oak_with_lists.idle_minutes = 5
    oak_with_lists.save()


def test_a_warning_comes_two_minutes_before_the_session_ends_and_can_extend_it(
    impatient, someone, ada, incident
):
    person = someone()
    person.page.clock.install()
    person.open(f"/incidents/{incident.pk}/")
    person.sign_in(ada)
    page = person.page
    dialog = page.get_by_role("alertdialog", name="Are you still there?")
    page.clock.fast_forward("02:50")
    expect(dialog).to_be_hidden()

    page.clock.fast_forward("00:20")
    expect(dialog).to_be_visible()
    person.look("session-warning")
    with page.expect_response("**/keep-alive/") as kept:
        person.press("Stay signed in")

    assert kept.value.ok
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(SAW)).to_be_visible()
    assert person.faults == []


def test_a_warning_that_is_answered_in_one_tab_goes_in_the_other_and_both_go_on(
    impatient, someone, ada, incident
):
    """SR-65: one session has one warning, in however many tabs it is open."""
    person = someone()
    person.page.clock.install()  # for every tab of this browser
    person.open(f"/incidents/{incident.pk}/")
    person.sign_in(ada)
    first = person.page
    second = first.context.new_page()
    second.goto("/my-incidents/")
    tabs = (first, second)
    warnings = [tab.get_by_role("alertdialog", name="Are you still there?") for tab in tabs]
    first.clock.fast_forward("03:10")
    for warning in warnings:
        expect(warning).to_be_visible()

    with second.expect_response("**/keep-alive/") as kept:
        second.get_by_role("button", name="Stay signed in").click()

    assert kept.value.ok
    for warning in warnings:
        expect(warning).to_be_hidden()
    first.clock.fast_forward("02:40")
    for tab, warning in zip(tabs, warnings, strict=True):
        expect(warning).to_be_hidden()
        expect(tab.get_by_role("button", name="Blank screen")).to_be_visible()
    first.clock.fast_forward("00:30")  # and neither sooner nor later than the other
    for warning in warnings:
        expect(warning).to_be_visible()
    assert SessionState.objects.get().ended_at is None
    assert person.faults == []


def test_an_unattended_page_is_left_and_what_was_typed_is_kept(impatient, someone, ada, incident):
    person = someone()
    person.page.clock.install()
    person.open("/incidents/add/")
    person.sign_in(ada)
    page = person.page
    page.get_by_label("What did you see?").fill("Half a sentence about")

    page.clock.fast_forward("05:05")

    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(page.get_by_text("Ada Teach")).to_have_count(0)
    person.look("session-ended")
    assert SessionState.objects.get().ended_at is not None
    assert Draft.objects.get().answers()["saw"] == ["Half a sentence about"]
    assert person.faults == []
