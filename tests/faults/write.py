"""Writes the numbers of a long run into docs/reliability.md, between its two marks.

python -m tests.faults.write RESULT.json docs/reliability.md
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.write import machine

BEGIN, END = "<!-- the long run: written by script/deep -->", "<!-- the end of the long run -->"
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


def table(result: dict) -> str:
    """Return the section for one run."""
    died = ", ".join(f"{name} {times}" for name, times in sorted(result["kills"].items()))
    kills, minutes = sum(result["kills"].values()), result["seconds"] / 60
    lines = [
        f"On {datetime.now(UTC):%-d %B %Y}, on {machine()}.",
        f"Seed {result['seed']}: {result['writers']} people recording at once, {kills} deaths by",
        f"kill -9 ({died}), {minutes:.0f} minutes in all.",
        *_short_of(result),
        "",
        "| counted | number |",
        "|---|---|",
        *(f"| {name} | {result[key]:,} |" for key, name in NAMES.items()),
    ]
    return "\n".join(lines)


def _short_of(result: dict) -> list[str]:
    if result["acknowledged"] >= result["wanted"]:
        return []
    return [f"The time was over before the {result['wanted']:,} receipts that were wanted."]


def main(result: Path, page: Path) -> None:
    """Replace what stands between the marks."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{table(json.loads(result.read_text()))}\n{END}{after}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
