"""Rows of one file that are about the same child, or about two who are easily confused."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from operator import attrgetter

from pupils.mis_rows import PupilRow
from pupils.names import plain
from safeguard.csv_text import Problem


def grouped(
    rows: Iterable[PupilRow], key: Callable[[PupilRow], Hashable]
) -> list[tuple[Hashable, list[PupilRow]]]:
    """Give the groups of two or more rows that share a key; an empty key is shared by nobody."""
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return [(shared, group) for shared, group in groups.items() if shared and len(group) > 1]


def doubled_numbers(
    file: str, rows: list[PupilRow], headings: dict[str, str]
) -> list[tuple[PupilRow, Problem]]:
    """Find rows with the same UPN or MIS number: nobody can tell which of them is right."""
    found = []
    for name in ("upn", "mis_id"):
        for number, group in grouped(rows, attrgetter(name)):
            lines = " and ".join(str(row.line) for row in group)
            message = f"“{number}” stands on lines {lines}; none of these rows is taken."
            found += [(row, Problem(file, row.line, headings[name], message)) for row in group]
    return found


def twins(file: str, rows: list[PupilRow]) -> list[Problem]:
    """Warn of brothers and sisters born on one day: staff must take care to pick the right one."""
    warnings = []
    for _, group in grouped(rows, lambda row: (plain(row.legal_surname), row.date_of_birth)):
        if len({plain(row.legal_forename) for row in group}) < 2:
            continue
        names = " and ".join(f"{row.name} (line {row.line})" for row in group)
        message = f"{names} have one surname and one date of birth. Twins? Take care whom you pick."
        warnings.append(Problem(file, group[-1].line, "", message))
    return warnings
