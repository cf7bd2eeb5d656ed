"""Sound and film: MP3, M4A and MP4, their lengths read from what their frames and heads say."""

import re
import struct

from incidents.kinds.boxes import Box, boxes_in, inside
from incidents.kinds.pictures import brands_of
from incidents.kinds.polyglots import require_no_archive, require_nothing_else_in
from incidents.kinds.refusing import CUT, MORE_BEHIND, IsAnotherKind, NotTaken

LONGEST_HOURS = 2
LONGEST = LONGEST_HOURS * 3600
BRANDS = re.compile(rb"isom|iso[2-9a-c]|mp4[12]|avc1|M4A |M4V |M4B |MSNV|3gp[4-7]|dash")

TOO_LONG = f"lasts longer than {LONGEST_HOURS} hours. Cut out the part that matters and add that."
NO_SOUND = "has no sound or film in it. Save it again, and choose the new copy."
IS_FILM = "is a film with the name of a sound. Rename it so that it ends in .mp4, and add it again."

# Kilobits a second by the frame's index, and samples a frame, of MPEG 1 and of MPEG 2 and 2.5, layer III.
RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
SAMPLING = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
FEWEST_FRAMES = 3


def require_mp3(content: bytes) -> None:
    """Refuse what is not frames of MP3 from its tags to its end."""
    at = _after_tag(content)
    if _frame(content, at) is None:
        raise IsAnotherKind
    seconds, frames = 0.0, 0
    while (frame := _frame(content, at)) is not None:
        size, lasts = frame
        seconds, frames, at = seconds + lasts, frames + 1, at + size
    if frames < FEWEST_FRAMES:
        raise NotTaken(NO_SOUND)
    tail = content[at:].strip(b"\0")
    # The last frame may be cut off, as recorders leave it; tags of three kinds may follow.
    if tail and not tail.startswith((b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"\xff")):
        raise NotTaken(MORE_BEHIND)
    require_nothing_else_in(tail)
    if seconds > LONGEST:
        raise NotTaken(TOO_LONG)
    require_no_archive(content)


def require_m4a(content: bytes) -> None:
    """Refuse what is not one whole file of sound."""
    if b"vide" in _tracks(content):
        raise NotTaken(IS_FILM)


def require_mp4(content: bytes) -> None:
    """Refuse what is not one whole file of sound or film."""
    if not _tracks(content):
        raise NotTaken(NO_SOUND)


def _tracks(content: bytes) -> set[bytes]:
    """Return which kinds of track a file has, once it is whole and not too long."""
    brands = brands_of(content)
    if not brands or not BRANDS.fullmatch(brands[0]):
        raise IsAnotherKind
    found = {one.name: one for one in boxes_in(content)}
    if b"moov" not in found or not {b"mdat", b"moof"} & {*found}:
        raise NotTaken(CUT)
    for one in inside(content, found[b"moov"]):
        if one.name == b"mvhd" and _seconds(content, one) > LONGEST:
            raise NotTaken(TOO_LONG)
    require_no_archive(content)
    handlers = (
        content[one.start + 8 : one.start + 12]
        for one in inside(content, found[b"moov"], b"trak", b"mdia")
        if one.name == b"hdlr"
    )
    return {one for one in handlers if one in {b"vide", b"soun"}}


def _seconds(content: bytes, head: Box) -> float:
    said = content[head.start : head.end]
    form, at = (">IQ", 20) if said[:1] == b"\1" else (">II", 12)
    if len(said) < at + struct.calcsize(form):
        raise NotTaken(CUT)
    scale, lasts = struct.unpack_from(form, said, at)
    return lasts / scale if scale else 0


def _after_tag(content: bytes) -> int:
    if content[:3] != b"ID3" or len(content) < 10:
        return 0
    size = 0
    for seven_bits in content[6:10]:
        size = size << 7 | seven_bits & 0x7F
    return 10 + size + (10 if content[5] & 0x10 else 0)


def _frame(content: bytes, at: int) -> tuple[int, float] | None:
    """Return how many bytes the frame here has and how long it lasts; None where there is none."""
    if at + 4 > len(content) or content[at] != 0xFF or content[at + 1] & 0xE6 != 0xE2:
        return None
    version = content[at + 1] >> 3 & 3
    rate, sampled = content[at + 2] >> 4, content[at + 2] >> 2 & 3
    if version == 1 or rate in {0, 15} or sampled == 3:
        return None
    samples, kilobits = (1152, RATES_1[rate]) if version == 3 else (576, RATES_2[rate])
    hertz = SAMPLING[version][sampled]
    size = samples // 8 * kilobits * 1000 // hertz + (content[at + 2] >> 1 & 1)
    if at + size > len(content):
        return None
    return size, samples / hertz
