"""Reading the pupils in a CSV export of SIMS, Arbor, Bromcom or another MIS.

Nothing here knows the database. A row is read whole or left out with a sentence that names file,
line and column; a value that is no part of a pupil's identity is passed over instead, with the same
kind of sentence, because a child must not be missing from the record for a misspelt ethnicity.
"""

import hashlib
from datetime import date
from typing import Any

from pupils import mis_fields
from pupils.mis_columns import ADDRESS_PARTS, Columns, recognise, source_of
from pupils.mis_doubles import doubled_numbers, twins
from pupils.mis_rows import ContactRow, Export, PupilRow
from safeguard.csv_cells import NotUnderstood, clean
from safeguard.csv_text import DELIMITERS, Problem, Record, Unreadable, body, decode, opening


def read_export(file: str, content: bytes, today: date) -> Export:
    """Read the bytes of an export; what is wrong with it is part of the answer, never an error."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        text, encoding = decode(file, content)
        delimiter, headings, columns = find_headings(file, text)
    except Unreadable as unreadable:
        return Export(file, sha256, problems=(unreadable.problem,))
    records, cut_short = body(file, text, delimiter, headings)
    reading = Reading(file, headings, columns, records, today)
    rows, left_out = reading.read(records)
    return Export(
        file,
        sha256,
        source=source_of(headings.cells),
        encoding=encoding,
        rows=tuple(rows),
        left_out=tuple(left_out),
        problems=in_order(cut_short + reading.problems),
        notices=in_order(reading.notices + twins(file, rows)),
        ignored=tuple(columns.ignored),
        empty=tuple(map(reading.heading, reading.empty.values())),
        complete=not cut_short,
    )


def in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """List problems as somebody goes through the file."""
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def find_headings(file: str, text: str) -> tuple[str, Record, Columns]:
    """Find the row of headings and the delimiter together: where most headings are known."""
    tries = [
        (delimiter, record, recognise(record.cells))
        for delimiter in DELIMITERS
        for record in opening(file, text, delimiter)
    ]
    best = max(tries, key=lambda found: found[2].recognised, default=None)
    if best is None or best[2].recognised < 2:
        message = "has no row of headings such as UPN, Legal Surname, Legal Forename, DOB, Year."
        raise Unreadable(Problem(file, None, "", message))
    missing = [said for name, said in mis_fields.REQUIRED.items() if name not in best[2].pupil]
    if missing:
        message = f"there is no column for {' or '.join(missing)}."
        raise Unreadable(Problem(file, best[1].line, "", message))
    return best


class Reading:
    """The reading of one file's rows, which gathers what is wrong on the way."""

    def __init__(
        self, file: str, headings: Record, columns: Columns, records: list[Record], today: date
    ):
        self.file = file
        self.headings = headings
        self.columns = columns
        self.identity = mis_fields.identity(today)
        self.fields = mis_fields.characteristics(today) | self.identity
        self.empty = {
            name: index
            for name, index in columns.pupil.items()
            if name not in mis_fields.TELLING_WHEN_EMPTY
            and not any(clean(cell) for row in records for cell in row.cells[index : index + 1])
        }
        self.problems: list[Problem] = []
        self.notices: list[Problem] = [
            Problem(file, headings.line, heading, "is a second column of one kind and is not used.")
            for heading in columns.doubled
        ]

    def read(self, records: list[Record]) -> tuple[list[PupilRow], list[PupilRow]]:
        """Read every row; those with a problem come second, with what could be read of them."""
        rows = [self.read_row(record) for record in records]
        headings = {name: self.heading(index) for name, index in self.columns.pupil.items()}
        self.problems += [problem for _, problem in doubled_numbers(self.file, rows, headings)]
        bad_lines = {problem.line for problem in self.problems}
        good = [row for row in rows if row.line not in bad_lines]
        return good, [row for row in rows if row.line in bad_lines]

    def read_row(self, record: Record) -> PupilRow:
        """Read one pupil and note what is wrong in the row."""
        if not self.has_right_length(record):
            return PupilRow(record.line)
        found: dict[str, Any] = {}
        for name, index in self.columns.pupil.items():
            if name not in ADDRESS_PARTS and name not in self.empty:
                self.read_field(record, name, index, found)
        # Some systems fill in the preferred names of every pupil; only another name says something.
        for part in ("forename", "surname"):
            if found.get(f"preferred_{part}") == found.get(f"legal_{part}", ""):
                found[f"preferred_{part}"] = ""
        address = self.read_address(record, self.columns.pupil)
        if address is not None:
            found["address"] = address
        for name, said in mis_fields.REQUIRED.items():
            if name in self.empty or (name in found and not found[name]):
                self.note_problem(record, self.columns.pupil[name], f"{said} is missing.")
        contacts = self.read_contacts(record)
        return PupilRow(record.line, given=frozenset(found), contacts=contacts, **found)

    def has_right_length(self, record: Record) -> bool:
        """Note a row whose values have moved against the headings."""
        wanted, there = len(self.headings.cells), len(record.cells)
        if there == wanted or (there > wanted and not any(record.cells[wanted:])):
            return True
        message = (
            f"{there} values under {wanted} headings. Is there a comma or a line break inside a"
            " value that has no quotation marks?"
        )
        self.problems.append(Problem(self.file, record.line, "", message))
        return False

    def read_field(self, record: Record, name: str, index: int, found: dict[str, Any]) -> None:
        """Read one value of the pupil into `found`, or note why not."""
        note = self.note_problem if name in self.identity else self.note
        try:
            found[name] = self.fields[name].read(record.cells[index])
        except NotUnderstood as error:
            note(record, index, str(error))

    def read_address(self, record: Record, fields: dict[str, int]) -> str | None:
        """Put together the parts of an address; None when there is nothing to say about it."""
        parts: dict[str, str] = {}
        index = min(fields.values())
        try:
            for name in ADDRESS_PARTS:
                if name in fields and fields[name] not in self.empty.values():
                    index = fields[name]
                    parts[name] = mis_fields.ADDRESS.read(record.cells[index])
            return mis_fields.ADDRESS.read(join_address(parts)) if parts else None
        except NotUnderstood as error:
            self.note(record, index, str(error))
            return None

    def read_contacts(self, record: Record) -> tuple[ContactRow, ...]:
        """Read the contacts in the order of their numbers, without the empty ones."""
        contacts = (
            self.read_contact(record, number, fields)
            for number, fields in sorted(self.columns.contacts.items())
        )
        return tuple(contact for contact in contacts if contact is not None)

    def read_contact(
        self, record: Record, number: int, fields: dict[str, int]
    ) -> ContactRow | None:
        """Read one contact; a person without a name cannot be one."""
        said: dict[str, Any] = {"address": self.read_address(record, fields) or None}
        for name in fields.keys() & mis_fields.CONTACT.keys():
            try:
                said[name] = mis_fields.CONTACT[name].read(record.cells[fields[name]])
            except NotUnderstood as error:
                self.note(record, fields[name], str(error))
        work = said.pop("work_telephone", None)
        said["telephone"] = said.get("telephone") or work
        if said.get("forename") or said.get("surname"):
            return ContactRow(number, **said)
        # A contact that a pupil does not have still has its "no" to every question.
        if any(said.get(name) for name in ("telephone", "mobile", "email")):
            self.note(record, min(fields.values()), f"contact {number} has no name; not taken.")
        return None

    def heading(self, index: int) -> str:
        """Name a column as the file does."""
        return self.headings.cells[index].strip()

    def note(self, record: Record, index: int, message: str) -> None:
        """Note a value that is passed over."""
        self.notices.append(Problem(self.file, record.line, self.heading(index), message))

    def note_problem(self, record: Record, index: int, message: str) -> None:
        """Note a value for which the row is left out."""
        self.problems.append(Problem(self.file, record.line, self.heading(index), message))


def join_address(parts: dict[str, str]) -> str:
    """Write an address in lines, the number beside its street."""
    number = parts.get("address_house_number", "")
    lines = {name: line for name, line in parts.items() if name != "address_house_number"}
    if number:
        lines["address_street"] = f"{number} {parts.get('address_street', '')}".strip()
    return "\n".join(lines[name] for name in ADDRESS_PARTS if lines.get(name))
