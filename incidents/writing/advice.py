"""Looking at what somebody writes: which words might be put better, and how.

Nothing here needs the database, and nothing is kept. What stands in quotation marks is somebody's
words and is left alone, and so are the child's exact words.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from incidents.writing import words
from incidents.writing.rules import EXPLAINED, Rule

MOST = 12  # at once: more is noise
MOST_OF_A_RULE = 3  # in one answer
STANDARD = {
    Rule.LABEL: words.LABELS,
    Rule.OPINION: words.OPINIONS,
    Rule.TIME: words.TIMES,
    Rule.PLACE: words.PLACES,
    Rule.INITIALS: words.ABBREVIATIONS,
}

QUOTED = re.compile(r"“[^”]*”|\"[^\"\n]*\"|‘[^’\n]*’(?!\w)")
WITH_DOTS = r"\b(?:[A-Z]\.[ ]?){1,3}[A-Z]\.|\b[A-Z]\.[A-Z]\b"
LETTERS = r"(?<![&'’-])\b[A-Z]{2,3}\b(?![&'’-])"
LETTERED = r"\b(?:[Cc]hild|[Pp]upil|[Ss]tudent|[Bb]oy|[Gg]irl|[Mm]um|[Dd]ad)\s+[A-Z]\b(?!['’.])"
ONE_LETTER = r"\b[B-HJ-Z]\b(?=\s(?:said|told|was|came|went|hit|had|asked|has|is|and\s[A-Z]\b))"
INITIALS = re.compile(f"{WITH_DOTS}|{LETTERED}|{LETTERS}|{ONE_LETTER}")
SHOUTED = 0.3  # of all words in capitals: then capitals mean nothing

HARMLESS = r"(?!\s+(?:\w+\s+)?(?:was|were|is|are|felt)\s+(?:ok|okay|all\s+right|alright|fine)\b)"
HELPED = r"(?!\s+(?:\w+\s+)?(?:wanted|needed|would\s+like|could|can|might)\b)"
ASKED_WHETHER = rf"\basked(?:\s+\w+){{0,3}}?\s+(?:if|whether)\b{HARMLESS}{HELPED}"
CLOSED = r"(?:did|was|were|is\s+it|has|have\s+you\s+been|do\s+you\s+mean|does|so)"
ASKED = rf"\b(?:I|we|staff)\s+(?:then\s+)?(?:asked|said)\b[^“\"‘?.]{{0,40}}[“\"‘]\s*{CLOSED}\b[^”\"’?]{{0,120}}\?"
LEADING = re.compile(f"{ASKED_WHETHER}|{ASKED}", re.IGNORECASE)

ADULT = (
    r"(?:mum|mother|dad|father|carer|parent|nan|nanny|grandm\w+|grandad|grandfather|uncle|aunt\w*|teacher"
    r"|colleague|staff|driver|neighbour|mrs\s\w+|mr\s\w+|ms\s\w+|miss\s\w+|dr\s\w+)"
)
SPOKE = r"(?:told\s+(?:me|us)|disclosed|confided|said\s+to\s+(?:me|us)|(?:he|she|they)\s+said)"
SPEAKS = re.compile(rf"(?:\b(?P<adult>{ADULT})\s+(?:\w+\s+)?)?\b{SPOKE}\b", re.IGNORECASE)

HEADER = re.compile(r"^(?:From|Sent|To|Cc|Subject|Date):\s", re.MULTILINE)
CHAT = re.compile(r"^\[?\d{1,2}[/.]\d{1,2}[/.]\d{2,4},?\s+\d{1,2}:\d{2}", re.MULTILINE)
MAIL = re.compile(r"-----\s*Original Message|^On .{5,80} wrote:\s*$|^>+ ", re.MULTILINE)
SENTENCE = re.compile(r"[^.!?\n]{60,}")


@dataclass(frozen=True)
class Hint:
    """One suggestion about one answer: by which rule, which words, and what to do."""

    answer: str  # the field's name
    rule: Rule
    words: str
    text: str


@dataclass(frozen=True)
class Change:
    """A school's own word for or against one on a standard list."""

    rule: Rule
    phrase: str
    looked_for: bool


def advise(answers: Mapping[str, str], changes: Iterable[Change] = ()) -> list[Hint]:
    """Return what might be put better, in the order of the answers; at most twelve suggestions."""
    lists = in_use(changes)
    found: list[Hint] = []
    for name, text in answers.items():
        if text.strip():
            found += _of_answer(name, text, lists)
    found += _of_the_whole(answers)
    order = {name: place for place, name in enumerate(answers)}
    return sorted(dict.fromkeys(found), key=lambda hint: order.get(hint.answer, 0))[:MOST]


def in_use(changes: Iterable[Change]) -> dict[Rule, frozenset[str]]:
    """Return the lists as a school has them: the standard ones with its changes."""
    lists = dict(STANDARD)
    for change in changes:
        phrase = frozenset([change.phrase.lower()])
        was = lists[change.rule]
        lists[change.rule] = was | phrase if change.looked_for else was - phrase
    return lists


def _of_answer(name: str, text: str, lists: Mapping[Rule, frozenset[str]]) -> Iterator[Hint]:
    own_words = QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    for rule in (Rule.LABEL, Rule.OPINION, Rule.TIME, Rule.PLACE):
        if name in EXPLAINED[rule].answers:
            matches = _looking_for(lists[rule]).finditer(own_words.replace("’", "'"))
            yield from _hints(name, rule, (match[0] for match in matches))
    if name in EXPLAINED[Rule.INITIALS].answers:
        yield from _hints(name, Rule.INITIALS, _initials(own_words, lists[Rule.INITIALS]))
    if name in EXPLAINED[Rule.LEADING].answers and LEADING.search(text):
        yield from _hints(name, Rule.LEADING, [""])
    if name in EXPLAINED[Rule.PASTED].answers and _is_pasted(text):
        yield from _hints(name, Rule.PASTED, [""])


def _of_the_whole(answers: Mapping[str, str]) -> Iterator[Hint]:
    told_by_another = answers.get("told_by", "").strip()
    parts = [answers.get("saw", ""), "" if told_by_another else answers.get("told", "")]
    spoke = any(not match["adult"] for part in parts for match in SPEAKS.finditer(part))
    quotes = any(QUOTED.search(part) for part in parts)
    if spoke and not quotes and not answers.get("child_words", "").strip():
        yield from _hints("child_words", Rule.VOICE, [""])


def _hints(name: str, rule: Rule, found: Iterable[str]) -> Iterator[Hint]:
    once = {" ".join(one.lower().split()): " ".join(one.split()) for one in found}
    for one in list(once.values())[:MOST_OF_A_RULE]:
        yield Hint(name, rule, one, EXPLAINED[rule].advice.format(words=one))


def _initials(text: str, known: Collection[str]) -> Iterator[str]:
    spoken = re.findall(r"[^\W\d_]+", text)
    loud = [word for word in spoken if len(word) > 1 and word.isupper()]
    shouting = len(loud) > 3 and len(loud) > SHOUTED * len(spoken)
    for match in INITIALS.finditer(text):
        letters = re.sub(r"[^A-Z]", "", match[0]).lower()
        if letters not in known and not (shouting and match[0].isalpha()):
            yield match[0]


def _is_pasted(text: str) -> bool:
    if MAIL.search(text) or len(HEADER.findall(text)) > 1 or len(CHAT.findall(text)) > 1:
        return True
    sentences = [" ".join(one.lower().split()) for one in SENTENCE.findall(text)]
    return len(set(sentences)) < len(sentences)


@lru_cache(maxsize=256)
def _looking_for(phrases: frozenset[str]) -> re.Pattern[str]:
    """Return what finds any of the phrases as whole words, the longest first."""
    if not phrases:
        return re.compile(r"(?!)")
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    any_of = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in longest_first)
    return re.compile(rf"(?<![\w-])(?:{any_of})(?![\w-])", re.IGNORECASE)
