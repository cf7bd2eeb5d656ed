"""The bundle that Safeguard writes is one that the stand-alone program finds nothing wrong with."""

import io
import json
import stat
import zipfile
from contextlib import redirect_stdout

import pytest
from django.core.management import CommandError, call_command

from incidents import services
from incidents.models import Incident, LinkedPupil
from ledger import checkpoints, verifier
from ledger.models import AccessEntry, Checkpoint, Entry, Head
from ledger.sequencing import sequence_access
from ledger.signing import ask_for_vkey
from tests import factories
from tests.ledger.telling import tell_everything

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.processes,
    pytest.mark.usefixtures("signer_process"),
]


def sign(school) -> str:
    """Have the signer sign the school's records as they stand, and return the note."""
    return checkpoints.take(Head.objects.get(school=school, tree="records")).note


def bundle(to, *extra: str) -> str:
    """Write a bundle as Dee, and return what the command says."""
    said = io.StringIO()
    call_command(
        *("ledger_bundle", "oak-lane", str(to), "--by", "dee@oak-lane.example.org"),
        *("--reason", "Asked for by the court", *extra),
        stdout=said,
    )
    return said.getvalue()


def verify(path, *arguments: str) -> tuple[int, str]:
    said = io.StringIO()
    with redirect_stdout(said):
        code = verifier.main([str(path), *arguments])
    return code, said.getvalue()


def vkey_of(school: str = "oak-lane") -> str:
    return ask_for_vkey(school=school, tree="records", epoch=1)


def test_the_whole_ledger_verifies_with_a_note_from_outside(ada, dee, sam, rosa, team, tmp_path):
    tell_everything(ada, dee, sam, rosa)
    note = tmp_path / "note.txt"
    note.write_text(sign(ada.school))
    sequence_access()

    said = bundle(tmp_path / "all.zip")
    code, words = verify(tmp_path / "all.zip", "--vkey", vkey_of(), "--note", str(note))

    assert "1 files" in said
    assert code == 0, words
    assert AccessEntry.objects.filter(event="bundle.exported", user=dee.user_id).count() == 1


def test_a_pupils_bundle_discloses_that_pupils_records_and_hashes_of_the_rest(
    ada, dee, sam, rosa, leo, team, tmp_path
):
    """What is not disclosed takes part in the root, and tells nothing."""
    sam.upn = "A123456789012"
    sam.save()
    mine = factories.incident(ada, sam)
    other = factories.incident(ada, factories.pupil(ada.school, "Tom Reed"))
    note = tmp_path / "note.txt"
    note.write_text(sign(ada.school))

    bundle(tmp_path / "sam.zip", "--pupil", "A123456789012")
    code, words = verify(tmp_path / "sam.zip", "--vkey", vkey_of(), "--note", str(note))

    assert code == 0, words
    with zipfile.ZipFile(tmp_path / "sam.zip") as archive:
        lines = [json.loads(line) for line in archive.open("entries/records-1.jsonl")]
        everything = b" ".join(archive.read(name) for name in archive.namelist()).decode()
    assert len(lines) == Entry.objects.filter(tree="records").count()
    assert str(mine.pk) in everything
    assert str(other.pk) not in everything
    assert "Tom" not in everything
    assert [set(line) for line in lines].count({"leaf"}) == len(lines) // 2


def test_what_a_pupil_is_only_linked_to_is_another_childs(ada, dee, sam, rosa, team, tmp_path):
    """It is a hash unless somebody asks for it; and the zip is nobody else's to read."""
    sam.upn = "A123456789012"
    sam.save()
    linked = factories.incident(ada, rosa, linked=[services.Linked(sam, LinkedPupil.Part.WITNESS)])

    bundle(tmp_path / "own.zip", "--pupil", "A123456789012")
    bundle(tmp_path / "linked.zip", "--pupil", "A123456789012", "--with-linked")

    for name, there in (("own.zip", False), ("linked.zip", True)):
        with zipfile.ZipFile(tmp_path / name) as archive:
            assert (str(linked.pk) in archive.read("entries/records-1.jsonl").decode()) is there
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_record_that_was_changed_behind_the_applications_back_is_named(
    ada, dee, sam, team, as_owner, tmp_path
):
    """E8: a narrative that was changed, in the bundle as in the database, does not verify."""
    factories.incident(ada, sam)
    sign(ada.school)
    with as_owner.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE ledger_sealedbody DISABLE TRIGGER ledger_sealedbody_append_only"
        )
        cursor.execute(
            "UPDATE ledger_sealedbody SET body = convert_to(replace(convert_from(body, 'UTF8'),"
            " 'crying', 'smiling'), 'UTF8')"
        )
        cursor.execute(
            "ALTER TABLE ledger_sealedbody ENABLE ALWAYS TRIGGER ledger_sealedbody_append_only"
        )

    bundle(tmp_path / "all.zip")
    code, words = verify(tmp_path / "all.zip", "--vkey", vkey_of())

    assert code == verifier.OUTCOMES["E_COMMIT"][0], words


def test_a_bundle_is_given_to_leads_of_the_school_alone(ada, dee, una, sam, team, tmp_path):
    factories.incident(ada, sam)
    for who in ("ada@oak-lane.example.org", "una@elm-park.example.org"):
        with pytest.raises(CommandError, match="does not lead safeguarding"):
            call_command(
                *("ledger_bundle", "oak-lane", str(tmp_path / "x.zip")),
                *("--by", who, "--reason", "Curious"),
            )

    assert not (tmp_path / "x.zip").exists()


def test_nothing_is_written_over(ada, dee, sam, team, tmp_path):
    factories.incident(ada, sam)
    there = tmp_path / "there.zip"
    there.write_bytes(b"mine")

    with pytest.raises(CommandError, match="there already"):
        bundle(there)

    assert there.read_bytes() == b"mine"


def test_before_anything_is_recorded_there_is_nothing_to_show(dee, tmp_path):
    with pytest.raises(CommandError, match="no ledger to show"):
        bundle(tmp_path / "x.zip")

    assert list(tmp_path.glob("*.zip")) == []
    assert not Incident.objects.exists()
    assert not Checkpoint.objects.exists()
