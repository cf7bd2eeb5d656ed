"""The worker's errands for reports."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from reports import making

LONG_ENOUGH = 240


@shared_task
def make_waiting_reports() -> None:
    """Beat calls it every 30 s, a commit nudges it sooner; each report is made once.

    After some minutes the rest is left to the next call: Celery's own limit kills the worker.
    """
    began = monotonic()
    while making.make_next(timezone.now()):
        if monotonic() - began > LONG_ENOUGH:
            break
    making.forget_old(timezone.now())
