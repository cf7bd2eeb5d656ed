"""Having a file drawn apart, and trusting nothing of what comes back.

The program may be in the hands of whoever made the file. So it gets an empty environment, it is killed
when it is slow, no more is read of it than a picture can have, and only plain JPEGs are taken: of the
size that was asked for, without a place for anything but colours.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, Timer
from typing import IO

from incidents.apart.limits import LONGEST, MOST_PAGES, SMALL
from incidents.kinds.pictures import plain_jpeg_size
from incidents.kinds.refusing import NotTaken

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[2]); from incidents.apart.program import main; main()"
)
MOST_TIME = 45  # seconds on the clock, where the machine is busy; of the processor's it gets 20
LONGEST_LINE = 500
MOST_BYTES = 8 * 1024 * 1024


class NotDrawn(Exception):
    """Nothing can be shown of the file; `why` is one word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Drawn:
    """One picture: which page of how many, whether it is the small one, and its bytes."""

    page: int
    pages: int
    small: bool
    width: int
    height: int
    content: bytes


def draw(content: bytes, content_type: str) -> list[Drawn]:
    """Return what a picture or a PDF looks like; of a PDF what was drawn in time, if not all."""
    process = subprocess.Popen(  # noqa: S603 - our own program, by full names
        [sys.executable, "-I", "-c", PROGRAM, content_type, str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    late = Timer(MOST_TIME, _kill, [process])
    feeding = Thread(target=_feed, args=(process.stdin, content), daemon=True)
    late.start()
    feeding.start()
    try:
        with process.stdout:  # type: ignore[union-attr]
            drawn = list(_read(process.stdout))  # type: ignore[arg-type]
    finally:
        late.cancel()
        _kill(process)
        process.wait()
        feeding.join()
    if not drawn:
        raise NotDrawn("too_large")
    return drawn


def _kill(process: subprocess.Popen) -> None:
    """Kill the program and whatever it started; nothing it does matters any more."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def _feed(pipe: IO[bytes], content: bytes) -> None:
    try:
        with pipe:
            pipe.write(content)
    except BrokenPipeError:  # it ended before it had read all
        pass


def _read(pipe: IO[bytes]) -> Iterator[Drawn]:
    """Yield what comes whole; a program that was killed, or gave up, on the way has ended."""
    for number in range(MOST_PAGES + 1):
        line = pipe.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            return
        try:
            head = json.loads(line)
            if "refused" in head and number:
                return
            if "refused" in head:
                raise NotDrawn(str(head["refused"])[:20])
            size = int(head["size"])
            if not 0 < size <= MOST_BYTES:
                raise NotDrawn("damaged")
            content = pipe.read(size)
            if len(content) < size:
                return
            yield _as_it_may_be(head, content)
        except (ValueError, TypeError, KeyError, AttributeError, NotTaken) as error:
            raise NotDrawn("damaged") from error


def _as_it_may_be(head: dict, content: bytes) -> Drawn:
    """Take a picture for what its bytes are, whatever is said of them."""
    width, height = plain_jpeg_size(content)
    small, page, pages = bool(head.get("small")), int(head.get("page", 1)), int(head["pages"])
    if max(width, height) > (SMALL if small else LONGEST):
        raise NotDrawn("damaged")
    if not 1 <= page <= min(pages, MOST_PAGES):
        raise NotDrawn("damaged")
    return Drawn(page, min(pages, 100_000), small, width, height, content)
