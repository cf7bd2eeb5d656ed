"""The page on which one share of the installation's key is kept: plain text, for any printer."""

from datetime import date

from records.key_shares import A_LINE, NEEDED, SHARES, fingerprint, set_of

PAGE = """\
SAFEGUARD                                                SHARE {number} OF {of}
One share of the key to the files. Keep it secret, and keep it for ever.

  Installation   {installation}
  Made on        {made_on}
  Set            {set}
  Fingerprint    {fingerprint}

  Kept by        ______________________________________________

  Where          ______________________________________________


THE WORDS, {a_line} ON A LINE

{lines}


WHAT THIS IS

Safeguard seals the files, drafts and authenticators of this installation
with one key. It is in no back-up. When it is lost, any {needed} of the {of} shares
of this set give it back; with one alone nobody can do anything.

Keep this page in a sealed envelope in a safe: not with another share, not
with a back-up or with what opens one, and not as a photograph. Whoever
gives up their part hands the page on to the next, and says so.

WHAT TO DO WHEN THE KEY IS LOST

1. Bring two of the three people together, each with their own page of the
   same set, at the computer on which Safeguard is to run again.
2. Whoever runs it types, in Safeguard's folder:
       manage.py key_from_shares FILE
3. Each types their own words, line by line, while the other looks away. The
   first four letters of each word are enough. Then the fingerprint.
4. FILE then holds the key. docs/running.md, "Restoring", says where it goes.

Each term, to try it without writing a key:
       manage.py key_from_shares --check
"""


def page(share: str, *, number: int, key: bytes, installation: str, made_on: date) -> str:
    """Return the page of one share."""
    return PAGE.format(
        number=number,
        of=SHARES,
        needed=NEEDED,
        a_line=A_LINE,
        installation=installation,
        made_on=f"{made_on:%d %B %Y}".lstrip("0"),
        set=set_of(share),
        fingerprint=fingerprint(key),
        lines="\n".join(_lines(share.split())),
    )


def _lines(words: list[str]) -> list[str]:
    rows = [words[at : at + A_LINE] for at in range(0, len(words), A_LINE)]
    return [
        f"  {number:>2}   " + "".join(f"{word:<16}" for word in row).rstrip()
        for number, row in enumerate(rows, start=1)
    ]
