"""What an export would change on a school's roll, worked out before anything is written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pupils.matching import Roll, Undecided, day
from pupils.mis_doubles import grouped
from pupils.mis_rows import ContactRow, Export, PupilRow
from pupils.models import Contact, Pupil
from pupils.names import plain

PUPIL_LABELS = {
    "upn": "UPN",
    "mis_id": "MIS number",
    "admission_number": "Admission number",
    "legal_forename": "Legal forename",
    "legal_surname": "Legal surname",
    "middle_names": "Middle names",
    "preferred_forename": "Preferred forename",
    "preferred_surname": "Preferred surname",
    "date_of_birth": "Date of birth",
    "sex": "Sex",
    "year_group": "Year group",
    "form": "Form",
    "house": "House",
    "ethnicity": "Ethnicity",
    "first_language": "First language",
    "home_language": "Home language",
    "sen_provision": "SEN provision",
    "fsm": "Free school meals",
    "ever_fsm6": "Free school meals in the last six years",
    "pupil_premium": "Pupil premium",
    "service_child": "Service child",
    "eal": "English as an additional language",
    "in_care": "In care",
    "address": "Address",
    "entry_date": "Entry date",
    "leaving_date": "Leaving date",
}
# Who somebody is does not become unknown because a cell is empty, nor does a yes or no.
KEPT_WHEN_EMPTY = frozenset(
    {"upn", "mis_id", "admission_number", "year_group", "fsm", "ever_fsm6", "pupil_premium"}
    | {"service_child", "eal", "in_care"}
)
CONTACT_LABELS = {
    "title": "title",
    "relationship": "relationship",
    "priority": "priority",
    "parental_responsibility": "parental responsibility",
    "telephone": "telephone",
    "mobile": "mobile",
    "email": "e-mail",
    "address": "address",
    "lives_with": "lives with",
    "restriction": "restriction",
    "language": "language",
}


@dataclass(frozen=True)
class Change:
    """One field that the export has otherwise."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class ContactChange:
    """A contact to be added (then `contact` is None) or brought up to date."""

    contact: Contact | None
    row: ContactRow
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Changed:
    """A pupil of whom the export says something else."""

    pupil: Pupil
    row: PupilRow
    changes: tuple[Change, ...]
    contacts: tuple[ContactChange, ...]


@dataclass(frozen=True)
class Differences:
    """Everything an import would do, and everything it leaves to a person."""

    new: tuple[PupilRow, ...] = ()
    changed: tuple[Changed, ...] = ()
    unchanged: int = 0
    undecided: tuple[Undecided, ...] = ()
    leavers: tuple[Pupil, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decisions:
    """What a person has decided about odd rows, by line: this pupil, or a new one."""

    same: Mapping[int, str]
    new: frozenset[int]


UNDECIDED = Decisions(same={}, new=frozenset())


def compare(
    export: Export,
    pupils: Iterable[Pupil],
    contacts: Iterable[Contact],
    decisions: Decisions = UNDECIDED,
) -> Differences:
    """Compare an export with the roll and the contacts of one school."""
    roll = Roll(pupils, export.rows + export.left_out)
    contacts_of = defaultdict(list)
    for contact in contacts:
        contacts_of[contact.pupil_id].append(contact)
    new, matched, undecided = sort_out(export.rows, roll, decisions)
    never_here = [row for row in new if row.leaving_date is not None]
    new = [row for row in new if row.leaving_date is None]
    new, matched, warnings = settle_mis_ids(new, matched, roll)
    candidates = [difference(pupil, row, contacts_of[pupil.pk]) for row, pupil in matched]
    changed = [found for found in candidates if found.changes or found.contacts]
    return Differences(
        new=tuple(new),
        changed=tuple(changed),
        unchanged=len(matched) - len(changed),
        undecided=tuple(sorted(undecided, key=lambda odd: odd.row.line)),
        leavers=leavers(export, roll, matched, undecided),
        warnings=(*warnings, *returners(matched), *map(never_was_here, never_here)),
    )


def sort_out(
    rows: Iterable[PupilRow], roll: Roll, decisions: Decisions
) -> tuple[list[PupilRow], list[tuple[PupilRow, Pupil]], list[Undecided]]:
    """Part the rows into new pupils, pupils on the roll, and those a person must decide."""
    new, matched, undecided = [], [], []
    for row in rows:
        found = decided(row, roll, decisions)
        if isinstance(found, Undecided):
            undecided.append(found)
        elif found is None:
            new.append(row)
        else:
            matched.append((row, found))
    times = Counter(pupil.pk for _, pupil in matched)
    for row, pupil in matched:
        if times[pupil.pk] > 1:
            undecided.append(Undecided(row, pupil, f"another row is {pupil.legal_name} too."))
    matched = [(row, pupil) for row, pupil in matched if times[pupil.pk] == 1]
    for _, group in grouped(rows, whole_name):
        lines = " and ".join(str(row.line) for row in group)
        reason = f"lines {lines} have one name and one date of birth: one child twice?"
        doubtful = [row for row in group if row in new and row.line not in decisions.new]
        undecided += [Undecided(row, None, reason) for row in doubtful]
    put_aside = {odd.row.line for odd in undecided}
    return [row for row in new if row.line not in put_aside], matched, undecided


def decided(row: PupilRow, roll: Roll, decisions: Decisions) -> Pupil | Undecided | None:
    """Follow what a person has decided about the row; otherwise find out."""
    found = roll.find(row)
    holder = roll.by_upn.get(row.upn)
    if row.line in decisions.new and holder is None:
        return None
    pupil = roll.by_id.get(decisions.same.get(row.line, ""))
    if pupil is not None and holder in (None, pupil):
        return pupil
    return found


def whole_name(row: PupilRow) -> tuple:
    """Give what two rows about one child have in common."""
    return plain(row.legal_surname), plain(row.legal_forename), row.date_of_birth


def settle_mis_ids(
    new: list[PupilRow], matched: list[tuple[PupilRow, Pupil]], roll: Roll
) -> tuple[list[PupilRow], list[tuple[PupilRow, Pupil]], list[str]]:
    """Leave out MIS numbers that somebody else keeps: two pupils cannot have one.

    Numbers may be handed on, as when a school changes its MIS, but one that is not given up
    blocks whoever wants it, who then gives up none either: hence the loop.
    """
    warnings: list[str] = []
    while True:
        given_up = {
            pupil.mis_id for row, pupil in matched if row.mis_id and row.mis_id != pupil.mis_id
        }
        kept = {number: pupil for number, pupil in roll.by_mis_id.items() if number not in given_up}
        blocked = [row for row in new if row.mis_id in kept]
        blocked += [row for row, pupil in matched if kept.get(row.mis_id, pupil) != pupil]
        if not blocked:
            return new, matched, warnings
        warnings += [
            f"{row.name} (line {row.line}): the MIS number {row.mis_id} stays with"
            f" {kept[row.mis_id].legal_name} and is not taken."
            for row in blocked
        ]
        lines = {row.line for row in blocked}
        new = [without_mis_id(row) if row.line in lines else row for row in new]
        matched = [
            (without_mis_id(row) if row.line in lines else row, pupil) for row, pupil in matched
        ]


def without_mis_id(row: PupilRow) -> PupilRow:
    """Give the row as if the file did not say the MIS's number."""
    return replace(row, mis_id="", given=row.given - {"mis_id"})


def difference(pupil: Pupil, row: PupilRow, contacts: list[Contact]) -> Changed:
    """Compare one pupil and their contacts, field by field."""
    changes = []
    for field in PUPIL_LABELS:
        before, after = getattr(pupil, field), getattr(row, field)
        if field not in row.given or before == after:
            continue
        if after in (None, "") and field in KEPT_WHEN_EMPTY:
            continue
        changes.append(Change(field, before, after))
    return Changed(pupil, row, tuple(changes), contact_changes(row.contacts, contacts))


def contact_changes(
    rows: Iterable[ContactRow], contacts: Iterable[Contact]
) -> tuple[ContactChange, ...]:
    """Compare contacts by name. Those whom the export does not have are kept."""
    known = {contact_name(contact): contact for contact in reversed(list(contacts))}
    changes, seen = [], set()
    for row in rows:
        name = contact_name(row)
        if name in seen:
            continue
        seen.add(name)
        contact = known.get(name)
        changed = contact_fields(row, contact)
        if contact is None or changed:
            changes.append(ContactChange(contact, row, changed))
    return tuple(changes)


def contact_name(contact: Contact | ContactRow) -> tuple[str, str]:
    """Give what two entries for one person have in common."""
    return plain(contact.surname or ""), plain(contact.forename or "")


def contact_fields(row: ContactRow, contact: Contact | None) -> tuple[Change, ...]:
    """Compare one contact. A restriction, once here, is the safeguarding lead's and stays."""
    if contact is None:
        return ()
    said = {field: getattr(row, field) for field in CONTACT_LABELS if field != "restriction"}
    said["restriction"] = "" if contact.restriction else row.court_order
    return tuple(
        Change(field, getattr(contact, field), after)
        for field, after in said.items()
        if after not in (None, "") and after != getattr(contact, field)
    )


def leavers(
    export: Export,
    roll: Roll,
    matched: list[tuple[PupilRow, Pupil]],
    undecided: list[Undecided],
) -> tuple[Pupil, ...]:
    """Propose as leavers the pupils on roll of whom the whole file says nothing."""
    if not export.complete:
        return ()
    mentioned = {pupil.pk for _, pupil in matched}
    mentioned |= {odd.pupil.pk for odd in undecided if odd.pupil is not None}
    for row in export.left_out:
        mentioned |= {pupil.pk for pupil in roll.perhaps(row)}
    absent = [
        pupil for pupil in roll.pupils if pupil.leaving_date is None and pupil.pk not in mentioned
    ]
    return tuple(sorted(absent, key=lambda pupil: (pupil.sort_key, pupil.pk)))


def returners(matched: list[tuple[PupilRow, Pupil]]) -> list[str]:
    """Warn of pupils who have left here and are in the file, which has no dates of leaving."""
    return [
        f"{row.name} (line {row.line}) left here on {day(pupil.leaving_date)}. If they are back,"
        " export them with a “Leaving date” column."
        for row, pupil in matched
        if pupil.leaving_date is not None and "leaving_date" not in row.given
    ]


def never_was_here(row: PupilRow) -> str:
    """Say that a leaver of whom nothing was recorded is not added."""
    left = day(row.leaving_date)
    return f"{row.name} (line {row.line}) left on {left}, was never on the roll here, is not added."
