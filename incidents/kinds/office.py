"""Word and Excel files: archives, unpacked once and counted, of which nothing runs."""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

from incidents.kinds.polyglots import END, END_BYTES, ends_of_archives
from incidents.kinds.refusing import CUT, MEGABYTE, MORE_BEHIND, IsAnotherKind, NotTaken

ARCHIVE = b"PK\x03\x04"
MOST_UNPACKED = 200 * MEGABYTE
MOST_MEMBERS = 2_000
LONGEST_LIST = 2 * MEGABYTE
DEEPEST = 1  # a sheet in a document; not a document in a sheet in a document
CHUNK = 256 * 1024
WAYS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 0x1

RUNS = re.compile(r"vbaproject|vbadata|activex|macrosheets|oleobject.*\.bin$", re.IGNORECASE)
SAYS_IT_RUNS = re.compile(rb"macroEnabled|vbaProject", re.IGNORECASE)
DECLARES = re.compile(rb"<!DOCTYPE|<!ENTITY", re.IGNORECASE)
FETCHES = re.compile(rb"attachedTemplate[^>]*TargetMode\s*=\s*[\"']External", re.IGNORECASE)

HAS_MACROS = "has macros or programs in it. Save it as a PDF, and add that."
HAS_PASSWORD = "has a password. Save a copy without one, and add that."  # noqa: S105 - words for people
TOO_LARGE_INSIDE = (
    f"is larger than {MOST_UNPACKED // MEGABYTE} MB when it is opened. Save what matters as a PDF, and"
    " add that."
)
TOO_MANY_PARTS = "has too many parts. Save it as a PDF, and add that."
DAMAGED = "is damaged. Open it, save it again and choose the new copy."
NESTED = "has files within files. Save it as a PDF, and add that."
# What the libraries say of an archive that lies about itself, in whatever way it does.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, OverflowError, RuntimeError, ValueError),
)


class Unpacked:
    """How much has been unpacked of a file and of what is in it, and that it stays within limits."""

    def __init__(self) -> None:
        self.size = self.members = 0

    def add_members(self, how_many: int) -> None:
        """Count members, or refuse."""
        self.members += how_many
        if self.members > MOST_MEMBERS:
            raise NotTaken(TOO_MANY_PARTS)

    def add(self, size: int) -> None:
        """Count what came out, or refuse."""
        self.size += size
        if self.size > MOST_UNPACKED:
            raise NotTaken(TOO_LARGE_INSIDE)


def require_office(main_part: str) -> Callable[[bytes], None]:
    """Return what refuses a file without this part, or with too much in it, or with what runs."""

    def require(content: bytes) -> None:
        if content.startswith(b"\xd0\xcf\x11\xe0"):  # how Office keeps a file with a password
            raise NotTaken(HAS_PASSWORD)
        if not content.startswith(ARCHIVE):
            raise IsAnotherKind
        _require(content, Unpacked(), {"[Content_Types].xml", main_part}, DEEPEST)

    return require


def _require(content: bytes, unpacked: Unpacked, parts: set[str], deeper: int) -> None:
    _require_its_end(content)
    for _, said, listed in ends_of_archives(content):
        if said > MOST_MEMBERS or listed > LONGEST_LIST:  # before anything reads so long a list
            raise NotTaken(TOO_MANY_PARTS)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            unpacked.add_members(len(members))
            names = [member.filename for member in members]
            if parts - {*names}:
                raise IsAnotherKind
            if len(names) != len({*names}):
                raise NotTaken(DAMAGED)
            # What it says of itself first, so that a plain bomb is refused unopened.
            if unpacked.size + sum(member.file_size for member in members) > MOST_UNPACKED:
                raise NotTaken(TOO_LARGE_INSIDE)
            for member in members:
                _require_member(archive, member, unpacked, deeper)
    except UNREADABLE as error:
        raise NotTaken(DAMAGED) from error


def _require_its_end(content: bytes) -> None:
    at = content.rfind(END)
    if at < 0 or at + END_BYTES > len(content):
        raise NotTaken(CUT)
    said = struct.unpack("<H", content[at + 20 : at + 22])[0]
    if at + END_BYTES + said != len(content):
        raise NotTaken(MORE_BEHIND)


def _require_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, unpacked: Unpacked, deeper: int
) -> None:
    if RUNS.search(member.filename):
        raise NotTaken(HAS_MACROS)
    if member.flag_bits & ENCRYPTED:
        raise NotTaken(HAS_PASSWORD)
    if member.compress_type not in WAYS:
        raise NotTaken(DAMAGED)
    kept, first = [], b""
    with archive.open(member) as opened:
        while chunk := opened.read(CHUNK):
            unpacked.add(len(chunk))
            first = first or chunk
            if first.startswith(ARCHIVE):
                kept.append(chunk)
    _require_text_of(member.filename, first)
    if kept:
        if not deeper:
            raise NotTaken(NESTED)
        _require(b"".join(kept), unpacked, set(), deeper - 1)


def _require_text_of(name: str, first: bytes) -> None:
    """Look at the beginning of a part: none declares entities, says that it runs, or fetches."""
    if first.startswith((b"MZ", b"\x7fELF")):
        raise NotTaken(HAS_MACROS)
    if name.endswith((".xml", ".rels")) and DECLARES.search(first):
        raise NotTaken(DAMAGED)
    if name == "[Content_Types].xml" and SAYS_IT_RUNS.search(first):
        raise NotTaken(HAS_MACROS)
    if name.endswith(".rels") and FETCHES.search(first):
        raise NotTaken(HAS_MACROS)
