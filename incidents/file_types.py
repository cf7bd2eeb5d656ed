"""What kinds of file are accepted, by the end of the name and by what stands in them (SR-67, SR-68)."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from incidents.kinds.documents import require_email, require_pdf, require_text
from incidents.kinds.office import require_office
from incidents.kinds.pictures import require_heic, require_jpeg, require_png, require_webp
from incidents.kinds.recordings import require_m4a, require_mp3, require_mp4
from incidents.kinds.refusing import IsAnotherKind, NotTaken
from safeguard.errors import DomainError

LONGEST_NAME = 150
ACCEPTED = (
    "pictures (JPEG, PNG, HEIC, WebP), PDF, Word (.docx), Excel (.xlsx), text (.txt), e-mails (.eml),"
    " and sound or film (MP3, M4A, MP4)"
)
OFFICE = "application/vnd.openxmlformats-officedocument."


class FileRefused(DomainError):
    """A file cannot be kept; the message names it and says what to do."""


@dataclass(frozen=True)
class Kind:
    """An accepted kind of file: what it is called, how a browser is told of it, what refuses others."""

    words: str
    content_type: str
    require: Callable[[bytes], None]


def recognise(name: str, content: bytes) -> str:
    """Return the content type of a file whose name and content agree, or raise FileRefused."""
    ending = PurePosixPath(name.lower()).suffix
    kind = KINDS.get(ending)
    if kind is None:
        said = INSTEAD.get(ending, f"Choose one of these: {ACCEPTED}.")
        raise FileRefused(f"“{name}” cannot be added: this kind of file is not taken. {said}")
    if not content:
        raise FileRefused(f"“{name}” is empty. Save it again and choose it once more.")
    try:
        kind.require(content)
    except IsAnotherKind:
        raise FileRefused(f"“{name}” {_is_rather(ending, kind, content)}") from None
    except NotTaken as refusal:
        raise FileRefused(f"“{name}” {refusal}") from None
    return kind.content_type


def is_picture(content_type: str) -> bool:
    """Whether a kept file is a picture, which is looked at as a copy without what is hidden in it."""
    return content_type.startswith("image/")


def is_looked_at(content_type: str) -> bool:
    """Whether a kept file can be looked at in a page: pictures, and the pages of a PDF."""
    return is_picture(content_type) or content_type == "application/pdf"


def clean_name(raw: str) -> str:
    """Return a file's name without folders, control characters and tricks of direction."""
    name = raw.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in name if not unicodedata.category(letter).startswith("C"))
    stem, dot, ending = " ".join(plain.split()).rpartition(".")
    if not dot:
        return ending[:LONGEST_NAME] or "file"
    ending = ending[:10]
    return f"{(stem or 'file')[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def _is_rather(ending: str, kind: Kind, content: bytes) -> str:
    """Say what a file is that is not what its name says, where it is something that is taken."""
    for other, one in KINDS.items():
        if one is kind or one.require in {require_text, require_email}:
            continue
        try:
            one.require(content)
        except NotTaken:
            continue
        return (
            f"is {one.words}, though its name ends in {ending}. Rename it so that it ends in {other},"
            " and add it again."
        )
    return (
        f"is not {kind.words}, though its name ends in {ending}. Open it, save it again as one and"
        " choose the new copy."
    )


JPEG = Kind("a JPEG picture", "image/jpeg", require_jpeg)
HEIC = Kind("a HEIC picture", "image/heic", require_heic)
KINDS = {
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".png": Kind("a PNG picture", "image/png", require_png),
    ".webp": Kind("a WebP picture", "image/webp", require_webp),
    ".heic": HEIC,
    ".heif": HEIC,
    ".pdf": Kind("a PDF", "application/pdf", require_pdf),
    ".docx": Kind(
        "a Word document",
        f"{OFFICE}wordprocessingml.document",
        require_office("word/document.xml"),
    ),
    ".xlsx": Kind(
        "an Excel workbook", f"{OFFICE}spreadsheetml.sheet", require_office("xl/workbook.xml")
    ),
    ".txt": Kind("plain text", "text/plain; charset=utf-8", require_text),
    ".eml": Kind("an e-mail", "message/rfc822", require_email),
    ".mp3": Kind("an MP3 sound", "audio/mpeg", require_mp3),
    ".m4a": Kind("an M4A sound", "audio/mp4", require_m4a),
    ".mp4": Kind("an MP4 film", "video/mp4", require_mp4),
}

AS_PDF = "Print or save it as a PDF, and add that."
AS_DOCX = "Save it as .docx or as a PDF, and add that."
AS_XLSX = "Save it as .xlsx or as a PDF, and add that."
AS_PICTURE = "Save it as JPEG or PNG, or take a screenshot of it, and add that."
ONE_BY_ONE = "Add the files that are in it one by one."
# What people have in their hands that is not taken, and what to do about it.
INSTEAD = {
    **dict.fromkeys([".html", ".htm", ".mhtml", ".xml", ".url", ".webloc"], AS_PDF),
    **dict.fromkeys([".doc", ".docm", ".dot", ".dotx", ".rtf", ".odt", ".pages"], AS_DOCX),
    **dict.fromkeys([".xls", ".xlsm", ".xlsb", ".ods", ".csv", ".numbers"], AS_XLSX),
    **dict.fromkeys([".ppt", ".pptx", ".pptm", ".odp", ".pub", ".one", ".key"], AS_PDF),
    **dict.fromkeys(
        [".svg", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".dng", ".jfif"], AS_PICTURE
    ),
    **dict.fromkeys([".zip", ".7z", ".rar", ".tar", ".gz"], ONE_BY_ONE),
    ".msg": "In Outlook, save it as .eml or print it as a PDF, and add that.",
    **dict.fromkeys(
        [".mov", ".avi", ".mkv", ".webm", ".3gp", ".wmv"], "Save it as MP4, and add that."
    ),
    **dict.fromkeys(
        [".wav", ".aac", ".ogg", ".opus", ".amr", ".wma", ".flac"],
        "Save it as MP3 or M4A, and add that.",
    ),
}
