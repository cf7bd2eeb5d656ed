"""Files that are made of boxes, as HEIC and MP4 are: a length, four letters, and what is inside."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from incidents.kinds.refusing import CUT, NotTaken

MOST_BOXES = 20_000


@dataclass(frozen=True)
class Box:
    """A box: what it is called, and where its inside begins and ends."""

    name: bytes
    start: int
    end: int


def boxes_in(content: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes that fill this part of a file to its last byte; refuse where they do not."""
    at, end = start, len(content) if end is None else end
    for _ in range(MOST_BOXES):
        if at == end:
            return
        if at + 8 > end:
            raise NotTaken(CUT)
        size, name = struct.unpack(">I4s", content[at : at + 8])
        head = 8
        if size == 1 and at + 16 <= end:
            size, head = struct.unpack(">Q", content[at + 8 : at + 16])[0], 16
        if size == 0:  # to the end of the file
            size = end - at
        if size < head or at + size > end:
            raise NotTaken(CUT)
        yield Box(name, at + head, at + size)
        at += size
    raise NotTaken(CUT)


def inside(content: bytes, outer: Box, *path: bytes, skip: int = 0) -> Iterator[Box]:
    """Yield what is in the boxes at the end of this path; skip what the first one begins with."""
    if not path:
        yield from boxes_in(content, outer.start + skip, outer.end)
        return
    for one in boxes_in(content, outer.start + skip, outer.end):
        if one.name == path[0]:
            yield from inside(content, one, *path[1:])
