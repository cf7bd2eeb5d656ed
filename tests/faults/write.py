"""Writes the numbers of a long run into docs/reliability.md, between its two marks.

python -m tests.faults.write RESULT.json docs/reliability.md [--mixed]

With --mixed, of a run in which things were stopped and cut off as well as killed.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.write import machine

KILLED = "<!-- the long run: written by script/deep -->", "<!-- the end of the long run -->"
MIXED = "<!-- the mixed run: written by script/deep -->", "<!-- the end of the mixed run -->"
WORDS = {"kill": "Killed -9", "stop": "Stopped for seconds", "cut": "Cut off for seconds"}
NAMES = {
    "acknowledged": "acknowledged",
    "lost": "lost",
    "doubled": "doubled",
    "given_up": "given up after two minutes of trying",
    "retries": "answers lost and tried again",
    "slowest_seconds": "slowest, seconds from the first try to the receipt",
    "readings": "readings checked against the access log",
    "mails_due": "e-mails due",
    "mails_sent": "e-mails sent",
    "mails_twice": "e-mails sent twice, with one Message-ID",
    "ledger_entries": "ledger entries",
    "ledger_gaps": "numbers missing in the ledger",
    "broken": "invariants broken",
}


def table(result: dict, *, until_enough: bool) -> str:
    """Return the section for one run, which ended with its receipts or with its time."""
    faults = sum(result["faults"].values())
    lines = [
        f"On {datetime.now(UTC):%-d %B %Y}, on {machine()}.",
        f"Seed {result['seed']}: {result['writers']} people recording at once, {faults} faults,",
        f"{result['seconds'] / 60:.0f} minutes in all.",
        *(f"{sentence}." for sentence in _by_kind(result["faults"])),
        *(_short_of(result) if until_enough else []),
        "",
        "| counted | number |",
        "|---|---|",
        *(f"| {name} | {result[key]:,} |" for key, name in NAMES.items()),
    ]
    return "\n".join(lines)


def _by_kind(faults: dict[str, int]) -> Iterator[str]:
    """Say what was done to what, and how often."""
    for kind, words in WORDS.items():
        done = {name: times for name, times in faults.items() if name.startswith(kind)}
        if done:
            each = ", ".join(
                f"{name.removeprefix(kind).strip()} {times}" for name, times in sorted(done.items())
            )
            yield f"{words} {sum(done.values())} times ({each})"


def _short_of(result: dict) -> list[str]:
    if result["acknowledged"] >= result["wanted"]:
        return []
    return [f"The time was over before the {result['wanted']:,} receipts that were wanted."]


def main(result: Path, page: Path, marks: tuple[str, str]) -> None:
    """Replace what stands between the marks."""
    begin, end = marks
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    said = table(json.loads(result.read_text()), until_enough=marks == KILLED)
    page.write_text(f"{before}{begin}\n{said}\n{end}{after}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), MIXED if "--mixed" in sys.argv else KILLED)
