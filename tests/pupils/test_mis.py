from datetime import date

import pytest

from pupils.mis import read_export
from pupils.mis_rows import ContactRow
from tests.pupils.exports import (
    BEN,
    FIXTURES,
    HEADINGS,
    TODAY,
    csv_of,
    export_of,
    fixture,
    one_row,
    upn,
)

SIAN = [upn(1), "Llŷr-Morgan", "Siân", "14/02/2017", "4", "4B"]


def said(problems):
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("name", "source", "encoding", "delimiter", "rows", "left_out"),
    [
        ("sims-utf8-bom.csv", "sims", "UTF-8", ",", 7, 0),
        ("sims-windows-1252.csv", "sims", "Windows-1252", ",", 5, 0),
        ("sims-broken.csv", "sims", "UTF-8", ",", 2, 6),
        ("arbor-utf8-bom.csv", "arbor", "UTF-8", ",", 5, 0),
        ("arbor-windows-1252.csv", "arbor", "Windows-1252", ";", 4, 0),
        ("arbor-broken.csv", "arbor", "UTF-8", ",", 1, 6),
        ("bromcom-utf8-bom.csv", "bromcom", "UTF-8", "\t", 4, 0),
        ("bromcom-windows-1252.csv", "bromcom", "Windows-1252", ",", 3, 0),
        ("bromcom-broken.csv", "bromcom", "UTF-8", ",", 4, 1),
    ],
)
def test_each_system_is_recognised_and_read(name, source, encoding, delimiter, rows, left_out):
    export = fixture(name)

    assert (export.source, export.encoding) == (source, encoding)
    assert (len(export.rows), len(export.left_out)) == (rows, left_out)
    assert bool(export.problems) == ("broken" in name)
    assert FIXTURES.joinpath(name).read_bytes().count(delimiter.encode()) > 40


def test_a_pupil_of_sims_is_read_whole():
    sian, *_ = fixture("sims-utf8-bom.csv").rows

    assert (sian.upn, sian.admission_number, sian.mis_id) == (upn(101), "004511", "")
    assert (sian.name, sian.middle_names) == ("Siân Llŷr-Morgan", "Gwenllian")
    assert (sian.date_of_birth, sian.sex) == (date(2017, 2, 14), "F")
    assert (sian.year_group, sian.form, sian.house) == ("4", "4B", "Red")
    assert (sian.ethnicity, sian.first_language, sian.sen_provision) == ("WBRI", "English", "N")
    assert (sian.fsm, sian.ever_fsm6, sian.pupil_premium) == (False, False, False)
    assert (sian.eal, sian.in_care, sian.service_child) == (False, False, None)
    assert sian.entry_date == date(2021, 9, 4)
    assert sian.address == "7 Heol y Coed, Oak Lane, OL4 2AB"
    assert sian.contacts == (
        ContactRow(
            1,
            title="Mrs",
            forename="Ffion",
            surname="Llŷr-Morgan",
            relationship="Mother",
            priority=1,
            parental_responsibility=True,
            telephone="01632 960101",
            mobile="07700 900101",
            email="ffion@example.org",
            court_order="",
        ),
        ContactRow(
            2,
            title="Mr",
            forename="Gruffudd",
            surname="ap Huw",
            relationship="Stepfather",
            priority=2,
            parental_responsibility=False,
            mobile="07700 900102",
            court_order="",
        ),
    )


def test_a_pupil_of_arbor_is_read_whole():
    _, gosia, ali, _, tuan = fixture("arbor-utf8-bom.csv").rows

    assert (gosia.mis_id, gosia.preferred_forename) == ("2002", "Gosia")
    assert gosia.address == "3a Canal View, Elm Park, EP1 2BB"
    assert (gosia.ethnicity, gosia.sen_provision, gosia.fsm) == ("WOTH", "K", True)
    assert gosia.contacts[0].lives_with is True
    assert (ali.name, ali.year_group, ali.service_child) == ("ʿAlī an-Nūrī", "12", None)
    assert (tuan.upn, tuan.in_care, tuan.contacts) == ("", True, ())


def test_a_pupil_of_bromcom_is_read_whole():
    rhodri, stas, _, niall = fixture("bromcom-utf8-bom.csv").rows

    assert (rhodri.legal_forename, rhodri.preferred_forename) == ("Rhodri", "")
    assert rhodri.contacts[0].telephone == "01632 960301"
    assert (stas.legal_forename, stas.preferred_forename) == ("Stanisław", "Stas")
    assert stas.address == "22 Forge Lane, Elm Park North, Elm Park, EP2 2BB"
    assert stas.contacts[0].court_order == "No contact order 2025, see file"
    assert (niall.leaving_date, niall.ethnicity) == (date(2026, 7, 17), "WIRT")


def test_names_survive_windows_1252():
    names = [row.name for row in fixture("sims-windows-1252.csv").rows]

    assert names == [
        "Siân Llyr-Morgan",
        "Zoë Müller-Núñez",
        "Šárka D’Arcy",
        "Maryam al-Hakim",
        "Seán O'Shea",
    ]


def test_the_broken_rows_of_sims_are_found_by_line_and_column():
    wrong = "A" + upn(120)[1:]
    doubled = "stands on lines 9 and 10; none of these rows is taken."
    moved = "Is there a comma or a line break inside a value that has no quotation marks?"

    places = {
        "line 5, column “UPN”": f"“{wrong}” is not a UPN: its first letter does not fit its digits.",
        "line 6, column “DOB”": "“31/02/2017” is not a day of the calendar.",
        "line 7, column “Legal Surname”": "a legal surname is missing.",
        "line 9, column “UPN”": f"“{upn(124)}” {doubled}",
        "line 10, column “UPN”": f"“{upn(124)}” {doubled}",
        "line 11": f"4 values under 40 headings. {moved}",
    }

    problems = said(fixture("sims-broken.csv").problems)

    assert problems == [f"sims-broken.csv, {place}: {words}" for place, words in places.items()]


def test_the_broken_rows_of_arbor_are_found_by_line_and_column():
    places = [(problem.line, problem.column) for problem in fixture("arbor-broken.csv").problems]

    assert places == [
        (3, "Legal first name"),
        (3, "Legal last name"),
        (4, "Legal first name"),
        (5, "Date of birth"),
        (6, "Year group"),
        (6, "Arbor Student ID"),
        (7, "Date of birth"),
        (7, "Arbor Student ID"),
        (8, "UPN"),
    ]


def test_the_broken_rows_of_bromcom_are_found_by_line_and_column():
    export = fixture("bromcom-broken.csv")

    assert [(problem.line, problem.column) for problem in export.problems] == [
        (3, "DateOfBirth"),
        (7, ""),
    ]
    assert [(notice.line, notice.column) for notice in export.notices] == [
        (4, "Leaving Date"),
        (4, "Contact1 Title"),
    ]
    assert not export.complete


@pytest.mark.parametrize("index", range(4))
def test_a_row_with_a_broken_identity_is_left_out_and_the_others_are_taken(index):
    broken = [*SIAN]
    broken[index] = "?" if index else "X1"

    export = export_of(broken, BEN)

    assert [row.name for row in export.rows] == ["Ben Hill"]
    assert [(problem.line, problem.column) for problem in export.problems] == [(2, HEADINGS[index])]
    assert [row.line for row in export.left_out] == [2]


@pytest.mark.parametrize(
    ("column", "missing"),
    [(1, "a legal surname"), (2, "a legal forename"), (3, "a date of birth")],
)
def test_a_pupil_needs_a_name_and_a_date_of_birth(column, missing):
    nameless = [*SIAN]
    nameless[column] = ""

    for rows in ([nameless], [nameless, BEN]):
        export = export_of(*rows)

        assert [problem.message for problem in export.problems] == [f"{missing} is missing."]
        assert [problem.line for problem in export.problems] == [2]


@pytest.mark.parametrize(
    ("heading", "cell", "field"),
    [
        ("Ethnicity", "Martian", "ethnicity"),
        ("SEN", "Z", "sen_provision"),
        ("FSM", "maybe", "fsm"),
        ("Leaving date", "01/09/2027", "leaving_date"),
        ("House", "R" * 41, "house"),
        ("Address", "R" * 251, "address"),
        ("Preferred Forename", "B?n", "preferred_forename"),
    ],
)
def test_a_misspelt_characteristic_is_passed_over_and_the_child_is_taken(heading, cell, field):
    export = one_row(**{heading: cell})

    assert [row.name for row in export.rows] == ["Ben Hill"]
    assert field not in export.rows[0].given
    assert [(notice.line, notice.column) for notice in export.notices] == [(2, heading)]
    assert export.problems == ()


def test_only_what_the_export_says_is_given():
    export = one_row(FSM="N")

    assert export.rows[0].given == {
        "legal_surname",
        "legal_forename",
        "date_of_birth",
        "year_group",
        "form",
        "fsm",
    }


def test_a_column_that_is_empty_in_every_row_says_nothing_but_one_empty_cell_does():
    headings = [*HEADINGS, "House", "Post Code", "Middle Names"]

    export = export_of([*SIAN, "", "", "Ann"], [*BEN, "", "", ""], headings=headings)

    assert export.empty == ("House", "Post Code")
    for row in export.rows:
        assert {"house", "address"}.isdisjoint(row.given)
        assert "middle_names" in row.given
    assert export.rows[1].middle_names == ""


def test_a_column_of_leaving_dates_says_something_even_when_nobody_has_left():
    export = one_row(**{"Leaving date": ""})

    assert "leaving_date" in export.rows[0].given
    assert export.rows[0].leaving_date is None


def test_a_number_that_stands_twice_takes_out_both_rows():
    export = export_of(SIAN, [SIAN[0], *BEN[1:]], [upn(3), *BEN[1:]])

    assert [row.upn for row in export.rows] == [upn(3)]
    assert [row.line for row in export.left_out] == [2, 3]


def test_pupils_without_a_upn_are_not_doubles_of_each_other():
    export = export_of(["", *SIAN[1:]], ["", *BEN[1:]])

    assert len(export.rows) == 2
    assert export.problems == ()


def test_twins_are_taken_and_warned_of():
    export = export_of(SIAN, [upn(3), "LLYR MORGAN", "Mali", *SIAN[3:]], BEN)

    assert len(export.rows) == 3
    assert [notice.line for notice in export.notices] == [3]
    assert "Siân Llŷr-Morgan (line 2) and Mali LLYR MORGAN (line 3)" in str(export.notices[0])


def test_brothers_born_on_different_days_are_not_called_twins():
    export = export_of(SIAN, [upn(3), SIAN[1], "Mali", "15/02/2017", *SIAN[4:]])

    assert export.notices == ()


def test_one_child_twice_is_not_called_twins():
    assert export_of(SIAN, [upn(3), *SIAN[1:]]).notices == ()


def test_a_preferred_name_that_is_the_legal_one_says_nothing_more():
    same = one_row(**{"Preferred Forename": "Ben", "Preferred Surname": "Hill"})
    other = one_row(**{"Preferred Forename": "Benny", "Preferred Surname": "Hill-Shaw"})

    assert same.rows[0].preferred_forename == same.rows[0].preferred_surname == ""
    assert other.rows[0].preferred_forename == "Benny"
    assert other.rows[0].preferred_surname == "Hill-Shaw"


@pytest.mark.parametrize(
    ("cells", "address"),
    [
        ({"Street": "Mill Street", "House No": "12", "Post Code": "OL4"}, "12 Mill Street, OL4"),
        ({"House Name": "The Barn", "House No": "", "Street": "Mill Lane"}, "The Barn, Mill Lane"),
        ({"House No": "12", "Town": "Oak"}, "12, Oak"),
        (
            {"Post Code": "OL4", "Address Line 2": "Oak", "Address Line 1": "1 Road"},
            "1 Road, Oak, OL4",
        ),
        ({"Address Block": "1 Road,\r\nOak\r\n\r\nOL4"}, "1 Road, Oak, OL4"),
    ],
)
def test_an_address_is_put_together_in_the_order_of_an_envelope(cells, address):
    assert one_row(**cells).rows[0].address == address


def test_a_home_telephone_comes_before_that_of_work():
    both = one_row(
        **{
            "Contact 1 Surname": "Hill",
            "Contact 1 Work Telephone": "01632 960002",
            "Contact 1 Home Telephone": "01632 960001",
        }
    )

    assert both.rows[0].contacts[0].telephone == "01632 960001"


def test_a_contact_who_is_only_answers_of_no_is_no_contact():
    export = one_row(
        **{"Contact 1 Surname": "", "Contact 1 Court Order": "N", "Contact 1 Priority": "1"}
    )

    assert export.rows[0].contacts == ()
    assert export.notices == ()


def test_a_number_that_belongs_to_no_name_is_reported_and_not_taken():
    export = one_row(**{"Contact 1 Surname": "", "Contact 1 Mobile": "07700 900101"})

    assert export.rows[0].contacts == ()
    assert [notice.message for notice in export.notices] == ["contact 1 has no name; not taken."]


def test_a_misspelt_value_of_a_contact_is_passed_over_and_the_contact_taken():
    export = one_row(**{"Contact 1 Surname": "Hill", "Contact 1 Email": "ask her"})

    assert export.rows[0].contacts == (ContactRow(1, surname="Hill"),)
    assert [notice.column for notice in export.notices] == ["Contact 1 Email"]


def test_a_second_column_of_one_kind_is_reported():
    export = one_row(**{"Tutor Group": "9Z"})

    assert export.rows[0].form == "4B"
    assert said(export.notices) == [
        "roll.csv, line 1, column “Tutor Group”: is a second column of one kind and is not used."
    ]


def test_a_file_is_known_by_the_hash_of_its_bytes():
    first, again = export_of(SIAN), export_of(SIAN)

    assert first.sha256 == again.sha256 != export_of(BEN).sha256
    assert len(first.sha256) == 64


def test_a_report_of_the_schools_own_making_is_of_no_known_system():
    assert export_of(SIAN).source == "other"


def test_formulas_are_only_text():
    export = read_export(
        "roll.csv", csv_of(["", "=1+1 Hill", "Ben", "01/02/2017", "4", "4B"]), TODAY
    )

    assert export.rows[0].legal_surname == "=1+1 Hill"
