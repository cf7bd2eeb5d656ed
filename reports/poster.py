"""The visitors' poster on paper: what to do first, and where to write down what was seen or heard."""

from dataclasses import dataclass
from datetime import date

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from accounts.models import School
from incidents.models import SlipAddress
from reports.rendering import OurTypefaceOnly, typeface

STYLE_SHEET = "templates/reports/pdf/poster.css"
TAGGED = "pdf/ua-1"
SIZES = (18, 16, 14, 12, 10, 8)  # points
QUIET = 4  # modules that stay white around a code


@dataclass(frozen=True)
class Code:
    """A QR code as a path: a square of side 1 for each dark module."""

    side: int
    path: str


@dataclass(frozen=True)
class Poster:
    """What stands on the poster."""

    school: School
    shows_lead: bool
    address: str
    code: Code
    printed_on: date

    @property
    def written_out(self) -> str:
        """The address for who types it in, without what a browser adds."""
        return self.address.removeprefix("https://").removeprefix("http://")


def poster_of(address: SlipAddress, today: date) -> Poster:
    """Return the poster of a school's address, as it is printed today."""
    target = f"{settings.BASE_URL.rstrip('/')}{reverse('visitor-slip', args=[address.token])}"
    return Poster(address.school, address.shows_lead, target, code_of(target), today)


def code_of(text: str) -> Code:
    """Return a QR code that is still read when a quarter of it is scratched."""
    rows = segno.make(text, error="q", micro=False).matrix
    squares = (
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return Code(len(rows) + 2 * QUIET, "".join(squares))


def render(poster: Poster) -> bytes:
    """Return the poster as a PDF of one page; nothing is fetched for it but our typeface."""
    typeface()
    fetcher, fonts = OurTypefaceOnly(), FontConfiguration()
    style = (settings.BASE_DIR / STYLE_SHEET).read_text()
    words = render_to_string("reports/pdf/poster.html", {"poster": poster})
    page = HTML(string=words, url_fetcher=fetcher)
    for size in SIZES:  # a school may have much to say about what to do first
        sized = f"{style}\nhtml {{ font-size: {size}pt }}"
        sheet = CSS(string=sized, url_fetcher=fetcher, font_config=fonts)
        document = page.render(stylesheets=[sheet], font_config=fonts, pdf_variant=TAGGED)
        if len(document.pages) == 1:
            break
    return document.write_pdf(pdf_variant=TAGGED)
