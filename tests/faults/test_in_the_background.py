"""What the worker does for the ledger, broken off in the middle: the next round does it."""

import pytest

from ledger import checkpoints
from ledger.access import record_access
from ledger.models import AccessWaiting, Checkpoint, Entry
from ledger.sequencing import sequence_access
from safeguard.failpoints import FailpointReached
from tests import factories
from tests.ledger.conftest import archive, signer_at_work  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


def on_the_access_tree() -> int:
    return Entry.objects.filter(tree="access").count()


def test_looks_are_put_on_their_tree_all_or_none(ada, sam, settings):
    """I2, I6: broken off between the entries and the end of the waiting, nothing is doubled."""
    record_access(ada, "incident.read", pupils=[sam.pk])
    settings.FAILPOINTS = "sequencer.after_insert_before_delete=raise"
    with pytest.raises(FailpointReached):
        sequence_access()
    broken_off = (on_the_access_tree(), AccessWaiting.objects.count())
    settings.FAILPOINTS = ""

    sequence_access()

    assert broken_off == (0, 1)
    assert (on_the_access_tree(), AccessWaiting.objects.count()) == (1, 0)


def test_a_checkpoint_that_was_signed_and_not_published_is_published_by_the_next_round(
    ada,
    dee,
    team,
    sam,
    settings,
    archive,  # noqa: F811
    signer_at_work,  # noqa: F811
):
    """P11: with the same note, since the row was there first."""
    factories.incident(ada, sam)
    settings.FAILPOINTS = "checkpoint.after_sign_before_publish=raise"
    with pytest.raises(FailpointReached):
        checkpoints.take_due()
    before = list(archive.rglob("*.note"))
    settings.FAILPOINTS = ""

    checkpoints.take_due()

    assert before == []
    assert [path.read_text() for path in archive.rglob("*.note")] == [
        Checkpoint.objects.get(tree="records").note
    ]
