"""Tables for a spreadsheet, in which no cell is worked out as a formula."""

import csv
import io
from collections.abc import Iterable

# What a spreadsheet program takes for the beginning of a formula, or drops before one (CWE-1236).
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
# Without it Excel reads UTF-8 as the machine's own letters.
BYTE_ORDER_MARK = "\ufeff"


def neutral(cell: str) -> str:
    """Return a cell that is shown as it was written: with a ' before what would start a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(STARTS_A_FORMULA) else cell


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """Return rows of cells as a CSV file, each cell quoted and `neutral` (SR-75)."""
    paper = io.StringIO(newline="")
    paper.write(BYTE_ORDER_MARK)
    writer = csv.writer(paper, quoting=csv.QUOTE_ALL)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return paper.getvalue()
