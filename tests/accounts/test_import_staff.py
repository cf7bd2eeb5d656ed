"""Staff come in from a file: first what it would change, then, when told to, the change."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts import staff_csv
from accounts.models import Membership, PasswordResetRequest, RoleProposal, User
from accounts.permissions import Role
from accounts.staff_csv import read_staff
from accounts.staff_import import PeopleHaveChanged, apply_differences, find_differences
from accounts.viewer import viewer_for
from safeguard.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db

FIXTURES = Path(__file__).parent / "fixtures"
GOOD, WINDOWS, BROKEN = "staff-utf8-bom.csv", "staff-windows-1252.csv", "staff-broken.csv"


def content(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def staff(name: str) -> staff_csv.StaffFile:
    return read_staff(name, content(name))


def csv(*lines: str) -> staff_csv.StaffFile:
    return read_staff("staff.csv", "\n".join(["Name,Email,Role", *lines]).encode())


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def upload(client, name: str):
    file = SimpleUploadedFile(name, content(name), content_type="text/csv")
    return client.post(reverse("import-staff"), {"file": file})


def sealed_in(answer) -> str:
    return answer.content.decode().split('name="sealed" value="')[1].split('"')[0]


def test_a_file_is_read_whatever_its_encoding_delimiter_and_headings():
    one, other = staff(GOOD), staff(WINDOWS)

    assert [row.name for row in one.rows] == ["Moore, Eli", "Siân Pugh", "Dot Cook"]
    assert [row.email for row in one.rows][2] == "dot@oak-lane.example.org"
    assert one.rows[1].roles == (Role.TEACHER, Role.SENCO)
    assert [row.name for row in other.rows] == ["Siân Pugh", "Jo O’Neill"]
    assert other.rows[1].roles == (Role.SLT,)
    assert (other.encoding, other.ignored) == ("Windows-1252", ("Room",))
    assert one.problems == other.problems == ()


def test_what_is_wrong_is_said_by_line_and_column_and_the_rest_is_taken():
    read = staff(BROKEN)

    assert [row.name for row in read.rows] == ["Good Person"]
    said = [str(problem).removeprefix(f"{BROKEN}, ") for problem in read.problems]
    assert said == [
        "line 3, column “Name”: a name is missing.",
        "line 4, column “Email”: a school e-mail address is missing.",
        "line 5, column “Email”: “bad-address” is not an e-mail address.",
        "line 6, column “Role”: “Caretaker” is no role here, such as Teaching staff or Deputy DSL.",
        "line 7, column “End date”: “32/01/2026” is not a day of the calendar.",
        'line 8, column “Name”: “=HYPERLINK("x")” begins like a formula and is not a name.',
        "line 9: 6 values under 5 headings. Is a comma without quotation marks?",
        "line 10, column “Email”: “twice@oak-lane.example.org” stands on 2 lines.",
        "line 11, column “Email”: “twice@oak-lane.example.org” stands on 2 lines.",
    ]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 workbook", "Excel workbook"),
        (b"a,b\n1,2\n", "no row of headings"),
        (b"Name,Role\nA,Teacher\n", "no column for a school e-mail address"),
        (b"Email,Role\na@b.org,Teacher\n", "no column for a name"),
        (b"x" * 600_000, "larger than 500 kB"),
    ],
)
def test_a_file_of_which_nothing_can_be_trusted_is_refused_in_a_sentence(sent, says):
    read = read_staff("staff.csv", sent)

    assert read.rows == ()
    assert says in str(read.problems[0])


def test_rows_beyond_the_cap_are_not_read_and_nobody_is_then_taken_for_a_leaver(
    ivy, eli, monkeypatch
):
    """AC47."""
    monkeypatch.setattr(staff_csv, "MOST_STAFF", 2)
    read = csv(*(f"P{n} X,p{n}@oak-lane.example.org,Teacher" for n in range(4)))

    assert len(read.rows) == 2
    assert "line 4: is beyond row 2" in str(read.problems[0])
    assert find_differences(by=ivy.elevated(), file=read).left == ()


def test_a_dry_run_says_what_would_change_and_writes_nothing(ivy, eli, ada):
    found = find_differences(by=ivy.elevated(), file=staff(GOOD))

    assert [one.row.name for one in found.new] == ["Siân Pugh", "Dot Cook"]
    assert (found.new[0].at_once, found.new[0].proposed) == (["Teaching staff"], ["SENCO"])
    assert found.new[1].at_once == ["Support staff"]
    assert [(one.user, one.name) for one in found.changed] == [
        (eli.user, ("Eli Moore", "Moore, Eli"))
    ]
    assert found.left == (ada.user,)
    assert not User.objects.filter(name="Siân Pugh").exists()


def test_applied_people_are_there_safeguarding_roles_wait_and_nobody_is_ended(
    ivy, dee, oak, eli, ada
):
    """SR-51."""
    file = staff(GOOD)
    found = find_differences(by=ivy.elevated(), file=file)

    apply_differences(by=ivy.elevated(), file=file, shown=found)

    sian = User.objects.get(name="Siân Pugh")
    assert viewer_for(sian, oak).roles == {Role.TEACHER}
    assert [(one.user, one.role) for one in RoleProposal.objects.all()] == [(sian, Role.SENCO)]
    assert PasswordResetRequest.objects.filter(user=sian).exists()
    assert Membership.objects.get(user=eli.user).job_title == "Year 4 lead"
    assert viewer_for(ada.user, oak) is not None
    again = find_differences(by=ivy.elevated(), file=file)
    assert (again.nothing, again.unchanged) == (True, 3)


def test_nothing_is_written_when_people_have_changed_since(ivy, eli):
    file = staff(GOOD)
    found = find_differences(by=ivy.elevated(), file=file)
    factories.person("New Person", ivy.school, Role.TEACHER)

    with pytest.raises(PeopleHaveChanged):
        apply_differences(by=ivy.elevated(), file=file, shown=found)
    assert not User.objects.filter(name="Siân Pugh").exists()


def test_nobody_gives_themselves_a_role_by_a_file(ivy):
    """AC32."""
    file = csv(f"Ivy Stone,{ivy.user.email},DSL; Teacher")

    found = find_differences(by=ivy.elevated(), file=file)

    assert found.nothing


@pytest.mark.parametrize("who", ["ada", "max_", "dan", "sal", "gus"])
def test_who_does_not_look_after_people_imports_none(who, request):
    by = request.getfixturevalue(who).elevated()

    with pytest.raises(NotAllowed):
        find_differences(by=by, file=staff(GOOD))


def test_the_pages_show_first_and_apply_then(ivy, dee, oak, ada, open_as):
    client = open_as(ivy.elevated())

    shown = upload(client, GOOD)
    before = User.objects.filter(name="Siân Pugh").exists()
    answer = client.post(reverse("apply-staff"), {"sealed": sealed_in(shown)}, follow=True)

    assert "Nothing has been written yet" in text(shown)
    assert "have they left?" in text(shown)
    assert not before
    assert "added" in text(answer)
    assert viewer_for(User.objects.get(name="Siân Pugh"), oak).roles == {Role.TEACHER}


def test_the_page_lists_what_is_wrong_and_a_formula_is_only_text(ivy, open_as):
    """AC47."""
    page = text(upload(open_as(ivy.elevated()), BROKEN))

    assert "column “Role”: “Caretaker” is no role here" in page
    assert "begins like a formula" in page
    assert "Apply: add 1" in page


def test_what_one_person_was_shown_is_applied_by_nobody_else_and_not_forged(ivy, hal, dee, open_as):
    """SR-44: nor is it good for longer than half an hour, or after people have changed."""
    sealed = sealed_in(upload(open_as(ivy.elevated()), GOOD))

    for client in (open_as(hal.elevated()), open_as(dee.elevated())):
        for sent in (sealed, "forged", sealed[:-6]):
            answer = client.post(reverse("apply-staff"), {"sealed": sent}, follow=True)
            assert "Choose it again" in text(answer)
    factories.person("New Person", ivy.school, Role.TEACHER)
    late = open_as(ivy.elevated()).post(reverse("apply-staff"), {"sealed": sealed})
    assert "People have changed since" in text(late)
    assert not User.objects.filter(name="Siân Pugh").exists()


def test_a_page_without_a_file_asks_for_one(ivy, open_as):
    assert "Choose a file" in text(open_as(ivy.elevated()).post(reverse("import-staff"), {}))


def test_the_command_shows_and_applies(oak, dee, eli, capsys):
    path = str(FIXTURES / WINDOWS)
    call_command("import_staff", "oak-lane", path)
    dry = capsys.readouterr().out
    call_command("import_staff", "oak-lane", path, "--apply")

    assert "+ Siân Pugh (sian@oak-lane.example.org): Teaching staff, SENCO (waits" in dry
    assert "- Eli Moore: not in the file. Nothing is changed." in dry
    assert "Nothing has been written" in dry
    assert {one.role for one in RoleProposal.objects.all()} == {Role.SENCO, Role.SLT}
    assert viewer_for(User.objects.get(name="Siân Pugh"), oak).roles == {Role.TEACHER}
    assert not User.objects.get(pk=eli.user_id).memberships.exclude(ends_on=None).exists()


def test_the_command_ends_with_status_1_when_rows_were_left_out(oak):
    with pytest.raises(CommandError, match="line 3, column “Name”"):
        call_command("import_staff", "oak-lane", str(FIXTURES / BROKEN), "--apply")
    assert User.objects.filter(name="Good Person").exists()
    with pytest.raises(CommandError, match="no school"):
        call_command("import_staff", "ash", str(FIXTURES / GOOD))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_staff", "oak-lane", "nowhere.csv")
