"""The worker's part: takes what was asked for, makes the paper, and tells how far it is.

A report is made with the rights that the person who asked has now, not with those of the moment
of asking, and not with the worker's (SR-46). Progress is written outside any transaction, so that
the page that asks for it sees it. Killed at any point, the report is made again, and only once:
the errand falls due again, and ready, file, log and errand change together or not at all.
"""

import hashlib
import logging
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.db.utils import OperationalError
from django.utils import timezone

from accounts.permissions import Permission, Strength
from accounts.viewer import Viewer, viewer_for
from ledger.access import record_access
from pupils.models import Pupil
from reports import facts, files, rendering
from reports.models import Report, ReportDraft, ReportMade
from safeguard import disk, errands, walls
from safeguard.errands import Errand
from safeguard.errors import DomainError
from safeguard.models import Outbox

logger = logging.getLogger(__name__)

MOST_SECONDS = 120
MOST_TRIES = 3
ENTRIES_A_PAGE = 3
TELL_EVERY = 1.0
DRAFT_KEPT = timedelta(days=14)

GATHERED, LAID_OUT = 10, 90
READING = "Reading the record"
LAYING_OUT = "Laying out the pages"
SEALING = "Sealing the file"

FAULT = (
    "The report could not be made because of a fault in Safeguard. Nothing in the record is"
    " affected. Try again, and tell whoever runs Safeguard if it fails again."
)
GAVE_UP = (
    "The report could not be made: the work broke off three times. Choose fewer entries, or one"
    " line for each, and try again."
)


class NoLongerAllowed(DomainError):
    """Who asked may not make this report any more."""


class Overtaken(Exception):
    """Another worker has the errand: this one was taken for dead."""


def make_next(now: datetime) -> bool:
    """Make the next report that is due; return whether there was one."""
    errand = errands.take(Outbox.Kind.REPORT, now)
    if errand is None:
        return False
    with walls.acting_in(errand.school):
        _carry_out(errand)
    return True


def _carry_out(errand: Errand) -> None:
    report = Report.objects.select_related("school", "pupil", "asked_by").get(pk=errand.key)
    try:
        if errand.try_number > MOST_TRIES:
            raise DomainError(GAVE_UP)
        _make(errand, report)
    except DomainError as problem:
        _fail(errand, report, str(problem))
    except Overtaken:
        logger.warning("report: overtaken key=%s try=%s", errand.key, errand.try_number)
    except OperationalError as error:  # the database went away: due again when the lease is over
        logger.warning("report: put off key=%s error=%s", errand.key, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever it was, who asked must be told
        # Its text may quote the record, so that its class is all that is said.
        logger.error("report: failed key=%s error=%s", errand.key, type(error).__name__)
        _fail(errand, report, FAULT)


def forget_old(now: datetime) -> None:
    """Delete files past their time and drafts nobody came back to; the log of papers stays."""
    for school in walls.schools():
        with walls.acting_in(school):
            _forget_old_here(now)


def _forget_old_here(now: datetime) -> None:
    old = now - timedelta(days=settings.REPORT_KEPT_DAYS)
    kept = Report.objects.exclude(stored_as="").filter(made__recorded_at__lt=old)
    for report in kept[:100]:
        files.forget_all(report.pk)
        Report.objects.filter(pk=report.pk).update(stored_as="")
    ReportDraft.objects.filter(saved_at__lt=now - DRAFT_KEPT).delete()


def _make(errand: Errand, report: Report) -> None:
    disk.require_room_for_work("The report was not made")
    progress = _Progress(errand, report)
    progress.say(READING, 2)
    viewer = _as_they_are_now(report)
    paper = facts.gather(viewer, report, timezone.now())
    progress.say(LAYING_OUT, GATHERED)
    progress.expect(len(paper.lines) // (ENTRIES_A_PAGE if paper.is_full else 1) + 8)
    printed = rendering.render(paper, tell=progress.pages, most_seconds=MOST_SECONDS)
    progress.say(SEALING, LAID_OUT)
    _as_they_are_now(report)
    stored_as = files.keep(report.pk, errand.try_number, printed.content)
    made = ReportMade(
        report=report,
        by=report.asked_by,
        sha256=hashlib.sha256(printed.content).hexdigest(),
        pages=printed.pages,
        size=len(printed.content),
        incidents=list(paper.incident_ids),
        actions=list(paper.action_ids),
        marks=list(paper.mark_ids),
    )
    try:
        _finish(errand, viewer, made, stored_as)
    except Overtaken:
        files.forget(stored_as)
        raise
    files.forget_all(report.pk, but=stored_as)


def _as_they_are_now(report: Report) -> Viewer:
    """Return who asked, elevated as they were, with the rights that they have now."""
    viewer = viewer_for(report.asked_by, report.school, strength=Strength.ELEVATED)
    allowed = (
        viewer is not None
        and viewer.has(Permission.MAKE_REPORTS)
        and Pupil.objects.visible_to(viewer).filter(pk=report.pupil_id).exists()
    )
    if viewer is None or not allowed:
        raise NoLongerAllowed("The report was not made: you may no longer make reports here.")
    return viewer


def _finish(errand: Errand, viewer: Viewer, made: ReportMade, stored_as: str) -> None:
    """Ready, file, log and errand: together, and by one worker only."""
    with transaction.atomic():
        if not errands.settle(errand, timezone.now()):
            raise Overtaken
        made.save()
        Report.objects.filter(pk=made.report_id).update(
            state=Report.State.READY,
            done=100,
            step="",
            problem="",
            stored_as=stored_as,
            sha256=made.sha256,
            pages=made.pages,
        )
        record_access(
            viewer,
            "report.made",
            pupils=[made.report.pupil_id],
            target=made.report_id,
            detail=f"sha256 {made.sha256}",
        )


def _fail(errand: Errand, report: Report, problem: str) -> None:
    """Say why there is no paper; what was written on the way is removed."""
    with transaction.atomic():
        if not errands.settle(errand, timezone.now()):
            return
        Report.objects.filter(pk=report.pk).update(
            state=Report.State.FAILED, done=0, step="", problem=problem
        )
    files.forget_all(report.pk)


class _Progress:
    """Says how far a report is, once a second at most, and keeps the errand ours meanwhile."""

    def __init__(self, errand: Errand, report: Report) -> None:
        self.errand = errand
        self.report = report
        self.expected = 1
        self.told_at = 0.0

    def say(self, step: str, done: int) -> None:
        """Show a step and how much of the whole is done."""
        if not errands.renew(self.errand, timezone.now()):
            raise Overtaken
        Report.objects.filter(pk=self.report.pk).update(
            state=Report.State.WORKING, step=step, done=done
        )
        self.told_at = monotonic()

    def expect(self, pages: int) -> None:
        """Note how many pages it will be, roughly."""
        self.expected = max(pages, 1)

    def pages(self, number: int) -> None:
        """Show how many pages have been laid out."""
        if monotonic() - self.told_at < TELL_EVERY:
            return
        share = min(number / self.expected, 1.0)
        step = f"{LAYING_OUT}: {number} so far" if number else LAYING_OUT
        self.say(step, GATHERED + int(share * (LAID_OUT - GATHERED)))
