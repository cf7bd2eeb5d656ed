"""A teacher at a keyboard, without a browser: real HTTP to a running copy, forms as they come."""

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar


class Lost(Exception):
    """The answer did not come, or was not what a person could go on from."""


class Inputs(HTMLParser):
    """Collects the hidden inputs of a page."""

    def __init__(self):
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.found.setdefault(given["name"], given.get("value") or "")


@dataclass
class Page:
    """An answer: where it ended after redirects, and what stood there."""

    url: str
    text: str

    def hidden(self, *names: str) -> dict[str, str]:
        """Return the hidden inputs of these names, or raise Lost."""
        parser = Inputs()
        parser.feed(self.text)
        try:
            return {name: parser.found[name] for name in names}
        except KeyError as error:
            raise Lost(f"no {error} in {self.url}") from error


class Teacher:
    """Signs in, records incidents, and tries again like a person when the answer is lost."""

    def __init__(self, base: str, email: str, password: str):
        self.base, self.email, self.password = base, email, password
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), urllib.request.ProxyHandler({})
        )

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._ask(urllib.parse.urljoin(self.base, path), None)

    def post(self, path: str, fields: dict | list) -> Page:
        """Send a form."""
        data = urllib.parse.urlencode(fields, doseq=True).encode()
        return self._ask(urllib.parse.urljoin(self.base, path), data)

    def _ask(self, url: str, data: bytes | None) -> Page:
        request = urllib.request.Request(url, data, {"Origin": self.base, "Referer": url})
        try:
            with self.opener.open(request, timeout=20) as answer:
                return Page(answer.geturl(), answer.read().decode())
        except (OSError, urllib.error.URLError) as error:
            raise Lost(str(error)) from error
        except Exception as error:  # a connection cut in the middle of an answer
            raise Lost(repr(error)) from error

    def sign_in(self) -> None:
        """Sign in with the password."""
        token = self.get("/sign-in/").hidden("csrfmiddlewaretoken")
        page = self.post("/sign-in/", token | {"username": self.email, "password": self.password})
        if "/sign-in/" in page.url:
            raise Lost("not signed in")

    def fill_in(self, draft: str, answers: dict) -> None:
        """Send the form of a draft; its review page is next."""
        token = self.get("/incidents/add/").hidden("csrfmiddlewaretoken")
        page = self.post(f"/incidents/add/{draft}/", token | answers)
        if "/review/" not in page.url:
            raise Lost(f"not at the review: {page.url}")

    def submit(self, draft: str) -> str:
        """Submit the draft, or land on its receipt if that was done; return the reference."""
        page = self.get(f"/incidents/add/{draft}/review/")
        if "/received/" not in page.url:
            fields = page.hidden("csrfmiddlewaretoken", "seen")
            page = self.post(f"/incidents/add/{draft}/review/", fields)
        if "/received/" not in page.url:
            raise Lost(f"no receipt: {page.url}")
        found = re.search(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}\b", page.text)
        if found is None:
            raise Lost("a receipt without a reference")
        return found[0]
