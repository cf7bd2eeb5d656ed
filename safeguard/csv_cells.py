"""What one cell of a CSV says, whoever made it. Each reader takes clean text that is not empty."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

TIME_OF_DAY = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
DAY_FIRST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
YEAR_FIRST = re.compile(r"(\d{4})([/-])(\d{1,2})\2(\d{1,2})")
DAY_AND_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})[ -](\d{4})", re.IGNORECASE)
SHORT_YEAR = re.compile(r"\d{1,2}([/. -])([a-z]{3,9}|\d{1,2})\1\d{2}", re.IGNORECASE)
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
EMPTY_MARKS = frozenset({"-", "--", "n/a", "#n/a"})


class NotUnderstood(ValueError):
    """A cell that cannot be taken as it stands; the message is for the person with the file."""


def clean(cell: str) -> str:
    """Remove what spreadsheets and exports add to a value and what no eye can see."""
    text = unicodedata.normalize("NFC", cell)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf").strip()
    # ="00123" and '00123 are spreadsheets' ways to keep a leading zero.
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1].strip()
    if re.match(r"'[\d+=]", text):
        text = text[1:]
    text = "\n".join(" ".join(line.split()) for line in re.split(r"\r\n|\r|\n", text))
    return "" if text.casefold() in EMPTY_MARKS else text


def check_letters(text: str) -> None:
    """Refuse text in which letters have been lost or mistaken between two encodings."""
    if any(unicodedata.category(sign) == "Cc" and sign != "\n" for sign in text):
        raise NotUnderstood("holds characters that cannot be shown.")
    if "\ufffd" in text:
        raise NotUnderstood(f"“{text}”: a letter was lost when the file was saved.")
    if is_garbled(text):
        raise NotUnderstood(f"“{text}” is garbled: the file was saved in two encodings at once.")


def is_garbled(text: str) -> bool:
    """Recognise UTF-8 that was once read as Windows-1252, as in Siân turned to “SiÃ¢n”."""
    if text.isascii():
        return False
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False


def check_length(value: object, longest: int | None) -> None:
    """Refuse a text longer than its place in the record."""
    if longest is not None and isinstance(value, str) and len(value) > longest:
        raise NotUnderstood(f"“{value[:20]}…” is longer than {longest} characters.")


def read_text(text: str) -> str:
    """Take a text on one line."""
    if "\n" in text:
        raise NotUnderstood("goes over several lines: is a quotation mark missing?")
    return text


def read_name(text: str) -> str:
    """Take a name as the school writes it, if every letter survived the export."""
    name = read_text(text)
    if "?" in name:
        raise NotUnderstood(f"“{name}”: a letter was lost; export the file again as UTF-8.")
    if not any(letter.isalpha() for letter in name):
        raise NotUnderstood(f"“{name}” is not a name.")
    return name


def read_date(text: str) -> date:
    """Take a date with the day first, the year first or the month in words; never guess a year."""
    day_only = TIME_OF_DAY.sub("", text)
    try:
        if found := DAY_FIRST.fullmatch(day_only):
            return date(int(found[4]), int(found[3]), int(found[1]))
        if found := YEAR_FIRST.fullmatch(day_only):
            return date(int(found[1]), int(found[3]), int(found[4]))
        if found := DAY_AND_NAME.fullmatch(day_only):
            return date(int(found[3]), month_number(found[2]), int(found[1]))
    except ValueError as error:
        raise NotUnderstood(f"“{text}” is not a day of the calendar.") from error
    if SHORT_YEAR.fullmatch(day_only):
        raise NotUnderstood(f"“{text}”: write the year with four digits.")
    raise NotUnderstood(f"“{text}” is not a date such as 12/01/2009, 2009-01-12 or 12 Jan 2009.")


def month_number(name: str) -> int:
    """Number the month that a name or its first letters mean."""
    matches = [n for n, month in enumerate(MONTHS, 1) if month.startswith(name.casefold())]
    matches += [9] if name.casefold() == "sept" else []
    if not matches:
        raise ValueError(name)
    return matches[0]


def read_email(text: str) -> str:
    """Take one e-mail address."""
    if not EMAIL.fullmatch(read_text(text)):
        raise NotUnderstood(f"“{text}” is not an e-mail address.")
    return text


@dataclass(frozen=True)
class Field:
    """The reader of one field, the length the record has room for, and what an empty cell means."""

    reader: Callable[[str], Any]
    longest: int | None = None
    nothing: Any = None

    def read(self, cell: str) -> Any:
        """Read one cell of the file, or raise NotUnderstood."""
        text = clean(cell)
        check_letters(text)
        value = self.reader(text) if text else self.nothing
        check_length(value, self.longest)
        return value


def key(text: str) -> str:
    """Reduce a code or description to what matters when two of them are compared."""
    return "".join(letter for letter in text.casefold().replace("&", "and") if letter.isalnum())
