"""How each field of a pupil and of a contact is read, and how long it may be."""

from datetime import date
from functools import partial

from pupils import mis_values as values
from safeguard import csv_cells as cells
from safeguard.csv_cells import Field


def identity(today: date) -> dict[str, Field]:
    """The fields without which a row cannot safely be taken for anybody."""
    return {
        "upn": Field(values.read_upn, nothing=""),
        "mis_id": Field(cells.read_text, 40, ""),
        "legal_forename": Field(cells.read_name, 80, ""),
        "legal_surname": Field(cells.read_name, 80, ""),
        "date_of_birth": Field(partial(values.read_birthday, today=today)),
        "year_group": Field(values.read_year_group, nothing=""),
    }


def characteristics(today: date) -> dict[str, Field]:
    """The fields that are passed over when they are not understood."""
    return {
        "admission_number": Field(cells.read_text, 20, ""),
        "middle_names": Field(cells.read_name, 120, ""),
        "preferred_forename": Field(cells.read_name, 80, ""),
        "preferred_surname": Field(cells.read_name, 80, ""),
        "sex": Field(values.read_sex, nothing=""),
        "form": Field(cells.read_text, 20, ""),
        "house": Field(cells.read_text, 40, ""),
        "ethnicity": Field(values.read_ethnicity, nothing=""),
        "first_language": Field(values.read_language, 60, ""),
        "home_language": Field(values.read_language, 60, ""),
        "sen_provision": Field(values.read_sen, nothing=""),
        "fsm": Field(values.read_yes_no),
        "ever_fsm6": Field(values.read_yes_no),
        "pupil_premium": Field(values.read_yes_no),
        "service_child": Field(values.read_yes_no),
        "eal": Field(values.read_yes_no),
        "in_care": Field(values.read_yes_no),
        "entry_date": Field(cells.read_date),
        "leaving_date": Field(partial(values.read_leaving_date, today=today)),
    }


# An empty cell about a contact says nothing: a number somebody rang last week is not forgotten
# because a report was made without that column's permission.
CONTACT = {
    "title": Field(cells.read_text, 20),
    "forename": Field(cells.read_name, 80),
    "surname": Field(cells.read_name, 80),
    "relationship": Field(cells.read_text, 60),
    "priority": Field(values.read_priority),
    "parental_responsibility": Field(values.read_yes_no),
    "telephone": Field(values.read_telephone, 40),
    "work_telephone": Field(values.read_telephone, 40),
    "mobile": Field(values.read_telephone, 40),
    "email": Field(cells.read_email, 254),
    "lives_with": Field(values.read_yes_no),
    "court_order": Field(values.read_court_order, 200),
    "language": Field(values.read_language, 60),
}
ADDRESS = Field(values.read_address, 250, "")

REQUIRED = {
    "legal_forename": "a legal forename",
    "legal_surname": "a legal surname",
    "date_of_birth": "a date of birth",
}
# Nobody has a leaving date in an export of the pupils on roll: there an empty column says
# something. Any other column in which no row has anything was left out of the school's report.
TELLING_WHEN_EMPTY = frozenset({"leaving_date"})
