"""Writes docs/performance.md from the figures of one run."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

HEAD = """# What Safeguard costs

Measured on {day} by `script/bench` in one run, on
{machine}.
Milliseconds are medians of several runs and differ from machine to machine; ratios travel better.
"Submit" writes the incident, its parts, its alerts and their errands in one transaction, after
judging rights; the bare INSERT writes one row. The chronology page is a whole request, from session
and access log to HTML; the raw SQL fetches the same incidents with their parts as JSON.
"""


def machine() -> str:
    """Describe the machine without naming it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, embedded PostgreSQL 18"
    )


def main(results: Path, target: Path) -> None:
    """Write one table a topic."""
    figures = json.loads(results.read_text())
    lines = [HEAD.format(day=f"{datetime.now(UTC):%-d %B %Y}", machine=machine())]
    topics = dict.fromkeys(name.split(":")[0] for name in figures if ":" in name)
    for topic in topics:
        lines += [f"## {topic.capitalize()}", "", "| measured | figure |", "|---|---|"]
        lines += [
            f"| {name.split(': ', 1)[1]} | {value} |"
            for name, value in figures.items()
            if name.startswith(f"{topic}:")
        ]
        lines.append("")
    pages = figures.get("queries at 1x and 10x", {})
    lines += [
        "## Queries of each page",
        "",
        "| page | 5 incidents | 50 incidents |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {once} | {ten} |" for name, (once, ten) in pages.items()]
    target.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
