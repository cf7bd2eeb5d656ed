"""The server is destroyed, and comes back from its back-up on a bare machine."""

import re

import psycopg
import pytest

from records import age
from tests.records.machines import STORY, Machine

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


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


def test_everything_comes_back_on_a_bare_machine(bare, lost, safe):
    """FI-29, P3: row for row, file for file, with triggers and grants, and recording goes on."""
    said = bare.must("manage.py", "restore", lost["backup"], "--identity", safe / "key.txt")
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

    assert bare.ask("SELECT count(*) FROM incidents_incident", role="app") == [(3,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bare.ask("DELETE FROM incidents_incident RETURNING id", role="app")
    with pytest.raises(psycopg.errors.RestrictViolation):
        bare.ask("DELETE FROM incidents_incident RETURNING id")

    bare.must("-W", "ignore", "-c", STORY.replace("school()", 'school("Elm", "elm")'))
    assert bare.ask("SELECT count(*) FROM incidents_incident") == [(6,)]
