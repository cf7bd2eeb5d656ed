"""Having a ledger verified: asked for at night or by a person, done by the worker, watched meanwhile.

The errand is leased (`safeguard.errands`): progress is written outside any transaction for the page
to show, and a worker that dies leaves it to the next.
"""

import logging
from datetime import datetime
from time import monotonic
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import OperationalError
from django.utils import timezone

from ledger.models import Head, Tree, Verification, VerificationRun
from ledger.verification import Result, verify
from safeguard import errands, outbox, walls
from safeguard.errands import Errand
from safeguard.models import Outbox

logger = logging.getLogger(__name__)

State = VerificationRun.State
UNDER_WAY = (State.WAITING, State.WORKING)
MOST_TRIES = 3
TELL_EVERY = 1.0


class Overtaken(Exception):
    """Another worker has the errand: this one was taken for dead."""


def ask(school_id: UUID, *, user_id: UUID | None = None) -> VerificationRun:
    """Have a school's ledger verified; while one is under way, asking again changes nothing."""
    with transaction.atomic():
        _one_at_a_time(school_id)
        run = under_way(school_id)
        if run is None:
            run = VerificationRun.objects.create(school_id=school_id, asked_by_id=user_id)
            outbox.put(Outbox.Kind.VERIFICATION, [run.pk], school=school_id)
    return run


def ask_for_every_school() -> None:
    """Have every ledger verified that there is."""
    for school_id in Head.objects.order_by().values_list("school", flat=True).distinct():
        ask(school_id)


def under_way(school_id: UUID) -> VerificationRun | None:
    """Return the verification of a school that waits or runs now."""
    runs = VerificationRun.objects.filter(school=school_id, state__in=UNDER_WAY)
    return runs.order_by("-asked_at").first()


def latest(school_id: UUID) -> Verification | None:
    """Return what the last full verification of a school has found."""
    return Verification.objects.filter(school=school_id).order_by("-recorded_at").first()


def verify_next(now: datetime) -> bool:
    """Carry out the next verification that is due; return whether there was one."""
    errand = errands.take(Outbox.Kind.VERIFICATION, now)
    if errand is None:
        return False
    with walls.acting_in(errand.school):
        _carry_out(errand, now)
    return True


def _carry_out(errand: Errand, now: datetime) -> None:
    run = VerificationRun.objects.get(pk=errand.key)
    try:
        if errand.try_number > MOST_TRIES:
            _give_up(errand, run)
            return
        _verify(errand, run, now)
    except Overtaken:
        logger.warning("verification: overtaken key=%s", errand.key)
    except OperationalError as error:  # the database went away: due again when the lease is over
        logger.warning("verification: put off key=%s error=%s", errand.key, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever it was, it must not look as though it ran
        logger.error("verification: failed key=%s error=%s", errand.key, type(error).__name__)
        _give_up(errand, run)


def keep(run: VerificationRun, result: Result, began_at: datetime) -> Verification:
    """Put what was found on record."""
    return Verification.objects.create(
        run=run,
        school_id=run.school_id,
        began_at=began_at,
        records=result.entries[Tree.RECORDS],
        access=result.entries[Tree.ACCESS],
        checkpoints=result.checkpoints,
        is_good=result.is_good,
        findings=result.findings.as_json(),
    )


def _one_at_a_time(school_id: UUID) -> None:
    """Let whoever asks at the same moment wait, and then find the first one's run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(school_id)])


def _verify(errand: Errand, run: VerificationRun, now: datetime) -> None:
    progress = _Progress(errand, run)
    progress.say("Reading the checkpoints", 0)
    result = verify(run.school_id, now, progress.tell)
    with transaction.atomic():
        if not errands.settle(errand, timezone.now()):
            raise Overtaken
        keep(run, result, now)
        VerificationRun.objects.filter(pk=run.pk).update(state=State.DONE, done=100, step="")
    if not result.is_good:
        logger.error("verification: findings=%s key=%s", result.findings.counts.total(), run.pk)


def _give_up(errand: Errand, run: VerificationRun) -> None:
    with transaction.atomic():
        if errands.settle(errand, timezone.now()):
            VerificationRun.objects.filter(pk=run.pk).update(state=State.FAILED, done=0, step="")


class _Progress:
    """Says how far it is, once a second at most, and keeps the errand ours meanwhile."""

    def __init__(self, errand: Errand, run: VerificationRun):
        self.errand = errand
        self.run = run
        self.told_at = 0.0

    def tell(self, step: str, percent: int) -> None:
        """Say it if it has not been said just now."""
        if monotonic() - self.told_at >= TELL_EVERY:
            self.say(step, percent)

    def say(self, step: str, percent: int) -> None:
        """Show a step and how much of the whole is done."""
        if not errands.renew(self.errand, timezone.now()):
            raise Overtaken
        VerificationRun.objects.filter(pk=self.run.pk).update(
            state=State.WORKING, step=step, done=percent
        )
        self.told_at = monotonic()
