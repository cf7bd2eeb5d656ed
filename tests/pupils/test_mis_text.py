import pytest

from pupils.mis import read_export
from safeguard.csv_text import MOST_BYTES, MOST_ROWS, Problem
from tests.pupils.exports import HEADINGS, TODAY, csv_of, export_of

ROW = ["", "Hüll", "Ben", "01/02/2017", "4", "4B"]


def only_problem(content: bytes) -> str:
    export = read_export("roll.csv", content, TODAY)

    assert not export.rows
    assert not export.complete
    assert len(export.problems) == 1
    return str(export.problems[0])


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")],
)
def test_the_encoding_is_found_out(codec, encoding):
    export = read_export("roll.csv", csv_of(ROW).decode().encode(codec), TODAY)

    assert export.encoding == encoding
    assert [row.legal_surname for row in export.rows] == ["Hüll"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_the_delimiter_and_the_line_ends_are_found_out(delimiter, newline):
    lines = [HEADINGS, ROW, [*ROW[:2], "Ann", *ROW[3:]]]
    content = newline.join(delimiter.join(line) for line in lines).encode()

    export = read_export("roll.csv", content, TODAY)

    assert [(row.line, row.legal_forename) for row in export.rows] == [(2, "Ben"), (3, "Ann")]


def test_headings_may_stand_below_a_title_and_a_hint_to_excel():
    content = b"sep=,\r\nPupil report, all years\r\n\r\n" + csv_of(ROW)

    export = read_export("roll.csv", content, TODAY)

    assert [row.line for row in export.rows] == [5]


def test_a_line_is_counted_as_an_editor_counts_it_though_addresses_go_over_several():
    headings = [*HEADINGS, "Address"]

    export = export_of(
        [*ROW, "1 Road\nOak\nOL1"], [*ROW[:2], "Ann", "x", "4", "4B", "2 Road"], headings=headings
    )

    assert export.rows[0].address == "1 Road, Oak, OL1"
    assert str(export.problems[0]).startswith("roll.csv, line 5, column “DOB”: “x” is not a date")


def test_empty_rows_are_passed_over():
    content = csv_of(ROW) + b",,,,,\r\n\r\n" + csv_of(ROW).splitlines(keepends=True)[1]

    export = read_export("roll.csv", content, TODAY)

    assert [row.line for row in export.rows] == [2, 5]
    assert export.problems == ()


def test_empty_cells_beyond_the_headings_do_no_harm():
    content = csv_of(ROW).replace(b'"4B"', b'"4B",,')

    assert len(read_export("roll.csv", content, TODAY).rows) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "roll.csv: is empty."),
        (b" \r\n", "roll.csv: is empty."),
        (b"PK\x03\x04rest", "roll.csv: is an Excel workbook. Save it as “CSV UTF-8”"),
        (b"\xd0\xcf\x11\xe0rest", "roll.csv: is an Excel workbook."),
        ("UPN".encode("utf-16"), "roll.csv: is not a CSV in UTF-8 or Windows-1252."),
        (b"UPN,\0", "roll.csv: is not a CSV in UTF-8 or Windows-1252."),
        (b"Name,Shoe size\r\nBen,4\r\n", "roll.csv: has no row of headings"),
        (b"UPN,Surname\r\n,Hill\r\n", "roll.csv, line 1: there is no column for a legal forename"),
        (b"a" * (MOST_BYTES + 1), "roll.csv: is larger than 20 MB."),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_a_sentence(content, sentence):
    assert only_problem(content).startswith(sentence)


def test_a_letter_outside_the_encoding_is_found_by_its_line():
    utf8 = b"\xef\xbb\xbf" + csv_of(ROW, ROW).replace("ü".encode(), b"\xfc", 1)
    windows = csv_of(ROW, ROW).replace("ü".encode(), b"\xfc").replace(b"Ben", b"B\x81n")

    assert only_problem(utf8).startswith("roll.csv, line 2: holds a letter that is not UTF-8.")
    assert only_problem(windows).startswith("roll.csv, line 2: holds a letter that is not Windows")


@pytest.mark.parametrize("broken", [b'"Hill","Ben\r\n', b'"Hi"ll",Ben,,,\r\n'])
def test_nothing_is_read_beyond_a_quotation_mark_out_of_place(broken):
    content = csv_of(ROW) + b"," + broken + csv_of(ROW)

    export = read_export("roll.csv", content, TODAY)

    assert [row.line for row in export.rows] == [2]
    assert [problem.line for problem in export.problems] == [3]
    assert "nothing from here on was read" in export.problems[0].message
    assert not export.complete


def test_no_more_rows_are_read_than_a_school_can_have():
    content = csv_of(*([ROW] * (MOST_ROWS + 1)))

    export = read_export("roll.csv", content, TODAY)

    assert len(export.rows) == MOST_ROWS
    assert [problem.line for problem in export.problems] == [MOST_ROWS + 2]
    assert not export.complete


def test_a_problem_names_what_it_can():
    assert str(Problem("a.csv", 3, "DOB", "is odd.")) == "a.csv, line 3, column “DOB”: is odd."
    assert str(Problem("a.csv", 3, "", "is odd.")) == "a.csv, line 3: is odd."
    assert str(Problem("a.csv", None, "", "is odd.")) == "a.csv: is odd."
