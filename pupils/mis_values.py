"""What one cell of an export says. Each reader takes clean text that is not empty."""

import re
import unicodedata
from datetime import date, timedelta

from pupils.mis_codes import ETHNICITY_CODES, LANGUAGES, SEN_CODES, key

OLDEST_PUPIL = timedelta(days=26 * 366)

# The letters that begin a UPN, in the order of the remainders they stand for (I, O and S are
# left out because they are misread).
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
UPN = re.compile(r"[A-HJ-NP-RT-Z]\d{11}[\dA-HJ-NP-RT-Z]")
# The census's reasons for having no UPN.
NO_UPN = re.compile(r"UN[1-5]")

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

YES = frozenset({"y", "yes", "t", "true", "1"})
NO = frozenset({"n", "no", "f", "false", "0"})
# "U" and "R" are the census's "unknown" and "refused": nothing is known, which is not the same as no.
NOT_KNOWN = frozenset({"u", "r", "unknown", "refused", "notknown"})

SEXES = {"m": "M", "male": "M", "boy": "M", "f": "F", "female": "F", "girl": "F"}

YEAR_NAMES = {
    "r": "R",
    "rec": "R",
    "reception": "R",
    "yr": "R",
    "0": "R",
    "fs2": "R",
    "f2": "R",
    "n1": "N1",
    "nursery1": "N1",
    "n2": "N2",
    "nursery2": "N2",
    "fs1": "N2",
    "f1": "N2",
    # A school with one nursery year means the year before Reception.
    "n": "N2",
    "nursery": "N2",
}
YEAR_WORD = re.compile(r"^(?:nc)?(?:year|yr|y)(?:group)?")

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
TELEPHONE = re.compile(r"[+(]?\d[\d\s()+./-]*(?:\s*(?:ext|x)\.?\s*\d+)?", re.IGNORECASE)

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


def read_address(text: str) -> str:
    """Take an address of one or more lines as one line with commas."""
    lines = [line.strip(" ,") for line in text.split("\n")]
    return ", ".join(line for line in lines if line)


def read_upn(text: str) -> str:
    """Take a unique pupil number whose form and check letter are right, or none for UN1 to UN5."""
    upn = text.replace(" ", "").upper()
    if NO_UPN.fullmatch(upn):
        return ""
    if not UPN.fullmatch(upn):
        raise NotUnderstood(
            f"“{text}” is not a UPN: a letter, then 12 digits (or 11 and a letter)."
        )
    if upn[0] != upn_check_letter(upn):
        raise NotUnderstood(f"“{text}” is not a UPN: its first letter does not fit its digits.")
    return upn


def upn_check_letter(upn: str) -> str:
    """Work out the first letter of a UPN from its other twelve characters."""
    values = (int(sign) if sign.isdigit() else UPN_LETTERS.index(sign) for sign in upn[1:])
    return UPN_LETTERS[sum(place * value for place, value in enumerate(values, 2)) % 23]


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


def read_birthday(text: str, today: date) -> date:
    """Take a date of birth that somebody at school can have."""
    born = read_date(text)
    if born >= today:
        raise NotUnderstood(f"“{text}” is in the future.")
    if today - born > OLDEST_PUPIL:
        raise NotUnderstood(f"“{text}” would make the pupil older than 26.")
    return born


def read_leaving_date(text: str, today: date) -> date:
    """Take the day a pupil left, once it has passed.

    Some exports give the day on which Year 11 will leave: until then the pupil is here, and must
    be found by whoever has a concern.
    """
    left = read_date(text)
    if left > today:
        raise NotUnderstood(f"“{text}” is in the future and is taken when it has passed.")
    return left


def read_year_group(text: str) -> str:
    """Take a national curriculum year: N1, N2, R, or 1 to 14."""
    plain = key(text)
    year = YEAR_WORD.sub("", plain, count=1)
    for name in (plain, year):
        if name in YEAR_NAMES:
            return YEAR_NAMES[name]
    # Some systems number the nursery years downwards, each in its own way.
    if not text.startswith("-") and year.isdecimal() and 1 <= int(year) <= 14:
        return str(int(year))
    raise NotUnderstood(f"“{text}” is not a year group: N1, N2, Reception or 1 to 14.")


def read_yes_no(text: str) -> bool | None:
    """Take a yes or no in any of the ways they are exported; None when it is not known."""
    answer = key(text)
    if answer in YES:
        return True
    if answer in NO:
        return False
    if answer in NOT_KNOWN:
        return None
    raise NotUnderstood(f"“{text}” is neither yes nor no.")


def read_sex(text: str) -> str:
    """Take M or F, or their words."""
    if key(text) not in SEXES:
        raise NotUnderstood(f"“{text}” is neither M nor F.")
    return SEXES[key(text)]


def read_ethnicity(text: str) -> str:
    """Take an ethnicity as its main code of the Department for Education."""
    return read_code(text, ETHNICITY_CODES, "an ethnicity of the Department's list")


def read_sen(text: str) -> str:
    """Take SEN provision as N, K or E."""
    return read_code(text, SEN_CODES, "SEN provision: N, K or E")


def read_code(text: str, codes: dict[str, str], what: str) -> str:
    """Find the code in a code, a description, or a code followed by any description."""
    if key(text) in codes:
        return codes[key(text)]
    first = re.split(r"[\s:–-]", text, maxsplit=1)[0]
    code = codes.get(key(first), "")
    # "WENG - White English", but not "BRITISH INDIAN", which begins with a description.
    if code and first.isupper() and len(first) == len(code):
        return code
    raise NotUnderstood(f"“{text}” is not {what}.")


def read_language(text: str) -> str:
    """Take a language by its name, or by its census code if that is a common one."""
    return LANGUAGES.get(text.upper(), read_text(text))


def read_email(text: str) -> str:
    """Take one e-mail address."""
    if not EMAIL.fullmatch(read_text(text)):
        raise NotUnderstood(f"“{text}” is not an e-mail address.")
    return text


def read_telephone(text: str) -> str:
    """Take one telephone number, and give back the nought that a spreadsheet took away."""
    if not TELEPHONE.fullmatch(read_text(text)):
        raise NotUnderstood(f"“{text}” is not a telephone number.")
    return f"0{text}" if re.fullmatch(r"[127]\d{9}", text) else text


def read_priority(text: str) -> int:
    """Take the order in which contacts are called."""
    if not re.fullmatch(r"\d{1,2}", text):
        raise NotUnderstood(f"“{text}” is not a number from 0 to 99.")
    return int(text)


def read_court_order(text: str) -> str:
    """Take what the export says of a court order: its words, or that there is one."""
    if key(text) in NO | NOT_KNOWN:
        return ""
    return "Court order recorded in the MIS" if key(text) in YES else read_address(text)
