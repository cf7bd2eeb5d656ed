"""The right to bring back words, and nothing else: what each page with a form for words carries.

The session may end, be locked or be somebody else's while words are being typed. The page then holds
no right of its own, but its token says whose form it is and in which window it stands. Whoever holds
it may add words to that person's unfinished writing, in that window's place; it reads nothing, and
writes nowhere else (SR-63, SR-64).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.core import signing
from django.urls import Resolver404, resolve

from safeguard.views import UNREADABLE, WRITTEN_IN

FIELD = "rescue"
SALT = "safeguard.rescue"
GOOD_FOR = timedelta(hours=12)
# Who keeps what is brought back from a form of their own, by the form's name: dotted names, which
# each app adds when the application starts. All else is kept as it came (`accounts.keeping`).
KEEPERS: dict[str, str] = {}
# Forms that show themselves again, filled in and nothing recorded, when "find" comes with their fields.
RESUMES: set[str] = set()


@dataclass(frozen=True)
class Page:
    """A form as it stands in one window: whose it is, in which school, and where it is sent."""

    user: UUID
    school: UUID
    path: str
    window: UUID

    def is_for(self, viewer) -> bool:
        """Whether this person, where they act now, is the one for whom the form was drawn."""
        return (self.user, self.school) == (viewer.user_id, viewer.school_id)


@dataclass(frozen=True)
class Kept:
    """Words that are safe: as what the page goes on from, or beside those of another window."""

    revision: UUID | None = None
    beside: bool = False


def name_of(path: str) -> str:
    """Return the name of the page at an address; "" where there is none."""
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


def title_of(path: str) -> str:
    """Return what the form at an address is called."""
    return WRITTEN_IN.get(name_of(path), "A form")


def token_of(page: Page) -> str:
    """Return the token that the page carries; it holds ids alone."""
    said = [str(page.user), str(page.school), page.path, str(page.window)]
    return signing.dumps(said, salt=SALT)


def page_of(sent: Mapping[str, str]) -> Page | None:
    """Return the page whose token was sent; None without one, or when it is too old or not ours."""
    try:
        user, school, path, window = signing.loads(sent.get(FIELD, ""), salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return Page(UUID(user), UUID(school), path, UUID(window))


def sent_with(request) -> Mapping[str, str]:
    """Return the fields that came with a request; none where they cannot be read."""
    try:
        return request.POST
    except UNREADABLE:
        return {}


def turn_in(sent: Mapping[str, str]) -> int:
    """Return how often this window had sent before; what comes out of turn is older."""
    said = sent.get("turn", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0


def token_for(request, path: str = "") -> str:
    """Return the token for the form that this page shows; "" where nobody writes.

    A form that is shown again, with what was sent from it, is the same window as before.
    """
    viewer = getattr(request, "viewer", None)
    match = request.resolver_match
    if viewer is None or not (path or (match and match.url_name in WRITTEN_IN)):
        return ""
    path = path or request.path
    sent = page_of(sent_with(request)) if request.method == "POST" else None
    goes_on = sent is not None and sent.is_for(viewer) and sent.path == path
    window = sent.window if sent is not None and goes_on else uuid4()
    return token_of(Page(viewer.user_id, viewer.school_id, path, window))
