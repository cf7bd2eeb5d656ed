"""The security page promises what tests hold, and explains what the code cites."""

import re

import pytest
from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "security.md").read_text()
PROMISES = {
    promise: tests.split(", ")
    for promise, tests in re.findall(r"^\| (SR-\d+) \| .* \| (\S.*) \|$", PAGE, re.MULTILINE)
}
EXPLAINED = set(re.findall(r"^\| (V\d+|SR-\d+) \|", PAGE, re.MULTILINE))
OURS = [
    *("safeguard", "ledger", "accounts", "pupils", "incidents", "chronology", "reports"),
    *("records", "demo"),
]


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_of_the_security_page_is_held_by_the_tests_it_names(promise):
    for place in PROMISES[promise]:
        name, _, test = place.partition("::")
        held_by = rf"^def {test}\(" if test else rf"\b{promise}\b"
        source = (settings.BASE_DIR / "tests" / name).read_text()

        assert re.search(held_by, source, re.MULTILINE)


def test_the_security_page_makes_promises():
    assert len(PROMISES) >= 20


def test_what_the_code_cites_from_the_security_page_is_explained_there():
    cited = {
        fact
        for app in OURS
        for path in (settings.BASE_DIR / app).rglob("*.py")
        for fact in re.findall(r"security\.md (V\d+|SR-\d+)", path.read_text())
    }

    assert cited - EXPLAINED == set()
