"""What was sent arrives whole, or counts as not sent.

A connection that is cut, or a length that does not agree with the form, leaves half a form. Django
takes the half that came for the whole, of a file and of a form without files. Here such a body ends in an error instead, so that
nothing of it is kept; whoever sends it again sends all of it.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

BOUNDARY = re.compile(r'^multipart/form-data;.*boundary="?([^";,]+)"?', re.IGNORECASE)
ROOM = 8  # bytes that may follow the last boundary: its two hyphens, a line's end


class CutShort(OSError):
    """The body ended before it was over; Django calls that unreadable and refuses the request."""


class Whole:
    """A body that raises CutShort when it ends too early."""

    def __init__(self, stream: Any, length: int, boundary: str):
        self.stream, self.left, self.length = stream, length, length
        self.ending = f"--{boundary}--".encode() if boundary else b""
        self.tail = b""

    def read(self, size: int | None = -1) -> bytes:
        """Read as a stream does, but never less than was asked for while more is to come."""
        return self._all(self.stream.read, size)

    def readline(self, size: int | None = -1) -> bytes:
        """Read a line as a stream does."""
        return self._all(self.stream.readline, size, b"\n")

    def _all(self, read: Callable, size: int | None, end: bytes = b"") -> bytes:
        """Read until it is enough: a server hands on what came, however little, without a word."""
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        pieces: list[bytes] = []
        while wanted > 0 and not (end and pieces and pieces[-1].endswith(end)):
            piece = read(wanted)
            if not piece:
                raise CutShort("the request ended before it was over")
            pieces.append(piece)
            wanted -= len(piece)
            self._count(piece)
        return b"".join(pieces)

    def _count(self, piece: bytes) -> None:
        self.left -= len(piece)
        self.tail = (self.tail + piece)[-len(self.ending) - ROOM :]
        if self.left <= 0 and self.ending not in self.tail:
            raise CutShort("the request ended before it was over")


class WholeBodies:
    """Wraps the application: every body with a length is read through `Whole`."""

    def __init__(self, application: Callable):
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        """Answer a request."""
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdigit() and int(length):
            found = BOUNDARY.match(environ.get("CONTENT_TYPE", ""))
            boundary = found[1] if found else ""
            environ["wsgi.input"] = Whole(environ["wsgi.input"], int(length), boundary)
        return self.application(environ, start_response)
