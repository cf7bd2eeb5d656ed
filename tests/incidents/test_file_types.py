"""What kinds of file are accepted, by the end of the name and by what stands in them."""

import pytest

from incidents import file_types
from tests.incidents.samples import ACCEPTED, REFUSED, office, png

# What is accepted (SR-67, SR-68)


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_documented_kinds_are_accepted_by_ending_and_content(name):
    """SR-67."""
    content, content_type = ACCEPTED[name]

    assert file_types.recognise(name, content) == content_type


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_by_ending_or_by_content(name):
    """SR-67."""
    with pytest.raises(file_types.FileRefused, match=f"“{name}”"):
        file_types.recognise(name, REFUSED[name])


@pytest.mark.parametrize("name", [name for name in ACCEPTED if "." in name])
def test_a_file_cut_anywhere_is_refused_or_recognised_and_never_an_error(name):
    content, _ = ACCEPTED[name]
    for length in range(len(content)):
        try:
            file_types.recognise(name, content[:length])
        except file_types.FileRefused:
            continue


def test_a_zip_bomb_is_refused_unopened(monkeypatch):
    """SR-68."""
    monkeypatch.setattr(file_types, "MOST_UNPACKED", 1_000)

    with pytest.raises(file_types.FileRefused):
        file_types.recognise("bomb.docx", office(size=501))
    assert file_types.recognise("fits.docx", office(size=500))


def test_an_archive_of_too_many_members_is_refused():
    many = office(*(f"word/{n}.xml" for n in range(file_types.MOST_MEMBERS)), size=0)

    with pytest.raises(file_types.FileRefused):
        file_types.recognise("many.docx", many)


def test_forty_megapixels_are_the_most():
    """SR-68."""
    assert file_types.recognise("large.png", png(8_000, 5_000))
    with pytest.raises(file_types.FileRefused):
        file_types.recognise("larger.png", png(8_000, 5_001))


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
