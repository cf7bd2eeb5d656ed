"""From the bytes of an exported file to its headings and rows; or a sentence why not."""

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 10_000
# Some reports begin with a title, a date and an empty line.
HEADINGS_WITHIN = 10
DELIMITERS = (",", ";", "\t", "|")

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file, said so that the office can find it and put it right."""

    file: str
    line: int | None
    column: str
    message: str

    def __str__(self):
        place = [self.file]
        place += [f"line {self.line}"] if self.line else []
        place += [f"column “{self.column}”"] if self.column else []
        return f"{', '.join(place)}: {self.message}"


class Unreadable(Exception):
    """A file from which no row can be trusted."""

    def __init__(self, problem: Problem):
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Record:
    """One row of the file and the line on which it begins."""

    line: int
    cells: tuple[str, ...]

    @property
    def is_empty(self):
        """Say whether the row holds nothing but separators and spaces."""
        return not any(cell.strip() for cell in self.cells)


def decode(file: str, content: bytes) -> tuple[str, str]:
    """Turn the bytes into text and name the encoding: UTF-8 if it can be that, else Windows-1252.

    No text of any length in Windows-1252 that has an accent is also valid UTF-8 by chance, so the
    order of trying decides.
    """
    refuse_what_is_no_csv(file, content)
    if content.startswith(BYTE_ORDER_MARK):
        return decode_as(file, content.removeprefix(BYTE_ORDER_MARK), "utf-8", "UTF-8"), "UTF-8"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return decode_as(file, content, "cp1252", "Windows-1252"), "Windows-1252"


def refuse_what_is_no_csv(file: str, content: bytes) -> None:
    """Stop at what people send by mistake: a workbook, an empty file, a file of another kind."""
    reason = ""
    if not content.strip():
        reason = "is empty."
    elif len(content) > MOST_BYTES:
        reason = f"is larger than {MOST_BYTES // 1024 // 1024} MB."
    elif content.startswith(WORKBOOKS):
        reason = "is an Excel workbook. Save it as “CSV UTF-8” and import that."
    elif content.startswith(WIDE_TEXT) or b"\0" in content:
        reason = "is not a CSV in UTF-8 or Windows-1252. Export or save it as “CSV UTF-8”."
    if reason:
        raise Unreadable(Problem(file, None, "", reason))


def decode_as(file: str, content: bytes, codec: str, name: str) -> str:
    """Decode, or name the line whose bytes do not belong to the encoding."""
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"holds a letter that is not {name}. Export the file again as UTF-8."
        raise Unreadable(Problem(file, line, "", message)) from error


def records(file: str, text: str, delimiter: str) -> Iterator[Record]:
    """Give the rows one by one, up to a quotation mark out of place, after which all is guesswork."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield Record(line, tuple(cells))
            line = reader.line_num + 1
    except csv.Error as error:
        message = (
            "a quotation mark in this row is not closed or stands inside a value; nothing from"
            " here on was read."
        )
        raise Unreadable(Problem(file, line, "", message)) from error


def opening(file: str, text: str, delimiter: str) -> list[Record]:
    """Give the first rows, in which the headings must be, as far as they can be read."""
    found: list[Record] = []
    with suppress(Unreadable):
        found.extend(islice(records(file, text, delimiter), HEADINGS_WITHIN))
    return found


def body(
    file: str, text: str, delimiter: str, headings: Record
) -> tuple[list[Record], list[Problem]]:
    """Give the rows below the headings, and what ended the reading before the end of the file."""
    rows: list[Record] = []
    try:
        for record in records(file, text, delimiter):
            if record.line <= headings.line or record.is_empty:
                continue
            if len(rows) == MOST_ROWS:
                message = f"is beyond row {MOST_ROWS:,}; nothing from here on was read."
                return rows, [Problem(file, record.line, "", message)]
            rows.append(record)
    except Unreadable as unreadable:
        return rows, [unreadable.problem]
    return rows, []
