from datetime import date

import pytest

from pupils.differences import Change
from pupils.importing import find_differences
from pupils.mis_fields import ADDRESS, CONTACT, characteristics, identity
from pupils.models import Contact, ImportRun, Pupil, StatusChange
from safeguard import walls
from tests import factories
from tests.pupils.exports import BEN, HEADINGS, TODAY, export_of, fixture, one_row, upn
from tests.pupils.rolls import bring_in, changes_of


def test_what_is_read_fits_into_the_record():
    fields = identity(TODAY) | characteristics(TODAY) | {"address": ADDRESS}
    lengths = {name: field.longest for name, field in fields.items() if field.longest}

    assert lengths == {name: Pupil._meta.get_field(name).max_length for name in lengths}
    renamed = {"work_telephone": "telephone", "court_order": "restriction"}
    for name, field in CONTACT.items():
        place = Contact._meta.get_field(renamed.get(name, name))
        assert field.longest == place.max_length


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("sims-utf8-bom.csv", 7),
        ("sims-windows-1252.csv", 5),
        ("arbor-utf8-bom.csv", 5),
        ("arbor-windows-1252.csv", 4),
        ("bromcom-utf8-bom.csv", 3),
        ("bromcom-windows-1252.csv", 3),
    ],
)
def test_an_export_of_each_system_fills_an_empty_roll_and_changes_nothing_the_second_time(
    max_, name, added
):
    found = bring_in(max_, fixture(name))
    again = find_differences(by=max_, export=fixture(name))

    assert len(found.new) == added == Pupil.objects.count()
    assert (again.new, again.changed, again.undecided, again.leavers) == ((), (), (), ())
    assert again.unchanged == added


def test_a_new_pupil_is_enrolled_whole_with_contacts_and_can_be_found(max_, ada):
    bring_in(max_, fixture("sims-utf8-bom.csv"))

    with walls.acting_in(ada.school_id):
        sian = Pupil.objects.pickable_by(ada).named_like("llyr").get()

    assert sian.school == max_.school
    assert (sian.upn, sian.admission_number) == (upn(101), "004511")
    assert (sian.legal_name, sian.year_label) == ("Siân Gwenllian Llŷr-Morgan", "Year 4")
    assert (sian.date_of_birth, sian.ethnicity, sian.fsm) == (date(2017, 2, 14), "WBRI", False)
    assert sian.sort_key == "llyrmorgan sian"
    mother, stepfather = sian.contacts.in_order()
    assert (mother.name, mother.relationship) == ("Mrs Ffion Llŷr-Morgan", "Mother")
    assert (mother.parental_responsibility, stepfather.parental_responsibility) == (True, False)
    assert (mother.telephone, mother.mobile) == ("01632 960101", "07700 900101")
    assert (mother.restriction, stepfather.priority) == ("", 2)


def test_the_differences_are_found_without_writing_anything(max_, ben):
    found = find_differences(by=max_, export=export_of([*BEN[:5], "4A"], [upn(3), "Ito", *BEN[2:]]))

    assert [row.name for row in found.new] == ["Ben Ito"]
    assert changes_of(found) == [("form", "4B", "4A")]
    assert [pupil.form for pupil in Pupil.objects.all()] == ["4B"]
    assert not ImportRun.objects.exists()


def test_only_what_the_export_says_otherwise_is_changed(max_, ben):
    found = bring_in(max_, export_of([*BEN[:4], "5", "5H"]))

    ben.refresh_from_db()
    assert changes_of(found) == [("year_group", "4", "5"), ("form", "4B", "5H")]
    assert (ben.year_group, ben.form, ben.house, ben.mis_id) == ("5", "5H", "Red", "77")


def test_a_changed_name_changes_where_the_pupil_is_listed_and_found(max_, ada, ben):
    bring_in(max_, export_of([BEN[0], "Ashe-Hill", *BEN[2:]]))

    ben.refresh_from_db()
    assert ben.sort_key == "ashehill ben"
    with walls.acting_in(ada.school_id):
        assert Pupil.objects.pickable_by(ada).named_like("ashe").get() == ben


def test_an_empty_cell_empties_a_characteristic_but_never_what_tells_who_somebody_is(max_, ben):
    Pupil.objects.filter(pk=ben.pk).update(fsm=True, admission_number="A1")
    headings = [*HEADINGS, "House", "MIS ID", "Adno", "FSM"]
    other = [upn(3), "Ito", "Kei", "01/01/2017", "4", "4B", "Red", "88", "A2", "N"]

    found = find_differences(
        by=max_, export=export_of([*BEN[:4], "", "4B", "", "", "", ""], other, headings=headings)
    )

    assert changes_of(found) == [("house", "Red", "")]


def test_a_pupil_matched_by_the_mis_number_is_given_the_upn(max_, oak):
    kit = factories.pupil(oak, "Kit Hill", mis_id="78", date_of_birth=date(2017, 2, 1))

    bring_in(
        max_, export_of([upn(9), "Hill", "Kit", *BEN[3:], "78"], headings=[*HEADINGS, "MIS ID"])
    )

    kit.refresh_from_db()
    assert kit.upn == upn(9)


def test_a_upn_counts_before_the_mis_number(max_, ben, oak):
    other = factories.pupil(oak, "Ben Hill", mis_id="78", date_of_birth=date(2017, 2, 1))

    found = bring_in(max_, export_of([*BEN[:5], "4A", "79"], headings=[*HEADINGS, "MIS ID"]))

    ben.refresh_from_db()
    assert (ben.mis_id, ben.form) == ("79", "4A")
    assert found.leavers == (other,)


def test_a_pupil_of_another_school_with_the_same_upn_is_another_matter(max_, elm):
    leo = factories.pupil(elm, "Ben Hill", upn=upn(2), form="9C", date_of_birth=date(2017, 2, 1))

    found = bring_in(max_, export_of(BEN))

    leo.refresh_from_db()
    assert len(found.new) == 1
    assert leo.form == "9C"
    assert Pupil.objects.filter(upn=upn(2)).count() == 2


def test_who_is_missing_from_the_file_is_proposed_as_a_leaver_and_stays(max_, ben, sam):
    found = bring_in(max_, export_of(BEN))

    sam.refresh_from_db()
    assert found.leavers == (sam,)
    assert sam.leaving_date is None
    assert Pupil.objects.on_roll().count() == 2


def test_who_has_left_is_not_proposed_again(max_, ben, oak):
    factories.pupil(oak, "Old Hand", leaving_date=date(2025, 7, 1))

    assert find_differences(by=max_, export=export_of(BEN)).leavers == ()


@pytest.mark.parametrize(
    "broken",
    [
        [BEN[0], "", "Ben", *BEN[3:]],
        ["X1", *BEN[1:]],
        [BEN[0], "?ill", "B?n", *BEN[3:]],
        ["", "Hill", "Benjamin", "31/02/2017", "4", "4B"],
    ],
)
def test_nobody_is_taken_for_a_leaver_because_their_row_is_broken(max_, ben, sam, broken):
    found = find_differences(by=max_, export=export_of(broken))

    assert found.leavers == (sam,)


def test_nobody_is_proposed_as_a_leaver_when_the_file_ends_early(max_, sam):
    found = find_differences(by=max_, export=fixture("bromcom-broken.csv"))

    assert found.leavers == ()
    assert len(found.new) == 4


def test_a_date_of_leaving_in_the_export_is_taken_and_taken_back(max_, ben):
    headings = [*HEADINGS, "Leaving date"]

    bring_in(max_, export_of([*BEN, "17/07/2026"], headings=headings))
    ben.refresh_from_db()
    assert ben.leaving_date == date(2026, 7, 17)

    found = bring_in(max_, export_of(BEN))
    assert "left here on 17 Jul 2026. If they are back" in found.warnings[0]
    ben.refresh_from_db()
    assert ben.leaving_date == date(2026, 7, 17)

    bring_in(max_, export_of([*BEN, ""], headings=headings))
    ben.refresh_from_db()
    assert ben.leaving_date is None


def test_a_leaver_who_never_was_here_is_not_added(max_):
    found = bring_in(max_, export_of([*BEN, "17/07/2026"], headings=[*HEADINGS, "Leaving date"]))

    assert "was never on the roll here, is not added" in found.warnings[0]
    assert not Pupil.objects.exists()


def contact_cells(**cells):
    return dict(zip(HEADINGS, BEN, strict=True)) | {
        f"Contact 1 {name.replace('_', ' ')}": cell for name, cell in cells.items()
    }


def with_contact(**cells):
    together = contact_cells(**cells)
    return export_of(list(together.values()), headings=list(together))


def test_a_contact_is_brought_up_to_date_field_by_field_and_an_empty_cell_says_nothing(max_, ben):
    ann = Contact.objects.create(
        pupil=ben, forename="Ann", surname="O'Hill", mobile="07700 900001", email="ann@example.org"
    )

    found = bring_in(
        max_, with_contact(Forename="Ann", Surname="O’HILL", Mobile="07700 900002", Email="")
    )

    ann.refresh_from_db()
    assert found.changed[0].contacts[0].changes == (
        Change("mobile", "07700 900001", "07700 900002"),
    )
    assert (ann.mobile, ann.email, ann.surname) == ("07700 900002", "ann@example.org", "O'Hill")
    assert ben.contacts.count() == 1


def test_a_contact_who_is_not_in_the_file_is_kept_beside_a_new_one(max_, ben):
    Contact.objects.create(pupil=ben, forename="Ann", surname="Hill")

    bring_in(max_, with_contact(Forename="Bob", Surname="Hill", Relationship="Father"))

    assert {contact.name for contact in ben.contacts.all()} == {"Ann Hill", "Bob Hill"}


def test_one_contact_named_twice_is_added_once(max_):
    names = {f"Contact {n} {part}": cell for n in (1, 2) for part, cell in
             {"Forename": "Ann", "Surname": "Hill"}.items()}  # fmt: skip

    bring_in(max_, one_row(**names))

    assert Contact.objects.count() == 1


def test_a_restriction_is_never_overwritten_or_lifted_by_an_import(max_, ben):
    ann = Contact.objects.create(
        pupil=ben, forename="Ann", surname="Hill", restriction="Not to collect: DSL, 3 May"
    )

    for order in ("Y", "N", "No contact order 2024", ""):
        bring_in(max_, with_contact(Forename="Ann", Surname="Hill", Court_Order=order))

        ann.refresh_from_db()
        assert ann.restriction == "Not to collect: DSL, 3 May"


def test_a_court_order_of_which_nothing_is_known_here_is_taken_over(max_, ben):
    ann = Contact.objects.create(pupil=ben, forename="Ann", surname="Hill")

    bring_in(max_, with_contact(Forename="Ann", Surname="Hill", Court_Order="Y"))

    ann.refresh_from_db()
    assert ann.restriction == "Court order recorded in the MIS"


def test_statuses_are_none_of_the_imports_business(max_, ben, dee):
    StatusChange.objects.create(
        pupil=ben, kind="looked_after", change="started", on_date=date(2026, 1, 5), by=dee.user
    )
    headings = [*HEADINGS, "In Care", "SEN"]

    bring_in(max_, export_of([*BEN, "N", "E"], headings=headings))

    assert [status.change for status in StatusChange.objects.all()] == ["started"]
