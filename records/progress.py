"""How far a long command is: a bar on a terminal, a line now and then anywhere else."""

import sys
import time
from typing import Protocol, TextIO

BAR = 30
BETWEEN_LINES = 10.0  # seconds, where nobody watches a bar


class Progress(Protocol):
    """Whoever is told how far it is."""

    def __call__(self, step: str, done: int, total: int | None) -> None: ...


def in_silence(step: str, done: int, total: int | None) -> None:
    """Tell nobody."""


class OnScreen:
    """Tells a person; amounts are bytes, and a total that is not known is left out."""

    def __init__(self, out: TextIO | None = None):
        self.out = out or sys.stderr
        self.watched = self.out.isatty()
        self.step = ""
        self.said_at = 0.0

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Show it, unless something was shown a moment ago."""
        now = time.monotonic()
        ended = total is not None and done >= total
        begun = step != self.step
        pause = 0.1 if self.watched else BETWEEN_LINES
        if not begun and not ended and now - self.said_at < pause:
            return
        if begun and self.step and self.watched:
            self.out.write("\n")
        self.step, self.said_at = step, now
        self.out.write(self._bar(done, total) if self.watched else self._line(done, total))
        self.out.flush()

    def end(self) -> None:
        """Leave the bar's line."""
        if self.step and self.watched:
            self.out.write("\n")
            self.out.flush()

    def _bar(self, done: int, total: int | None) -> str:
        share = min(1.0, done / total) if total else 0.0
        full = round(share * BAR)
        bar = f"[{'█' * full}{' ' * (BAR - full)}] {share:4.0%} " if total else ""
        return f"\r{self.step:<22} {bar}{in_words(done)}   "

    def _line(self, done: int, total: int | None) -> str:
        of = f" of {in_words(total)}" if total is not None else ""
        return f"{self.step}: {in_words(done)}{of}\n"


def in_words(size: int) -> str:
    """Return a number of bytes as people read it."""
    for unit, bytes_of in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_of:
            return f"{size / bytes_of:.1f} {unit}"
    return f"{size} bytes"
