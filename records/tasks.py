"""What the worker does for the life of files: the nightly back-up."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from records import making
from records.models import BackupMade
from safeguard.errors import DomainError

OFTEN_ENOUGH = timedelta(hours=20)
LONGEST = 6 * 3600  # seconds; Celery's ten minutes are too few for a school's files

logger = logging.getLogger(__name__)


@shared_task(time_limit=LONGEST)
def make_nightly_backup() -> None:
    """Make tonight's back-up unless it is made; beat asks each hour of the night.

    A failure leaves its row and is tried again in an hour. Without a public key there is none, and
    the status page says so.
    """
    lately = timezone.now() - OFTEN_ENOUGH
    if (
        not settings.BACKUP_RECIPIENTS
        or BackupMade.objects.good().filter(started_at__gte=lately).exists()
    ):
        return
    try:
        made, _ = making.make()
    except making.AlreadyUnderWay:
        return
    except (DomainError, OSError) as error:
        logger.error("back-up: failed error=%s", type(error).__name__)
    else:
        logger.info("back-up: made size=%s sha256=%s", made.size, made.sha256)
