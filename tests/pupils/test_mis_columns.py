import pytest

from pupils.mis_columns import ADDRESS_PARTS, CONTACT_FIELDS, PUPIL_FIELDS, recognise
from pupils.mis_fields import CONTACT, characteristics, identity
from pupils.mis_rows import ContactRow, PupilRow
from tests.pupils.exports import TODAY

ALIASES = {
    "upn": ["UPN", "Unique Pupil Number", "Student UPN"],
    "admission_number": ["Adno", "Admission Number", "Adm No"],
    "legal_forename": ["Legal Forename", "Legal first name", "Forename", "First name"],
    "legal_surname": ["Legal Surname", "Legal last name", "Surname", "Last name"],
    "date_of_birth": ["DOB", "Date of Birth", "Birth Date", "DateOfBirth", " date  of birth "],
    "year_group": ["Year", "Year Group", "NC Year", "Yr", "Curriculum year"],
    "form": ["Reg", "Reg Group", "Registration Form", "Form", "Tutor group", "Class"],
    "house": ["House"],
    "sex": ["Gender", "Sex"],
    "ethnicity": ["Ethnicity"],
    "first_language": ["First Language"],
    "home_language": ["Home Language"],
    "sen_provision": ["SEN", "SEN Status", "SEN Provision", "SEN Stage"],
    "fsm": ["FSM", "Eligible for Free Meals"],
    "ever_fsm6": ["FSM6", "Ever 6 FSM"],
    "pupil_premium": ["PP", "Pupil Premium Indicator"],
    "in_care": ["In Care", "LAC", "In LEA care", "Looked after"],
    "service_child": ["Service"],
    "entry_date": ["Date of entry", "Admission date", "Start date"],
    "leaving_date": ["Leaving date"],
    "address_post_code": ["Post Code", "Postcode"],
    "address_line_1": ["Address Line 1", "ADDRESS LINE1"],
}


@pytest.mark.parametrize(
    ("field", "heading"),
    [(field, heading) for field, headings in ALIASES.items() for heading in headings],
)
def test_a_heading_is_known_in_any_case_and_spacing(field, heading):
    for written in (heading, heading.upper(), heading.replace(" ", ""), heading.replace(" ", "_")):
        assert recognise([written]).pupil == {field: 0}


def test_preferred_names_stand_beside_legal_ones():
    columns = recognise(["Preferred Forename", "Chosen Surname", "Legal Forename", "Legal Surname"])

    assert columns.pupil == {
        "preferred_forename": 0,
        "preferred_surname": 1,
        "legal_forename": 2,
        "legal_surname": 3,
    }


def test_preferred_names_stand_in_where_an_export_has_no_legal_ones():
    columns = recognise(["Chosen Forename", "Preferred Surname"])

    assert columns.pupil == {"legal_forename": 0, "legal_surname": 1}


def test_a_plain_name_is_the_one_in_use_where_there_is_a_legal_one_too():
    columns = recognise(["Forename", "Surname", "Legal Forename", "Legal Surname"])

    assert columns.pupil["preferred_forename"] == 0
    assert columns.pupil["legal_forename"] == 2
    assert columns.pupil["preferred_surname"] == 1
    assert columns.pupil["legal_surname"] == 3


@pytest.mark.parametrize(
    "heading", ["Contact 2 Mobile", "contact2mobiletelephone", "Guardian 2: Mobile number"]
)
def test_contacts_are_told_apart_by_their_number(heading):
    columns = recognise(["Contact 1 Surname", heading, "Contact 12 Surname"])

    assert columns.contacts == {1: {"surname": 0}, 2: {"mobile": 1}, 12: {"surname": 2}}


def test_what_is_not_known_is_listed_and_not_used():
    columns = recognise(["Attendance %", "", "UPN", "Contact 1 Shoe size"])

    assert columns.ignored == ["Attendance %", "Contact 1 Shoe size"]
    assert columns.pupil == {"upn": 2}
    assert columns.contacts == {}


def test_the_first_of_two_columns_of_one_kind_is_used():
    columns = recognise(["Year", "UPN", "Year Group"])

    assert columns.pupil["year_group"] == 0
    assert columns.doubled == ["Year Group"]


def test_every_column_that_is_known_can_be_read_and_has_a_place():
    fields = set(PUPIL_FIELDS.values()) - set(ADDRESS_PARTS)

    assert fields == identity(TODAY).keys() | characteristics(TODAY).keys()
    assert fields <= set(PupilRow.__dataclass_fields__)


def test_every_column_of_a_contact_can_be_read_and_has_a_place():
    fields = set(CONTACT_FIELDS.values()) - set(ADDRESS_PARTS)

    assert fields == CONTACT.keys()
    assert fields - {"work_telephone"} <= set(ContactRow.__dataclass_fields__)
