"""The visitors' poster on paper."""

import io
import re

import pytest
import segno
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from incidents.slips import poster as posters
from reports import poster
from tests.incidents import slipping

pytestmark = pytest.mark.django_db


def printed(dee, *, shows_lead: bool = False):
    address = posters.put_up(by=dee.elevated(), shows_lead=shows_lead)
    paper = poster.render(poster.poster_of(address, timezone.localdate()))
    return address, PdfReader(io.BytesIO(paper))


def test_it_is_one_page_of_a4_with_the_address_written_out_and_the_day(dee, settings):
    settings.BASE_URL = "https://safe.oak-lane.example.org"

    address, paper = printed(dee)

    (page,) = paper.pages
    words = " ".join(page.extract_text().split())
    assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
    for said in (
        "Worried about a child?",
        "Oak Lane Primary",
        "ring 999",
        f"{timezone.localdate():%-d %B %Y}",
    ):
        assert said in words
    assert f"safe.oak-lane.example.org/slip/{address.token}/" in words.replace(" ", "")
    assert "Okafor" not in words
    assert "01632" not in words


def test_the_dsl_stands_on_it_where_the_school_wants_it(dee):
    words = printed(dee, shows_lead=True)[1].pages[0].extract_text()

    assert "Dee Okafor, room 4" in words
    assert "01632 960 123" in words


def test_the_code_is_drawn_as_lines_and_every_module_is_right(dee):
    """The same modules as the library says, with four white ones around; no picture is in the file."""
    text = "https://safe.oak-lane.example.org/slip/AAAAAAAAAAAAAAAAAAAAAA/"
    code = poster.code_of(text)

    drawn = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", code.path)}
    rows = segno.make(text, error="q", micro=False).matrix
    assert drawn == {
        (x + 4, y + 4) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    }
    assert code.side == len(rows) + 8
    assert not printed(dee)[1].pages[0].images


def test_what_the_school_wrote_reaches_for_nothing(dee, oak):
    """AC45: markup in the school's own words is words."""
    oak.emergency_instruction = '<img src="file:///etc/passwd"><link rel=attachment href=file:///x>'
    oak.save()
    dee.school.refresh_from_db()

    paper = printed(dee)[1]

    assert "<img" in paper.pages[0].extract_text()
    assert not paper.attachments


def test_it_is_given_to_the_dsl_and_the_head_while_the_slip_is_open(dee, dan, hal, open_as):
    """SR-41: and the file's name says nothing."""
    address = reverse("print-poster")
    assert open_as(dee.elevated()).get(address).status_code == 404

    slipping.put_up(dee)
    answer = open_as(hal.elevated()).get(address)

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="visitors-poster.pdf"'
    assert open_as(dan.elevated()).get(address).status_code == 404


def test_the_longest_instruction_and_name_still_fit_one_page(dee, oak):
    oak.name = "The " + "Very " * 20 + "Long Name School"
    oak.emergency_instruction = "If a child is in danger now, ring 999 first. " * 12
    oak.save()
    dee.school.refresh_from_db()

    assert len(printed(dee, shows_lead=True)[1].pages) == 1
