"""What the tests of back-ups share: keys, a record worth keeping, and a back-up of it."""

from pathlib import Path
from uuid import uuid4

import pytest

from incidents import files
from records import age, making
from records.models import BackupMade
from tests import factories
from tests.incidents.samples import sent
from tests.ledger.conftest import archive, signer_at_work, signer_process  # noqa: F401 - fixtures
from tests.smtp import mailbox  # noqa: F401 - a fixture

CANARY = "She said the heron has a wooden leg."


@pytest.fixture(autouse=True)
def _places_of_our_own(settings, tmp_path):
    settings.ARCHIVE_DIR = tmp_path / "archive"
    settings.SIGNER_DIR = tmp_path / "signer"
    settings.BACKUPS_DIR = tmp_path / "backups"


@pytest.fixture
def key(tmp_path) -> Path:
    """The file with the private key, which lies in a safe."""
    path = tmp_path / "key.txt"
    path.write_text(f"# created: today\n{age.new_identity()}\n")
    return path


@pytest.fixture
def public(key) -> str:
    """The public key, which the server knows."""
    return str(age.identities(key)[0].to_public())


@pytest.fixture
def told(ada, sam):
    """An incident with a file, which must come back."""
    draft = uuid4()
    files.keep(by=ada, draft=draft, sent=sent("heron.txt", CANARY.encode() * 100))
    account = factories.services.Account(saw=CANARY)
    return factories.incident(ada, sam, submission=draft, account=account)


@pytest.fixture
def made(told, public) -> tuple[BackupMade, Path]:
    """A back-up."""
    return making.make(recipients=[public])
