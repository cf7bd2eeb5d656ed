"""What every answer carries, whoever asks and whatever comes of it; and who may not ask."""

import re
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.urls.converters import IntConverter

from accounts.checks import pages
from safeguard.middleware import ALWAYS, NOTHING

FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
A_LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|=.javascript:|\shx-on", re.IGNORECASE
)
KEPT_OUT = ("'unsafe", "http:", "https:", "*", "blob:")


def address_of(page) -> str:
    """Return an address that leads to this page, with an id of nothing where one is wanted."""
    wanted = page.pattern.converters
    values = {"uidb64": "x", "token": "set-password"}
    given = {
        name: values.get(name, 1 if isinstance(converter, IntConverter) else str(uuid4()))
        for name, converter in wanted.items()
    }
    return reverse(page.name, kwargs=given)


def policy(answer) -> dict[str, str]:
    rules = answer["Content-Security-Policy"].split(";")
    return {name: rest for name, _, rest in (rule.strip().partition(" ") for rule in rules)}


def assert_guarded(answer, what: str) -> None:
    for name, value in ALWAYS.items():
        assert answer.headers.get(name) == value, (what, name)
    rules = policy(answer)
    assert rules["default-src"] == "'none'", what
    assert not any(bad in answer["Content-Security-Policy"] for bad in KEPT_OUT), what
    assert not {"Server", "X-Powered-By"} & set(answer.headers), what


@pytest.mark.parametrize("who", ["a stranger", "a teacher", "a lead"])
def test_headers_on_every_answer(who, ada, dee, open_as):
    """SR-76, SR-77: every address there is, asked and sent to: pages, redirects, refusals."""
    client = {
        "a stranger": Client,
        "a teacher": lambda: open_as(ada),
        "a lead": lambda: open_as(dee.elevated()),
    }[who]()
    seen = set()
    for _, page in pages():
        for ask in (client.get, client.post):
            answer = ask(address_of(page))
            seen.add(answer.status_code)
            assert_guarded(answer, f"{page.name} {answer.status_code}")
        if page.name in {"sign-out", "blank-screen"} and who != "a stranger":
            client = open_as(ada if who == "a teacher" else dee.elevated())

    assert {200, 302, 405} <= seen
    assert who == "a stranger" or 404 in seen


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/static/js/guard.js", 200),
        ("/static/images/favicon.svg", 200),
        ("/static/nothing.js", 404),
        ("/healthz", 200),
        ("/robots.txt", 200),
        ("/nothing-here/", 404),
        ("/sign-in", 301),
    ],
)
def test_headers_on_what_is_no_page(address, status):
    """SR-76, SR-77: files, probes, what is absent, and what is elsewhere."""
    answer = Client().get(address)

    assert answer.status_code == status
    assert_guarded(answer, address)


@pytest.mark.django_db
def test_headers_on_faults_and_refusals(monkeypatch):
    """SR-76, SR-77, SR-79: our own fault, a wrong host, a form without its token."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    wrong_host = client.get("/sign-in/", headers={"host": "elsewhere.example.org"})
    no_token = client.post("/sign-in/", {"username": "x", "password": "y"})
    monkeypatch.setattr("accounts.views.render", lambda *args, **more: 1 / 0)
    fault = client.get("/sign-in/")

    for answer, status in ((wrong_host, 400), (no_token, 403), (fault, 500)):
        assert answer.status_code == status
        assert_guarded(answer, str(status))


@pytest.mark.django_db
def test_the_policy_of_pages_lets_in_nothing_of_others_and_nothing_inline():
    """SR-76, SR-81: word for word; Trusted Types keep text from becoming markup in scripts."""
    assert policy(Client().get("/sign-in/")) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "safeguard-piece",
    }
    assert policy(Client().get("/healthz")) == {
        name: rest for name, _, rest in (rule.strip().partition(" ") for rule in NOTHING.split(";"))
    }


def test_no_template_holds_anything_inline():
    """SR-76: what the policy forbids is not even written."""
    found = {
        str(path.relative_to(settings.BASE_DIR)): INLINE.findall(path.read_text())
        for folder in (settings.BASE_DIR / "templates", settings.BASE_DIR / "demo")
        for path in folder.rglob("*.html")
        if not {"pdf", "emails"} & set(path.parts)
    }
    assert {name: inline for name, inline in found.items() if inline} == {}
    assert len(found) > 30


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_fetch_metadata(site, ada, open_as):
    """SR-80: another site's page gets no answer of ours, and a person who follows a link does."""
    client = open_as(ada)
    home = reverse("home")
    elsewhere = FROM_ELSEWHERE | {"Sec-Fetch-Site": site}

    refused = [
        client.get(home, headers=elsewhere),
        client.get(home, headers=elsewhere | A_LINK | {"Sec-Fetch-Dest": "iframe"}),
        client.post(reverse("blank-screen"), headers=elsewhere | A_LINK),
        client.get("/static/js/guard.js", headers=elsewhere),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    for answer in refused:
        assert_guarded(answer, "refused")
        assert b"Ada" not in b"".join(answer)
    assert client.get(home, headers=elsewhere | A_LINK).status_code == 200
    for own in ("same-origin", "none"):
        assert client.get(home, headers=FROM_ELSEWHERE | {"Sec-Fetch-Site": own}).status_code == 200
    assert client.get(home).status_code == 200


@pytest.mark.django_db
def test_robots_are_told_to_stay_away():
    """AC56: in robots.txt and with every answer, to whoever has an address all the same."""
    answer = Client().get("/robots.txt")

    assert answer.content.decode() == "User-agent: *\nDisallow: /\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "noindex" in Client().get("/sign-in/")["X-Robots-Tag"]
    assert "og:" not in Client().get("/sign-in/").content.decode()
