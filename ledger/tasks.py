"""What the worker does for the ledger."""

from celery import shared_task

from ledger.sequencing import BATCH, sequence_access


@shared_task
def put_access_on_its_tree() -> None:
    """Put what waits of the access log on its tree, a batch a transaction, until little is left."""
    while sequence_access() == BATCH:
        pass
