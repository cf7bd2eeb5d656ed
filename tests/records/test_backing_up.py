"""Making a back-up: encrypted or not at all, whole or not there, and always with a row."""

import hashlib
import os
import stat
import subprocess
import sys
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from records import age, making, members, postgres
from records.models import BackupMade
from records.progress import in_silence
from records.reading import BackupFile
from records.tasks import make_nightly_backup
from safeguard.errors import DomainError
from tests.records.conftest import CANARY

pytestmark = pytest.mark.django_db(transaction=True)


def listed(path, key) -> dict[str, list]:
    return BackupFile(path, age.identities(key), in_silence).check().members


def test_without_a_public_key_nothing_is_written_and_it_says_how_to_make_one(told, settings):
    with pytest.raises(CommandError, match=r"never written unencrypted.*make_backup_key FILE"):
        call_command("backup")

    assert not settings.BACKUPS_DIR.exists()
    (row,) = BackupMade.objects.all()
    assert row.outcome == "failed"
    assert "no public key" in row.reason


@pytest.mark.parametrize("wrong", ["age1abc", "ssh-ed25519 AAAA", "", "not a key"])
def test_what_is_no_public_key_is_refused_in_a_sentence(told, settings, wrong):
    with pytest.raises(DomainError, match="begin with “age1”"):
        making.make(recipients=[wrong])

    assert not settings.BACKUPS_DIR.exists()


def test_a_private_key_in_the_settings_is_called_that(told, key):
    private = str(age.identities(key)[0])

    with pytest.raises(DomainError, match="PRIVATE key") as refused:
        making.make(recipients=[private])

    assert private not in str(refused.value)


def test_a_back_up_holds_nothing_that_can_be_read_without_the_key(made):
    _, path = made
    content = path.read_bytes()

    assert content.startswith(b"age-encryption.org/v1\n-> X25519 ")
    for canary in (CANARY, "heron", "Winter", "incidents_incident", "manifest", "safeguard"):
        assert canary.encode() not in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_back_up_leaves_a_row_with_its_size_and_hash(made):
    row, path = made
    content = path.read_bytes()

    assert (row.outcome, row.size, row.files) == ("made", len(content), 1)
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    assert row.started_at <= row.holds_until <= row.finished_at
    assert BackupMade.objects.good().get() == row


def test_whoever_holds_one_of_the_private_keys_opens_it(told, tmp_path, key, public):
    other = age.new_identity()
    second = tmp_path / "second.txt"
    second.write_text(str(other))
    _, path = making.make(recipients=[public, str(other.to_public())])

    assert listed(path, key) == listed(path, second)


def test_it_holds_database_files_notes_and_the_signers_memory_but_not_its_key(
    told, key, public, settings
):
    notes = settings.ARCHIVE_DIR / "123456" / "records-1"
    notes.mkdir(parents=True)
    (notes / "12.note").write_text("a note\n")
    (notes.parent / "disposals.jsonl").write_text("")
    settings.SIGNER_DIR.mkdir()
    for name in ("key", "signer.lock", "123456-records-1.state"):
        (settings.SIGNER_DIR / name).write_text(name)
    _, path = making.make(recipients=[public])
    _, keyed = making.make(recipients=[public], with_signer_key=True)

    names = listed(path, key)
    assert [name for name in names if not name.startswith("files/")] == [
        "signer/123456-records-1.state",
        "archive/123456/records-1/12.note",
        "archive/123456/disposals.jsonl",
        "database/000000.dump",
    ]
    assert listed(keyed, key).keys() - names.keys() == {"signer/key"}


def test_a_back_up_without_the_signers_memory_says_so(told, public, settings):
    """The signer is another user, whose folder the worker cannot read."""
    without, _ = making.make(recipients=[public])
    settings.SIGNER_DIR.mkdir()
    (settings.SIGNER_DIR / "a.state").write_text("how far")
    with_it, _ = making.make(recipients=[public])

    assert without.reason == "Not in it: signer/"
    assert with_it.reason == ""


def test_its_list_says_what_the_database_held(made, key):
    manifest = BackupFile(made[1], age.identities(key), in_silence).check()

    assert manifest.counts["incidents_incident"] == 1
    assert manifest.counts["records_backupmade"] == 0
    assert manifest.postgres == connection.pg_version // 10000
    assert "records.0002_append_only" in manifest.migrations
    assert manifest.opens_with_our_key()
    assert "safeguard_app" in manifest.roles
    assert "safeguard_owner" not in manifest.roles


def test_a_file_that_is_taken_away_meanwhile_is_named_and_does_not_stop_it(tmp_path):
    """Drafts come and go; no row of a record names them."""
    writing = making.Writing(in_silence, with_signer_key=False)

    writing.add_all("files", [members.Found("files/ab/gone", tmp_path / "gone")])

    assert writing.missing == ["files/ab/gone"]


def test_a_back_up_that_fails_leaves_no_file_but_a_row_with_the_reason(told, public, tmp_path):
    full = tmp_path / "a file, not a folder"
    full.write_text("")

    with pytest.raises(CommandError):
        call_command("backup", to=full / "backups", recipient=[public])

    (row,) = BackupMade.objects.all()
    assert (row.outcome, row.sha256) == ("failed", "")
    assert row.reason


def test_a_full_disk_ends_it_with_the_systems_reason_and_leaves_nothing_half(
    told, public, tmp_path
):
    """A limit on the size of files stands for the disk: writing fails in the middle."""
    program = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "from pathlib import Path; from records import age; import sys\n"
        "counted = age.Counted(open(sys.argv[1], 'wb', buffering=0))\n"
        "try:\n"
        "    with age.encrypting(counted, [age.recipient(sys.argv[2])]) as plain:\n"
        "        for _ in range(100): plain.write(bytes(100000))\n"
        "except OSError as error: print(error.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "x", public],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "File too large\n"


def test_two_back_ups_are_never_made_at_once(told, public, settings):
    with (
        postgres.snapshot(),
        pytest.raises(making.AlreadyUnderWay),
    ):
        making.make(recipients=[public])

    assert list(settings.BACKUPS_DIR.iterdir()) == []
    assert not BackupMade.objects.exists()


def test_programs_of_another_version_than_the_servers_are_refused():
    """D5: version equality is checked in the job."""
    with pytest.raises(DomainError, match=r"PostgreSQL 99.* Install postgresql-client-99"):
        postgres.tool("pg_dump", 99)


def test_the_running_program_can_back_up_without_the_owners_password(told, key, public, settings):
    """The worker makes the nightly one, and no running process is the owner."""
    as_owner = listed(making.make(recipients=[public])[1], key)
    settings.DATABASE_OWNER = None
    row, path = making.make(recipients=[public])

    assert listed(path, key).keys() == as_owner.keys()
    assert row.rows > 0


def test_the_nightly_back_up_is_made_once_a_night(told, public, settings):
    settings.BACKUP_RECIPIENTS = [public]

    make_nightly_backup()
    make_nightly_backup()

    assert BackupMade.objects.count() == 1


def test_a_nightly_back_up_that_failed_is_tried_again(told, public, settings):
    settings.BACKUP_RECIPIENTS = ["age1broken"]
    make_nightly_backup()
    settings.BACKUP_RECIPIENTS = [public]
    make_nightly_backup()

    outcomes = list(BackupMade.objects.newest_first().values_list("outcome", flat=True))
    assert outcomes == ["made", "failed"]


def test_without_a_public_key_the_night_is_quiet(told):
    make_nightly_backup()

    assert not BackupMade.objects.exists()


def test_back_ups_older_than_five_weeks_go_but_never_the_last_three(told, public, settings):
    """E9: what was lawfully erased fades from back-ups too."""
    settings.BACKUPS_DIR.mkdir()
    old = [settings.BACKUPS_DIR / f"safeguard-2020010{day}T000000Z.backup.age" for day in range(5)]
    for path in (*old, settings.BACKUPS_DIR / "somebody's own file"):
        path.write_text("old")
        os.utime(path, (0, time.time() - 36 * 86400))

    _, new = making.make(recipients=[public])

    left = {path.name for path in settings.BACKUPS_DIR.iterdir()}
    assert left == {new.name, "somebody's own file", old[3].name, old[4].name}


def test_a_key_is_never_written_over_another(key):
    before = key.read_text()

    with pytest.raises(CommandError, match="never overwritten"):
        call_command("make_backup_key", key)

    assert key.read_text() == before


def test_the_key_that_is_made_opens_what_is_encrypted_to_it(tmp_path, capsys):
    call_command("make_backup_key", tmp_path / "new.txt")
    public = capsys.readouterr().out.strip()

    (identity,) = age.identities(tmp_path / "new.txt")
    assert str(identity.to_public()) == public
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o600
