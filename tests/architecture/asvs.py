"""The table of OWASP ASVS 5.0.0 in security/asvs.csv, and what docs/security.md says of it.

`python -m tests.architecture.asvs` writes the counts into the page anew.
"""

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "security" / "asvs.csv"
PAGE = ROOT / "docs" / "security.md"
COLUMNS = ["asvs", "level", "status", "sr", "test", "remark"]
STATUSES = ["met", "partly", "host", "open", "not taken", "not applicable"]
BETWEEN = re.compile(r"(?<=<!-- asvs -->\n).*?(?=<!-- /asvs -->)", re.DOTALL)

Row = dict[str, str]


def rows() -> list[Row]:
    """Every requirement, in the order of the standard."""
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


@cache
def module(name: str) -> ast.Module | None:
    """A file of tests, read; None when there is none."""
    path = ROOT / "tests" / name
    return ast.parse(path.read_text()) if path.is_file() else None


def says(test: str) -> str | None:
    """The words of a cited test and of its file; None when there is no such test."""
    file, _, name = test.partition("::")
    tree = module(file)
    for node in tree.body if tree else []:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return f"{ast.get_docstring(tree)} {ast.get_docstring(node)}"
    return None


def problems(row: Row) -> list[str]:
    """What is wrong with one row, in words."""
    found = []
    if row["status"] not in STATUSES:
        found.append("no known status")
    if row["level"] not in {"1", "2", "3"}:
        found.append("no level")
    if row["status"] == "not taken" and row["level"] != "3":
        found.append("only requirements of level 3 are not taken")
    if row["status"] == "met" and not row["test"]:
        found.append("met without a test")
    if row["status"] != "met" and not row["remark"].strip():
        found.append("not met and no remark")
    if row["test"]:
        words = says(row["test"])
        if words is None:
            found.append("no such test")
        elif not re.search(rf"\b{row['sr'] or 'none'}\b", words):
            found.append("the test does not carry the id")
    return found


def summary() -> str:
    """The table of counts, as it stands in docs/security.md."""
    counted = Counter((row["level"], row["status"]) for row in rows())
    lines = ["| level | " + " | ".join(STATUSES) + " | all |", "|---" * (len(STATUSES) + 2) + "|"]
    for level in ("1", "2", "3"):
        numbers = [counted[level, status] for status in STATUSES]
        lines.append(f"| {level} | " + " | ".join(map(str, [*numbers, sum(numbers)])) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(BETWEEN.sub(lambda _: summary(), PAGE.read_text()))
