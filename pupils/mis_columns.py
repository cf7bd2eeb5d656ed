"""Which column of an export is which: the headings of SIMS, Arbor, Bromcom and others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from safeguard.csv_cells import key

PUPIL_HEADINGS = {
    "upn": "UPN | Unique Pupil Number | Student UPN | Pupil UPN",
    "mis_id": (
        "MIS ID | SIMS ID | Person ID | Student ID | Pupil ID | Arbor ID | Arbor Student ID"
        " | Bromcom ID | External ID"
    ),
    "admission_number": "Adno | Adm No | Admission No | Admission Number",
    "legal_forename": "Legal Forename | Legal First Name",
    "legal_surname": "Legal Surname | Legal Last Name | Legal Family Name",
    "middle_names": "Middle Name | Middle Names | Middle Name(s) | Legal Middle Names",
    "preferred_forename": (
        "Preferred Forename | Preferred First Name | Chosen Forename | Chosen Name | Known As"
    ),
    "preferred_surname": "Preferred Surname | Preferred Last Name | Chosen Surname",
    "date_of_birth": "DOB | Date of Birth | Birth Date",
    "sex": "Sex | Gender | Legal Sex",
    "year_group": (
        "Year | Year Group | NC Year | Yr | Curriculum Year | Year Taught In | NC Year Group"
    ),
    "form": (
        "Reg | Reg Group | Registration Form | Registration Group | Form | Form Group"
        " | Tutor Group | Class"
    ),
    "house": "House | House Group",
    "ethnicity": "Ethnicity Code | Ethnicity | Ethnic Group",
    "first_language": "First Language | First Language Code",
    "home_language": "Home Language | Language at Home",
    "sen_provision": "SEN Provision | SEN Status | SEN Stage | SEN | SEN Code",
    "fsm": (
        "FSM | Eligible for Free Meals | FSM Eligible | Free School Meals"
        " | Eligible for Free School Meals"
    ),
    "ever_fsm6": "FSM6 | Ever 6 FSM | FSM Ever6 | Ever FSM6 | Ever6 | FSM Ever 6",
    "pupil_premium": "PP | Pupil Premium | Pupil Premium Indicator | Pupil Premium Eligible",
    "service_child": "Service Child | Service | Service Children in Education",
    "eal": "EAL | English as an Additional Language",
    "in_care": "In LEA Care | In LA Care | In Care | LAC | Looked After | Currently in Care",
    "entry_date": (
        "Date of Entry | Entry Date | Admission Date | Date of Admission | Start Date"
        " | Enrolment Start Date"
    ),
    "leaving_date": "Leaving Date | Date of Leaving | Leave Date | Enrolment End Date",
}

# A plain "Forename" is the legal one where no other is; beside a "Legal Forename" it is the one
# in use, as in Groupcall's and SIMS's exports.
PLAIN_NAMES = {
    "Forename | First Name | Given Name": ("legal_forename", "preferred_forename"),
    "Surname | Last Name | Family Name": ("legal_surname", "preferred_surname"),
}

# In the order in which an address is written.
ADDRESS_HEADINGS = {
    "address_flat": "Flat | Apartment",
    "address_house_name": "House Name",
    "address_house_number": "House No | House Number",
    "address_street": "Street",
    "address_whole": "Address | Address Block | Home Address | Full Address",
    "address_line_1": "Address Line 1 | Address 1",
    "address_line_2": "Address Line 2 | Address 2",
    "address_line_3": "Address Line 3 | Address 3",
    "address_line_4": "Address Line 4 | Address 4",
    "address_line_5": "Address Line 5 | Address 5",
    "address_locality": "Locality | District",
    "address_town": "Town | City | Town or City | Town/City",
    "address_county": "County | Administrative Area",
    "address_post_code": "Post Code | Home Post Code",
}
ADDRESS_PARTS = tuple(ADDRESS_HEADINGS)

CONTACT_HEADINGS = {
    "title": "Title | Salutation",
    "forename": "Forename | First Name",
    "surname": "Surname | Last Name",
    "relationship": "Relationship | Relationship to Pupil | Relationship to Student | Relation",
    "priority": "Priority | Contact Priority | Order",
    "parental_responsibility": "Parental Responsibility | Has Parental Responsibility | PR",
    "telephone": "Telephone | Home Telephone | Home Phone | Phone | Tel",
    "work_telephone": "Work Telephone | Work Phone",
    "mobile": "Mobile | Mobile Telephone | Mobile Phone | Mobile Number",
    "email": "Email | E-mail | Email Address | Home Email",
    "lives_with": "Lives With | Lives with Pupil | Lives with Student | Same Address as Pupil",
    "court_order": "Court Order",
    "language": "Language | First Language | Language Spoken",
} | ADDRESS_HEADINGS

CONTACT = re.compile(
    r"^(?:priority)?(?:contact|parent|parentcarer|guardian|parentguardian)([1-9]\d?)(.+)$"
)


def by_heading(headings: dict[str, str]) -> dict[str, str]:
    """Turn the lists round: from each way to write a heading to the field."""
    return {
        key(heading): name for name, aliases in headings.items() for heading in aliases.split(" | ")
    }


# Headings that one system writes and the others do not.
TELL_TALES = {
    "sims": "Adno | Reg | Chosen Name | NC Year | Date of Admission | Middle Name(s) | SEN Stage",
    "arbor": (
        "Arbor Student ID | Legal Sex | Registration Form | Currently in Care"
        " | Enrolment Start Date | Pupil Premium Eligible"
    ),
    "bromcom": "Bromcom ID | Tutor Group | Curriculum Year | Ever6 | Looked After | Service",
}

PUPIL_FIELDS = by_heading(PUPIL_HEADINGS | ADDRESS_HEADINGS)
CONTACT_FIELDS = by_heading(CONTACT_HEADINGS)


PLAIN_FIELDS = {
    key(heading): fields
    for headings, fields in PLAIN_NAMES.items()
    for heading in headings.split(" | ")
}


@dataclass
class Columns:
    """Where each field stands in the file. Contact fields are kept per contact number."""

    pupil: dict[str, int] = field(default_factory=dict)
    contacts: dict[int, dict[str, int]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def recognised(self):
        """Count the columns that mean something to us."""
        return len(self.pupil) + sum(len(fields) for fields in self.contacts.values())


def recognise(headings: Sequence[str]) -> Columns:
    """Find out what each heading means, in any case and spacing."""
    columns = Columns()
    plain_names = []
    for index, heading in enumerate(headings):
        normal = key(heading)
        if found := CONTACT.match(normal):
            fields = columns.contacts.setdefault(int(found[1]), {})
            name = CONTACT_FIELDS.get(found[2])
        elif normal in PLAIN_FIELDS:
            plain_names.append((index, heading, PLAIN_FIELDS[normal]))
            continue
        else:
            fields, name = columns.pupil, PUPIL_FIELDS.get(normal)
        place(columns, fields, name, index, heading)
    for index, heading, (legal, preferred) in plain_names:
        name = preferred if legal in columns.pupil else legal
        place(columns, columns.pupil, name, index, heading)
    columns.contacts = {number: found for number, found in columns.contacts.items() if found}
    stand_in_preferred_names(columns)
    return columns


def place(
    columns: Columns, fields: dict[str, int], name: str | None, index: int, heading: str
) -> None:
    """Note one column; the first of two that mean the same is used."""
    if name is None:
        columns.ignored += [heading.strip()] if heading.strip() else []
    elif name in fields:
        columns.doubled.append(heading.strip())
    else:
        fields[name] = index


def stand_in_preferred_names(columns: Columns) -> None:
    """Use the names that are used where an export has no legal ones at all."""
    for part in ("forename", "surname"):
        if f"legal_{part}" not in columns.pupil and f"preferred_{part}" in columns.pupil:
            columns.pupil[f"legal_{part}"] = columns.pupil.pop(f"preferred_{part}")


def source_of(headings: Sequence[str]) -> str:
    """Say which system wrote an export, by the headings that only one of them has."""
    present = set(map(key, headings))
    counts = {
        source: len(present & set(map(key, tell_tales.split(" | "))))
        for source, tell_tales in TELL_TALES.items()
    }
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] >= 2 else "other"
