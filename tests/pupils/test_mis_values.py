from datetime import date

import pytest

from pupils import mis_values as values
from pupils.mis_codes import ETHNICITY_CODES, MAIN_ETHNICITIES
from safeguard import csv_cells as cells
from safeguard.csv_cells import NotUnderstood
from tests.pupils.exports import TODAY


@pytest.mark.parametrize(
    "text",
    [
        "12/01/2009",
        "12.01.2009",
        "12-1-2009",
        "2009-01-12",
        "2009/1/12",
        "12 Jan 2009",
        "12-Jan-2009",
        "12th January 2009",
        "12/01/2009 00:00",
        "2009-01-12T00:00:00",
        "2009-01-12 00:00:00.000",
    ],
)
def test_a_date_is_read_however_it_was_exported(text):
    assert cells.read_date(text) == date(2009, 1, 12)


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_is_known_by_its_first_letters(month):
    name = date(2009, month, 1).strftime("%b")

    assert cells.read_date(f"3 {name} 2009") == date(2009, month, 3)


def test_september_is_known_by_four_letters_too():
    assert cells.read_date("1 Sept 2009") == date(2009, 9, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/02/2015", "not a day of the calendar"),
        ("13/25/2009", "not a day of the calendar"),
        ("12 Foo 2009", "not a day of the calendar"),
        ("12/01/09", "four digits"),
        ("12 Jan 09", "four digits"),
        ("39825", "not a date such as"),
        ("12/01-2009", "not a date such as"),
    ],
)
def test_a_date_is_never_guessed(text, reason):
    with pytest.raises(NotUnderstood, match=reason):
        cells.read_date(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("08/09/2026", "in the future"), ("07/09/2026", "in the future"), ("01/01/1999", "than 26")],
)
def test_a_date_of_birth_is_one_that_somebody_at_school_can_have(text, reason):
    with pytest.raises(NotUnderstood, match=reason):
        values.read_birthday(text, TODAY)


def test_a_pupil_may_be_nineteen_or_two():
    assert values.read_birthday("08/09/2006", TODAY).year == 2006
    assert values.read_birthday("08/09/2024", TODAY).year == 2024


def test_a_day_of_leaving_counts_once_it_has_come():
    assert values.read_leaving_date("07/09/2026", TODAY) == TODAY
    with pytest.raises(NotUnderstood, match="in the future"):
        values.read_leaving_date("08/09/2026", TODAY)


# The letters follow from the Department's published rule: each of the twelve other characters
# times its place (2 to 13), added up; the remainder by 23 names the letter.
@pytest.mark.parametrize("upn", ["B801200005001", "A000000000000", "G801200010001"])
def test_a_upn_whose_letter_fits_is_taken(upn):
    assert values.read_upn(upn) == upn
    assert values.read_upn(f" {upn[:4]} {upn[4:].lower()}".strip()) == upn


def test_a_temporary_upn_ends_in_a_letter_that_counts():
    # 8*2 + 1*4 + 2*5 + 5*10 = 80, and C (2) in the thirteenth place makes 106: 106 % 23 = 14, Q.
    assert values.read_upn("Q80120000500C") == "Q80120000500C"
    with pytest.raises(NotUnderstood, match="does not fit"):
        values.read_upn("Q80120000500D")


@pytest.mark.parametrize("upn", ["A801200005001", "B801200005002", "B801200050001"])
def test_a_mistyped_upn_is_refused_by_its_letter(upn):
    with pytest.raises(NotUnderstood, match="first letter does not fit"):
        values.read_upn(upn)


@pytest.mark.parametrize(
    "upn", ["B80120000500", "B8012000050011", "I801200005001", "1801200005001", "B80120000500S"]
)
def test_what_is_no_upn_is_refused(upn):
    with pytest.raises(NotUnderstood, match="is not a UPN: a letter"):
        values.read_upn(upn)


@pytest.mark.parametrize("reason", ["UN1", "un3", "UN5"])
def test_a_reason_for_having_no_upn_is_no_upn(reason):
    assert values.read_upn(reason) == ""


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Year  4", "4"),
        ("Yr 10", "10"),
        ("Y7", "7"),
        ("NC Year 2", "2"),
        ("Year Group 9", "9"),
        ("04", "4"),
        ("13", "13"),
        ("14", "14"),
        ("Reception", "R"),
        ("R", "R"),
        ("Year R", "R"),
        ("YR", "R"),
        ("0", "R"),
        ("FS2", "R"),
        ("Nursery", "N2"),
        ("N1", "N1"),
        ("Nursery 2", "N2"),
    ],
)
def test_a_year_group_is_read_however_it_was_exported(text, year):
    assert values.read_year_group(text) == year


@pytest.mark.parametrize("text", ["Year 15", "Year", "4B", "Sixth form", "-1"])
def test_what_is_no_year_group_is_refused(text):
    with pytest.raises(NotUnderstood, match="is not a year group"):
        values.read_year_group(text)


@pytest.mark.parametrize("text", ["Y", "yes", "T", "TRUE", "1"])
def test_yes_is_read_in_every_spelling(text):
    assert values.read_yes_no(text) is True


@pytest.mark.parametrize("text", ["N", "no", "F", "False", "0"])
def test_no_is_read_in_every_spelling(text):
    assert values.read_yes_no(text) is False


@pytest.mark.parametrize("text", ["U", "Refused", "Not known"])
def test_not_known_is_not_the_same_as_no(text):
    assert values.read_yes_no(text) is None


def test_any_other_answer_is_not_taken_for_yes_or_no():
    with pytest.raises(NotUnderstood, match="neither yes nor no"):
        values.read_yes_no("maybe")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("N", "N"),
        ("k", "K"),
        ("E - Education, health and care plan", "E"),
        ("K  SEN support", "K"),
        ("No special educational need", "N"),
        ("EHC plan", "E"),
    ],
)
def test_sen_provision_is_read_as_code_or_words(text, code):
    assert values.read_sen(text) == code


@pytest.mark.parametrize("text", ["Z", "S", "NK", "See plan"])
def test_other_sen_provision_is_refused(text):
    with pytest.raises(NotUnderstood, match="N, K or E"):
        values.read_sen(text)


@pytest.mark.parametrize("code", MAIN_ETHNICITIES)
def test_every_main_ethnicity_is_read_as_its_code(code):
    assert values.read_ethnicity(code.lower()) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("White - British", "WBRI"),
        ("white british", "WBRI"),
        ("WENG - White - English", "WBRI"),
        ("Gypsy/Roma", "WROM"),
        ("Irish Traveller", "WIRT"),
        ("Asian or Asian British - any other Asian background", "AOTH"),
        ("White and Asian", "MWAS"),
        ("BSOM", "BAFR"),
        ("OARA", "OOTH"),
        ("Refused", "REFU"),
        ("Information not yet obtained", "NOBT"),
    ],
)
def test_ethnicity_is_read_as_code_extended_code_or_words(text, code):
    assert values.read_ethnicity(text) == code


@pytest.mark.parametrize("text", ["Martian", "BRITISH INDIAN", "Irish something", "WXYZ"])
def test_an_ethnicity_is_never_guessed_from_a_part(text):
    with pytest.raises(NotUnderstood, match="is not an ethnicity"):
        values.read_ethnicity(text)


def test_every_ethnicity_code_leads_to_a_main_code():
    assert set(ETHNICITY_CODES.values()) == set(MAIN_ETHNICITIES)


def test_a_language_code_is_written_out_and_a_rare_one_kept():
    read = [values.read_language(text) for text in ("POL", "pol", "Polish", "TGR")]

    assert read == ["Polish", "Polish", "Polish", "TGR"]


@pytest.mark.parametrize(("text", "sex"), [("M", "M"), ("male", "M"), ("F", "F"), ("Female", "F")])
def test_sex_is_read_as_letter_or_word(text, sex):
    assert values.read_sex(text) == sex


def test_another_word_for_sex_is_refused():
    with pytest.raises(NotUnderstood, match="neither M nor F"):
        values.read_sex("X")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("01632 960101", "01632 960101"),
        ("+44 (0)7700 900101", "+44 (0)7700 900101"),
        ("01632 960101 ext 12", "01632 960101 ext 12"),
        ("7700900101", "07700900101"),
        ("1632960101", "01632960101"),
    ],
)
def test_a_telephone_number_keeps_or_regains_its_nought(text, number):
    assert values.read_telephone(text) == number


@pytest.mark.parametrize("text", ["4.47701E+11", "none", "ring mum"])
def test_what_cannot_be_dialled_is_refused(text):
    with pytest.raises(NotUnderstood, match="not a telephone number"):
        values.read_telephone(text)


@pytest.mark.parametrize("text", ["ann", "ann@", "a b@example.org", "a@example.org; b@example.org"])
def test_what_is_no_email_address_is_refused(text):
    with pytest.raises(NotUnderstood, match="not an e-mail address"):
        cells.read_email(text)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Ann\u00a0  Marie ", "Ann Marie"),
        ('="00123"', "00123"),
        ("'07700 900101", "07700 900101"),
        ("Sia\u0302n", "Siân"),
        ("\u200eYusuf\u200b", "Yusuf"),
        ("n/a", ""),
        ("-", ""),
        ("Flat 2\r\n 40  Road", "Flat 2\n40 Road"),
        ("'t Hooft", "'t Hooft"),
    ],
)
def test_what_spreadsheets_add_is_removed(cell, text):
    assert cells.clean(cell) == text


@pytest.mark.parametrize("text", ["Siân", "Łukasz", "Žofie", "al-Ḥaddād", "Ångström", "Ann"])
def test_names_with_accents_are_not_taken_for_garbled(text):
    cells.check_letters(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SiÃ¢n", "garbled"),
        ("Åukasz".encode().decode("cp1252"), "garbled"),
        ("Ren\ufffde", "lost"),
        ("Ann\x1b[31m", "cannot be shown"),
    ],
)
def test_damaged_text_is_refused(text, reason):
    with pytest.raises(NotUnderstood, match=reason):
        cells.check_letters(text)


@pytest.mark.parametrize(
    ("text", "reason"), [("?ukasz", "lost"), ("123", "not a name"), ("Ann\nHill", "several lines")]
)
def test_what_is_no_name_is_refused(text, reason):
    with pytest.raises(NotUnderstood, match=reason):
        cells.read_name(text)


@pytest.mark.parametrize(
    ("text", "restriction"),
    [
        ("N", ""),
        ("F", ""),
        ("Y", "Court order recorded in the MIS"),
        ("No contact order 2025", "No contact order 2025"),
    ],
)
def test_a_court_order_is_read_as_a_yes_or_in_its_own_words(text, restriction):
    assert values.read_court_order(text) == restriction


def test_a_priority_is_a_small_number():
    assert values.read_priority("2") == 2
    with pytest.raises(NotUnderstood, match="from 0 to 99"):
        values.read_priority("first")
