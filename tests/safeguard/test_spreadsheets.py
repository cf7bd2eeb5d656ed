"""What is taken as a table is text, whatever somebody has written into it."""

import csv
import io

import pytest

from safeguard import spreadsheets


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "  =", "   @"])
def test_no_cell_begins_as_a_formula_does(start):
    """SR-75."""
    assert spreadsheets.neutral(f"{start}1+1") == f"'{start}1+1"
    assert spreadsheets.neutral(f"1{start}1") == f"1{start}1"


def test_a_table_holds_every_cell_as_it_was_written():
    """SR-75: quoted, so that a comma, a quotation mark or a new line in a name begins no new cell."""
    rows = [("Name", "Said"), ('Zoë "Zo" Quill', "one,\ntwo;three"), ("=1+1", "")]

    text = spreadsheets.as_csv(rows).removeprefix(spreadsheets.BYTE_ORDER_MARK)

    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["Name", "Said"],
        ['Zoë "Zo" Quill', "one,\ntwo;three"],
        ["'=1+1", ""],
    ]
    assert text.startswith('"Name","Said"')
