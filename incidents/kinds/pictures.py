"""Pictures: JPEG, PNG, WebP and HEIC, walked from their first byte to their last."""

import re
import struct
import zlib
from collections.abc import Iterator

from incidents.kinds.boxes import Box, boxes_in, inside
from incidents.kinds.polyglots import require_no_archive, require_nothing_else_in
from incidents.kinds.refusing import CUT, MORE_BEHIND, IsAnotherKind, NotTaken

MOST_PIXELS = 40_000_000
MOST_EXPOSURES = 8
MOST_SEGMENTS = 20_000  # a hostile file has millions, each of which takes its moment
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# Frame headers of JPEG: all SOFn but the three codes in their range that mean something else.
JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
APP0, JFIF_BYTES = 0xE0, 14
PLAIN = {0xC4, 0xDA, 0xDB, 0xDD}  # tables of codes and of steps, a scan, where it restarts
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
# In a scan FF is followed by 00, by a restart mark, or by what ends the scan.
AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
SAMSUNG = b"SEFT"  # how the notes end that Samsung's cameras put behind a picture
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
HEIC_COMPATIBLE = {b"heic", b"heix", b"heim", b"heis"}

TOO_MANY_PIXELS = (
    "has more than 40 million dots. Take it again at the camera’s usual size, or send a screenshot"
    " of it."
)
MOVES = "is a moving picture. Choose a still one: a screenshot of it will do."
NO_SIZE = "has no height or width: it is damaged. Save or take it again, and choose the new copy."
DAMAGED = "is damaged. Save or take it again, and choose the new copy."


def require_jpeg(content: bytes) -> None:
    """Refuse what is not one whole JPEG; behind it only what cameras put there."""
    if not content.startswith(JPEG):
        raise IsAnotherKind
    end = _end_of_jpeg(content, 0)
    for _ in range(MOST_EXPOSURES):  # a second exposure or depth, as many phones add
        if content.startswith(JPEG, end):
            end = _end_of_jpeg(content, end)
    _require_cameras_own(content[end:])
    require_no_archive(content)


def plain_jpeg_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG that holds its picture and nothing beside it, or refuse it."""
    seen: list[tuple[int, bytes]] = []
    if not content.startswith(JPEG) or _end_of_jpeg(content, 0, seen) != len(content):
        raise NotTaken(DAMAGED)
    frames = [part for marker, part in seen if marker in JPEG_FRAMES]
    for marker, part in seen:
        is_jfif = marker == APP0 and part.startswith(b"JFIF\0") and len(part) == JFIF_BYTES
        if marker not in PLAIN and marker not in JPEG_FRAMES and not is_jfif:
            raise NotTaken(MORE_BEHIND)
    if len(frames) != 1:
        raise NotTaken(DAMAGED)
    height, width = struct.unpack(">HH", _part(frames[0], 1, 4))
    return width, height


def require_png(content: bytes) -> None:
    """Refuse what is not one whole, still PNG and nothing else."""
    if not content.startswith(PNG):
        raise IsAnotherKind
    names: list[bytes] = []
    for name, part in _png_chunks(content):
        if not names and name != b"IHDR":
            raise NotTaken(DAMAGED)
        if name == b"IHDR":
            _require_size(*struct.unpack(">II", _part(part, 0, 8)))
        if name in {b"acTL", b"fdAT"}:
            raise NotTaken(MOVES)
        names.append(name)
    if b"IDAT" not in names:
        raise NotTaken(DAMAGED)
    require_no_archive(content)


def require_webp(content: bytes) -> None:
    """Refuse what is not one whole, still WebP and nothing else."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise IsAnotherKind
    whole = 8 + struct.unpack("<I", content[4:8])[0]
    if whole > len(content):
        raise NotTaken(CUT)
    if content[whole + whole % 2 :]:
        raise NotTaken(MORE_BEHIND)
    sizes = list(_webp_sizes(content))
    if not sizes:
        raise NotTaken(DAMAGED)
    for width, height in sizes:
        _require_size(width, height)
    require_no_archive(content)


def require_heic(content: bytes) -> None:
    """Refuse what is not one whole HEIC with a still picture."""
    found = {one.name: one for one in boxes_in(content)}
    brands = brands_of(content)
    if not brands or brands[0] not in HEIC_BRANDS or not HEIC_COMPATIBLE & {*brands}:
        raise IsAnotherKind
    if b"moov" in found:
        raise NotTaken(MOVES)
    if b"meta" not in found or not {b"mdat", b"idat"} & {*found}:
        raise NotTaken(DAMAGED)
    sizes = list(_heic_sizes(content, found[b"meta"]))
    if not sizes:
        raise NotTaken(NO_SIZE)
    for width, height in sizes:
        _require_size(width, height)
    require_no_archive(content)


def brands_of(content: bytes) -> list[bytes]:
    """Return what a file of boxes says it is, the chief one first; none where it says nothing."""
    if content[4:8] != b"ftyp":
        return []
    size = struct.unpack(">I", content[:4])[0]
    said = content[8 : min(size, 1024)]
    return [said[at : at + 4] for at in (0, *range(8, len(said), 4))]


def _end_of_jpeg(content: bytes, start: int, seen: list[tuple[int, bytes]] | None = None) -> int:
    """Return where a JPEG that begins at start ends; its height and width stand on the way.

    What stands before and between its scans is noted in seen.
    """
    at, measured, scanned = start + 2, False, False
    for _ in range(MOST_SEGMENTS):
        if at + 2 > len(content) or content[at] != 0xFF:
            break
        marker = content[at + 1]
        if marker == 0xFF:  # a filling byte before the next segment
            at += 1
        elif marker in ALONE:
            at += 2
        elif marker == END_OF_IMAGE:
            if not (measured and scanned):
                raise NotTaken(DAMAGED)
            return at + 2
        else:
            after = at + 2 + _length(content, at + 2)
            if seen is not None:
                seen.append((marker, content[at + 4 : after]))
            if marker in JPEG_FRAMES:
                _require_size(*struct.unpack(">HH", _part(content, at + 5, 4)))
                measured = True
            if marker == START_OF_SCAN:
                scanned = True
                found = AFTER_SCAN.search(content, after)
                if found is None:
                    raise NotTaken(CUT)
                after = found.start()
            at = after
    raise NotTaken(CUT if at + 2 > len(content) else DAMAGED)


def _require_cameras_own(tail: bytes) -> None:
    """Let pass nothing, filling, a film of the moment, or the notes of a maker's own.

    The copy that is looked at has none of it; the original, which has it, is sealed.
    """
    tail = tail.strip(b"\0 \r\n")
    if not tail:
        return
    require_nothing_else_in(tail)
    if b"ftyp" not in tail[:8] and not tail.endswith(SAMSUNG):
        raise NotTaken(MORE_BEHIND)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, name = len(PNG), b""
    for _ in range(MOST_SEGMENTS):
        if name == b"IEND":
            break
        size, name = struct.unpack(">I4s", _part(content, at, 8))
        part = _part(content, at + 8, size)
        if (
            zlib.crc32(part, zlib.crc32(name))
            != struct.unpack(">I", _part(content, at + 8 + size, 4))[0]
        ):
            raise NotTaken(DAMAGED)
        yield name, part
        at += 12 + size
    if name != b"IEND":
        raise NotTaken(DAMAGED)
    if content[at:]:
        raise NotTaken(MORE_BEHIND)


def _webp_sizes(content: bytes) -> Iterator[tuple[int, int]]:
    at = 12
    for _ in range(MOST_SEGMENTS):
        if at >= len(content):
            return
        name, size = struct.unpack("<4sI", _part(content, at, 8))
        part = _part(content, at + 8, size)
        if name in {b"ANIM", b"ANMF"}:
            raise NotTaken(MOVES)
        if name == b"VP8X":
            yield int.from_bytes(part[4:7], "little") + 1, int.from_bytes(part[7:10], "little") + 1
        if name == b"VP8L":
            bits = int.from_bytes(_part(part, 1, 4), "little")
            yield (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if name == b"VP8 ":
            width, height = struct.unpack("<HH", _part(part, 6, 4))
            yield width & 0x3FFF, height & 0x3FFF
        at += 8 + size + size % 2
    raise NotTaken(DAMAGED)


def _heic_sizes(content: bytes, meta: Box) -> Iterator[tuple[int, int]]:
    """Yield the size of each picture that the file describes: the whole, its tiles, its preview."""
    kept = inside(content, meta, b"iprp", b"ipco", skip=4)
    for one in kept:
        if one.name == b"ispe":
            yield struct.unpack(">II", _part(content, one.start + 4, 8))


def _require_size(*sides: int) -> None:
    longest, shortest = max(sides), min(sides)
    if not shortest:
        raise NotTaken(NO_SIZE)
    if longest * shortest > MOST_PIXELS:
        raise NotTaken(TOO_MANY_PIXELS)


def _length(content: bytes, at: int) -> int:
    size = struct.unpack(">H", _part(content, at, 2))[0]
    if size < 2:
        raise NotTaken(DAMAGED)
    return size


def _part(content: bytes, at: int, size: int) -> bytes:
    part = content[at : at + size]
    if len(part) < size:
        raise NotTaken(CUT)
    return part
