"""What the paper is: tagged, numbered, marked, and closed to whatever stands in the record."""

import base64
import io
import re
from itertools import pairwise

import pypdf
import pytest
from django.utils import timezone
from weasyprint.urls import URLFetcher

from incidents.services import Account
from ledger import checkpoints
from ledger.models import Checkpoint
from pupils.models import Contact, Pupil
from reports import rendering
from reports.models import Report
from reports.selection import Selection, Wording
from tests import factories
from tests.reports import story

pytestmark = pytest.mark.django_db

KINDS = [Report.Kind.CHRONOLOGY, Report.Kind.CASE_CONFERENCE]
HOSTILE = (
    '</p></section></body><link rel="attachment" href="file:///etc/passwd">'
    '<img src="http://127.0.0.1:9/a.png"><style>@import url(http://127.0.0.1:9/b.css);'
    '@font-face{font-family:x;src:url(file:///etc/hosts)}</style><object data="file:///etc/hosts">'
    '</object><svg><image href="http://127.0.0.1:9/c.svg"/></svg><script>1</script>{{ paper }}"'
)


@pytest.fixture
def asked_for(monkeypatch) -> list[str]:
    """Every address that a page asks for."""
    seen: list[str] = []
    fetch = rendering.OurTypefaceOnly.fetch

    def heard(self, url, headers=None):
        seen.append(url)
        return fetch(self, url, headers)

    monkeypatch.setattr(rendering.OurTypefaceOnly, "fetch", heard)
    return seen


def pdf_of(dee, about, kind=Report.Kind.CHRONOLOGY, **wanted) -> bytes:
    return story.paper(dee, story.make(story.ask(dee, about, kind, **wanted)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_is_tagged_for_screen_readers(kind, ada, dee, sam, rosa):
    story.tell(ada, dee, sam, rosa)

    root = pypdf.PdfReader(io.BytesIO(pdf_of(dee, sam, kind))).trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode().replace(
        'pdfuaid:part="1"', "<pdfuaid:part>1</pdfuaid:part>"
    )


def test_headings_are_tagged_without_a_step_left_out(ada, dee, sam, rosa):
    story.tell(ada, dee, sam, rosa)
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(dee, sam)))

    levels = [int(tag[2:]) for tag in tags(reader.trailer["/Root"]["/StructTreeRoot"])]

    assert levels[0] == 1
    assert set(levels) == {1, 2, 3, 4, 5}
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def tags(element) -> list[str]:
    """Return the headings of a structure tree, in reading order."""
    element = element.get_object()
    if not isinstance(element, dict):
        return []
    mine = [element["/S"]] if re.fullmatch(r"/H\d", str(element.get("/S"))) else []
    below = element.get("/K", [])
    below = below if isinstance(below, list) else [below]
    return mine + [tag for child in below for tag in tags(child)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_font_is_in_the_file_and_is_ours(kind, ada, dee, sam, rosa):
    story.tell(ada, dee, sam, rosa)
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(dee, sam, kind)))

    fonts = [
        font.get_object()
        for page in reader.pages
        for font in page["/Resources"].get_object()["/Font"].get_object().values()
    ]

    assert fonts
    for font in fonts:
        assert "Atkinson-Hyperlegible-Next" in font["/BaseFont"]
        described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in described or "/FontFile3" in described


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_says_who_made_it_when_why_and_which_of_how_many_it_is(
    kind, ada, dee, sam, rosa
):
    story.tell(ada, dee, sam, rosa)

    pages = story.pages(pdf_of(dee, sam, kind))

    assert len(pages) >= 3
    for number, text in enumerate(pages, start=1):
        assert re.search(
            r"Made by Dee Okafor, Designated safeguarding lead, on \w{3} \d+ \w{3} \d{4}, \d\d:\d\d\.",
            text,
        )
        assert f"Why: {story.REASON}" in text
        assert f"Page {number} of {len(pages)}" in text
        assert "confidential" in text.lower()


@pytest.mark.django_db(transaction=True)
def test_every_page_carries_root_and_day_of_the_newest_checkpoint_and_not_its_size(
    signer_at_work, ada, dee, sam
):
    """E5: every document that goes round becomes a witness; only the signer's own word is printed."""
    for _ in range(2):
        factories.incident(ada, sam)
        checkpoints.take_due()
    newest = Checkpoint.objects.order_by("-size").first()
    factories.incident(ada, sam)
    Checkpoint.objects.create(
        school=dee.school, tree="records", epoch=1, size=3, root=bytes(32), note="not printed"
    )
    day = timezone.localtime(newest.recorded_at)
    printed = base64.b64encode(bytes(newest.root)).decode()

    pages = story.pages(pdf_of(dee, sam))

    for text in pages:
        assert f"Ledger records/1, {day:%-d %b %Y}: {printed}" in text


def test_without_a_checkpoint_no_ledger_is_spoken_of(dee, sam):
    assert not any("Ledger records" in text for text in story.pages(pdf_of(dee, sam)))


def test_every_page_after_the_cover_names_the_child_and_the_reference(ada, dee, sam, rosa):
    story.tell(ada, dee, sam, rosa)
    report = story.make(story.ask(dee, sam))

    for text in story.pages(story.paper(dee, report))[1:]:
        assert f"Chronology {report.reference} · Sam Winter" in text


def test_the_titles_that_show_outside_the_paper_name_nobody(dee, sam):
    report = story.make(story.ask(dee, sam))

    about = pypdf.PdfReader(io.BytesIO(story.paper(dee, report))).metadata

    assert about.title == f"Chronology {report.reference}"
    assert "Winter" not in str(dict(about))


def test_the_contents_give_the_page_on_which_each_section_begins(ada, dee, sam, rosa):
    story.tell(ada, dee, sam, rosa)
    pages = story.pages(pdf_of(dee, sam, Report.Kind.CASE_CONFERENCE))

    for number, title in enumerate(
        ["This meeting", "Child and family", "Agencies involved", "At school"], start=1
    ):
        said = int(re.search(rf"{number} ?{title} ?\.* ?(\d+)", pages[1])[1])
        assert f"{number} {title}" in re.sub(rf"({number}) ?({title})", r"\1 \2", pages[said - 1])


def test_the_glance_gives_the_page_of_each_event(ada, dee, sam):
    for day in range(8):
        factories.incident(
            ada,
            sam,
            account=Account(saw=f"Event number {day} was seen. " + "And more was said. " * 40),
            occurred_at=factories.ago(days=20 - day),
        )

    pages = story.pages(pdf_of(dee, sam))

    text = " ".join(pages[1:3]).split("At a glance", 2)[2]
    for day in range(8):
        said = int(re.search(rf"page (\d+) ?(?:Urgent|Review|Record) Event number {day} ", text)[1])
        assert f"Event number {day} was seen. And more" in pages[said - 1]


def test_levels_are_said_in_words(ada, dee, sam):
    for level in (1, 2, 3):
        factories.incident(ada, sam, level=level)

    text = story.words(pdf_of(dee, sam)).split("Each event in full")[-1]

    assert all(word in text for word in ("Urgent", "Review", "Record "))


def test_one_line_each_leaves_the_full_text_out(ada, dee, sam):
    factories.incident(ada, sam, account=Account(saw="Short beginning. " + "x" * 300 + " the end"))

    text = story.words(pdf_of(dee, sam, selection=Selection(wording=Wording.LINE)))

    assert "Short beginning …" in text
    assert "the end" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_markup_in_the_record_is_text_and_fetches_and_attaches_nothing(
    kind, ada, dee, sam, asked_for
):
    """SR-82."""
    everything = Account(
        **dict.fromkeys(
            (
                "saw",
                "told",
                "child_words",
                "heard",
                "opinion",
                "done_already",
                "parents_detail",
                "medical",
            ),
            HOSTILE,
        ),
        told_by=HOSTILE[:120],
        told_in_person=HOSTILE[:120],
    )
    incident = factories.incident(ada, sam, account=everything)
    factories.action(ada, incident, narrative=HOSTILE)
    Contact.objects.create(pupil=sam, surname=HOSTILE[:80], address=HOSTILE[:250])
    Pupil.objects.filter(pk=sam.pk).update(legal_surname=HOSTILE[:80], address=HOSTILE[:250])
    typed = dict.fromkeys(["attendance", "risk", "gp"], HOSTILE)

    pdf = pdf_of(dee, sam, kind, reason=HOSTILE[:200], answers=typed)

    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert set(asked_for) == {f"{rendering.SCHEME}{style}" for style in rendering.STYLES}
    assert not reader.attachments
    assert "/EmbeddedFiles" not in reader.trailer["/Root"].get("/Names", {})
    text = re.sub(r"\s", "", story.words(pdf))
    assert text.count(re.sub(r"\s", "", '<img src="http://127.0.0.1:9/a.png">')) >= 5
    assert "{{paper}}" in text
    assert "root:" not in text


def test_even_markup_that_got_through_fetches_and_attaches_nothing(
    dee, sam, asked_for, monkeypatch
):
    """The fetcher is the second wall: it holds when escaping fails (security.md V15)."""
    report = story.ask(dee, sam)
    monkeypatch.setattr(rendering, "html", lambda paper: f"<html><title>x</title>{HOSTILE}<p>")

    pdf = story.paper(dee, story.make(report))

    assert [url for url in asked_for if not url.startswith(rendering.SCHEME)]
    assert not pypdf.PdfReader(io.BytesIO(pdf)).attachments
    assert b"/EmbeddedFile" not in pdf


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "https://example.org/x.ttf",
        "data:text/css,p{}",
        "ftp://example.org/",
        "safeguard-font:",
        "safeguard-font:../../settings",
        "Regular",
    ],
)
def test_the_fetcher_serves_our_typeface_and_nothing_else(url, monkeypatch):
    monkeypatch.setattr(URLFetcher, "fetch", lambda *a, **k: pytest.fail("fetched"))

    with pytest.raises(rendering.Refused):
        rendering.OurTypefaceOnly().fetch(url)


def test_the_fetcher_gives_the_font_from_memory():
    answer = rendering.OurTypefaceOnly().fetch("safeguard-font:Bold")

    assert answer.read() == rendering.typeface()["Bold"]


def test_without_its_typeface_no_report_is_made_and_the_reason_is_said(
    dee, sam, settings, tmp_path, monkeypatch
):
    report = story.ask(dee, sam)
    settings.BASE_DIR = tmp_path
    rendering.typeface.cache_clear()

    try:
        made = story.make(report)
    finally:
        rendering.typeface.cache_clear()

    assert made.state == Report.State.FAILED
    assert "typeface" in made.problem
    assert "script/assets" in made.problem


def test_the_letters_of_many_languages_are_ours(ada, dee, sam):
    factories.incident(
        ada, sam, account=Account(saw="Zoë, Łukasz, Şükrü, Ngũgĩ, Dvořák, £5 – “so”")
    )

    text = story.words(pdf_of(dee, sam))

    assert "Zoë, Łukasz, Şükrü, Ngũgĩ, Dvořák, £5 – “so”" in text
