"""Files that are looked at: drawn anew, apart, with nothing in them that a picture hides."""

import json
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.conf import settings as project
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageCms, PngImagePlugin

from incidents import drafting, files, orphans, viewing
from incidents.apart import asking
from incidents.apart.asking import NotDrawn, draw
from incidents.apart.limits import LONGEST, MOST_PAGES, SMALL
from incidents.kinds.pictures import plain_jpeg_size
from incidents.kinds.refusing import NotTaken
from incidents.models import Attachment, Preparation, Upload, ViewingCopy
from ledger.models import AccessEntry
from safeguard import disk
from safeguard.models import Outbox
from tests import factories
from tests.incidents.samples import (
    ACROSS,
    DOWN,
    SAMSUNG,
    chunk,
    film,
    heic,
    jpeg,
    pdf,
    picture,
    png,
    sent,
    webp,
    written,
)

CANARY = b"Canary Wharf 51.5049 north"
UPRIGHT, ON_ITS_SIDE = 1, 6


def prepare() -> None:
    while viewing.prepare_next(timezone.now()):
        pass


@pytest.fixture
def attach(ada, eli, dee, team, sam):
    """Add a file to an incident of Ada's about Sam, of which Eli and the team are told."""

    def attach(name, content, prepared=True) -> Attachment:
        draft = uuid4()
        files.keep(by=ada, draft=draft, sent=sent(name, content))
        incident = factories.incident(ada, sam, submission=draft, alerted=[eli.user])
        if prepared:
            prepare()
        return incident.attachments.get()

    return attach


def profile() -> bytes:
    """A colour profile whose description is the canary, as a maker's may name its owner."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    at = plain.index(b"s\0R\0G\0B") if b"s\0R\0G\0B" in plain else plain.index(b"sRGB")
    return plain[:at] + CANARY[:4] + plain[at + 4 :] + CANARY


def secrets(turned=UPRIGHT) -> Image.Exif:
    """What a camera writes: where, with what, how it was held, and a small picture of it all."""
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0112] = CANARY.decode(), "Maker", turned
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 17.6), 29: CANARY.decode()})
    return exif


def with_everything(form: str, turned=UPRIGHT) -> bytes:
    """Return a picture that says the canary wherever its kind can say anything."""
    how = {"exif": secrets(turned).tobytes(), "icc_profile": profile()}
    if form == "JPEG":
        thumbnail = written(picture(16, 12), "JPEG", comment=CANARY)
        made = written(
            picture(), form, xmp=b"<x:xmpmeta>" + CANARY, comment=CANARY, quality=95, **how
        )
        app13 = b"Photoshop 3.0\0" + CANARY
        segment = b"\xff\xed" + (len(app13) + 2).to_bytes(2, "big") + app13
        return made[:2] + segment + made[2:] + thumbnail + SAMSUNG[:8] + CANARY + SAMSUNG[8:]
    if form == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", CANARY.decode())
        words.add_itxt("XML:com.adobe.xmp", CANARY.decode(), zip=True)
        made = written(picture(), form, pnginfo=words, **how)
        return made[:-12] + chunk(b"prVt", CANARY) + made[-12:]
    return written(picture(), form, xmp=CANARY, **how)


# What is hidden in a picture is gone (SR-72)


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP"), ("a.heic", "HEIF")],
)
@pytest.mark.django_db
def test_exif_gone(attach, open_as, eli, name, form):
    """SR-72: GPS, thumbnail, XMP, comments, a profile's words, what stands behind the end."""
    content = with_everything(form)
    assert CANARY in content or CANARY[:12] in content
    attachment = attach(name, content)

    for address in ("small-picture", "page-of-file"):
        page = [1] if address == "page-of-file" else []
        shown = open_as(eli).get(reverse(address, args=[attachment.pk, *page])).content
        copy = Image.open(BytesIO(shown))
        copy.load()
        assert not copy.getexif()
        assert set(copy.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert copy.format == "JPEG"
        for canary in (
            CANARY,
            CANARY[:12],
            b"Maker",
            b"Exif",
            b"http",
            b"Photoshop",
            b"ICC_PROFILE",
        ):
            assert canary not in shown
        assert plain_jpeg_size(shown) == copy.size


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_picture_is_turned_as_the_camera_was_held(form):
    kind = {"HEIF": "image/heic"}.get(form, f"image/{form.lower()}")
    # Held so that what is up is on the right of what was written.
    lying = picture().transpose(Image.Transpose.ROTATE_90)
    content = written(lying, form, exif=secrets(ON_ITS_SIDE).tobytes(), quality=95)

    whole, small = draw(content, kind)

    shown = Image.open(BytesIO(whole.content)).convert("RGB")
    assert shown.size == (40, 30)
    assert near(shown.getpixel((3, 3)), DOWN)
    assert near(shown.getpixel((36, 26)), ACROSS)
    assert small.small


def near(one, other) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(one, other, strict=True))


def test_lines_of_a_drawing_in_few_colours_stay_lines():
    """A list of colours is not shrunk as numbers are: what is thin would be gone in places."""
    wide = Image.new("P", (4_000, 400), 0)
    wide.putpalette([255, 255, 255, 0, 0, 0])
    for at in range(0, 4_000, 40):
        wide.paste(1, (at + 1, 0, at + 2, 400))

    whole, _ = draw(written(wide, "PNG"), "image/png")

    row = Image.open(BytesIO(whole.content)).convert("L").crop((0, 100, LONGEST, 101)).tobytes()
    assert sum(dot < 200 for dot in row) >= 100


def test_a_large_picture_is_drawn_as_large_as_a_screen():
    whole, small = draw(written(Image.new("RGB", (4_000, 1_000), ACROSS), "PNG"), "image/png")

    assert (whole.width, whole.height) == (LONGEST, LONGEST // 4)
    assert (small.width, small.height) == (SMALL, SMALL // 4)


def test_what_is_clear_is_drawn_on_white():
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))

    whole, _ = draw(written(clear, "PNG"), "image/png")

    assert near(Image.open(BytesIO(whole.content)).getpixel((5, 5)), (255, 255, 255))


def test_colours_of_print_and_of_16_bits_are_drawn():
    for content, kind in (
        (written(picture().convert("CMYK"), "JPEG"), "image/jpeg"),
        (written(Image.new("I;16", (20, 20), 40_000), "PNG"), "image/png"),
        (written(picture().convert("P"), "PNG"), "image/png"),
        (written(picture().convert("L"), "WEBP"), "image/webp"),
    ):
        whole, _ = draw(content, kind)
        assert Image.open(BytesIO(whole.content)).mode == "RGB"


def test_of_a_photo_with_a_second_exposure_the_first_is_shown():
    whole, _ = draw(written(picture(), "JPEG") + jpeg(), "image/jpeg")

    assert (whole.width, whole.height) == (40, 30)


# Pages of a PDF


def test_every_page_of_a_pdf_is_a_picture():
    drawn = draw(pdf(pages=3), "application/pdf")

    assert [(one.page, one.pages) for one in drawn] == [(1, 3), (2, 3), (3, 3)]
    first = Image.open(BytesIO(drawn[0].content))
    assert first.height == LONGEST
    assert min(first.convert("L").tobytes()) < 50  # there are words on it


def test_of_a_pdf_that_is_damaged_half_way_the_pages_before_are_shown(monkeypatch):
    page = written(picture(), "JPEG")
    monkeypatch.setattr(
        asking,
        "PROGRAM",
        "import sys; sys.stdin.buffer.read();"
        f' sys.stdout.buffer.write(b\'{{"size": {len(page)}, "pages": 9}}\\n\' + {page!r}'
        ' + b\'{"refused": "damaged"}\\n\')',
    )

    assert [(one.page, one.pages) for one in draw(pdf(), "application/pdf")] == [(1, 9)]


def test_of_a_long_pdf_the_first_pages_are_shown():
    drawn = draw(pdf(pages=MOST_PAGES + 5), "application/pdf")

    assert len(drawn) == MOST_PAGES
    assert {one.pages for one in drawn} == {MOST_PAGES + 5}


def test_a_pdf_with_a_password_says_so():
    with pytest.raises(NotDrawn) as refusal:
        draw(pdf(password="x"), "application/pdf")

    assert refusal.value.why == "password"


@pytest.mark.parametrize(
    "kind", ["image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"]
)
def test_rubbish_is_not_drawn(kind):
    with pytest.raises(NotDrawn):
        draw(b"rubbish " * 1000, kind)


def test_a_decoder_of_one_kind_is_given_no_other():
    """A picture that is another kind than was recognised is not opened by a second decoder."""
    with pytest.raises(NotDrawn):
        draw(png(), "image/jpeg")


# Apart (SR-73)

PROBE = """
import sys; sys.path.insert(0, {root!r})
import json, os, socket, threading
from incidents.apart.shutting_in import shut_in
shut_in()
def tried(what):
    try:
        what()
    except (OSError, MemoryError):
        return "refused"
    return "done"
print(json.dumps({{
    "open": tried(lambda: open("/etc/passwd")),
    "write": tried(lambda: open("/tmp/written-apart", "w")),
    "connect": tried(socket.socket),
    "fork": tried(os.fork),
    "run": tried(lambda: os.execv("/bin/true", ["true"])),
    "kill": tried(lambda: os.kill(os.getppid(), 0)),
    "memory": tried(lambda: bytearray(600 * 1024 * 1024)),
    "thread": tried(lambda: threading.Thread(target=len, args=([],)).start()),
    "root": "done" if os.geteuid() == 0 else "refused",
}}))
"""


def run_apart(program: str) -> str:
    command = [sys.executable, "-I", "-c", program.format(root=str(project.BASE_DIR))]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={}
    ).stdout


def test_who_draws_opens_no_file_no_connection_and_no_process():
    """SR-73: sandbox escape tests."""
    answers = json.loads(run_apart(PROBE))

    assert answers.pop("thread") == "done"  # a decoder may have its own
    assert set(answers.values()) == {"refused"}, answers


def test_who_draws_knows_no_secret_of_ours(monkeypatch):
    """SR-73: nothing of the environment, in which keys and addresses stand, comes along."""
    monkeypatch.setenv("SAFEGUARD_KEY", "canary")
    monkeypatch.setattr(
        asking,
        "PROGRAM",
        "import os, sys; sys.stdin.buffer.read();"
        " print('{\"refused\": \"' + ','.join(sorted(os.environ))[:18] + '\"}')",
    )

    with pytest.raises(NotDrawn) as refusal:
        draw(png(), "image/png")

    assert "SAFEGUARD" not in refusal.value.why


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(60)",
        "import sys; sys.stdin.buffer.read(); import time; time.sleep(60)",
        "import os; os.fork(); os.fork(); import time; time.sleep(60)",
        "raise SystemExit(1)",
        "import os; os.abort()",
        "print('x' * 10_000_000)",
        "print('{\"size\": 1}')",
        "print('{\"size\": 999999999999}')",
        "print('{\"size\": -1}')",
        "print('[]')",
        "print('null')",
        "print('{\"size\": 4, \"pages\": 1}'); print('text')",
    ],
)
def test_whatever_becomes_of_who_draws_it_ends_soon_and_shows_nothing(monkeypatch, program):
    """SR-73."""
    monkeypatch.setattr(asking, "PROGRAM", program)
    monkeypatch.setattr(asking, "MOST_TIME", 2)

    with pytest.raises(NotDrawn):
        draw(b"\0" * 200_000, "image/jpeg")


@pytest.mark.parametrize(
    "content",
    [
        jpeg(before=b"\xff\xe1\x00\x0aExif\0\0\0\0"),
        jpeg(before=b"\xff\xfe\x00\x05abc"),
        jpeg(after=b"\0"),
        jpeg(5_000, 4),
        png(),
        b"<script>",
    ],
)
def test_what_comes_back_is_taken_only_as_a_plain_picture(monkeypatch, content):
    """SR-72, SR-73: a decoder in a stranger's hands puts nothing into the copy."""
    say = f'import sys; sys.stdout.buffer.write(b\'{{"size": {len(content)}, "pages": 1}}\\n\' + {content!r})'
    monkeypatch.setattr(asking, "PROGRAM", say)

    with pytest.raises(NotDrawn):
        draw(png(), "image/png")


def test_a_plain_picture_is_one():
    assert plain_jpeg_size(written(picture(), "JPEG")) == (40, 30)
    for other in (jpeg(after=film()), written(picture(), "JPEG", exif=secrets()), b""):
        with pytest.raises(NotTaken):
            plain_jpeg_size(other)


# Kept as the original is, and made once


@pytest.mark.django_db
def test_a_copy_is_sealed_under_its_own_random_name(attach, settings):
    """SR-69, SR-72."""
    attachment = attach("a.png", png())

    copies = ViewingCopy.objects.filter(preparation__stored_as=attachment.stored_as)
    assert {(copy.page, copy.small) for copy in copies} == {(1, False), (1, True)}
    for copy in copies:
        stored = settings.FILES_DIR / copy.stored_as[:2] / copy.stored_as
        assert stored.stat().st_mode & 0o777 == 0o600
        assert b"JFIF" not in stored.read_bytes()
        assert copy.stored_as != attachment.stored_as
    assert files.content_of(attachment) == png()


@pytest.mark.django_db
def test_it_is_promised_with_the_file_and_made_once(ada):
    upload = files.keep(by=ada, draft=uuid4(), sent=sent("a.png", png()))
    files.keep(by=ada, draft=uuid4(), sent=sent("a.txt", b"x"))
    promised = Outbox.objects.get(kind=Outbox.Kind.COPY)

    prepare()
    Outbox.objects.filter(pk=promised.pk).update(done_at=None, next_try_at=timezone.now())
    prepare()

    assert ViewingCopy.objects.count() == 2
    assert Preparation.objects.get().stored_as == upload.stored_as
    assert Preparation.objects.get().state == Preparation.State.READY


@pytest.mark.django_db
def test_what_cannot_be_drawn_is_said_and_tried_no_more(attach, open_as, ada):
    attachment = attach("a.pdf", b"%PDF-1.7\n%%EOF")

    page = open_as(ada).get(reverse("look-at-file", args=[attachment.pk])).content.decode()

    assert "It cannot be shown here" in page
    assert "Save the file" in page
    assert not Outbox.objects.filter(kind=Outbox.Kind.COPY, done_at=None).exists()


@pytest.mark.django_db
def test_until_it_is_made_the_page_says_so(attach, open_as, ada):
    attachment = attach("a.png", png(), prepared=False)
    client = open_as(ada)

    page = client.get(reverse("look-at-file", args=[attachment.pk])).content.decode()
    incident = client.get(reverse("incident", args=[attachment.incident_id])).content.decode()
    picture_itself = client.get(reverse("page-of-file", args=[attachment.pk, 1]))

    assert "It is being prepared" in page
    assert "<img" not in incident
    assert reverse("look-at-file", args=[attachment.pk]) in incident
    assert picture_itself.status_code == 404


@pytest.mark.django_db
def test_files_of_before_there_were_copies_get_theirs(attach):
    attachment = attach("a.png", png(), prepared=False)
    Preparation.objects.all().delete()
    Outbox.objects.filter(kind=Outbox.Kind.COPY).delete()

    assert viewing.find_unprepared() == 1
    assert viewing.find_unprepared() == 0
    prepare()

    assert viewing.sights([attachment])[attachment.pk].is_ready


@pytest.mark.django_db
def test_who_dies_while_it_is_kept_leaves_nothing_behind(ada, settings, monkeypatch):
    files.keep(by=ada, draft=uuid4(), sent=sent("a.png", png()))
    before = stored_in(settings)

    def fail(rows):
        raise ZeroDivisionError

    monkeypatch.setattr(ViewingCopy.objects, "bulk_create", fail)
    with pytest.raises(ZeroDivisionError):
        viewing.prepare_next(timezone.now())

    assert stored_in(settings) == before
    assert Preparation.objects.get().state == Preparation.State.WAITING


@pytest.mark.django_db
def test_a_file_that_always_fails_is_given_up(ada, monkeypatch):
    files.keep(by=ada, draft=uuid4(), sent=sent("a.png", png()))

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(viewing, "draw", fail)
    for _ in range(viewing.MOST_TRIES):
        Outbox.objects.update(next_try_at=timezone.now())
        with pytest.raises(ZeroDivisionError):
            viewing.prepare_next(timezone.now())
    Outbox.objects.update(next_try_at=timezone.now())
    viewing.prepare_next(timezone.now())

    assert Preparation.objects.get().state == Preparation.State.FAILED
    assert not Outbox.objects.filter(kind=Outbox.Kind.COPY, done_at=None).exists()


@pytest.mark.django_db
def test_on_a_full_disk_no_copy_is_kept_and_the_file_waits_for_it(ada, monkeypatch):
    files.keep(by=ada, draft=uuid4(), sent=sent("a.png", png()))
    monkeypatch.setattr(disk, "require_room_for_files", refuse)

    viewing.prepare_next(timezone.now())

    assert not ViewingCopy.objects.exists()
    assert Preparation.objects.get().state == Preparation.State.WAITING


def refuse(what):
    raise disk.NoRoom("full")


@pytest.fixture
def everything(as_owner):
    """Return all that the database holds, as a dump would have it."""

    def everything() -> bytes:
        with as_owner.cursor() as owner:
            owner.execute(
                "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
            )
            found = []
            for (table,) in owner.fetchall():
                owner.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
                found.append(owner.fetchone()[0])
        return " ".join(found).encode()

    return everything


def stored_in(settings) -> set:
    return {path for path in settings.FILES_DIR.rglob("*") if path.is_file()}


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_taken_off_takes_its_copies_with_it(ada, settings):
    upload = files.keep(by=ada, draft=uuid4(), sent=sent("a.png", png()))
    prepare()
    assert len(stored_in(settings)) == 3

    files.remove(by=ada, upload=Upload.objects.get(pk=upload.pk))

    assert not stored_in(settings)
    assert not Preparation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_abandoned_draft_takes_its_copies_with_it(ada, settings):
    files.keep(by=ada, draft=uuid4(), sent=sent("a.png", png()))
    prepare()
    Upload.objects.update(sent_at=timezone.now() - timedelta(days=20))

    drafting.forget_old(timezone.now())

    assert not stored_in(settings)


@pytest.mark.django_db
def test_what_no_row_names_any_more_goes(attach, settings):
    attach("a.png", png())
    Preparation.objects.update(stored_as="0" * 64)

    assert viewing.forget_unnamed() == 2

    assert len(stored_in(settings)) == 1
    assert not ViewingCopy.objects.exists()


@pytest.mark.django_db
def test_copies_are_no_orphans(attach):
    attach("a.png", png())

    assert not list(orphans.find(timezone.now() + timedelta(days=2)))


# Shown (SR-70)


@pytest.mark.django_db
def test_a_picture_can_do_nothing_and_stands_in_no_other_page(attach, open_as, eli):
    """SR-70: test_file_headers."""
    attachment = attach("Sam’s.png", png())

    for address in (
        reverse("page-of-file", args=[attachment.pk, 1]),
        reverse("small-picture", args=[attachment.pk]),
    ):
        answer = open_as(eli).get(address)
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Content-Disposition"] == "inline"
        assert answer["Content-Security-Policy"] == (
            "sandbox; default-src 'none'; frame-ancestors 'none'"
        )
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["Cache-Control"] == "no-store, private"
        assert "Sam" not in address + str(answer.headers)


@pytest.mark.django_db
def test_a_picture_is_never_handed_out_as_it_was_sent_without_a_reason(
    attach, open_as, eli, ada, dee
):
    """SR-72."""
    attachment = attach("a.jpg", with_everything("JPEG"))

    for viewer in (eli, ada, dee.elevated()):
        answer = open_as(viewer).get(reverse("attachment", args=[attachment.pk]))
        assert answer.status_code == 302
        assert answer["Location"] == reverse("look-at-file", args=[attachment.pk])


@pytest.mark.django_db
def test_the_page_of_a_picture_and_of_a_pdf(attach, open_as, eli):
    shown, paper = attach("bus.png", png()), attach("plan.pdf", pdf(pages=2))
    client = open_as(eli)

    one = client.get(reverse("look-at-file", args=[shown.pk])).content.decode()
    two = client.get(reverse("look-at-file", args=[paper.pk])).content.decode()

    assert one.count("<img") == 1
    assert "Nobody has described what it shows" in one
    assert "Take the original" not in one
    assert "Save the file" not in one
    assert two.count("<img") == 2
    assert "Page 2 of 2" in two
    assert reverse("attachment", args=[paper.pk]) in two
    for page in (one, two):
        title = page[page.index("<title>") : page.index("</title>")]
        assert "bus" not in title
        assert "plan" not in title


@pytest.mark.django_db
def test_a_file_of_another_kind_is_not_looked_at_but_saved(attach, open_as, eli):
    attachment = attach("note.txt", b"x")

    answer = open_as(eli).get(reverse("look-at-file", args=[attachment.pk]))

    assert answer["Location"] == reverse("attachment", args=[attachment.pk])


@pytest.mark.django_db
def test_the_incidents_page_shows_small_pictures_later_and_described_honestly(attach, open_as, eli):
    attachment = attach("bus.png", png(40, 30))

    page = open_as(eli).get(reverse("incident", args=[attachment.incident_id])).content.decode()

    (image,) = [tag for tag in page.split("<") if tag.startswith("img")]
    assert reverse("small-picture", args=[attachment.pk]) in image
    assert 'loading="lazy"' in image
    assert 'alt="Picture, not described:"' in image
    assert 'width="40" height="30"' in image


@pytest.mark.django_db
def test_ten_pictures_cost_the_queries_of_one(ada, sam, open_as, django_assert_num_queries):
    def incident_with(pictures):
        draft = uuid4()
        for n in range(pictures):
            files.keep(by=ada, draft=draft, sent=sent(f"{n}.png", png()))
        made = factories.incident(ada, sam, submission=draft)
        prepare()
        return reverse("incident", args=[made.pk])

    one, ten = incident_with(1), incident_with(10)
    client = open_as(ada)
    client.get(one)
    with django_assert_num_queries(count(client, one)):
        assert client.get(ten).content.decode().count("<img") == 10


def count(client, address) -> int:
    with CaptureQueriesContext(connection) as caught:
        client.get(address)
    return len(caught)


@pytest.mark.parametrize(
    ("who", "elevated", "status"),
    [
        ("ada", False, 200),
        ("eli", False, 200),
        ("hal", True, 200),
        ("tess", False, 404),
        ("hal", False, 404),
        ("pat", True, 404),
        ("gus", False, 404),
        ("una", True, 404),
    ],
)
@pytest.mark.django_db
def test_a_picture_is_shown_to_whom_its_incident_is(
    who, elevated, status, attach, open_as, request
):
    """SR-45: each time anew."""
    viewer = request.getfixturevalue(who)
    client = open_as(viewer.elevated() if elevated else viewer)
    attachment = attach("a.png", png())

    for name, more in (("look-at-file", []), ("page-of-file", [1]), ("small-picture", [])):
        assert client.get(reverse(name, args=[attachment.pk, *more])).status_code == status


@pytest.mark.django_db
def test_a_copy_that_was_altered_or_swapped_is_not_shown(attach, open_as, eli, settings):
    attachment = attach("a.png", png())
    whole, small = ViewingCopy.objects.order_by("small")
    client, address = open_as(eli), reverse("page-of-file", args=[attachment.pk, 1])

    ViewingCopy.objects.filter(pk=whole.pk).update(sha256=small.sha256)
    assert client.get(address).status_code == 404
    path = settings.FILES_DIR / whole.stored_as[:2] / whole.stored_as
    path.write_bytes(path.read_bytes()[:-1])
    assert client.get(address).status_code == 404


# The original (SR-72)


@pytest.mark.django_db(transaction=True)
def test_the_original_is_taken_for_a_reason_that_is_on_record(attach, open_as, dee):
    """SR-72."""
    content = with_everything("JPEG")
    attachment = attach("a.jpg", content)
    client, address = open_as(dee.elevated()), reverse("take-original", args=[attachment.pk])

    asked = client.get(address)
    unsaid = client.post(address, {"reason": " "})
    taken = client.post(address, {"reason": "The police ask for it."})

    assert "Why do you need the original?" in asked.content.decode()
    assert "Say why you need the original" in unsaid.content.decode()
    assert taken.content == content
    assert taken["Content-Disposition"].startswith("attachment;")
    assert taken["Content-Security-Policy"] == "sandbox; default-src 'none'"
    entry = AccessEntry.objects.get(event="attachment.original")
    assert (entry.user, entry.target, entry.detail) == (
        dee.user_id,
        attachment.pk,
        "The police ask for it.",
    )
    assert entry.pupil == attachment.incident.pupil_id


@pytest.mark.parametrize(
    ("who", "elevated", "status"),
    [
        ("dee", True, 200),
        ("hal", True, 200),
        ("dee", False, 302),
        ("ada", True, 404),
        ("eli", True, 404),
        ("una", True, 404),
    ],
)
@pytest.mark.django_db
def test_who_may_take_an_original(who, elevated, status, attach, open_as, request):
    viewer = request.getfixturevalue(who)
    client = open_as(viewer.elevated() if elevated else viewer)

    answer = client.get(reverse("take-original", args=[attach("a.png", png()).pk]))

    assert answer.status_code == status


@pytest.mark.django_db
def test_of_what_is_no_picture_there_is_no_original_apart(attach, open_as, dee):
    attachment = attach("note.txt", b"x")

    answer = open_as(dee.elevated()).get(reverse("take-original", args=[attachment.pk]))

    assert answer.status_code == 404


# Nothing in the clear (SR-69, AC36)


@pytest.mark.django_db(transaction=True)
def test_neither_the_disk_nor_the_database_has_a_file_in_the_clear(ada, sam, settings, everything):
    """SR-69, AC36: test_dump_has_no_plaintext, of files and of what a draft's files are called."""
    draft, words = uuid4(), b"A canary sang in the classroom."
    upload = files.keep(by=ada, draft=draft, sent=sent("canary-of-ada.txt", words))
    files.keep(by=ada, draft=draft, sent=sent("canary.jpg", with_everything("JPEG")))
    files.keep(by=ada, draft=draft, sent=sent("canary.heic", heic()))
    files.keep(by=ada, draft=draft, sent=sent("canary.webp", webp()))
    prepare()
    assert upload.name == "canary-of-ada.txt"

    waiting = everything()
    factories.incident(ada, sam, submission=draft)
    recorded = everything()

    for dump in (waiting, recorded):
        for canary in (b"canary sang", CANARY, CANARY[:12]):
            assert canary not in dump
            assert canary.hex().encode() not in dump
    assert b"canary-of-ada" not in waiting
    assert b"canary-of-ada".hex().encode() not in waiting
    for path in stored_in(settings):
        assert "canary" not in str(path.relative_to(settings.FILES_DIR))
        content = path.read_bytes()
        for canary in (b"canary", CANARY[:12], b"JFIF", b"ftyp", b"WEBP"):
            assert canary not in content
