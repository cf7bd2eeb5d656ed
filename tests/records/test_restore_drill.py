"""The server is destroyed, and comes back from its back-up on a bare machine."""

import re
import signal

import psycopg
import pytest

from records import age
from tests.records.machines import STORY, Machine

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

# An empty database, migrated; a restore that may not take its tables away, and one that may but
# breaks off: a view of somebody's stands where a table would.
AGAIN = """
import sys
from pathlib import Path
import django
django.setup()
from django.core.management import CommandError, call_command
from django.db import connections
from records import postgres
call_command("migrate", verbosity=0)
connections.close_all()
backup, key = map(Path, sys.argv[1:])
try:
    call_command("restore", backup, identity=key)
except CommandError as refused:
    print(refused)
with postgres.owner().connect() as own:
    postgres.clear(own)
    own.execute("CREATE VIEW pupils_pupil AS SELECT 1")
try:
    call_command("restore", backup, identity=key, into_empty=False)
except CommandError as refused:
    print(refused)
with postgres.owner().connect() as own:
    print("still empty" if postgres.what_is_there(own) == ([], []) else "not empty")
"""

# After the back-up two people dispose of an incident.
DISPOSE = """
import sys
import django
django.setup()
from pathlib import Path
from accounts.permissions import Role
from accounts.models import School
from django.conf import settings
from incidents.models import Incident
from records import disposal, services
from safeguard.walls import acting_in
from tests import factories
oak = School.objects.get(slug="oak-lane")
here = acting_in(oak.pk)
here.__enter__()
dee = factories.person("Dot Deputy Lead", oak, Role.DSL).elevated()
hal = factories.person("Hal Head", oak, Role.HEAD).elevated()
incident = Incident.objects.order_by("recorded_at").first()
told = services.propose_disposal(by=dee, rule="cp-dob25", reason="Old.", incidents=[incident])
for leader in (dee, hal):
    services.approve_disposal(by=leader, disposal=told)
disposal.erase_waiting()
(listed,) = settings.ARCHIVE_DIR.glob("*/disposals.jsonl")
Path(sys.argv[1]).write_bytes(listed.read_bytes())
"""
READY = """
import django
django.setup()
from upkeep import probes
print(probes.look(), probes.look().is_ready)
"""
SEALED = """
import django
django.setup()
from accounts.models import School
from ledger import attached
from safeguard.walls import acting_in
oak = School.objects.get(slug="oak-lane")
with acting_in(oak.pk):
    print(len(list(attached.damaged_at(oak.pk))), "do not open")
"""
ERASED = "SELECT count(*) FROM incidents_incident WHERE saw LIKE 'Disposed of%'"


@pytest.fixture(scope="module")
def safe(tmp_path_factory):
    """A place that outlives the server, with the private key in it."""
    folder = tmp_path_factory.mktemp("safe")
    (folder / "key.txt").write_text(str(age.new_identity()))
    return folder


@pytest.fixture(scope="module")
def lost(tmp_path_factory, safe):
    """What was on a server before it was destroyed."""
    server = Machine(tmp_path_factory.mktemp("server"), "lost")
    (identity,) = age.identities(safe / "key.txt")
    backing_up = (
        "from pathlib import Path; from django.core.management import call_command;"
        f"call_command('backup', to=Path({str(safe)!r}), recipient=[{str(identity.to_public())!r}])"
    )
    try:
        server.start()
        said = server.must("-W", "ignore", "-c", STORY + backing_up)
        kept = {
            "rows": server.rows(),
            "files": server.files(),
            "key": server.key(),
            "said": said,
            "noted": server.ask("SELECT outcome, sha256, rows, files FROM records_backupmade"),
        }
        server.must("manage.py", "key_shares", safe / "shares")
        server.must("-W", "ignore", "-c", DISPOSE, safe / "disposals.jsonl")
    finally:
        server.destroy()
    (backup,) = safe.glob("*.backup.age")
    return kept | {"backup": backup}


@pytest.fixture(scope="module")
def bare(tmp_path_factory, lost):
    """A bare machine, on which only the key from the paper has been typed in."""
    machine = Machine(tmp_path_factory.mktemp("bare"), "bare")
    try:
        machine.take_key(lost["key"])
        machine.start()
        yield machine
    finally:
        machine.destroy()


def test_a_back_up_notes_itself_and_says_how_to_recognise_the_file(lost):
    ((outcome, sha256, rows, files),) = lost["noted"]

    assert (outcome, files) == ("made", 6)
    assert rows > 60
    assert f"SHA-256 {sha256}" in lost["said"]


def test_empty_tables_and_an_earlier_try_that_broke_off_are_taken_away_when_asked(bare, lost, safe):
    """Somebody ran migrate first, and somebody pulled the plug."""
    left = bare.var / "files" / "ab" / "half"
    left.parent.mkdir(parents=True)
    left.write_text("half a file")
    (bare.var / "files" / ".restoring").touch()

    said = bare.must("-W", "ignore", "-c", AGAIN, lost["backup"], safe / "key.txt")

    assert "The database holds empty tables." in said
    assert "pg_restore failed" in said
    assert "still empty" in said
    assert not left.exists()


def test_everything_comes_back_on_a_bare_machine(bare, lost, safe):
    """FI-29, P3: row for row, file for file, with triggers and grants, and recording goes on."""
    restore = ("restore", lost["backup"], "--identity", safe / "key.txt", "--into-empty")
    said = bare.must("manage.py", *restore)
    rows = bare.rows()

    # The row that notes the back-up was written when the file was already closed.
    assert bare.ask("SELECT count(*) FROM records_backupmade") == [(0,)]
    different = {
        name for name in rows.keys() | lost["rows"] if rows.get(name) != lost["rows"].get(name)
    }
    assert different == {"records_backupmade", "ledger_verification", "ledger_verificationrun"}
    assert "Everything holds." in said
    assert bare.files() == lost["files"]
    assert "6 files; 6 files opened" in said
    assert re.search(r"The record reaches from \d+ \w+ \d{4} to \d+ \w+ \d{4}", said)

    assert bare.ask("SELECT count(*) FROM incidents_incident") == [(3,)]
    # The wall between schools is there too: the application's role acts in none just now.
    assert bare.ask("SELECT count(*) FROM incidents_incident", role="app") == [(0,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bare.ask("DELETE FROM incidents_incident RETURNING id", role="app")
    with pytest.raises(psycopg.errors.RestrictViolation):
        bare.ask("DELETE FROM incidents_incident RETURNING id")

    bare.must("-W", "ignore", "-c", STORY.replace("school()", 'school("Elm", "elm")'))
    assert bare.ask("SELECT count(*) FROM incidents_incident") == [(6,)]


def test_a_restore_killed_before_the_replay_is_not_ready_and_goes_on(tmp_path, lost, safe):
    """P13, FI-28: the database is there, what was erased is back, and nobody may work with it."""
    machine = Machine(tmp_path, "killed")
    restore = ("manage.py", "restore", lost["backup"], "--identity", safe / "key.txt")
    restore += ("--disposals", safe / "disposals.jsonl")
    try:
        machine.take_key(lost["key"])
        machine.start()
        machine.more["SAFEGUARD_FAILPOINTS"] = "restore.before_replay=kill"
        assert machine.run(*restore).returncode == -signal.SIGKILL
        assert machine.ask(ERASED) == [(0,)]
        assert "restore: failed" in machine.must("-W", "ignore", "-c", READY)

        machine.more["SAFEGUARD_FAILPOINTS"] = ""
        said = machine.must(*restore)

        assert "Erased again, as it had been lawfully: 1 records." in said
        assert machine.ask(ERASED) == [(1,)]
        assert machine.ask("SELECT count(*) FROM incidents_incident") == [(3,)]
        assert "restore: ok" in machine.must("-W", "ignore", "-c", READY)
    finally:
        machine.destroy()


def test_two_people_with_a_share_each_open_what_was_sealed_and_one_does_not(tmp_path, lost, safe):
    """FI-31, SR-85: the key is lost with the server, and comes back from paper."""
    papers = [(safe / "shares" / f"share-{number}.txt").read_text() for number in (1, 3)]
    shown = re.search(r"Fingerprint +(.+)", papers[0])[1]
    first, second = map(typed_from, papers)
    file = tmp_path / "key"
    machine = Machine(tmp_path, "keyless")
    try:
        machine.start()
        restore = ("manage.py", "restore", lost["backup"], "--identity", safe / "key.txt")
        assert "stay sealed" in machine.run(*restore, "--without-key").stderr
        assert "6 do not open" in machine.must("-W", "ignore", "-c", SEALED)

        alone = ("manage.py", "key_from_shares", file, "--trial")
        for wrong in (first, first + first + shown + "\n"):
            assert machine.run(*alone, typed=wrong).returncode != 0
            assert not file.exists()
        done = machine.run(*alone, typed=first + second + shown + "\n")
        assert done.returncode == 0, done.stderr
        machine.take_key(file.read_text())

        assert "0 do not open" in machine.must("-W", "ignore", "-c", SEALED)
        checked = machine.run(*alone[:2], "--check", typed=second + first + shown + "\n")
        assert "give the key of this installation" in checked.stdout
    finally:
        machine.destroy()


def typed_from(paper: str) -> str:
    """Return what somebody types who has this page before them: the lines without their numbers."""
    return "\n".join(re.findall(r"^ +\d+ {3}(.+)$", paper, re.MULTILINE)) + "\n"
