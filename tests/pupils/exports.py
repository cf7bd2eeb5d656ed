"""Exports made on the spot, with as little as the rule under test needs."""

from datetime import date
from pathlib import Path

from pupils.mis import read_export
from pupils.mis_rows import Export
from pupils.mis_values import upn_check_letter

FIXTURES = Path(__file__).parent / "fixtures"
TODAY = date(2026, 9, 7)
HEADINGS = ["UPN", "Legal Surname", "Legal Forename", "DOB", "Year", "Reg"]


def upn(number: int) -> str:
    digits = f"99940{number:07d}"
    return upn_check_letter(f"?{digits}") + digits


BEN = [upn(2), "Hill", "Ben", "01/02/2017", "4", "4B"]


def csv_of(*rows: list[str], headings: list[str] = HEADINGS) -> bytes:
    """Write rows that have as many cells as there are headings, or fewer."""
    lines = [headings, *(row + [""] * (len(headings) - len(row)) for row in rows)]
    return "".join(",".join(f'"{cell}"' for cell in line) + "\r\n" for line in lines).encode()


def export_of(*rows: list[str], headings: list[str] = HEADINGS) -> Export:
    return read_export("roll.csv", csv_of(*rows, headings=headings), TODAY)


def one_row(**cells: str):
    """Read one good pupil with further columns, given as heading and cell."""
    extra = {heading.replace("_", " "): cell for heading, cell in cells.items()}
    base = dict(zip(HEADINGS, ["", "Hill", "Ben", "01/02/2017", "4", "4B"], strict=True))
    together = base | extra
    return export_of(list(together.values()), headings=list(together))


def fixture(name: str) -> Export:
    return read_export(name, (FIXTURES / name).read_bytes(), TODAY)
