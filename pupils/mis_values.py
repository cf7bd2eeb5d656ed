"""What one cell of an export says. Each reader takes clean text that is not empty."""

import re
from datetime import date, timedelta

from pupils.mis_codes import ETHNICITY_CODES, LANGUAGES, SEN_CODES
from safeguard.csv_cells import NotUnderstood, key, read_date, read_text

OLDEST_PUPIL = timedelta(days=26 * 366)

# The letters that begin a UPN, in the order of the remainders they stand for (I, O and S are
# left out because they are misread).
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
UPN = re.compile(r"[A-HJ-NP-RT-Z]\d{11}[\dA-HJ-NP-RT-Z]")
# The census's reasons for having no UPN.
NO_UPN = re.compile(r"UN[1-5]")


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

TELEPHONE = re.compile(r"[+(]?\d[\d\s()+./-]*(?:\s*(?:ext|x)\.?\s*\d+)?", re.IGNORECASE)


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
