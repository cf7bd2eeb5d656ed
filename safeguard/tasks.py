"""What the worker does for the kernel: it says that it lives."""

from celery import shared_task

from safeguard import heartbeat


@shared_task
def note_worker() -> None:
    """Note that a worker takes what beat hands out."""
    heartbeat.note(heartbeat.WORKER)
