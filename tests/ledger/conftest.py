"""What the ledger's tests share."""

import pytest

from tests.ledger.signers import SignerProcess, database_url


@pytest.fixture
def signer_process(tmp_path, settings, django_db_setup):
    """A signer of its own that the application's settings lead to."""
    process = SignerProcess(tmp_path / "signer", database_url())
    settings.SIGNER_SOCKET = process.socket
    yield process
    if process.process.poll() is None:
        process.kill()
