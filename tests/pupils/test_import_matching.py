from datetime import date

import pytest

from pupils.importing import find_differences
from pupils.models import Pupil
from tests import factories
from tests.pupils.exports import BEN, HEADINGS, export_of, upn
from tests.pupils.rolls import bring_in, changes_of


def test_a_likeness_without_a_number_is_put_aside(max_, oak):
    ben = factories.pupil(oak, "Ben Hill", upn=upn(5), date_of_birth=date(2017, 2, 1))

    for row in (["", *BEN[1:]], [upn(9), "HILL", "Benjamin", *BEN[3:]]):
        found = bring_in(max_, export_of(row))

        assert [(odd.row.line, odd.pupil) for odd in found.undecided] == [(2, ben)]
        assert "has no number in common with Ben Hill, born 1 Feb 2017" in found.undecided[0].reason
        assert (found.new, found.changed, found.leavers) == ((), (), ())
    assert Pupil.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "is_alike"),
    [
        ({1: "Hall"}, False),
        ({2: "Jen"}, False),
        ({3: "02/02/2017"}, False),
        ({2: "Bella"}, True),
    ],
)
def test_a_likeness_is_surname_first_letter_and_date_of_birth_together(max_, oak, cells, is_alike):
    factories.pupil(oak, "Ben Hill", date_of_birth=date(2017, 2, 1))
    row = ["", *BEN[1:]]
    for index, cell in cells.items():
        row[index] = cell

    found = find_differences(by=max_, export=export_of(row))

    assert (len(found.undecided), len(found.new)) == ((1, 0) if is_alike else (0, 1))


def test_a_pupil_is_known_by_the_names_in_use_too(max_, oak):
    factories.pupil(
        oak, "Benedykt Wzgórze", preferred_forename="Ben", preferred_surname="Hill",
        date_of_birth=date(2017, 2, 1),
    )  # fmt: skip

    found = find_differences(by=max_, export=export_of(["", *BEN[1:]]))

    assert len(found.undecided) == 1


def test_twins_with_numbers_of_their_own_are_never_taken_for_each_other(max_, ben):
    found = bring_in(max_, export_of(BEN, [upn(3), "Hill", "Bea", *BEN[3:]]))

    assert [row.name for row in found.new] == ["Bea Hill"]
    assert found.undecided == ()
    assert found.unchanged == 1


def test_a_number_that_belongs_to_somebody_else_is_not_believed(max_, ben):
    by_upn = export_of([BEN[0], "Ito", "Kei", "03/03/2016", "4", "4B"])
    by_mis_id = export_of(
        ["", "Ito", "Kei", "03/03/2016", "4", "4B", "77"], headings=[*HEADINGS, "MIS ID"]
    )

    for export, number in ((by_upn, "UPN"), (by_mis_id, "MIS number")):
        found = bring_in(max_, export)

        assert [odd.pupil for odd in found.undecided] == [ben]
        assert f"the {number} belongs here to Ben Hill" in found.undecided[0].reason
    ben.refresh_from_db()
    assert ben.legal_name == "Ben Hill"


def test_somebody_who_married_or_was_misspelt_is_still_the_same_by_upn(max_, ben):
    for cells in (["Ito", "Kei", "01/02/2017"], ["Hill", "Benjamin", "02/02/2017"]):
        found = find_differences(by=max_, export=export_of([BEN[0], *cells, "4", "4B"]))

        assert [changed.pupil for changed in found.changed] == [ben]


def test_a_new_upn_under_a_known_mis_number_needs_name_and_date_of_birth(max_, ben):
    headings = [*HEADINGS, "MIS ID"]
    same = export_of([upn(9), *BEN[1:], "77"], headings=headings)
    other = export_of([upn(9), "Hill", "Ben", "02/02/2017", "4", "4B", "77"], headings=headings)

    assert changes_of(find_differences(by=max_, export=same)) == [("upn", upn(2), upn(9))]
    assert len(find_differences(by=max_, export=other).undecided) == 1


def test_an_admission_number_counts_with_name_and_date_of_birth_only(max_, oak):
    kit = factories.pupil(oak, "Kit Hill", admission_number="A7", date_of_birth=date(2021, 2, 1))
    headings = [*HEADINGS, "Adno"]
    same = export_of([upn(9), "Hill", "Kit", "01/02/2021", "R", "RW", "A7"], headings=headings)
    other = export_of([upn(9), "Hill", "Ann", "01/02/2021", "R", "RW", "A7"], headings=headings)

    assert [found.pupil for found in find_differences(by=max_, export=same).changed] == [kit]
    assert len(find_differences(by=max_, export=other).new) == 1


def test_an_admission_number_does_not_count_against_another_upn(max_, oak):
    factories.pupil(
        oak, "Kit Hill", upn=upn(5), admission_number="A7", date_of_birth=date(2021, 2, 1)
    )
    row = [upn(9), "Hill", "Kit", "01/02/2021", "R", "RW", "A7"]

    found = find_differences(by=max_, export=export_of(row, headings=[*HEADINGS, "Adno"]))

    assert (len(found.undecided), found.changed) == (1, ())


def test_one_child_on_two_rows_is_put_aside(max_, ben):
    headings = [*HEADINGS, "MIS ID"]
    exports = [
        export_of(["", "Ito", "Kei", *BEN[3:]], [upn(9), "ITO", "Kei", *BEN[3:]]),
        export_of(BEN, ["", *BEN[1:]]),
        export_of([*BEN[:5], "4A", ""], ["", "Hill", "Benny", *BEN[3:], "77"], headings=headings),
    ]

    both_new, one_known, both_known = (find_differences(by=max_, export=e) for e in exports)

    same = "lines 2 and 3 have one name and one date of birth: one child twice?"
    assert [(odd.row.line, odd.reason) for odd in both_new.undecided] == [(2, same), (3, same)]
    assert [(odd.row.line, odd.reason) for odd in one_known.undecided] == [(3, same)]
    assert one_known.unchanged == 1
    assert [odd.row.line for odd in both_known.undecided] == [2, 3]
    assert {odd.reason for odd in both_known.undecided} == {"another row is Ben Hill too."}
    for found in (both_new, one_known, both_known):
        assert (found.new, found.changed) == ((), ())


def test_two_children_of_one_name_and_birthday_can_be_told_apart_by_a_person(max_):
    rows = ([upn(8), *BEN[1:]], [upn(9), *BEN[1:]])

    found = bring_in(max_, export_of(*rows), new={2, 3})

    assert len(found.new) == 2


def test_a_person_decides_that_an_odd_row_is_this_pupil(max_, oak):
    ben = factories.pupil(oak, "Ben Hill", date_of_birth=date(2017, 2, 1))

    found = bring_in(max_, export_of([upn(9), "Hill", "Benjamin", *BEN[3:]]), same={2: str(ben.pk)})

    ben.refresh_from_db()
    assert found.undecided == ()
    assert (ben.upn, ben.legal_forename) == (upn(9), "Benjamin")


def test_a_person_decides_that_an_odd_row_is_somebody_new(max_, oak):
    factories.pupil(oak, "Ben Hill", date_of_birth=date(2017, 2, 1))

    bring_in(max_, export_of([upn(9), "Hill", "Bella", *BEN[3:]]), new={2})

    assert Pupil.objects.get(upn=upn(9)).legal_forename == "Bella"


def test_no_decision_gives_one_upn_to_two_pupils_or_reaches_another_school(max_, ben, oak, leo):
    other = factories.pupil(oak, "Kei Ito", date_of_birth=date(2016, 3, 3))
    row = [BEN[0], "Ito", "Kei", "03/03/2016", "4", "4B"]

    for decision in ({"same": {2: str(other.pk)}}, {"new": {2}}, {"same": {2: str(leo.pk)}}):
        found = bring_in(max_, export_of(row), **decision)

        assert [odd.pupil for odd in found.undecided] == [ben]


def test_numbers_of_a_new_mis_may_be_the_old_numbers_of_others(max_, ben, oak):
    factories.pupil(oak, "Kei Ito", upn=upn(3), mis_id="78", date_of_birth=date(2016, 3, 3))
    headings = [*HEADINGS, "MIS ID"]
    rows = ([*BEN, "78"], [upn(3), "Ito", "Kei", "03/03/2016", "4", "4B", "79"])
    newcomer = [upn(4), "Odu", "Ayo", "04/04/2016", "4", "4B", "77"]

    bring_in(max_, export_of(*rows, newcomer, headings=headings))

    assert set(Pupil.objects.values_list("legal_forename", "mis_id")) == {
        ("Ben", "78"),
        ("Kei", "79"),
        ("Ayo", "77"),
    }


def test_a_mis_number_that_nobody_gives_up_is_not_taken(max_, ben, oak):
    factories.pupil(oak, "Kei Ito", upn=upn(3), mis_id="78", date_of_birth=date(2016, 3, 3))
    left = factories.pupil(oak, "Al Odu", upn=upn(4), mis_id="79", date_of_birth=date(2015, 3, 3))
    headings = [*HEADINGS, "MIS ID"]
    rows = ([*BEN, "78"], [upn(3), "Ito", "Kei", "03/03/2016", "4", "4B", "79"])

    found = bring_in(max_, export_of(*rows, headings=headings))

    assert found.leavers == (left,)
    assert len(found.warnings) == 2
    assert "the MIS number 79 stays with Al Odu and is not taken" in found.warnings[0]
    assert set(Pupil.objects.values_list("upn", "mis_id")) == {
        (upn(2), "77"),
        (upn(3), "78"),
        (upn(4), "79"),
    }
