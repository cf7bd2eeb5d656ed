from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.viewer import system_viewer
from pupils import importing
from pupils.importing import ImportRunning, RollHasChanged, apply_differences, find_differences
from pupils.models import Contact, ImportRun, Pupil
from safeguard.errors import NotAllowed
from tests import factories
from tests.pupils.exports import BEN, FIXTURES, export_of, upn
from tests.pupils.rolls import bring_in


def test_only_who_may_import_finds_or_applies_differences(oak, ada, dee, ivy):
    export = export_of(BEN)
    shown = find_differences(by=system_viewer(oak), export=export)

    for viewer in (ada, dee.elevated(), ivy):
        with pytest.raises(NotAllowed):
            find_differences(by=viewer, export=export)
        with pytest.raises(NotAllowed):
            apply_differences(by=viewer, export=export, shown=shown)
    assert not Pupil.objects.exists()


def test_a_run_is_recorded_with_who_what_and_how_much(max_, ben, sam):
    export = export_of(
        [*BEN[:5], "4A"],
        [upn(3), "Ito", *BEN[2:]],
        [upn(4), "", *BEN[2:]],
        ["", "Winter", "Sal", "03/05/2017", "4", "4B"],
    )

    bring_in(max_, export)

    run = ImportRun.objects.get()
    assert (run.school, run.by, run.source) == (max_.school, max_.user, "other")
    assert (run.file_name, run.sha256) == ("roll.csv", export.sha256)
    assert (run.added, run.changed, run.unchanged) == (1, 1, 0)
    assert (run.left_out, run.leavers_proposed) == (2, 0)


def test_an_import_that_changes_nothing_is_recorded_too(max_, ben):
    bring_in(max_, export_of(BEN))

    run = ImportRun.objects.get()
    assert (run.added, run.changed, run.unchanged) == (0, 0, 1)


def rows_for(numbers):
    return [[upn(n), f"Name{'abcdefghij'[n % 10]}", "Kit", *BEN[3:]] for n in numbers]


def test_batches_are_committed_one_by_one_each_with_its_record(max_, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    record, calls = importing.record_run, []

    def killed_in_the_second_batch(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        record(*args, **kwargs)

    monkeypatch.setattr(importing, "record_run", killed_in_the_second_batch)
    with pytest.raises(KeyboardInterrupt):
        bring_in(max_, export_of(*rows_for(range(10, 15))))
    assert Pupil.objects.count() == 2
    assert [run.added for run in ImportRun.objects.all()] == [2]

    found = bring_in(max_, export_of(*rows_for(range(10, 15))))

    assert (len(found.new), found.unchanged) == (3, 2)
    assert Pupil.objects.count() == 5
    runs = ImportRun.objects.order_by("recorded_at")
    assert [(run.added, run.unchanged) for run in runs] == [(2, 0), (2, 0), (1, 2)]


def test_five_hundred_rows_are_one_batch():
    assert importing.BATCH == 500


def test_one_pupil_or_eight_cost_as_many_queries(max_):
    counts = []
    for export in (export_of(*rows_for(range(1))), export_of(*rows_for(range(1, 9)))):
        with CaptureQueriesContext(connection) as queries:
            bring_in(max_, export)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_nothing_is_written_when_the_roll_has_changed_since_it_was_shown(max_, ben):
    export = export_of([*BEN[:5], "4A"])
    shown = find_differences(by=max_, export=export)
    Pupil.objects.filter(pk=ben.pk).update(form="4C")

    with pytest.raises(RollHasChanged, match="nothing was written"):
        apply_differences(by=max_, export=export, shown=shown)

    ben.refresh_from_db()
    assert ben.form == "4C"
    assert not ImportRun.objects.exists()


def test_two_imports_of_one_school_do_not_run_at_once(max_, as_owner):
    key = max_.school.pk.int % 2**63
    with as_owner.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        with pytest.raises(ImportRunning, match="Another import"):
            bring_in(max_, export_of(BEN))
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])

        bring_in(max_, export_of(BEN))
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    assert Pupil.objects.count() == 1


def run(*arguments, **options):
    out = StringIO()
    call_command("import_pupils", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def test_the_command_shows_the_differences_and_writes_nothing(oak, ben, sam):
    out = run("oak-lane", FIXTURES / "sims-utf8-bom.csv")

    assert "sims-utf8-bom.csv: 7 rows, headings of SIMS, UTF-8" in out
    assert "New pupils (7)" in out
    assert "+ Siân Llŷr-Morgan, born 14 Feb 2017, year 4, 4B, contacts: 2 (line 2)" in out
    assert "Not in the file: have they left? Nothing is changed. (2)" in out
    assert "- Ben Hill, Year 4, 4B" in out
    assert "Twins?" in out
    assert "7 new, 0 changed, 0 unchanged, 0 to decide, 2 proposed as leavers." in out
    assert "Nothing has been written. Add --apply" in out
    assert Pupil.objects.count() == 2


def test_the_command_applies_the_differences_as_the_system_when_told_to(oak):
    out = run("oak-lane", FIXTURES / "arbor-windows-1252.csv", "--apply")

    assert out.endswith("Applied.\n")
    assert Pupil.objects.count() == 4
    assert ImportRun.objects.get().by == system_viewer(oak).user
    assert ImportRun.objects.get().source == "arbor"


def test_the_command_shows_each_changed_field_before_and_after(oak, ben, tmp_path):
    Contact.objects.create(pupil=ben, forename="Ann", surname="Hill", mobile="07700 900001")
    file = tmp_path / "roll.csv"
    file.write_text(
        "UPN,Surname,Forename,DOB,House,FSM,Date of entry,Contact 1 Forename,Contact 1 Surname,"
        "Contact 1 Mobile,Contact 2 Surname,Attendance,Sex\n"
        f"{upn(2)},Hill,Ben,01/02/2017,,Y,04/09/2024,Ann,Hill,07700 900002,Shaw,90,\n"
        f"{upn(3)},Ito,Kei,01/02/2017,Blue,,,,,,,,\n",
        encoding="utf-8",
    )

    out = run("oak-lane", file)

    assert "~ Ben Hill (line 2)" in out
    assert "House: Red → (empty)" in out
    assert "Free school meals: (empty) → yes" in out
    assert "Entry date: (empty) → 4 Sep 2024" in out
    assert "Contact Ann Hill, mobile: 07700 900001 → 07700 900002" in out
    assert "Contact added: Shaw" in out
    assert "Columns not used: Attendance" in out
    assert "Empty columns, left as they are: Sex" in out


def test_the_command_applies_the_good_rows_and_fails_with_the_broken_ones_named(oak):
    out = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command(
            "import_pupils", "oak-lane", FIXTURES / "sims-broken.csv", "--apply", stdout=out
        )

    assert failure.value.returncode == 1
    assert "sims-broken.csv, line 6, column “DOB”: “31/02/2017” is not a day" in str(failure.value)
    assert "Rows left out for these reasons: 6." in str(failure.value)
    assert "line 8, column “Ethnicity”: “Martian” is not an ethnicity" in out.getvalue()
    assert {pupil.legal_name for pupil in Pupil.objects.all()} == {
        "Siân Gwenllian Llŷr-Morgan",
        "Wil Hughes",
    }


def test_the_command_says_that_a_file_cut_short_proposes_no_leavers(oak, sam):
    out = StringIO()
    with pytest.raises(
        CommandError, match=r"nothing from here on was read\.\nRows.*: 1, and all that was not read"
    ):
        call_command("import_pupils", "oak-lane", FIXTURES / "bromcom-broken.csv", stdout=out)

    assert "The file ends early, so nobody is proposed as a leaver." in out.getvalue()


def test_the_command_takes_a_persons_decisions(oak, tmp_path):
    ben = factories.pupil(oak, "Ben Hill", date_of_birth=date(2017, 2, 1))
    file = tmp_path / "roll.csv"
    file.write_text(
        f"UPN,Surname,Forename,DOB\n{upn(8)},Hill,Ben,01/02/2017\n{upn(9)},Hill,Bea,01/02/2017\n",
        encoding="utf-8",
    )

    out = run("oak-lane", file)
    assert f"Decide with --same 2={ben.pk} or --new 2." in out
    run("oak-lane", file, "--apply", "--same", f"2={ben.pk}", "--new", "3")

    ben.refresh_from_db()
    assert ben.upn == upn(8)
    assert Pupil.objects.get(upn=upn(9)).legal_forename == "Bea"


@pytest.mark.parametrize("decision", ["2", "2=ben", "two=00000000-0000-0000-0000-000000000000"])
def test_the_command_asks_for_a_decision_it_can_read(oak, decision):
    with pytest.raises(CommandError, match="LINE=PUPIL-ID"):
        run("oak-lane", FIXTURES / "sims-utf8-bom.csv", "--same", decision)


def test_the_command_is_quiet_but_for_the_totals_when_asked(oak):
    out = run("oak-lane", FIXTURES / "sims-utf8-bom.csv", verbosity=0)

    assert "7 new" in out
    assert "Siân" not in out


@pytest.mark.parametrize(
    ("school", "file", "sentence"),
    [
        ("ash-tree", "sims-utf8-bom.csv", "There is no school ash-tree. There is: oak-lane."),
        ("oak-lane", "absent.csv", "absent.csv cannot be read: No such file or directory."),
    ],
)
def test_the_command_says_what_is_missing(oak, school, file, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(school, FIXTURES / file)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("UPN,Surname,Forename,DOB\n", "roll.csv: has no pupils."), ("", "roll.csv: is empty.")],
)
def test_the_command_imports_nothing_from_a_file_without_pupils(
    oak, sam, tmp_path, content, sentence
):
    (tmp_path / "roll.csv").write_text(content, encoding="utf-8")

    with pytest.raises(CommandError) as failure:
        run("oak-lane", tmp_path / "roll.csv", "--apply")

    assert str(failure.value) == f"{sentence}\nNothing was imported."
    assert not ImportRun.objects.exists()


def test_the_command_passes_on_why_nothing_could_be_applied(oak, as_owner):
    key = oak.pk.int % 2**63
    with as_owner.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        with pytest.raises(CommandError, match="Another import of this school is running"):
            run("oak-lane", FIXTURES / "sims-utf8-bom.csv", "--apply")
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
