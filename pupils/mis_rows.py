"""What is read from an export: rows as plain values, and sentences about what was not read."""

from dataclasses import dataclass
from datetime import date

from safeguard.csv_text import Problem


@dataclass(frozen=True)
class ContactRow:
    """A person to call, as the export has it; None is what the export does not say."""

    number: int
    title: str | None = None
    forename: str | None = None
    surname: str | None = None
    relationship: str | None = None
    priority: int | None = None
    parental_responsibility: bool | None = None
    telephone: str | None = None
    mobile: str | None = None
    email: str | None = None
    address: str | None = None
    lives_with: bool | None = None
    court_order: str | None = None
    language: str | None = None

    @property
    def name(self):
        """Name the contact as far as the export does."""
        return " ".join(filter(None, (self.title, self.forename, self.surname)))


@dataclass(frozen=True)
class PupilRow:
    """One pupil as the export has them. Only the fields named in `given` were said."""

    line: int
    given: frozenset[str] = frozenset()
    upn: str = ""
    mis_id: str = ""
    admission_number: str = ""
    legal_forename: str = ""
    legal_surname: str = ""
    middle_names: str = ""
    preferred_forename: str = ""
    preferred_surname: str = ""
    date_of_birth: date | None = None
    sex: str = ""
    year_group: str = ""
    form: str = ""
    house: str = ""
    ethnicity: str = ""
    first_language: str = ""
    home_language: str = ""
    sen_provision: str = ""
    fsm: bool | None = None
    ever_fsm6: bool | None = None
    pupil_premium: bool | None = None
    service_child: bool | None = None
    eal: bool | None = None
    in_care: bool | None = None
    address: str = ""
    entry_date: date | None = None
    leaving_date: date | None = None
    contacts: tuple[ContactRow, ...] = ()

    @property
    def name(self):
        """Name the pupil to the office, which knows them by their legal name."""
        return f"{self.legal_forename} {self.legal_surname}".strip()


@dataclass(frozen=True)
class Export:
    """A whole file, read: its good rows, and sentences about the rest."""

    file: str
    sha256: str
    source: str = "other"
    encoding: str = ""
    rows: tuple[PupilRow, ...] = ()
    # What could be read of the rows with problems, so that nobody is taken for a leaver over one.
    left_out: tuple[PupilRow, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    # False when part of the file could not be read: then who is absent from it proves nothing.
    complete: bool = False
