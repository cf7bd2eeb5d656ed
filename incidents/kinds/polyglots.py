"""Whether a file would also open as something else."""

import re
import struct
from collections.abc import Iterator

from incidents.kinds.refusing import TWO_AT_ONCE, NotTaken

# What a browser, a reader of PDFs or a shell would take up wherever it stands.
ANOTHER_BEGINS = re.compile(
    rb"<(?:!doctype|html|head|body|script|iframe|svg|\?php|\?xml)|%PDF-", re.IGNORECASE
)
# An archive is read from its end, where a record of 22 bytes and a comment say where its list begins.
END, LISTED, LARGE = b"PK\x05\x06", b"PK\x01\x02", b"PK\x06\x07"
END_BYTES, LARGE_BYTES = 22, 20
LONGEST_COMMENT = 65_535


def require_no_archive(content: bytes) -> None:
    """Refuse what an unpacker opens too, whatever stands before the archive."""
    for at, members, listed in ends_of_archives(content):
        if content[at - LARGE_BYTES : at].startswith(LARGE):
            raise NotTaken(TWO_AT_ONCE)
        if members and content[at - listed :].startswith(LISTED):
            raise NotTaken(TWO_AT_ONCE)


def ends_of_archives(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each place that may be an archive's end: where, how many members, how long their list."""
    at = content.find(END, max(0, len(content) - END_BYTES - LONGEST_COMMENT))
    while 0 <= at <= len(content) - END_BYTES:
        members, listed = struct.unpack("<HI", content[at + 10 : at + 16])
        yield at, members, min(listed, at)
        at = content.find(END, at + 1)


def require_nothing_else_in(part: bytes) -> None:
    """Refuse a part in which a page, a script or a PDF begins."""
    if ANOTHER_BEGINS.search(part):
        raise NotTaken(TWO_AT_ONCE)
