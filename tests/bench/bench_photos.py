"""What ten photos of 12 MB cost: the seconds somebody waits, and the memory it takes meanwhile.

Through a running copy: web process, sealing, disk, and the worker that draws what is looked at. Sent in
one form, as without JavaScript, and one after another, as with it.
"""

import random
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Self
from uuid import uuid4

import pytest
from PIL import Image

from tests.faults.running import Copy
from tests.faults.writers import answers, teachers

PHOTOS, MEGABYTES = 10, 12
SIDES = (4032, 3024)  # a phone's
PATIENCE = 120


def photo(seed: int) -> bytes:
    """Return a JPEG of a phone's size that weighs what it should: grain, as in a dim room."""
    grain = Image.frombytes("L", (1008, 756), random.Random(seed).randbytes(1008 * 756))
    grey = grain.resize(SIDES, Image.Resampling.BICUBIC)
    fine = Image.effect_noise(SIDES, 40)
    picture = Image.merge("RGB", (Image.blend(grey, fine, 0.5), grey, fine))
    for quality in (88, 91, 93, 95, 97):
        written = BytesIO()
        picture.save(written, "JPEG", quality=quality)
        if written.tell() > (MEGABYTES - 2) * 1024 * 1024:
            break
    return written.getvalue()


def resident(pid: int, what: str) -> int:
    """Return a figure of a process's memory in MB; nothing when it is gone."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(what):
                return round(int(line.split()[1]) / 1024)
    return 0


def below(pid: int) -> list[int]:
    """Return all processes under this one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *below(child)]
    return found


class Watch:
    """Looks at the processes under one of the copy's, twenty times a second, and keeps the peaks."""

    def __init__(self, copy: Copy, name: str):
        self.pid, self.enough = copy.pids()[name], Event()
        self.together = self.largest = 0
        self.thread = Thread(target=self.look)

    def look(self) -> None:
        while not self.enough.wait(0.05):
            sizes = [resident(pid, "VmRSS:") for pid in [self.pid, *below(self.pid)]]
            self.together = max(self.together, sum(sizes))
            self.largest = max(self.largest, *sizes)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.enough.set()
        self.thread.join()


@pytest.mark.timeout(1200)
def test_ten_photos(tmp_path, figures):
    photos = {f"{n}.jpg": photo(n) for n in range(PHOTOS)}
    copy = Copy(tmp_path, "photos")
    try:
        assert copy.address
        at_once, in_turn = teachers(copy, 2, patience=PATIENCE)
        typed = answers(copy)

        with Watch(copy, "web") as idle:
            time.sleep(2)
        with Watch(copy, "web") as web, Watch(copy, "worker") as worker:
            began = time.monotonic()
            form = str(uuid4())
            at_once.fill_in(form, typed, photos)
            one_form = time.monotonic() - began
            drawn_after = time.monotonic() - began + drawn(copy, PHOTOS)
        with Watch(copy, "web") as turns:
            draft, spans = str(uuid4()), []
            for name, content in photos.items():
                began = time.monotonic()
                in_turn.fill_in(draft, typed, {name: content})
                spans.append(time.monotonic() - began)
        drawn(copy, 2 * PHOTOS)
    finally:
        copy.stop()

    size = sum(map(len, photos.values())) / PHOTOS / 1024 / 1024
    figures.keep("photos: size of each, MB", round(size, 1))
    figures.keep("photos: ten in one form, seconds", round(one_form, 1))
    figures.keep("photos: each by itself, seconds at most", round(max(spans), 1))
    figures.keep("photos: web processes before, MB together", idle.together)
    figures.keep("photos: web processes, ten in one form, MB together at most", web.together)
    figures.keep("photos: web processes, one after another, MB together at most", turns.together)
    figures.keep("photos: all ten can be looked at after, seconds", round(drawn_after, 1))
    figures.keep("photos: largest process of the worker's while it draws, MB", worker.largest)
    figures.keep("photos: worker's processes, MB together at most", worker.together)


def drawn(copy: Copy, wanted: int) -> float:
    """Wait until so many files can be looked at, and return for how long."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        ((ready,),) = copy.query("SELECT count(*) FROM incidents_preparation WHERE state = 'ready'")
        if ready >= wanted:
            return time.monotonic() - began
        time.sleep(0.1)
    raise AssertionError("not drawn")
