"""A teacher at a keyboard, without a browser: real HTTP to a running copy, forms as they come."""

import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from uuid import uuid4

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
BOX = re.compile(r'name="heeded"\s+value="([0-9a-f]+)"')
REFERENCE = re.compile(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}\b")


class Lost(Exception):
    """The answer did not come, or was not what a person could go on from."""

    status: int | None = None
    text: str = ""


@dataclass
class Page:
    """An answer: where it ended after redirects, and what stood there."""

    url: str
    text: str

    def hidden(self, *names: str) -> dict[str, str]:
        """Return the hidden inputs of these names, or raise Lost."""
        found = dict(HIDDEN.findall(self.text))
        try:
            return {name: found[name] for name in names}
        except KeyError as error:
            raise Lost(f"no {error} in {self.url}") from error

    @property
    def boxes(self) -> list[str]:
        """Every box of what is asked once before submitting, as somebody who has thought ticks them."""
        return BOX.findall(self.text)


class Stay(urllib.request.HTTPRedirectHandler):
    """Does not go where an answer leads."""

    def redirect_request(self, *_):
        return None


class Teacher:
    """Signs in, records incidents, and tries again like a person when the answer is lost."""

    def __init__(self, base: str, email: str, password: str, *, patience: float = 20):
        self.base, self.email, self.password = base, email, password
        self.patience = patience
        self.token: dict[str, str] = {}
        self.cookies = CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.cookies)
        no_proxy = urllib.request.ProxyHandler({})
        self.opener = urllib.request.build_opener(cookies, no_proxy)
        self.hasty = urllib.request.build_opener(cookies, no_proxy, Stay())

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._ask(urllib.parse.urljoin(self.base, path), None)

    def post(
        self, path: str, fields: dict | list, files: dict[str, bytes] | None = None, *, opener=None
    ) -> Page:
        """Send a form, with files by their names."""
        url = urllib.parse.urljoin(self.base, path)
        body, content_type = urllib.parse.urlencode(fields, doseq=True).encode(), ""
        if files:
            body, content_type = multipart(fields, files)
        return self._ask(url, body, content_type, opener)

    def _ask(self, url: str, data: bytes | None, content_type: str = "", opener=None) -> Page:
        request = urllib.request.Request(url, data, {"Origin": self.base, "Referer": url})
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with (opener or self.opener).open(request, timeout=self.patience) as answer:
                return Page(answer.geturl(), answer.read().decode())
        except urllib.error.HTTPError as error:
            if 300 <= error.code < 400:
                error.close()
                return Page(urllib.parse.urljoin(url, error.headers["Location"]), "")
            lost = Lost(str(error))
            lost.status = error.code
            with error:
                lost.text = error.read().decode(errors="replace")
            raise lost from error
        except Exception as error:  # refused, timed out, or cut in the middle of an answer
            raise Lost(repr(error)) from error

    def sign_in(self) -> None:
        """Sign in with the password, and take a token that does for every form of the session."""
        token = self.get("/sign-in/").hidden("csrfmiddlewaretoken")
        page = self.post("/sign-in/", token | {"username": self.email, "password": self.password})
        if "/sign-in/" in page.url:
            raise Lost("not signed in")
        self.token = self.get("/incidents/add/").hidden("csrfmiddlewaretoken")

    def fill_in(self, draft: str, answers: dict, files: dict[str, bytes] | None = None) -> Page:
        """Send the form of a draft; return its review, or its receipt if it was submitted."""
        page = self.post(f"/incidents/add/{draft}/", self.token | answers, files)
        if "/review/" not in page.url and "/received/" not in page.url:
            raise Lost(f"not at the review: {page.url}")
        return page

    def submit(self, draft: str, page: Page | None = None) -> Page:
        """Submit the draft, or land on its receipt if that was done; return the receipt."""
        page = page or self.get(f"/incidents/add/{draft}/review/")
        if "/received/" not in page.url:
            fields = page.hidden("csrfmiddlewaretoken", "seen") | {"heeded": page.boxes}
            page = self.post(f"/incidents/add/{draft}/review/", fields)
        if "/received/" not in page.url:
            raise Lost(f"no receipt: {page.url}")
        return page

    def reference_on(self, receipt: Page) -> str:
        """Return the reference that a receipt shows."""
        found = REFERENCE.search(receipt.text)
        if found is None:
            raise Lost("a receipt without a reference")
        return found[0]

    def submit_hastily(self, draft: str, answers: dict) -> str:
        """Submit without looking at what was filled in; return the address of the receipt.

        Two requests an incident, for harnesses that need thousands. The redirect to the receipt is
        the promise: from then on the incident must be there.
        """
        page = self.post(f"/incidents/add/{draft}/", self.token | answers, opener=self.hasty)
        if "/received/" not in page.url:
            if "/review/" not in page.url:
                raise Lost(f"not at the review: {page.url}")
            fields = self.token | {"seen": version_of(answers)}
            page = self.post(f"/incidents/add/{draft}/review/", fields, opener=self.hasty)
        if "/received/" not in page.url:
            raise Lost(f"no receipt: {page.url}")
        return page.url


def version_of(answers: dict) -> str:
    """Return the mark that the review of these answers carries, when no file waits with them."""
    kept = [
        [name, value if isinstance(value, list) else [value]] for name, value in answers.items()
    ]
    return hashlib.sha256(json.dumps([sorted(kept), []]).encode()).hexdigest()


def multipart(fields: dict | list, files: dict[str, bytes]) -> tuple[bytes, str]:
    """Return a form's body with files, and its content type."""
    pairs = list(fields.items()) if isinstance(fields, dict) else fields
    edge, parts = uuid4().hex, []
    for name, value in pairs:
        for one in value if isinstance(value, list) else [value]:
            said = f'Content-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n'
            parts.append(f"--{edge}\r\n{said}".encode())
    for name, content in files.items():
        said = f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n'
        parts.append(f"--{edge}\r\n{said}Content-Type: text/plain\r\n\r\n".encode())
        parts.append(content + b"\r\n")
    parts.append(f"--{edge}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={edge}"
