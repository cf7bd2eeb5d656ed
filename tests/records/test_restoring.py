"""Restoring: what is not whole, not ours or not wanted is refused before anything is touched."""

import io
import tarfile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from incidents.models import Incident
from records import age, fitting, restoring
from records.drill import DrillFailed, drill
from records.management.commands.restore import sentences
from records.manifest import Manifest
from records.models import DrillMade
from records.progress import in_silence
from records.reading import BackupFile
from safeguard.errors import DomainError

pytestmark = pytest.mark.django_db(transaction=True)


def restore(path, key, **wishes):
    return restoring.restore(path, restoring.keys_in(key), fitting.Wishes(**wishes))


def test_another_key_does_not_open_it(made, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(str(age.new_identity()))

    with pytest.raises(DomainError, match="This key does not open the file"):
        restore(made[1], other)


@pytest.mark.parametrize("where", [0.001, 0.003, 0.01, 0.3, 0.5, 0.7, 0.99, 0.9999])
def test_one_flipped_byte_is_refused(made, key, tmp_path, where):
    """FI-29: everything is checked first, to the last byte."""
    content = bytearray(made[1].read_bytes())
    content[int(len(content) * where)] ^= 1
    damaged = tmp_path / "damaged"
    damaged.write_bytes(content)

    with pytest.raises(DomainError, match=r"damaged|does not open"):
        restore(damaged, key)


@pytest.mark.parametrize("left", [0, 1, 100, 20_000, -1])
def test_a_file_that_was_cut_short_is_refused(made, key, tmp_path, left):
    short = tmp_path / "short"
    short.write_bytes(made[1].read_bytes()[:left])

    with pytest.raises(DomainError, match="damaged, cut short"):
        restore(short, key)


def test_a_back_up_that_somebody_else_made_is_refused_by_its_hash(made, key):
    """Anybody who knows the public key can encrypt to it: the hash says whose file it is."""
    with pytest.raises(DomainError, match="not the one whose SHA-256"):
        restore(made[1], key, sha256="0" * 64)


def test_nothing_is_ever_restored_over_records(made, key, settings, tmp_path):
    settings.FILES_DIR = tmp_path / "elsewhere"
    (before,) = Incident.objects.values()

    for into_empty in (False, True):
        with pytest.raises(DomainError, match="The database is not empty"):
            restore(made[1], key, into_empty=into_empty)

    assert list(Incident.objects.values()) == [before]
    assert not settings.FILES_DIR.exists()


def test_without_the_installations_key_nothing_is_restored_by_mistake(made, key, settings):
    settings.FILES_KEY = b"k" * 32

    with pytest.raises(DomainError, match="is not the one that sealed the files"):
        restore(made[1], key)


def test_a_back_up_of_a_newer_safeguard_asks_for_that_version(made, key):
    manifest = BackupFile(made[1], restoring.keys_in(key), in_silence).check()
    manifest.migrations.append("incidents.9999_from_the_future")

    with restoring.postgres.owner().connect() as own:
        major = own.info.server_version // 10000
        with pytest.raises(DomainError, match="newer version of Safeguard"):
            fitting.require_fit(manifest, own, major, fitting.Wishes())


def test_a_server_without_the_roles_is_told_which(made, key):
    manifest = BackupFile(made[1], restoring.keys_in(key), in_silence).check()
    manifest.roles.append("safeguard_nobody")

    with restoring.postgres.owner().connect() as own:
        major = own.info.server_version // 10000
        with pytest.raises(DomainError, match="no role safeguard_nobody"):
            fitting.require_fit(manifest, own, major, fitting.Wishes())


def forged(tmp_path, public, *parts: tuple[str, bytes], kind=tarfile.REGTYPE):
    """Encrypt a back-up that nobody made with `manage.py backup`."""
    path = tmp_path / "forged.backup.age"
    with (
        path.open("wb") as file,
        age.encrypting(age.Counted(file), [age.recipient(public)]) as plain,
        tarfile.open(fileobj=plain, mode="w|") as tar,
    ):
        for name, content in parts:
            member = tarfile.TarInfo(name)
            member.size, member.type = len(content) if kind == tarfile.REGTYPE else 0, kind
            tar.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/passwd", "files/../../escaped", "../escaped", "files", "files/", "files/.hidden"),
        *("other/a", "database/1.dump", "files/a/../b", "files//a", "files/a\nb"),
    ],
)
def test_a_part_that_belongs_elsewhere_is_refused(tmp_path, key, public, name):
    path = forged(tmp_path, public, (name, b"x"))

    with pytest.raises(DomainError, match="has no place in a back-up"):
        restore(path, key)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_a_part_that_is_no_plain_file_is_refused(tmp_path, key, public, kind):
    path = forged(tmp_path, public, ("files/ab/link", b""), kind=kind)

    with pytest.raises(DomainError, match="has no place in a back-up"):
        restore(path, key)


def listing(**members) -> bytes:
    manifest = Manifest("2026-01-01T00:00:00+00:00", 15, [], [], {}, [])
    manifest.members = members
    return manifest.to_bytes()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([("manifest.json", b"{}")], "no readable list"),
        ([("manifest.json", b"[]")], "no readable list"),
        ([("manifest.json", b"\xff")], "no readable list"),
        ([("manifest.json", listing())], "no database"),
        ([("files/ab/cd", b"x"), ("manifest.json", listing())], "files/ab/cd is not on the list"),
        ([("manifest.json", listing(a=["0", 1]))], "a is missing"),
        ([("manifest.json", listing()), ("files/a", b"x")], "files/a stands where it must not"),
        ([("files/a", b"x"), ("files/a", b"y")], "files/a stands where it must not"),
        ([("files/a", b"x")], "no readable list"),
    ],
)
def test_a_list_that_does_not_fit_its_parts_is_refused(tmp_path, key, public, parts, said):
    path = forged(tmp_path, public, *parts)

    with pytest.raises(DomainError, match=said):
        restore(path, key)


@pytest.mark.parametrize("text", ["", "AGE-SECRET-KEY-1BROKEN", "age1public", "\xff"])
def test_a_file_without_a_private_key_is_called_that(made, tmp_path, text):
    path = tmp_path / "no key"
    path.write_text(text)

    with pytest.raises(CommandError, match="key"):
        call_command("restore", made[1], identity=path)


# What was lawfully erased (P13)


def test_a_line_that_is_no_disposal_stops_the_restore(made, key, tmp_path):
    path = tmp_path / "disposals.jsonl"
    path.write_text('{"seq": 1}\n')

    with pytest.raises(DomainError, match="Line 1 of"):
        restore(made[1], key, disposals=[path])


def test_where_nobody_could_erase_again_nothing_is_restored(made, key, tmp_path, settings):
    """P13: asked before the database is there, not found out afterwards."""
    path = tmp_path / "disposals.jsonl"
    path.write_text("")
    wrong = settings.DATABASE_DISPOSAL | {"PASSWORD": "wrong", "USER": "nobody_here"}

    for role in (None, wrong):
        settings.DATABASE_DISPOSAL = role
        with pytest.raises(DomainError, match="needs DATABASE_DISPOSAL_URL"):
            restore(made[1], key, disposals=[path])


def test_a_restore_without_any_list_of_disposals_says_so(made, key):
    manifest = BackupFile(made[1], restoring.keys_in(key), in_silence).check()
    silent, told = restoring.Restored(manifest, ""), restoring.Restored(manifest, "", listed=1)

    assert "No list of disposals was" in "\n".join(sentences(silent))
    assert "No list of disposals was" not in "\n".join(sentences(told))


# The drill


@pytest.mark.processes
def test_a_drill_restores_beside_the_running_copy_and_leaves_a_row(made, key, settings, tmp_path):
    """P3: servers of its own, which are gone afterwards with all that was decrypted."""
    settings.VAR_DIR = tmp_path / "var"
    killed = settings.VAR_DIR / "drill-0123abcd"
    (killed / "var").mkdir(parents=True)
    (killed / "var" / ".safeguard-instance").touch()
    row = drill(made[1], key)

    assert (row.outcome, row.files, row.files_opened) == ("good", 1, 1)
    assert row.sha256 == made[0].sha256
    assert row.holds_until == made[0].holds_until
    assert list(settings.VAR_DIR.iterdir()) == []
    assert Incident.objects.count() == 1


@pytest.mark.processes
def test_a_drill_that_fails_leaves_a_row_with_the_reason(made, tmp_path, settings):
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    other = tmp_path / "other.txt"
    other.write_text(str(age.new_identity()))

    with pytest.raises(DrillFailed, match="does not open"):
        drill(made[1], other)

    (row,) = DrillMade.objects.all()
    assert row.outcome == "failed"
    assert "does not open" in row.reason
    assert connection.vendor == "postgresql"
