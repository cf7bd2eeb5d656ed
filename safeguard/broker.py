"""Asking the broker how much waits there; nothing depends on the answer."""

import logging

from celery import current_app
from django.conf import settings

logger = logging.getLogger(__name__)


def length() -> int | None:
    """Return how many messages wait for the worker; None when the broker does not answer."""
    try:
        with current_app.connection_for_write(settings.CELERY_BROKER_URL) as connection:
            queue = settings.CELERY_TASK_DEFAULT_QUEUE
            return int(connection.channel().client.llen(queue))  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001 - any trouble at all is the answer
        logger.warning("broker: does not answer error=%s", type(error).__name__)
        return None
