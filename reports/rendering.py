"""From facts to PDF, with nothing fetched from anywhere.

What children and staff said stands in these pages, and some of it may be written to harm: markup
is escaped, and whatever a page asks for is refused, except our own typeface from memory
(security.md V15). Progress is told page by page, and a report that takes too long is given up.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from reports.facts import Paper
from safeguard.errors import DomainError
from safeguard.failpoints import failpoint

SCHEME = "safeguard-font:"
STYLES = ("Regular", "Italic", "SemiBold", "Bold", "BoldItalic")
STYLE_SHEET = Path("templates/reports/pdf/paper.css")
PROGRESS = logging.getLogger("weasyprint.progress")

TOO_LONG = (
    "The report took too long to make. Choose fewer entries, or one line for each, and try again."
)

Tell = Callable[[int], None]


class TypefaceMissing(DomainError):
    """The files of the typeface were never built on this server."""


class TookTooLong(DomainError):
    """The report was not laid out within its time."""


class Refused(ValueError):
    """A page asked for something that is not ours."""


class OurTypefaceOnly(URLFetcher):
    """Serves the packaged typeface from memory and refuses everything else.

    Nothing of the base class's own fetching is reached: no network, no file, no redirect.
    """

    def fetch(self, url: str, headers: dict | None = None) -> URLFetcherResponse:
        """Return a font of ours, or raise Refused."""
        style = url.removeprefix(SCHEME)
        if not url.startswith(SCHEME) or style not in STYLES:
            raise Refused("nothing is fetched for a report")
        return URLFetcherResponse(url, typeface()[style], {"Content-Type": "font/ttf"})


@dataclass(frozen=True)
class Printed:
    """A finished paper."""

    content: bytes
    pages: int


def render(paper: Paper, *, tell: Tell, most_seconds: float) -> Printed:
    """Return the paper as a tagged PDF/UA-1, telling how many pages have been laid out so far."""
    typeface()
    fetcher = OurTypefaceOnly()
    fonts = FontConfiguration()
    style = (settings.BASE_DIR / STYLE_SHEET).read_text()
    with _timed(most_seconds), _watched(tell, monotonic() + most_seconds):
        sheet = CSS(string=style, url_fetcher=fetcher, font_config=fonts)
        page = HTML(string=html(paper), url_fetcher=fetcher)
        document = page.render(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1")
        failpoint("pdf.mid_render")
        content = document.write_pdf(pdf_variant="pdf/ua-1")
    return Printed(content=content, pages=len(document.pages))


def html(paper: Paper) -> str:
    """Return the paper as HTML, with everything that people wrote escaped."""
    name = "case_conference" if paper.is_conference else "chronology"
    return render_to_string(f"reports/pdf/{name}.html", {"paper": paper})


@cache
def typeface() -> dict[str, bytes]:
    """Return the packaged fonts; without them the text would be set in whatever is at hand."""
    folder = settings.BASE_DIR / "build" / "static" / "fonts"
    try:
        return {
            style: (folder / f"AtkinsonHyperlegibleNext-{style}.ttf").read_bytes()
            for style in STYLES
        }
    except FileNotFoundError as error:
        raise TypefaceMissing(
            "The typeface that reports are set in is not on this server. Ask whoever runs"
            " Safeguard to run script/assets, then try again."
        ) from error


@contextmanager
def _timed(seconds: float) -> Iterator[None]:
    """Give up when the time is over, also in the midst of a page that never ends.

    The worker makes reports in its main thread, where alone a signal can be heard.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _give_up(*_: object) -> None:
    raise TookTooLong(TOO_LONG)


@contextmanager
def _watched(tell: Tell, deadline: float) -> Iterator[None]:
    """Hear of each page as it is laid out; give up when the time is over."""
    watch = _Watch(tell, deadline)
    level, propagate = PROGRESS.level, PROGRESS.propagate
    PROGRESS.addHandler(watch)
    PROGRESS.setLevel(logging.INFO)
    PROGRESS.propagate = False
    try:
        yield
    finally:
        PROGRESS.removeHandler(watch)
        PROGRESS.setLevel(level)
        PROGRESS.propagate = propagate


class _Watch(logging.Handler):
    """WeasyPrint says in its log how far it is; this is the only way to know."""

    def __init__(self, tell: Tell, deadline: float) -> None:
        super().__init__()
        self.tell = tell
        self.deadline = deadline
        self.thread = threading.get_ident()
        self.pages = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count pages of the first layout, and raise TookTooLong when the time is over."""
        if record.thread != self.thread:
            return
        if monotonic() > self.deadline:
            raise TookTooLong(TOO_LONG)
        if isinstance(record.args, tuple) and record.args and "Page" in record.msg:
            self.pages = max(self.pages, int(str(record.args[0])))
        self.tell(self.pages)
