"""What the ledger's tests share."""

import threading

import pytest

from ledger.signer import Door
from tests.ledger.signers import SignerProcess, database_url, signer_in


@pytest.fixture
def archive(settings, tmp_path):
    """An archive of the test's own."""
    settings.ARCHIVE_DIR = tmp_path / "archive"
    return settings.ARCHIVE_DIR


@pytest.fixture
def signer_at_work(tmp_path, settings, archive):
    """A signer with its own role and socket, in a thread of this process."""
    settings.SIGNER_SOCKET = tmp_path / "socket"
    with Door(settings.SIGNER_SOCKET, signer_in(tmp_path / "signer")) as door:
        thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield door.signer
        door.shutdown()
        thread.join()


@pytest.fixture
def signer_process(tmp_path, settings, django_db_setup):
    """A signer of its own that the application's settings lead to."""
    process = SignerProcess(tmp_path / "signer", database_url())
    settings.SIGNER_SOCKET = process.socket
    yield process
    if process.process.poll() is None:
        process.kill()
