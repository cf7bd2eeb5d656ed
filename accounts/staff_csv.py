"""Reading the staff in a CSV export; nothing here knows the database.

A row is read whole or left out with a sentence that names file, line and column.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.permissions import Role
from safeguard import csv_cells as cells
from safeguard.csv_cells import Field, NotUnderstood, key
from safeguard.csv_text import (
    DELIMITERS,
    MOST_BYTES,
    Problem,
    Record,
    Unreadable,
    body,
    decode,
    opening,
)

MOST_STAFF = 1_000
MOST_KB = 500

HEADINGS = {
    "email": (
        "Email | E-mail | Email Address | E-mail Address | School Email | Work Email"
        " | School E-mail Address | Primary Email | Username"
    ),
    "name": "Name | Full Name | Display Name | Staff Name | Known As",
    "forename": (
        "Forename | First Name | Given Name | Preferred Forename | Preferred First Name"
        " | Chosen Forename"
    ),
    "surname": (
        "Surname | Last Name | Family Name | Preferred Surname | Preferred Last Name | Chosen Surname"
    ),
    "job_title": "Job Title | Post | Post Title | Position | Job | Main Post",
    "roles": "Role | Roles | Safeguard Role | Safeguard Roles | Access | Access Role",
    "starts_on": "Start Date | First Day | Starts On | Employment Start Date | Date of Joining",
    "ends_on": "End Date | Last Day | Ends On | Leaving Date | Employment End Date",
}
FIELDS = {key(one): name for name, all_ in HEADINGS.items() for one in all_.split(" | ")}

ALSO_CALLED = {
    Role.TEACHER: "Teacher | Teaching | Class teacher | Teachers",
    Role.SUPPORT: (
        "Support | Teaching assistant | TA | HLTA | Office | Lunchtime supervisor | Non-teaching"
    ),
    Role.PASTORAL: "Pastoral | Pastoral lead | Behaviour lead | Head of year",
    Role.SENCO: "SENDCO | SEN coordinator",
    Role.DEPUTY_DSL: "DDSL | Deputy | Deputy safeguarding lead | Deputy designated safeguarding lead",
    Role.DSL: "DSL | Safeguarding lead",
    Role.HEAD: "Head | Head teacher | Principal",
    Role.SLT: "SLT | Leadership | Deputy head | Assistant head",
    Role.GOVERNOR: "Governors",
    Role.CHAIR: "Chair",
    Role.DATA_MANAGER: "Data | MIS manager",
    Role.IT_ADMIN: "IT | IT technician | Technician | Network manager",
    Role.DPO: "DPO",
}
ROLES = {key(role.label): role for role in Role} | {key(role.value): role for role in Role}
ROLES |= {key(one): role for role, all_ in ALSO_CALLED.items() for one in all_.split(" | ")}


@dataclass(frozen=True)
class StaffRow:
    """One member of staff as the file has them."""

    line: int
    name: str = ""
    email: str = ""
    job_title: str | None = None  # None when the file has no such column
    roles: tuple[Role, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class StaffFile:
    """A whole file, read: its good rows, and sentences about the rest."""

    file: str
    sha256: str
    encoding: str = ""
    rows: tuple[StaffRow, ...] = ()
    # Addresses of rows with problems, so that nobody is taken for a leaver over one.
    left_out: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()
    complete: bool = False


def read_staff(file: str, content: bytes) -> StaffFile:
    """Read the bytes of a file; what is wrong with it is part of the answer, never an error."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        if len(content) > min(MOST_KB * 1024, MOST_BYTES):
            raise Unreadable(Problem(file, None, "", f"is larger than {MOST_KB} kB."))
        text, encoding = decode(file, content)
        delimiter, headings, columns = _find_headings(file, text)
    except Unreadable as unreadable:
        return StaffFile(file, sha256, problems=(unreadable.problem,))
    records, cut_short = body(file, text, delimiter, headings)
    if len(records) > MOST_STAFF:
        message = f"is beyond row {MOST_STAFF:,}; nothing from here on was read."
        cut_short = [Problem(file, records[MOST_STAFF].line, "", message)]
        records = records[:MOST_STAFF]
    reading = Reading(file, headings, columns)
    rows = reading.read(records)
    bad = {problem.line for problem in reading.problems}
    return StaffFile(
        file,
        sha256,
        encoding,
        rows=tuple(row for row in rows if row.line not in bad),
        left_out=tuple(row.email for row in rows if row.line in bad and row.email),
        problems=tuple(sorted(cut_short + reading.problems, key=lambda one: one.line or 0)),
        ignored=tuple(
            cell.strip()
            for index, cell in enumerate(headings.cells)
            if cell.strip() and index not in columns.values()
        ),
        complete=not cut_short and all(row.email for row in rows),
    )


def _find_headings(file: str, text: str) -> tuple[str, Record, dict[str, int]]:
    """Find the row of headings and the delimiter together: where most headings are known."""
    tries = [
        (delimiter, record, _recognise(record.cells))
        for delimiter in DELIMITERS
        for record in opening(file, text, delimiter)
    ]
    best = max(tries, key=lambda found: len(found[2]), default=None)
    if best is None or len(best[2]) < 2:
        message = "has no row of headings such as Name, Email, Job title, Role."
        raise Unreadable(Problem(file, None, "", message))
    columns = best[2]
    if "email" not in columns:
        message = "there is no column for a school e-mail address."
        raise Unreadable(Problem(file, best[1].line, "", message))
    if "name" not in columns and not {"forename", "surname"} <= columns.keys():
        message = "there is no column for a name, or for forename and surname."
        raise Unreadable(Problem(file, best[1].line, "", message))
    return best


def _recognise(headings: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, heading in enumerate(headings):
        name = FIELDS.get(key(heading))
        if name is not None:
            columns.setdefault(name, index)
    return columns


def _read_roles(text: str) -> tuple[Role, ...]:
    found = []
    for word in filter(None, map(str.strip, re.split(r"[;,|/]", cells.read_text(text)))):
        if key(word) not in ROLES:
            raise NotUnderstood(f"“{word}” is no role here, such as Teaching staff or Deputy DSL.")
        found.append(ROLES[key(word)])
    return tuple(dict.fromkeys(found))


def _read_person(text: str) -> str:
    if text[0] in "=+-@":
        raise NotUnderstood(f"“{text[:20]}” begins like a formula and is not a name.")
    return cells.read_name(text)


def _read_line(text: str) -> str:
    if text[0] in "=+-@":
        raise NotUnderstood(f"“{text[:20]}” begins like a formula.")
    return cells.read_text(text)


READERS = {
    "email": Field(lambda text: cells.read_email(text).lower(), 254, ""),
    "name": Field(_read_person, 120, ""),
    "forename": Field(_read_person, 60, ""),
    "surname": Field(_read_person, 60, ""),
    "job_title": Field(_read_line, 80, ""),
    "roles": Field(_read_roles, nothing=()),
    "starts_on": Field(cells.read_date),
    "ends_on": Field(cells.read_date),
}


class Reading:
    """The reading of one file's rows, which gathers what is wrong on the way."""

    def __init__(self, file: str, headings: Record, columns: dict[str, int]):
        self.file, self.headings, self.columns = file, headings, columns
        self.problems: list[Problem] = []

    def read(self, records: list[Record]) -> list[StaffRow]:
        """Read every row; two with one address are both left out."""
        rows = [self.read_row(record) for record in records]
        times = Counter(row.email for row in rows if row.email)
        for row in rows:
            if times[row.email] > 1:
                self.note(row.line, "email", f"“{row.email}” stands on {times[row.email]} lines.")
        return rows

    def read_row(self, record: Record) -> StaffRow:
        """Read one member of staff and note what is wrong in the row."""
        wanted, there = len(self.headings.cells), len(record.cells)
        if there != wanted and (there < wanted or any(record.cells[wanted:])):
            message = f"{there} values under {wanted} headings. Is a comma without quotation marks?"
            self.problems.append(Problem(self.file, record.line, "", message))
            return StaffRow(record.line)
        said: dict[str, Any] = {}
        for name, index in self.columns.items():
            try:
                said[name] = READERS[name].read(record.cells[index])
            except NotUnderstood as error:
                self.note(record.line, name, str(error))
        parts = (said.pop("forename", ""), said.pop("surname", ""))
        said["name"] = said.get("name") or " ".join(filter(None, parts))
        self.require(record.line, said)
        return StaffRow(record.line, **said)

    def require(self, line: int, said: dict[str, Any]) -> None:
        """Note what a row cannot do without."""
        bad = any(problem.line == line for problem in self.problems)
        if not bad and not said.get("email"):
            self.note(line, "email", "a school e-mail address is missing.")
        if not bad and not said["name"]:
            self.note(line, "name", "a name is missing.")
        first, last = said.get("starts_on"), said.get("ends_on")
        if first and last and last < first:
            self.note(line, "ends_on", "the last day is before the first.")

    def note(self, line: int, name: str, message: str) -> None:
        """Note a value for which the row is left out."""
        index = self.columns.get(name, self.columns.get("forename", 0))
        heading = self.headings.cells[index].strip()
        self.problems.append(Problem(self.file, line, heading, message))
