"""What kinds of file are accepted, by the end of the name and by what stands in them."""

import struct
import zipfile
from io import BytesIO
from time import perf_counter, process_time

import pytest

from incidents import file_types
from incidents.kinds import office as office_kind
from incidents.kinds import recordings
from incidents.kinds.pictures import PNG
from tests.incidents.samples import ACCEPTED, DOCX, REFUSED, box, chunk, jpeg, mp3, office, png

# What is accepted (SR-67, SR-68)


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_documented_kinds_are_accepted_by_ending_and_content(name):
    """SR-67."""
    content, content_type = ACCEPTED[name]

    assert file_types.recognise(name, content) == content_type


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_by_name_and_the_message_says_what_to_do(name):
    """SR-67, AC43."""
    content, what_to_do = REFUSED[name]

    with pytest.raises(file_types.FileRefused, match=what_to_do) as refusal:
        file_types.recognise(name, content)

    assert str(refusal.value).startswith(f"“{name}” ")
    assert str(refusal.value).endswith(".")


def test_every_kind_on_the_list_is_in_the_corpus():
    endings = {"." + name.lower().rpartition(".")[2] for name in ACCEPTED}

    assert endings == {*file_types.KINDS}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_file_cut_anywhere_is_refused_or_recognised_and_never_an_error(name):
    content, _ = ACCEPTED[name]
    steps = max(1, len(content) // 400)
    for length in (*range(0, len(content), steps), *range(max(0, len(content) - 30), len(content))):
        try:
            file_types.recognise(name, content[:length])
        except file_types.FileRefused:
            continue


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_file_with_a_byte_changed_anywhere_is_never_an_error(name):
    content, _ = ACCEPTED[name]
    for at in range(0, len(content), max(1, len(content) // 400)):
        for byte in (0x00, 0xFF, content[at] ^ 0x80):
            try:
                file_types.recognise(name, content[:at] + bytes([byte]) + content[at + 1 :])
            except file_types.FileRefused:
                continue


# Bombs


def test_a_zip_bomb_is_refused_unopened(monkeypatch):
    """SR-68."""
    monkeypatch.setattr(office_kind, "MOST_UNPACKED", 1_000)
    bomb = office(size=501)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)

    with pytest.raises(file_types.FileRefused, match="when it is opened"):
        file_types.recognise("bomb.docx", bomb)


def test_what_fits_is_taken(monkeypatch):
    """SR-68."""
    monkeypatch.setattr(office_kind, "MOST_UNPACKED", 1_000)

    assert file_types.recognise("fits.docx", office(size=500))


def test_a_bomb_that_lies_about_its_size_is_refused_before_it_has_come_out():
    """SR-68: 300 MB of nothing in 300 KB that says it is 10 bytes."""
    bomb = lying(office(holding={"word/media/image1.png": b"\0" * (300 * 1024 * 1024)}), says=10)
    began = perf_counter()

    with pytest.raises(file_types.FileRefused):
        file_types.recognise("bomb.docx", bomb)

    assert len(bomb) < 400 * 1024
    assert perf_counter() - began < 5


def test_what_is_in_a_sheet_in_a_document_counts_as_well(monkeypatch):
    """SR-68."""
    monkeypatch.setattr(office_kind, "MOST_UNPACKED", 100_000)
    inner = office(size=40_000, main="xl/workbook.xml")

    with pytest.raises(file_types.FileRefused, match="when it is opened"):
        file_types.recognise(
            "a.docx", office(holding={"word/embeddings/a.xlsx": inner, "word/b.xml": b"x" * 40_000})
        )


def test_an_archive_of_too_many_members_is_refused():
    """SR-68."""
    many = office(*(f"word/{n}.xml" for n in range(office_kind.MOST_MEMBERS)), size=0)

    with pytest.raises(file_types.FileRefused, match="too many parts"):
        file_types.recognise("many.docx", many)


def test_two_members_of_one_name_are_refused():
    file = BytesIO(DOCX)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", b"another")

    with pytest.raises(file_types.FileRefused, match="is damaged"):
        file_types.recognise("twice.docx", file.getvalue())


def test_forty_megapixels_are_the_most():
    """SR-68."""
    assert file_types.recognise("large.png", png(8_000, 5_000))
    with pytest.raises(file_types.FileRefused):
        file_types.recognise("larger.png", png(8_000, 5_001))


def test_a_sound_is_measured_by_its_frames(monkeypatch):
    monkeypatch.setattr(recordings, "LONGEST", 1)

    assert file_types.recognise("a.mp3", mp3(frames=38))
    with pytest.raises(file_types.FileRefused, match="lasts longer"):
        file_types.recognise("a.mp3", mp3(frames=39))


def test_25_megabytes_are_looked_through_in_a_moment():
    """No kind takes a web process for long: letters, sounds and pictures at their largest."""
    for name, content in {
        "a.txt": b"Sam came late. " * (5 * 1024 * 1024 // 15),
        "a.mp3": mp3(frames=60_000),
        "a.eml": b"From: a@b.example\r\nDate: x\r\n\r\n" + b"name=" * (5 * 1024 * 1024),
    }.items():
        began = process_time()
        file_types.recognise(name, content)
        assert process_time() - began < 2, name


def test_a_file_that_is_made_to_take_long_is_refused_in_a_moment():
    """Millions of parts, fillings, names and members: each would take seconds of a web process."""
    many = 4 * 1024 * 1024
    listed = b"PK\x01\x02" + b"\0" * 42
    end = (
        b"PK\x05\x06" + b"\0" * 4 + b"\xff\xff" * 2 + struct.pack("<II", len(listed) * many // 8, 0)
    )
    for name, content in {
        "a.jpg": b"\xff\xd8" + b"\xff\xfe\0\x02" * many,
        "b.jpg": b"\xff\xd8\xff" + b"\xff" * (5 * many),
        "c.jpg": b"\xff\xd8\xff" + b"\xff\xd0" * (2 * many),
        "d.jpg": jpeg() * (many // 200),
        "a.png": PNG + chunk(b"IHDR", struct.pack(">II", 2, 2)) + chunk(b"tEXt", b"") * (many // 4),
        "a.webp": b"RIFF"
        + struct.pack("<I", 4 + 8 * many // 4)
        + b"WEBP"
        + b"JUNK\0\0\0\0" * (many // 4),
        "a.heic": box(b"ftyp", b"heic\0\0\0\0heic") + box(b"free") * (many // 2),
        "a.eml": b"From: a@b.example\r\nDate: x\r\n\r\n" + b"name=.exe;" * (many // 2),
        "b.eml": b"From: a@b.example\r\nDate: x\r\n\r\n" + b".exe " * many,
        "c.eml": b"From: a@b.example\r\n" + b"X:\r\n" * many,
        "a.docx": b"PK\x03\x04" + listed * (many // 8) + end + b"\0\0",
        "a.pdf": b"%PDF-" + listed * (many // 8) + b"%%EOF" + end + b"\0\0",
    }.items():
        began = process_time()
        with pytest.raises(file_types.FileRefused):
            file_types.recognise(name, content)
        assert process_time() - began < 2, name


def lying(content: bytes, says: int) -> bytes:
    """Return an archive whose last member is said, in both places, to be smaller than it is."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        last = archive.infolist()[-1]
        real = struct.pack("<I", last.file_size)
    return content.replace(real, struct.pack("<I", says))


# Names


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("note.txt", "note.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ada\\bruise.jpg", "bruise.jpg"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("\u202egpj.exe", "gpj.exe"),
        ("nul\x00l.pdf", "null.pdf"),
        ("  two   words .pdf", "two words .pdf"),
        ("Zoë’s.pdf", "Zoë’s.pdf"),
        (".pdf", "file.pdf"),
        ("", "file"),
        ("noending", "noending"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("a." + "y" * 300, "a." + "y" * 10),
    ],
)
def test_a_name_loses_folders_controls_and_tricks(raw, clean):
    assert file_types.clean_name(raw) == clean
