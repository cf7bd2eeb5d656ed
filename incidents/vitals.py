"""What is known of the files: whether a scanner looks at them, and whether it finds anything.

No numbers: who leads at one school would learn from them what another adds.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from incidents.models import FileScan
from safeguard import clamav, status, walls
from safeguard.heartbeat import age_in_words
from safeguard.status import Fact, State

NAME = "Virus scanner"
OLDEST_SIGNATURES = timedelta(days=7)
HOW = "docs/running.md, “The virus scanner”, says how."


def scanner(now: datetime) -> Iterator[Fact]:
    """Say whether files are looked at, and whether the scanner would know one."""
    if not clamav.is_configured():
        yield Fact(
            NAME,
            State.NOTICE,
            "There is none: files are not checked. Safeguarding leads open them after a warning, and"
            " others only what they added themselves.",
            f"Install ClamAV, and say in SAFEGUARD_CLAMD where it listens. {HOW}",
        )
        return
    try:
        clamav.require_there()
        made = clamav.version()
        works = clamav.finds_the_test_file()
    except clamav.ScannerAway:
        yield Fact(
            NAME,
            State.BAD,
            "It does not answer. Recording works; new files stay closed to all but who added them"
            " and, after a warning, the leads, until it is back.",
            "Start it: systemctl restart clamav-daemon; the address is SAFEGUARD_CLAMD.",
        )
    except clamav.NotScanned as error:
        yield Fact(
            NAME, State.BAD, f"It fails on a small file ({error}).", "Look in the log of clamd."
        )
    else:
        yield _fact(made, works, now)


def given_up(now: datetime) -> Iterator[Fact]:
    """Say whether there are files on which the scanner failed each time."""
    if clamav.is_configured():
        name = "Files that could not be scanned"
        if walls.in_each_school(lambda: FileScan.objects.given_up()[:1]):
            yield Fact(
                name,
                State.NOTICE,
                "There are some: leads open them after a warning.",
                "When the log of clamd says why and it is mended: manage.py scan_files --again.",
            )
        else:
            yield Fact(name, State.WELL, "There are none.")


def _fact(made: clamav.Version, works: bool, now: datetime) -> Fact:
    if not works:
        return Fact(
            NAME,
            State.BAD,
            f"{made.engine} answers, and does not know the test file that every scanner knows: it"
            " has no signatures.",
            f"Run freshclam, and see that clamav-freshclam runs. {HOW}",
        )
    if made.signatures_of is None:
        return Fact(NAME, State.WELL, f"{made.engine} answers and knows the test file.")
    age = now - made.signatures_of
    said = f"{made.engine} answers; its signatures are {age_in_words(age)} old."
    if age > OLDEST_SIGNATURES:
        return Fact(NAME, State.NOTICE, said, "See that clamav-freshclam runs.")
    return Fact(NAME, State.WELL, said)


status.register("Files", scanner)
status.register("Files", given_up)
