"""WCAG 2.2 AA on every page there is, at a telephone's width: as drawn, and in forced colours.

The journeys picture the pages that people use most, in each of their states. Here whoever may opens
everything that can be reached by links, once, so that no page is left out because no journey led there.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve, reverse

from accounts.checks import pages
from tests.accounts.doors import with_password
from tests.architecture.test_who_may_open_what import OPEN, OWN_ACCOUNT, TABLE
from tests.journeys.browsing import SCREENS, Person, Screen, elevate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TELEPHONE = SCREENS[1]
# Each needs a state that the school of this test is not in; the reason stands beside it.
ELSEWHERE = {
    "alert": "leads on to its incident",
    "attachment": "a file",
    "page-of-file": "a picture",
    "small-picture": "a picture",
    "report-file": "a file",
    "incident-proof": "a file",
    "report-progress": "a part of a page",
    "ledger-progress": "a part of a page",
    "healthz": "a word for machines",
    "readyz": "a word for machines",
    "robots": "a word for machines",
}
# Of one's own account, these only take what a form sends.
SENT_TO = {"remove-key", "remove-app", "ask-key", "ask-new-key", "ask-first-key"}
# These stand at a step that only a journey comes to; each is pictured in the file named beside it.
IN_JOURNEYS = {
    *("choose-password", "code-again", "confirm-person"),  # doors, factors
    *("decide-role", "decide-setting"),  # school
    *("agree-sealed-code", "use-sealed-code", "review-sealed-code"),  # sealed
    *("unlock", "visitor-slip"),  # screen, slips
}
# No page of its own, or of the demo's alone.
ELSEWHERE |= {"print-poster": "a file", "demo-message": "of the demo"}
LOOKED_AT = (set(TABLE) | OPEN | OWN_ACCOUNT) - set(ELSEWHERE)
LINKS = """() => [...document.querySelectorAll("a[href^='/'], form[method=get][action^='/']")]
    .map((one) => new URL(one.href || one.action).pathname)"""


@dataclass
class Walk:
    """Somebody who opens whatever they can, and each kind of page once."""

    person: Person
    seen: set[str]
    waiting: list[str] = field(default_factory=list)

    def go(self) -> None:
        """Open everything there is no look at yet."""
        self.waiting += [
            reverse(pattern.name)
            for path, pattern in pages()
            if pattern.name in LOOKED_AT and "<" not in path
        ]
        while self.waiting:
            self._open(self.waiting.pop())

    def _open(self, address: str) -> None:
        name = name_of(address)
        if name in self.seen or name not in LOOKED_AT:
            return
        page = self.person.page
        if page.request.get(address, max_redirects=0).status == HTTPStatus.OK:
            page.goto(address)
            self.seen.add(name)
            self.person.look_twice(name)
            self.waiting += page.evaluate(LINKS)


def name_of(address: str) -> str | None:
    """Return which page stands at an address; None where none of ours does."""
    try:
        return resolve(urlsplit(address).path).url_name
    except Resolver404:
        return None


def addresses_in(story: dict) -> list[str]:
    """Return pages to which the first who opens an incident, or a chronology, has no link."""
    return [
        *(
            reverse(name, args=[story["incident"]])
            for name in ("limit-readers", "keep-from", "refine-categories")
        ),
        *(reverse(name, args=[story["pupil"]]) for name in ("body-maps", "give-reason")),
        reverse("take-original", args=[story["picture"]]),
        reverse("review-emergency", args=[story["emergency"]]),
        reverse("review-draft", args=[story["draft"]]),
    ]


@pytest.fixture
def screen() -> Screen:
    """A telephone: what fits there fits everywhere."""
    return TELEPHONE


@pytest.mark.timeout(900)
def test_no_page_shuts_anybody_out(story, ada, dee, hal, cho, ivy, someone):
    """Issue 5: WCAG 2.2 AA on every page; a page that nobody here reaches has to be accounted for."""
    seen: set[str] = set()
    faults: list[str] = []
    visitor = someone()
    Walk(visitor, seen, [reverse("sign-in"), reverse("reset-password")]).go()
    faults += visitor.faults
    for viewer, is_elevated in [
        (ada, False),
        (dee, False),
        (dee, True),
        (hal, True),
        (cho, True),
        (ivy, True),
    ]:
        person = someone()
        with_password(viewer)
        person.open(reverse("home"))
        person.sign_in(viewer)
        if is_elevated:
            elevate(viewer, person)
        person.refusals = {404, 403}
        Walk(person, seen, addresses_in(story)).go()
        faults += person.faults

    assert faults == []
    assert LOOKED_AT - seen == SENT_TO | IN_JOURNEYS
