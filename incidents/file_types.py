"""What kinds of file are accepted, by the end of the name and by what stands in them (SR-67, SR-68).

A short list of our own and a look at the first bytes; nothing here decodes or unpacks what a
stranger sent. Pictures are measured from their headers, archives from their lists of members.
"""

import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from safeguard.errors import DomainError

MEGABYTE = 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_UNPACKED = 200 * MEGABYTE
MOST_MEMBERS = 2_000
LONGEST_NAME = 150
ACCEPTED = "JPEG and PNG pictures, PDF, Word (.docx), Excel (.xlsx) and plain text (.txt)"

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
PDF = b"%PDF-"
ZIP = b"PK\x03\x04"
# Frame headers of JPEG: all SOFn but the three codes in their range that mean something else.
JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
TEXT_CONTROLS = {"\t", "\n", "\r", "\f"}


class FileRefused(DomainError):
    """A file cannot be kept; the message names it and says why."""


@dataclass(frozen=True)
class Kind:
    """An accepted kind of file: how a browser is told of it, and how it is recognised."""

    content_type: str
    is_really: Callable[[bytes], bool]


def recognise(name: str, content: bytes) -> str:
    """Return the content type of a file whose name and content agree, or raise FileRefused."""
    kind = KINDS.get(PurePosixPath(name.lower()).suffix)
    if kind is None:
        raise FileRefused(f"“{name}” cannot be added. Choose {ACCEPTED}.")
    if not content:
        raise FileRefused(f"“{name}” is empty. Save it again and choose it once more.")
    if not kind.is_really(content):
        raise FileRefused(
            f"“{name}” is damaged, too large inside, or not the kind of file its name says. "
            "Open it, save it again and choose the new copy."
        )
    return kind.content_type


def clean_name(raw: str) -> str:
    """Return a file's name without folders, control characters and tricks of direction."""
    name = raw.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in name if not unicodedata.category(letter).startswith("C"))
    stem, dot, ending = " ".join(plain.split()).rpartition(".")
    if not dot:
        return ending[:LONGEST_NAME] or "file"
    ending = ending[:10]
    return f"{(stem or 'file')[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def _is_jpeg(content: bytes) -> bool:
    """Walk the segments to the frame header, which holds height and width."""
    if not content.startswith(JPEG):
        return False
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return 0 < height * width <= MOST_PIXELS
        if marker == 0xFF:  # a filling byte before the next segment
            at += 1
            continue
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return False


def _is_png(content: bytes) -> bool:
    if not content.startswith(PNG) or content[12:16] != b"IHDR" or len(content) < 24:
        return False
    width, height = struct.unpack(">II", content[16:24])
    return 0 < width * height <= MOST_PIXELS


def _is_pdf(content: bytes) -> bool:
    return content.startswith(PDF)


def _is_text(content: bytes) -> bool:
    if content.startswith((PDF, ZIP, PNG, JPEG)):
        return False
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        if "\ufffd" in text:
            return False
    return all(letter in TEXT_CONTROLS or unicodedata.category(letter) != "Cc" for letter in text)


def _is_office(main_part: str) -> Callable[[bytes], bool]:
    def is_really(content: bytes) -> bool:
        if not content.startswith(ZIP):
            return False
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
            return False
        names = {member.filename for member in members}
        return (
            {"[Content_Types].xml", main_part} <= names
            and not any(name.lower().endswith("vbaproject.bin") for name in names)
            and len(members) <= MOST_MEMBERS
            and sum(member.file_size for member in members) <= MOST_UNPACKED
        )

    return is_really


OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    ".jpg": Kind("image/jpeg", _is_jpeg),
    ".jpeg": Kind("image/jpeg", _is_jpeg),
    ".png": Kind("image/png", _is_png),
    ".pdf": Kind("application/pdf", _is_pdf),
    ".docx": Kind(f"{OFFICE}wordprocessingml.document", _is_office("word/document.xml")),
    ".xlsx": Kind(f"{OFFICE}spreadsheetml.sheet", _is_office("xl/workbook.xml")),
    ".txt": Kind("text/plain; charset=utf-8", _is_text),
}
