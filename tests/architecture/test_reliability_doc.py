"""The reliability page names tests that exist, and says of every promise what holds it."""

import re

import pytest
from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "reliability.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| (P|FI-|D|I)\d", line)
]
NOT_YET = "not yet"
PLACES = sorted({place for *_, held in ROWS for place in held.split(", ") if held != NOT_YET})


@pytest.mark.parametrize("place", PLACES)
def test_every_test_that_the_page_names_exists(place):
    name, _, test = place.partition("::")
    source = (settings.BASE_DIR / "tests" / name).read_text()

    assert re.search(rf"^def {test or 'test_'}", source, re.MULTILINE)


def test_every_promise_stands_on_the_page_once_with_what_holds_it():
    section = PAGE.partition("## The promises")[2].partition("\n## ")[0]

    assert re.findall(r"^\| (P\d+) \|", section, re.MULTILINE) == [f"P{n}" for n in range(1, 14)]
    assert len(PLACES) > 20
