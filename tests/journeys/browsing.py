"""Somebody at a browser, and what is judged on every page that they see.

`look` takes a picture and notes every fault of the page: a violation of WCAG 2.2 AA that axe can
find, a page wider than its window, something to press that a finger misses, an error in the
console (a breach of the content policy is one), a name where none may stand. The test asserts at
its end that nothing was noted, so that one run shows all that is wrong.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

from accounts import binding, sessions
from accounts.models import SessionState
from accounts.viewer import Viewer
from tests.factories import PASSWORD

AXE = Axe()
WCAG_2_2_AA = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
KEPT_BY_BROWSER = """async () => [
    ...Object.keys(localStorage), ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()).map((one) => one.name), ...(await caches.keys()),
    ...(await navigator.serviceWorker.getRegistrations()).map((one) => one.scope),
    ...document.cookie.split(";").filter(Boolean),
]"""
PAGE_WIDTH = "() => document.documentElement.scrollWidth"
# What a finger has to hit, but for links within a sentence; a box is as large as its words make it.
# The regions of the body map have a list of the same names beside them.
SMALL_TARGETS = """() => {
    const pressed = "a[href], button, input:not([type=hidden]), select, textarea, summary";
    const isShown = (one) => one.checkVisibility({ visibilityProperty: true })
        && one.getBoundingClientRect().width > 1 && !one.closest("[inert], svg");
    const isRead = (one) => one.matches("a") && getComputedStyle(one).display === "inline"
        && one.parentElement.textContent.trim().length > one.textContent.trim().length;
    const extent = (one) => {
        const all = [one, ...(one.type in { checkbox: 1, radio: 1 } ? one.labels : [])];
        const sides = all.map((part) => part.getBoundingClientRect());
        return Math.max(...sides.map((side) => side.bottom)) - Math.min(...sides.map((side) => side.top));
    };
    return [...document.querySelectorAll(pressed)]
        .filter((one) => isShown(one) && !isRead(one) && !one.disabled && extent(one) < 43.5)
        .map((one) => `${Math.round(extent(one))} px high: ${one.outerHTML.slice(0, 120)}`);
}"""


@dataclass(frozen=True)
class Screen:
    """A size of window, and the narrower one that the same page must fit into as well."""

    width: int
    height: int
    narrower: int  # 200 % zoom on the computer; the narrowest telephone
    is_phone: bool

    def as_options(self) -> dict:
        """Return it in Playwright's words."""
        size = {"width": self.width, "height": self.height}
        return {"viewport": size, "has_touch": self.is_phone}


SCREENS = [Screen(1280, 900, 640, False), Screen(360, 740, 320, True)]


class Album:
    """Screenshots of one story at one width, numbered in the order in which they were taken."""

    def __init__(self, folder: Path, story: str) -> None:
        self.folder, self.story = folder, story
        self.number = count(1)

    def path_for(self, name: str) -> Path:
        """Return where the next picture goes."""
        return self.folder / f"{self.story}-{next(self.number):02d}-{name}.png"


class Person:
    """One of the cast at a browser of their own."""

    def __init__(self, page: Page, screen: Screen, album: Album, tell: Callable) -> None:
        self.page, self.screen, self.album, self.tell = page, screen, album, tell
        self.faults: list[str] = []
        self.addresses: list[str] = []
        self.unspeakable: list[str] = []
        self.refusals: set[int] = set()
        self.runs_scripts = True
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._fault(f"script failed: {error}"))
        page.on("request", self._note)

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(path)

    def sign_in(self, viewer: Viewer, password: str = PASSWORD) -> None:
        """Fill in the sign-in form that is on the screen."""
        self.page.get_by_label("What is your school e-mail address?").fill(viewer.user.email)
        self.page.get_by_label("What is your password?").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("button", name="Blank screen")).to_be_visible()
        self.page.wait_for_load_state()

    def press(self, name: str) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str, within: Locator | None = None) -> None:
        """Follow the link of this name, from the menu of a telephone too."""
        place = within or self.page.get_by_role("main")
        place.get_by_role("link", name=name).first.click()

    def from_menu(self, name: str) -> None:
        """Go to a page by the main menu, which a telephone folds away."""
        self.page.wait_for_load_state()  # the fold is a script's
        if self.screen.is_phone:
            self.page.get_by_role("button", name=re.compile("^Menu")).click()
        self.follow(name, self.page.get_by_role("navigation", name="Main"))

    def pick(self, label: str, typed: str, option: str) -> None:
        """Find somebody by typing, and take the first with this name by keyboard alone."""
        box = self.page.get_by_role("combobox", name=label)
        box.press_sequentially(typed)
        expect(self.page.get_by_role("option", name=option)).to_be_visible()
        box.press("ArrowDown")
        box.press("Enter")

    def look(self, name: str, heading: str = "") -> None:
        """Take a picture of the page as it stands, and note what is wrong with it.

        Give the heading where nothing else has shown yet that this is the page.
        """
        if heading:
            expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)
        self.page.wait_for_load_state()
        if self.runs_scripts:
            self.page.evaluate("() => document.fonts.ready")
        picture = self.album.path_for(name)
        self.page.screenshot(path=picture, full_page=True, animations="disabled")
        faults = [*self._headings(), *self._names()]
        if self.runs_scripts:  # what measures a page is a script, too
            faults += [*self._widths(), *self._barriers(), *self._small_targets()]
        for fault in faults:
            self._fault(f"{picture.name}: {fault}")

    def look_twice(self, name: str) -> None:
        """Look at the page as it is drawn, and in the colours that its reader's system forces."""
        self.look(name)
        self.page.emulate_media(forced_colors="active")
        for fault in self._barriers():
            self._fault(f"{name} in forced colours: {fault}")
        self.page.emulate_media(forced_colors="none")

    def kept_by_browser(self) -> list[str]:
        """Return what a later reader of this browser's memory would find."""
        return self.page.evaluate(KEPT_BY_BROWSER)

    def _hear(self, message: ConsoleMessage) -> None:
        """Note an error; that an answer was a refusal is one, but for those that are meant."""
        meant = any(f"status of {status}" in message.text for status in self.refusals)
        # A typeface that was fetched early and not yet drawn with: a slow machine, and no fault.
        early = "preloaded using link preload but not used" in message.text
        if message.type in {"error", "warning"} and not meant and not early:
            self._fault(f"{self.page.url}: {message.type}: {message.text}")

    def _fault(self, fault: str) -> None:
        self.faults.append(fault)
        self.tell(fault)

    def _note(self, request: Request) -> None:
        """Note an address; one of anybody else is a fault, on whatever page (SR-81)."""
        self.addresses.append(unquote(request.url))
        where = urlsplit(request.url)
        if where.scheme in {"http", "https", "ws", "wss"} and where.hostname != "localhost":
            self._fault(f"{self.page.url}: asked {where.hostname}")

    def _headings(self) -> list[str]:
        number = self.page.locator("h1:visible").count()
        return [] if number == 1 else [f"{number} headings of the first order"]

    def _names(self) -> list[str]:
        title = self.page.title()
        public = [title, *self.addresses]
        return [
            f"{word!r} stands in {text!r}"
            for word in self.unspeakable
            for text in public
            if word.casefold() in text.casefold()
        ]

    def _widths(self) -> list[str]:
        size = self.page.viewport_size
        faults = self._wider_than(self.screen.width)
        self.page.set_viewport_size(size | {"width": self.screen.narrower})
        faults += self._wider_than(self.screen.narrower)
        self.page.set_viewport_size(size)
        return faults

    def _wider_than(self, width: int) -> list[str]:
        found = self.page.evaluate(PAGE_WIDTH)
        return [f"{found} px wide in a window of {width}"] if found > width else []

    def _small_targets(self) -> list[str]:
        return self.page.evaluate(SMALL_TARGETS) if self.screen.is_phone else []

    def _barriers(self) -> list[str]:
        found = AXE.run(self.page, options=WCAG_2_2_AA)
        return [found.generate_report()] if found.violations_count else []


def elevate(viewer: Viewer, at: Person) -> None:
    """Raise their latest session, as the authenticator's page does: that has tests of its own."""
    bound_to = binding.bound_to("a secret", at.page.evaluate("() => navigator.userAgent"))
    state = SessionState.objects.filter(user=viewer.user).latest("began_at")
    sessions.elevate(state.pk, timezone.now(), bound_to=bound_to)
    address = at.page.evaluate("() => location.origin")
    at.page.context.add_cookies([{"name": binding.COOKIE, "value": "a secret", "url": address}])
