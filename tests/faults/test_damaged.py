"""A damaged page of the database is found by the verification, and said (FI-36)."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.faults.running import CHECKOUT
from tests.faults.writers import MARK


def verify(copy) -> subprocess.CompletedProcess:
    command = [sys.executable, "manage.py", "verify_ledger"]
    return subprocess.run(
        command, cwd=CHECKOUT, env=copy.environment, capture_output=True, text=True, check=False
    )


def as_superuser(copy) -> psycopg.Connection:
    owner = psycopg.conninfo.conninfo_to_dict(copy.addresses["owner"])
    password = (copy.var / "passwords" / "postgres").read_text().strip()
    return psycopg.connect(**(owner | {"user": "postgres", "password": password}), autocommit=True)


def test_a_damaged_page_is_found_and_the_rest_goes_on_once_it_is_mended(copy, teacher, filled_in):
    """P11, FI-36: PostgreSQL's checksums notice it, and the verification says what that means."""
    draft = str(uuid4())
    teacher.submit(draft, teacher.fill_in(draft, filled_in | {"saw": f"{MARK} {draft}"}))
    with as_superuser(copy) as superuser:
        # Nothing of this page is left in the write-ahead log, which would mend it by itself.
        superuser.execute("VACUUM (FREEZE) ledger_sealedbody")
        superuser.execute("CHECKPOINT")
        ((folder, path),) = superuser.execute(
            "SELECT current_setting('data_directory'), pg_relation_filepath('ledger_sealedbody')"
        ).fetchall()
    page = Path(folder) / path

    with copy.unattended():
        copy.kill("postgres")
        whole = page.read_bytes()
        page.write_bytes(whole[:4000] + bytes([whole[4000] ^ 1]) + whole[4001:])
    copy.wait_until_well()
    damaged = verify(copy)
    with copy.unattended():
        copy.kill("postgres")
        page.write_bytes(whole)
    copy.wait_until_well()
    mended = verify(copy)

    assert damaged.returncode == 1
    assert "E_DISK" in damaged.stdout
    assert "database's own files are damaged" in damaged.stdout
    assert "Traceback" not in damaged.stderr
    assert "E_DISK" not in mended.stdout
