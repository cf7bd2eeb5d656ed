"""What the tests of reports share."""

from tests.ledger.conftest import archive, signer_at_work  # noqa: F401 - fixtures
