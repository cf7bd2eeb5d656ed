"""Who on the roll a row of an export is: by UPN, then by the MIS's number, else a person decides.

A chronology that is split over two entries for one child, or that holds two children, is the
gravest mistake an import can make. So a number is believed only when name or date of birth agree
with it, and a likeness without a number is never enough.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pupils.mis_rows import PupilRow
from pupils.models import Pupil
from pupils.names import plain


@dataclass(frozen=True)
class Undecided:
    """A row that a person must look at, and the pupil whom it may be about."""

    row: PupilRow
    pupil: Pupil | None
    reason: str


def day(when: date | None) -> str:
    """Write a day for the office."""
    return f"{when.day} {when:%b %Y}" if when else "on an unknown day"


def likenesses(child: Pupil | PupilRow) -> set[tuple]:
    """Give the surnames with the first letters of the forenames by which a child is known."""
    surnames = {plain(child.legal_surname), plain(child.preferred_surname)} - {""}
    forenames = {plain(child.legal_forename), plain(child.preferred_forename)} - {""}
    return {(surname, forename[0]) for surname in surnames for forename in forenames}


def are_named_alike(row: PupilRow, pupil: Pupil) -> bool:
    """Say whether surname and first letter agree, in the legal names or those in use."""
    return not likenesses(row).isdisjoint(likenesses(pupil))


def are_alike(row: PupilRow, pupil: Pupil) -> bool:
    """Say whether name or date of birth agree: people marry, move, and are misspelt."""
    return row.date_of_birth == pupil.date_of_birth or are_named_alike(row, pupil)


def are_one_child(row: PupilRow, pupil: Pupil) -> bool:
    """Say whether name and date of birth both agree."""
    return row.date_of_birth == pupil.date_of_birth and are_named_alike(row, pupil)


class Roll:
    """A school's pupils, and those who left, ready to be compared with the rows of one file."""

    def __init__(self, pupils: Iterable[Pupil], rows: Iterable[PupilRow]):
        self.pupils = list(pupils)
        self.by_id = {str(pupil.pk): pupil for pupil in self.pupils}
        self.by_upn = {pupil.upn: pupil for pupil in self.pupils if pupil.upn}
        self.by_mis_id = {pupil.mis_id: pupil for pupil in self.pupils if pupil.mis_id}
        self.by_admission = grouped(
            (pupil.admission_number, pupil) for pupil in self.pupils if pupil.admission_number
        )
        self.by_likeness = grouped(
            ((*likeness, pupil.date_of_birth), pupil)
            for pupil in self.pupils
            for likeness in likenesses(pupil)
        )
        self.upns_in_file = {row.upn for row in rows if row.upn}

    def find(self, row: PupilRow) -> Pupil | Undecided | None:
        """Find the pupil a row is about; None when the row is a new pupil."""
        if pupil := self.by_upn.get(row.upn):
            if are_alike(row, pupil):
                return pupil
            return Undecided(row, pupil, self.clash("UPN", pupil))
        if pupil := self.with_mis_id(row):
            new_upn = row.upn and pupil.upn
            if are_one_child(row, pupil) if new_upn else are_alike(row, pupil):
                return pupil
            return Undecided(row, pupil, self.clash("MIS number", pupil))
        if pupil := self.with_admission_number(row):
            return pupil
        for pupil in self.lookalikes(row):
            reason = (
                f"has no number in common with {pupil.legal_name}, born"
                f" {day(pupil.date_of_birth)}, whom this may be."
            )
            return Undecided(row, pupil, reason)
        return None

    def clash(self, number: str, pupil: Pupil) -> str:
        """Say that a number belongs to somebody who seems to be another child."""
        born = day(pupil.date_of_birth)
        return f"the {number} belongs here to {pupil.legal_name}, born {born}: another child?"

    def with_mis_id(self, row: PupilRow) -> Pupil | None:
        """Find by the MIS's number, unless the file says by UPN that its holder is another row.

        A school that changes its MIS gets new numbers for everybody, and some of them are the old
        numbers of others.
        """
        pupil = self.by_mis_id.get(row.mis_id)
        if pupil is not None and pupil.upn in self.upns_in_file and not are_one_child(row, pupil):
            return None
        return pupil

    def with_admission_number(self, row: PupilRow) -> Pupil | None:
        """Find by admission number, which is what SIMS has, if name and date of birth agree too."""
        if not row.admission_number:
            return None
        for pupil in self.by_admission.get(row.admission_number, ()):
            if are_one_child(row, pupil) and not (row.upn and pupil.upn):
                return pupil
        return None

    def lookalikes(self, row: PupilRow) -> Iterator[Pupil]:
        """Give pupils with the row's surname, date of birth and first letter, who are no other row.

        A twin has all of these in common and a UPN of its own in the same file.
        """
        for likeness in sorted(likenesses(row)):
            for pupil in self.by_likeness.get((*likeness, row.date_of_birth), ()):
                if pupil.upn not in self.upns_in_file:
                    yield pupil

    def perhaps(self, row: PupilRow) -> Iterator[Pupil]:
        """Give everybody whom a row that could not be read whole may be about."""
        numbered = (
            self.by_upn.get(row.upn),
            self.by_mis_id.get(row.mis_id),
            *self.by_admission.get(row.admission_number, ()),
        )
        yield from (pupil for pupil in numbered if pupil is not None)
        wanted = likenesses(row)
        yield from (pupil for pupil in self.pupils if not wanted.isdisjoint(likenesses(pupil)))


def grouped(pairs: Iterable[tuple]) -> dict:
    """Group pupils by a key that several may share."""
    groups = defaultdict(list)
    for key, pupil in pairs:
        groups[key].append(pupil)
    return groups
