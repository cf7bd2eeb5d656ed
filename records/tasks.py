"""What the worker does for the life of files: the nightly back-up, the day's checkpoints by e-mail,
the files of what was erased, and what was unusual in the access log.
"""

import contextlib
import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ledger import checkpoints
from ledger.models import CheckpointMail
from records import (
    anomalies,
    anomaly_mail,
    checkpoint_mail,
    disposal,
    key_rotation,
    making,
)
from records.models import AnomalyMail, BackupMade
from safeguard import outbox
from safeguard.errors import DomainError
from safeguard.models import Outbox
from safeguard.resealing import UnderWay

OFTEN_ENOUGH = timedelta(hours=20)
RESEALING_SECONDS = 240  # of every ten minutes, and less than Celery's limit
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


@shared_task
def prepare_checkpoint_mail() -> None:
    """Promise the day's mail; beat asks every ten minutes, so that a missed seven o'clock is late."""
    now = timezone.now()
    if checkpoint_mail.is_due(now):
        checkpoints.take_due()
        checkpoint_mail.prepare(now)


@shared_task
def send_waiting_checkpoint_mail() -> None:
    """Send every checkpoint that waits; beat calls it every 30 s, a commit nudges it sooner."""
    waiting = CheckpointMail.objects.select_related("school", "records", "access")
    outbox.work_off(
        Outbox.Kind.CHECKPOINT_MAIL, lambda row: checkpoint_mail.send(waiting.get(pk=row.key))
    )


@shared_task
def seal_again() -> None:
    """While the key is being changed, seal again what the former one has sealed; some at a time."""
    with contextlib.suppress(UnderWay):  # somebody runs the command
        key_rotation.work_in_the_background(RESEALING_SECONDS)


@shared_task
def remove_erased_files() -> None:
    """Delete sealed files whose rows were erased; beat calls it every five minutes."""
    disposal.remove_erased_files()


@shared_task
def look_for_anomalies() -> None:
    """Read the last nights' access logs by the rules; beat asks each hour of the night."""
    new = anomalies.look_for_all(timezone.localdate())
    logger.info("anomalies: new=%s", new)


@shared_task
def prepare_anomaly_mail() -> None:
    """Promise the week's mail; beat asks every ten minutes, so that a missed Monday is late."""
    anomaly_mail.prepare(timezone.now())


@shared_task
def send_waiting_anomaly_mail() -> None:
    """Send the week's numbers to whom they wait for; beat calls it every 30 s."""
    waiting = AnomalyMail.objects.select_related("school", "recipient")
    outbox.work_off(
        Outbox.Kind.ANOMALY_MAIL, lambda row: anomaly_mail.send_week(waiting.get(pk=row.key))
    )
