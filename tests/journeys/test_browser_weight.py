"""What a telephone on a slow line has to fetch before a teacher can write."""

import gzip

import pytest
from playwright.sync_api import Page, Request, expect

from tests.accounts.doors import with_password

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KILOBYTE = 1_000
FIRST, AFTERWARDS = 150 * KILOBYTE, 20 * KILOBYTE
# Bytes of an answer's headers, about.
HEADERS = 300


class Scales:
    """Weighs what a page fetches, as the server's compressed copies would be sent.

    The tests' server hands out scripts and styles as they are, and each time; in use each lies
    beside a copy that set-up compressed, and is fetched once for good. Pages are weighed as they come.
    """

    def __init__(self, page: Page) -> None:
        self.pages: list[int] = []
        self.kept: dict[str, int] = {}
        page.on("requestfinished", self._weigh)

    def _weigh(self, request: Request) -> None:
        response = request.response()
        if "/static/" not in request.url:
            self.pages.append(HEADERS + request.sizes()["responseBodySize"])
        elif request.url.endswith(".woff2"):
            self.kept[request.url] = HEADERS + len(response.body())
        else:
            self.kept[request.url] = HEADERS + len(gzip.compress(response.body()))


def test_the_form_opens_on_a_slow_line(oak_with_lists, ada, dee, eli, sam, someone):
    """Issue 5: under 150 KB with nothing in the browser yet, under 20 KB every time afterwards."""
    with_password(ada)
    person = someone()
    scales = Scales(person.page)
    person.open("/incidents/add/")
    person.sign_in(ada)
    expect(person.page.get_by_label("What did you see?")).to_be_visible()
    person.page.wait_for_load_state("networkidle")
    first = sum(scales.pages) + sum(scales.kept.values())

    scales.pages.clear()
    person.page.reload()
    person.page.wait_for_load_state("networkidle")

    assert KILOBYTE < first < FIRST
    assert KILOBYTE < sum(scales.pages) < AFTERWARDS
