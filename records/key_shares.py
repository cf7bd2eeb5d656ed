"""The installation's key on paper: three shares in words, of which any two give it back.

The words and the arithmetic are those of SLIP-39, so that programs of others can join the shares too
(its empty passphrase, one group). One share alone says nothing of the key. Nothing here writes a key or
a share anywhere: the commands say where it goes.
"""

import hmac
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.share import Share
from shamir_mnemonic.wordlist import WORDLIST

from safeguard.errors import DomainError

SHARES, NEEDED = 3, 2
WORDS = 33  # of a key of 32 bytes
A_LINE = 3
SET_WORDS = 2  # with which every share of a set begins
UNIQUE = 4  # letters that tell each word from every other
PURPOSE = b"safeguard/key-fingerprint/1"
KNOWN = frozenset(WORDLIST)
SHORT = {word[:UNIQUE]: word for word in WORDLIST}


class NotJoined(DomainError):
    """These shares do not give the key back; the message says why and what to do."""


class NotAWord(DomainError):
    """Something is no word of a share."""


def fingerprint(key: bytes) -> str:
    """Return by what a key is recognised: it says nothing of the key itself."""
    digest = hmac.digest(key, PURPOSE, "sha256").hex()
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


def split(key: bytes) -> list[str]:
    """Return a new set of shares, tried: each two of them give the key back."""
    ((*shares,),) = generate_mnemonics(1, [(NEEDED, SHARES)], key, iteration_exponent=0)
    for two in combinations(shares, NEEDED):
        if join(two, fingerprint(key)) != key:
            raise NotJoined("The shares that were made do not give the key back. Try once more.")
    return shares


def words_in(text: str) -> list[str]:
    """Return the words of some of a share's lines; the first four letters of each are enough."""
    return [_word(place, typed) for place, typed in enumerate(text.lower().split(), start=1)]


def join(shares: Sequence[str], expected: str) -> bytes:
    """Return the key that two shares of one set give, when it has this fingerprint."""
    read = [_read(number, text) for number, text in enumerate(shares, start=1)]
    if len(read) < NEEDED:
        raise NotJoined(
            "One share alone does not give the key back: that is what they are for. Ask another of "
            "the three people for theirs."
        )
    _require_together(read)
    try:
        key = combine_mnemonics(" ".join(share.words()) for share in read[:NEEDED])
    except MnemonicError:
        raise NotJoined(
            "These shares do not belong together, though they begin alike. Compare the dates on the "
            "pages, and ask the third person for theirs."
        ) from None
    if not hmac.compare_digest(_plain(fingerprint(key)), _plain(expected)):
        raise NotJoined(
            "The key that these shares give has another fingerprint than was typed. Compare it with "
            "both pages and type it again; where the two pages say different fingerprints, they are of "
            "different keys."
        )
    return key


def set_of(share: str) -> str:
    """Return the words that the shares of a set have in common."""
    return " ".join(share.split()[:SET_WORDS])


def _word(place: int, typed: str) -> str:
    if typed in KNOWN:
        return typed
    word = SHORT.get(typed) if len(typed) == UNIQUE else None
    if word is None:
        raise NotAWord(f"Word {place} is none of those that shares are made of.")
    return word


def _read(number: int, text: str) -> Share:
    words = words_in(text)
    if len(words) != WORDS:
        raise NotJoined(
            f"A share has {WORDS} words, and {len(words)} were typed of share {number}. Type it again, "
            "line by line."
        )
    try:
        share = Share.from_mnemonic(" ".join(words))
    except MnemonicError:
        raise NotJoined(
            f"A word of share {number} is not the one on the paper, though it is in the list, or two "
            "have changed places. Compare each line with the page, and type it again."
        ) from None
    if (share.group_count, share.member_threshold) != (1, NEEDED):
        raise NotJoined(
            f"Share {number} was not made by “manage.py key_shares”: it is of another program."
        )
    return share


def _require_together(read: Sequence[Share]) -> None:
    if len({share.common_parameters() for share in read}) > 1:
        raise NotJoined(
            "These shares are of different sets: those of one set begin with the same two words. Look "
            "on the pages for the same “Set”, and ask for a share of that one."
        )
    often = Counter(share.index for share in read)
    if len(often) < len(read):
        raise NotJoined("This is the same share twice. Ask another of the three people for theirs.")


def _plain(text: str) -> bytes:
    return "".join(text.split()).lower().encode()
