"""The demo schools' rolls, written as their MIS would export them and loaded by the import."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from demo import material
from demo.material import DemoSchool
from pupils.mis_values import upn_check_letter

FIRST_AGE = {"N2": 3, "R": 4} | {str(year): year + 4 for year in range(1, 14)}
STREETS = ("Oak Lane", "Elm Park Road", "Mill Street", "Canal Close", "Station Road", "Beech Grove")
HEADINGS = {
    "sims": (
        "UPN,Adno,Legal Surname,Legal Forename,Chosen Name,DOB,Gender,Year,Reg,Ethnicity,"
        "First Language,SEN Status,Eligible for free meals,Ever 6 FSM,Pupil Premium Indicator,EAL,"
        "In LEA care,Date of Admission,Address Block,Contact 1 Title,Contact 1 Forename,"
        "Contact 1 Surname,Contact 1 Relationship,Contact 1 Priority,"
        "Contact 1 Parental Responsibility,Contact 1 Mobile Telephone,Contact 2 Title,"
        "Contact 2 Forename,Contact 2 Surname,Contact 2 Relationship,Contact 2 Priority,"
        "Contact 2 Parental Responsibility,Contact 2 Mobile Telephone"
    ),
    "arbor": (
        "UPN,Admission Number,Legal last name,Legal first name,Preferred first name,Date of birth,"
        "Legal Sex,Year group,Registration form,Ethnicity,First language,SEN status,"
        "Free school meals,Ever 6 FSM,Pupil Premium Eligible,EAL,Currently in care,"
        "Enrolment start date,Address,Guardian 1 Title,Guardian 1 First name,Guardian 1 Last name,"
        "Guardian 1 Relationship,Guardian 1 Priority,Guardian 1 Parental responsibility,"
        "Guardian 1 Mobile number,Guardian 2 Title,Guardian 2 First name,Guardian 2 Last name,"
        "Guardian 2 Relationship,Guardian 2 Priority,Guardian 2 Parental responsibility,"
        "Guardian 2 Mobile number"
    ),
}
ETHNICITIES = ("WBRI",) * 9 + (
    "WOTH",
    "MWBC",
    "MWAS",
    "AIND",
    "APKN",
    "ABAN",
    "BAFR",
    "BAFR",
    "BCRB",
)
LANGUAGES = ("English",) * 10 + ("Polish", "Urdu", "Romanian", "Bengali", "Arabic", "Portuguese")


@dataclass(frozen=True)
class Child:
    """A row of the export before it is written."""

    girl: bool
    forename: str
    surname: str
    year: str
    form: str
    born: date


def upn(number: int) -> str:
    """Return a well-formed unique pupil number that no real pupil has (authority 999)."""
    digits = f"9994{number:08d}"
    return upn_check_letter(f"A{digits}") + digits


def write_export(school: DemoSchool, folder: Path, today: date) -> Path:
    """Write the school's roll as a CSV export of its MIS, and return the file."""
    chance = random.Random(school.slug)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{school.slug}-{school.export}.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        rows = csv.writer(file)
        rows.writerow(HEADINGS[school.export].split(","))
        base = 1000 if school.phase == "primary" else 5000
        for number, child in enumerate(children(school, chance, today), start=base):
            rows.writerow(_row(child, number, chance, today))
    return path


def children(school: DemoSchool, chance: random.Random, today: date) -> Iterator[Child]:
    """Yield a school's children, class by class; the same each time for the same chance."""
    names = material.names()
    taken: set[tuple[str, str]] = set()
    autumn = today.year if today.month >= 9 else today.year - 1
    for year in school.years:
        for form in school.forms:
            for _ in range(school.pupils_a_form):
                girl = chance.random() < 0.5
                while True:
                    forename = chance.choice(names["girls" if girl else "boys"])
                    surname = chance.choice(names["surnames"])
                    if (forename, surname) not in taken:
                        break
                taken.add((forename, surname))
                born = date(autumn - FIRST_AGE[year] - 1, 9, 1) + timedelta(chance.randrange(365))
                yield Child(girl, forename, surname, year, _form(year, form), born)


def _form(year: str, form: str) -> str:
    label = {"N2": "Nursery", "R": "Reception"}.get(year, year)
    return f"{label}{form}" if year.isdigit() else f"{label} {form}".strip()


def _row(child: Child, number: int, chance: random.Random, today: date) -> list[str]:
    poor = chance.random() < 0.24
    language = chance.choice(LANGUAGES)
    year = f"Year  {child.year}" if child.year.isdigit() else child.year
    entered = max(child.born + timedelta(days=365 * 4), date(today.year - 4, 9, 3))
    row = [
        upn(number),
        f"{number:06d}",
        child.surname,
        child.forename,
        "",
        f"{child.born:%d/%m/%Y}",
        "F" if child.girl else "M",
        year,
        child.form,
        chance.choice(ETHNICITIES),
        language,
        chance.choices("NKE", weights=(82, 14, 4))[0],
        _yes(poor),
        _yes(poor or chance.random() < 0.06),
        _yes(poor),
        _yes(language != "English"),
        _yes(chance.random() < 0.012),
        f"{entered:%d/%m/%Y}",
        f"{chance.randrange(1, 140)} {chance.choice(STREETS)}, Elmbridge EB{chance.randrange(1, 9)} 4QT",
    ]
    return row + _contacts(child, chance)


def _contacts(child: Child, chance: random.Random) -> list[str]:
    names = material.names()
    number = chance.randrange(100000, 1000000)
    row = [
        "Ms",
        chance.choice(names["girls"]),
        child.surname,
        "Mother",
        "1",
        "Y",
        f"07700 {number}",
    ]
    if chance.random() < 0.72:
        father = chance.choice(names["boys"])
        row += ["Mr", father, child.surname, "Father", "2", "Y", f"07700 {number // 2 + 50000}"]
    elif chance.random() < 0.4:
        row += ["Mrs", chance.choice(names["girls"]), chance.choice(names["surnames"])]
        row += ["Grandmother", "2", "N", f"07700 {number // 3 + 70000}"]
    else:
        row += [""] * 7
    return row


def _yes(true: bool) -> str:
    return "Y" if true else "N"
