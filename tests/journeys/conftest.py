"""Real browsers for the journeys: Chromium as the system has it, and a server that it talks to.

A test marked `browser` asks for `someone`, which opens a browser for one person at the width of
`screen`. What every page must hold to is judged in `tests.journeys.browsing`.
"""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from incidents.seeding import seed_lists
from tests.architecture.test_no_page_without_its_entry import story  # noqa: F401 - a fixture here
from tests.journeys.browsing import SCREENS, Album, Person, Screen
from tests.smtp import mailbox  # noqa: F401 - a fixture of these tests too

# Playwright runs an event loop in the tests' own thread, where Django would refuse to query.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OWN_BROWSERS = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright"))
NO_BROWSER = (
    "There is no Chromium or Chrome for the browser tests. Run script/setup, or install the"
    " package chromium."
)
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
# Milliseconds until a page that does not come is a failure, also where the machine is busy.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


def is_a_snap(path: str) -> bool:
    """Ubuntu's package is a stub that starts a snap, which sees another /tmp than the tests."""
    target = Path(path).resolve()
    if target.is_relative_to("/snap") or target.name == "snap":
        return True
    with target.open("rb") as file:
        return file.read(2) == b"#!" and b"/snap/bin/" in file.read(10_000)


def installed_browser() -> str | None:
    """Return the system's browser; None where Playwright fetched one of its own."""
    found = [path for path in map(shutil.which, BROWSERS) if path and not is_a_snap(path)]
    if found:
        return found[0]
    if not any(OWN_BROWSERS.expanduser().glob("chromium*")):
        pytest.fail(NO_BROWSER, pytrace=False)
    return None


@pytest.fixture(scope="session")
def base_url() -> None:
    """Leave the plug-in's own address unset: each browser is given the address of `site`."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Start the browser that is installed, and keep it from talking to anybody but us."""
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    path = installed_browser()
    return (
        browser_type_launch_args
        | {"args": [*QUIET, *alone]}
        | ({"executable_path": path} if path else {})
    )


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """A browser in an English school."""
    return browser_context_args | {"locale": "en-GB", "timezone_id": "Europe/London"}


@pytest.fixture(params=SCREENS, ids=lambda screen: f"{screen.width}px")
def screen(request) -> Screen:
    """A classroom's computer, and a telephone in a corridor."""
    return request.param


@pytest.fixture
def album(screen, request) -> Album:
    """Where a test's screenshots are kept: looked at by people, ignored by git."""
    name = request.module.__name__.rpartition("test_browser_")[2]
    folder = django_settings.BASE_DIR / "var" / "test" / "screenshots" / str(screen.width)
    return Album(folder, name)


@pytest.fixture
def site(live_server, settings) -> str:
    """The address of the running application, to which links in its mail lead too."""
    settings.BASE_URL = live_server.url
    return live_server.url


@pytest.fixture
def someone(site, new_context, screen, album, request) -> Callable[..., Person]:
    """Return a function that seats somebody of the cast at a browser of their own.

    What is wrong with a page is told in the report even when the test breaks off elsewhere.
    """
    tell = partial(request.node.add_report_section, "call", "fault")

    def seat(**options) -> Person:
        context = new_context(base_url=site, **screen.as_options(), **options)
        context.set_default_timeout(PATIENCE)
        person = Person(context.new_page(), screen, album, tell)
        person.runs_scripts = options.get("java_script_enabled", True)
        return person

    return seat


@pytest.fixture
def oak_with_lists(oak):
    """Oak, with the categories, agencies and alert groups that a school begins with."""
    seed_lists(oak)
    return oak
