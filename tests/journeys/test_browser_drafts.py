"""What is typed is never lost: a browser that dies, a network that goes, two windows, an ended session.

The clock of a page is moved, never waited for, where that is possible; a browser that is killed needs
a real one.
"""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import KeptWords, SessionState
from incidents.models import Draft, Incident, Wording
from tests import factories
from tests.accounts.doors import with_password
from tests.journeys.browsing import SCREENS, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAW = "What did you see?"
ONE_SCREEN = pytest.mark.parametrize("screen", SCREENS[:1], ids=["1280px"], indirect=True)
HELD = """async () => {
    const said = [JSON.stringify(history.state), document.cookie, window.name];
    for (const store of [localStorage, sessionStorage]) said.push(JSON.stringify({ ...store }));
    for (const one of await indexedDB.databases()) said.push(one.name);
    for (const name of await caches.keys()) {
        for (const kept of await (await caches.open(name)).keys()) said.push(kept.url);
    }
    if (navigator.storage.getDirectory) {
        for await (const [name] of (await navigator.storage.getDirectory()).entries()) said.push(name);
    }
    return said.join("\\n");
}"""


@pytest.fixture
def writing(oak_with_lists, someone, ada) -> Callable[..., Person]:
    """Return a function that seats Ada before an empty form for an incident."""
    with_password(ada)

    def seat(**options) -> Person:
        person = someone(**options)
        person.open("/incidents/add/")
        person.sign_in(ada)
        expect(person.page.get_by_label(SAW)).to_be_visible()
        return person

    return seat


def status_of(page: Page):
    return page.locator("[data-autosave-status]")


def said() -> str:
    return Draft.objects.get().answers()["saw"][0]


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = monotonic() + seconds
    while not true():
        assert monotonic() < end
        sleep(0.1)


# A browser that dies


@ONE_SCREEN
def test_a_browser_that_is_killed_in_mid_sentence_loses_ten_seconds_at_most(
    playwright, browser_type_launch_args, site, oak_with_lists, ada, someone, tmp_path
):
    """FI-20, SR-62, P4: kill -9 while somebody types without a pause; what is there is measured."""
    with_password(ada)
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile", **browser_type_launch_args, base_url=site, locale="en-GB"
    )
    page = context.pages[0]
    page.goto("/incidents/add/")
    page.get_by_label("What is your school e-mail address?").fill(ada.user.email)
    page.get_by_label("What is your password?").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    box = page.get_by_label(SAW)
    box.focus()
    typed: list[float] = []
    began = monotonic()
    while monotonic() - began < 21:  # never a pause of three seconds
        page.keyboard.type(f"{len(typed)} ")
        typed.append(monotonic())
        page.wait_for_timeout(300)
    kill_browser_of(tmp_path / "profile")
    died = monotonic()

    last_kept = int(said().split()[-1])

    assert died - typed[last_kept] <= 10
    found = someone()
    found.open("/")
    found.sign_in(ada)
    found.follow("Continue")
    expect(found.page.get_by_label(SAW)).to_have_value(re.compile(rf"^0 1 .*{last_kept} ?$"))


def kill_browser_of(profile: Path) -> None:
    """Kill, as a power cut would, every process of the browser that has this folder."""
    found = subprocess.run(
        ["pgrep", "-f", "--", f"--user-data-dir={profile}"],
        check=True,
        capture_output=True,
        text=True,
    )
    pids = [int(line) for line in found.stdout.split()]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


# A network that goes, or answers in somebody else's words


@ONE_SCREEN
@pytest.mark.parametrize(
    "network", ["is gone", "is a captive portal", "leads to a portal", "is 503"]
)
def test_while_the_network_is_away_the_form_says_so_and_it_resumes_by_itself(network, writing):
    """FI-23: for five minutes, with typing going on; a 200 that is not ours is a failure."""
    person = writing()
    page = person.page
    person.refusals = {503}
    page.clock.install()
    page.reload()
    page.get_by_label(SAW).fill("Before. ")
    page.clock.run_for(4_000)
    expect(status_of(page)).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))

    with away(page, network):
        for minute in range(5):
            page.get_by_label(SAW).press_sequentially(f"Minute {minute}. ")
            page.clock.run_for(61_000)
        expect(status_of(page)).to_have_text(
            re.compile(r"^Not saved since \d\d:\d\d: trying again")
        )
        assert said() == "Before. "
        person.press("Continue to review")
        page.clock.run_for(12_000)
        expect(page.get_by_label(SAW)).to_have_value(re.compile("Minute 4. $"))

    page.clock.run_for(12_000)
    expect(status_of(page)).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert said().endswith("Minute 4. ")
    expect(page.get_by_role("button", name="Blank screen")).to_be_visible()


@contextmanager
def away(page: Page, network: str) -> Iterator[None]:
    """Let nothing that scripts send reach our server; what is typed as an address does."""

    def answer(route) -> None:
        if network == "is gone":
            route.abort("internetdisconnected")
        elif network == "is a captive portal":
            route.fulfill(status=200, content_type="text/html", body="<h1>Accept our terms</h1>")
        elif network == "leads to a portal":
            route.fulfill(status=302, headers={"Location": "https://portal.example.org/"})
        else:
            route.fulfill(status=503, content_type="text/html", body="<h1>Not now</h1>")

    page.route("**/*", answer)
    yield
    page.unroute("**/*")


@ONE_SCREEN
def test_a_page_that_is_covered_while_the_network_is_away_waits_until_its_words_are_safe(
    writing, ada
):
    """FI-23, P4: time-out or Blank screen would else leave, and lose, what nobody could take."""
    person = writing()
    page = person.page
    page.get_by_label(SAW).fill("Only on this page")

    with away(page, "is gone"):
        expect(status_of(page)).to_have_text(re.compile("^Not saved yet"))
        person.press("Blank screen")
        expect(page.get_by_text("What was typed in it is not saved yet")).to_be_visible()
        assert page.get_by_role("main").is_visible() is False

    expect(page.get_by_role("heading", name="Screen blanked")).to_be_visible()
    assert said() == "Only on this page"


# A session that ends


@ONE_SCREEN
@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_forty_minutes_of_writing_outlive_the_session(scripts, writing, someone, ada, eli, sam):
    """FI-21, SR-63: back after signing in, for the same person; who comes between sees nothing."""
    person = writing(java_script_enabled=scripts)
    person.refusals = {401, 403}
    page = person.page
    story = "A long account. " * 200
    page.get_by_label(SAW).fill(story)
    SessionState.objects.update(last_activity=timezone.now() - timedelta(minutes=40))
    person.press("Continue to review")

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Your words are saved. Sign in to finish."
    )
    assert "A long account" not in page.content()
    person.look("words-kept")
    with_password(eli)
    person.follow("Sign in")
    person.sign_in(eli)
    assert "Continue" not in page.get_by_role("main").inner_text()
    person.press("Sign out")
    person.sign_in(ada)
    person.follow("Continue")
    expect(page.get_by_label(SAW)).to_have_value(story)
    assert person.faults == []


@ONE_SCREEN
def test_signing_in_again_in_another_tab_loses_nothing(writing, ada):
    """FI-22, SR-64, V9: scripts go on saving, and a press of the button leads back to the words."""
    person = writing()
    person.refusals = {403}
    page = person.page
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    other.close()
    page.goto("/incidents/add/")
    person.sign_in(ada)
    page.get_by_label(SAW).fill("Typed before the other tab")
    beside = page.context.new_page()
    beside.route("**/js/*.js", lambda route: route.abort())  # it tells this tab of nothing
    SessionState.objects.update(ended_at=timezone.now())
    beside.goto("/sign-in/")
    beside.get_by_label("What is your school e-mail address?").fill(ada.user.email)
    beside.get_by_label("What is your password?").fill(factories.PASSWORD)
    beside.get_by_role("button", name="Sign in").click()
    beside.wait_for_load_state()

    page.get_by_label(SAW).press_sequentially(", and after")
    expect(status_of(page)).to_have_text(re.compile(r"^Saved"))
    person.press("Continue to review")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Your words are saved.")
    person.follow("Go on")
    expect(page.get_by_label(SAW)).to_have_value("Typed before the other tab, and after")


@ONE_SCREEN
def test_what_is_typed_in_an_action_survives_blank_screen_and_stands_there_again(
    oak_with_lists, someone, ada, sam
):
    """P4, SR-62: every form in which people write saves what stands in it."""
    with_password(ada)
    incident = factories.incident(ada, sam)
    person = someone()
    person.open(f"/incidents/{incident.pk}/actions/add/")
    person.sign_in(ada)
    page = person.page
    box = page.get_by_label("What was done, said or found out?")
    box.fill("Rang home; nobody")
    person.press("Blank screen")
    page.get_by_label("What is your password?").fill(factories.PASSWORD)
    person.press("Show the page")

    expect(page.get_by_text("You typed something here that was not sent")).to_be_visible()
    person.look("kept-here")
    person.follow("See what you had typed")
    person.look("kept-words", "Words that you had not sent")
    person.press("Go on writing")
    expect(box).to_have_value("Rang home; nobody")
    box.press("Control+End")
    box.press_sequentially(" answered.")
    page.get_by_label("Update").check()
    person.press("Add action")

    expect(page.get_by_text("Rang home; nobody answered.")).to_be_visible()
    assert not KeptWords.objects.filter(taken_at=None).exists()
    assert person.faults == []


# Two windows


def test_two_windows_with_different_words_keep_both_and_show_them_side_by_side(
    writing, someone, ada, sam
):
    """FI-18: on the classroom's computer and on the telephone; both are told, none is lost."""
    first = writing()
    page = first.page
    page.get_by_label(SAW).fill("Sam hid under the table.")
    expect(status_of(page)).to_have_text(re.compile("^Saved"))
    second = someone()
    second.open("/")
    second.sign_in(ada)
    second.follow("Continue")
    expect(second.page.get_by_label(SAW)).to_have_value("Sam hid under the table.")
    page.get_by_label(SAW).fill("Sam hid under the table for twenty minutes.")
    until(lambda: said().endswith("twenty minutes."))

    second.page.get_by_label(SAW).fill("Sam hid under the table and would not speak.")

    told = second.page.get_by_text("Another window holds other words of this incident.")
    expect(told).to_be_visible()
    assert said().endswith("twenty minutes.")
    assert Wording.objects.get().answers()["saw"][0].endswith("would not speak.")
    second.look("told-of-another-window")
    second.page.get_by_role("link", name="Compare them").click()
    expect(second.page.get_by_role("cell", name="twenty minutes.")).to_be_visible()
    expect(second.page.get_by_role("cell", name="would not speak.")).to_be_visible()
    second.look("side-by-side", "Words of another window")
    second.page.get_by_role("button", name=re.compile("Go on with the other words")).click()
    expect(second.page.get_by_label(SAW)).to_have_value(re.compile("would not speak.$"))
    second.look("goes-on-with-the-other")
    assert first.faults == second.faults == []


def test_home_shows_what_is_unfinished_and_what_was_not_sent(writing, ada, sam):
    """SR-62: with the day on which each is deleted; it names no child."""
    person = writing()
    page = person.page
    page.get_by_label(SAW).fill("Something about Sam Winter")
    expect(status_of(page)).to_have_text(re.compile("^Saved"))
    incident = factories.incident(ada, sam)
    person.open(f"/incidents/{incident.pk}/actions/add/")
    page.get_by_label("What was done, said or found out?").fill("Rang home")
    expect(status_of(page)).to_have_text(re.compile("^Saved"))

    person.open("/")

    expect(page.get_by_role("heading", name="What you typed and did not send")).to_be_visible()
    expect(page.get_by_role("link", name="Add action")).to_be_visible()
    assert "Winter" not in page.content()
    person.look("home-with-unfinished")
    assert person.faults == []


# The browser keeps nothing


@ONE_SCREEN
def test_the_browser_keeps_nothing_of_what_is_typed(writing, tmp_path):
    """SR-40, SR-62: no store of the browser's holds a word, nor the state of its history."""
    person = writing()
    page = person.page
    page.get_by_label(SAW).fill("Canary sentence")
    expect(status_of(page)).to_have_text(re.compile("^Saved"))

    assert "Canary" not in page.evaluate(HELD)
    assert person.kept_by_browser() == []
    page.evaluate("() => history.replaceState({ said: 'Canary' }, '')")
    assert "Canary" in page.evaluate(HELD)  # the look would have found it
    assert Incident.objects.count() == 0
