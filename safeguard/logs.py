"""Log lines that name nobody.

The text of an exception may quote the record: PostgreSQL names the whole row that failed, and a
template its whole context. A line therefore says of which kind a fault was and where it happened,
and never what was being said.
"""

import copy
import logging
import traceback
from collections.abc import Iterator


class NamesNobody(logging.Formatter):
    """Writes a fault as its kind and the lines of code it came through, without its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; whatever another handler has made of the exception is not used."""
        own = copy.copy(record)
        own.exc_text = None
        return super().format(own)

    def formatException(self, ei) -> str:  # noqa: N802 - logging's name
        """Return the kinds and places of an exception and of those that led to it."""
        return "\n".join(
            f"{type(error).__module__}.{type(error).__qualname__}\n"
            + "".join(traceback.format_tb(error.__traceback__)).rstrip()
            for error in chain(ei[1])
        )


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception, then each one that it was raised from or while handling."""
    told: list[BaseException] = []
    while error is not None and error not in told:
        told.append(error)
        yield error
        error = error.__cause__ or error.__context__
