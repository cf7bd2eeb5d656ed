"""security/asvs.csv says for each requirement of ASVS 5.0.0 how it stands, and can be believed."""

from itertools import groupby

import pytest

from tests.architecture import asvs

# How many requirements the chapters of ASVS 5.0.0 have.
CHAPTERS = [30, 13, 31, 16, 13, 47, 19, 13, 7, 36, 24, 12, 21, 13, 21, 17, 12]


def test_each_requirement_stands_there_once_and_in_order():
    ids = [row["asvs"] for row in asvs.rows()]
    numbers = [tuple(map(int, one.split("."))) for one in ids]

    assert len(ids) == len(set(ids)) == 345
    assert numbers == sorted(numbers)
    assert [len(list(own)) for _, own in groupby(numbers, lambda one: one[0])] == CHAPTERS
    assert set(asvs.rows()[0]) == set(asvs.COLUMNS)


@pytest.mark.parametrize("row", asvs.rows(), ids=lambda row: row["asvs"])
def test_a_requirement_is_said_to_be_met_only_where_a_test_holds_it(row):
    """A known status; a cited test exists and carries the id; what is not met says why."""
    assert asvs.problems(row) == []


def test_the_security_page_has_todays_counts():
    """Stale? Run `python -m tests.architecture.asvs` and commit docs/security.md with the change."""
    assert asvs.BETWEEN.findall(asvs.PAGE.read_text()) == [asvs.summary()]
