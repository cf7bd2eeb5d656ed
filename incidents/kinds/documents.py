"""Documents that are read: PDF, plain text, and e-mails as they were saved."""

import re

from incidents.kinds.polyglots import require_no_archive
from incidents.kinds.refusing import CUT, MEGABYTE, MORE_BEHIND, IsAnotherKind, NotTaken

PDF = b"%PDF-"
PDF_END = b"%%EOF"
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffd]")
OTHER_STARTS = (PDF, b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"MZ", b"GIF8", b"RIFF", b"ID3")

HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*")
MOST_HEADERS = 256 * 1024
SENT_BY, SENT_WHEN = {b"from", b"sender"}, {b"date", b"received", b"subject", b"message-id"}
RUNS = (
    *("exe", "com", "scr", "pif", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "wsh"),
    *("hta", "msi", "lnk", "jar", "iso", "img", "reg", "chm", "dll"),
    *("docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "ppsm", "html?", "svg"),
)
NAMED = re.compile(rb"name\*?\d*\*?[ \t]*=[^\r\n;]*\Z", re.IGNORECASE)
LONGEST_NAME, MOST_NAMES = 300, 1_000
RUNS_BY_NAME = re.compile(rb"\.(?:" + "|".join(RUNS).encode() + rb")(?:[\"'\s;]|\Z)", re.IGNORECASE)

TOO_MUCH_TEXT = "has more than 5 MB of text. Add the part that matters as a file of its own."
NOT_AN_EMAIL = "is not an e-mail as it was sent. Save it again as .eml, or print it as a PDF."
CARRIES_WHAT_RUNS = (
    "carries a program or a macro. Print the e-mail as a PDF, and add what matters of its"
    " attachments one by one."
)
MOST_TEXT = 5 * MEGABYTE


def require_pdf(content: bytes) -> None:
    """Refuse what is not a PDF from its first byte to its last."""
    if not content.startswith(PDF):
        raise IsAnotherKind
    end = content.rfind(PDF_END)
    if end < 0:
        raise NotTaken(CUT)
    if content[end + len(PDF_END) :].strip(b"\0 \t\r\n\x1a"):
        raise NotTaken(MORE_BEHIND)
    require_no_archive(content)


def require_text(content: bytes) -> None:
    """Refuse what is not words only."""
    if content.startswith(OTHER_STARTS):
        raise IsAnotherKind
    if len(content) > MOST_TEXT:
        raise NotTaken(TOO_MUCH_TEXT)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if NOT_TEXT.search(text):
        raise IsAnotherKind
    require_no_archive(content)


def require_email(content: bytes) -> None:
    """Refuse what does not begin as an e-mail does, or carries by its name what would run.

    Its attachments are not unpacked: what hides better is the scanner's part.
    """
    names, at = set(), 0
    while at < MOST_HEADERS and (line := HEADER.match(content, at)):
        names.add(line[1].lower())
        at = line.end()
    if not names:
        raise IsAnotherKind
    if not (names & SENT_BY and names & SENT_WHEN) or b"\0" in content:
        raise NotTaken(NOT_AN_EMAIL)
    if content[at : at + 2].lstrip(b"\r")[:1] not in {b"\n", b""}:
        raise NotTaken(NOT_AN_EMAIL)
    for number, found in enumerate(RUNS_BY_NAME.finditer(content)):
        before = content[max(0, found.start() - LONGEST_NAME) : found.start()]
        if number == MOST_NAMES or NAMED.search(before):
            raise NotTaken(CARRIES_WHAT_RUNS)
    require_no_archive(content)
