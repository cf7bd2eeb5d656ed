"""What these tests share: keys, a back-up of a record worth keeping, two people who decide."""

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings as configured
from django.db import connections

from incidents import files
from ledger.adopting import adopt_everything
from records import age, making, services
from records.disposal import erase_waiting
from records.models import BackupMade
from tests import factories
from tests.incidents.samples import sent
from tests.ledger.conftest import (  # noqa: F401 - fixtures
    archive,
    signer_at_work,
    signer_process,
)
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
    adopt_everything()  # the roles of those who are there
    return making.make(recipients=[public])


@pytest.fixture
def as_disposal(django_db_setup):
    """A connection as the role that may call the erase function and nothing else."""
    role = configured.DATABASE_DISPOSAL
    with psycopg.connect(
        dbname=connections["default"].settings_dict["NAME"],
        user=role["USER"],
        password=role["PASSWORD"],
        host=role["HOST"],
        autocommit=True,
    ) as connection:
        yield connection


@pytest.fixture
def lead(dee):
    return dee.elevated()


@pytest.fixture
def head(hal):
    return hal.elevated()


@pytest.fixture
def approved(lead, head):
    """Return a function that has two people agree to dispose of incidents or of single actions."""

    def approve(*incidents, actions=(), rule="cp-dob25"):
        disposal = services.propose_disposal(
            by=lead, rule=rule, reason="25 years old.", incidents=incidents, actions=actions
        )
        services.approve_disposal(by=lead, disposal=disposal)
        services.approve_disposal(by=head, disposal=disposal)
        return disposal

    return approve


@pytest.fixture
def disposed(approved, archive):  # noqa: F811 - the fixture
    """Return a function that has an incident disposed of to the end."""

    def dispose(*incidents, **more):
        disposal = approved(*incidents, **more)
        assert erase_waiting() == [disposal.pk]
        return disposal

    return dispose
