"""How names are put in order and compared.

PostgreSQL sorts by code point here (C.UTF-8), which would put "Łukasz" after "Zoe" and "de Silva"
after "Young". Pupils therefore carry a stored key.
"""

import unicodedata

# Letters that Unicode does not take apart into a base letter and a mark. Casefold has been applied
# before, so only small letters are here (and ß has already become ss).
WHOLE_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ĸ": "k",
        "ı": "i",
        "ə": "e",
    }
)


def is_modifier(letter: str) -> bool:
    """Recognise letters that stand for an apostrophe, as in ʿAlī: no register sorts by them."""
    return unicodedata.category(letter) == "Lm"


def plain(name: str) -> str:
    """Reduce a name to its letters and digits, so that spellings of one name compare as equal.

    O'Brien, O’Brien, O Brien and OBRIEN are one name to a school office; so are Smith-Jones and
    Smith Jones, or Zoë and Zoe.
    """
    apart = unicodedata.normalize("NFKD", name.casefold()).translate(WHOLE_LETTERS)
    return "".join(letter for letter in apart if letter.isalnum() and not is_modifier(letter))


def sort_key(surname: str, forename: str) -> str:
    """Give the text by which pupils are listed: surname first, letter by letter.

    "de Silva" stands among the Ds, between "Desai" and "Desmond", as in a printed register. The
    space sorts before any letter, so that every Smith comes before the first Smithson.
    """
    return f"{plain(surname)} {plain(forename)}"


def searchable(*names: str) -> str:
    """Give the words by which a pupil is found, each once, in the plain spelling."""
    words = [plain(word) for name in names for word in name.split()]
    return " ".join(dict.fromkeys(word for word in words if word))
