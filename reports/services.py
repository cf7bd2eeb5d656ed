"""What people do with reports: ask for one, try again, open the paper, keep what is being typed."""

import hashlib
from collections.abc import Mapping
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.models import Action, BodyMark, Incident
from ledger.access import record_access
from pupils.models import Pupil
from reports import files
from reports.models import Report, ReportDraft, ReportMade, ReportText
from reports.selection import Selection
from reports.typed import signed
from safeguard import disk, outbox, sealing
from safeguard.errors import DomainError, NotAllowed
from safeguard.models import Outbox

NO_REPORT = "No report can be made now"


class NoPaper(DomainError):
    """There is no file to open, or it is not the one that was made."""


def ask_for_report(
    *,
    by: Viewer,
    submission: UUID,
    pupil: Pupil,
    kind: str,
    reason: str,
    selection: Selection,
    answers: Mapping[str, str] | None = None,
) -> Report:
    """Ask the worker for a report about a pupil, and keep what was typed for it.

    The same submission twice, also at once, is one report.
    """
    _require_pupil(by, pupil)
    disk.require_room_for_work(NO_REPORT)
    wanted = Report(
        id=submission,
        school=by.school,
        pupil=pupil,
        kind=kind,
        asked_by=by.user,
        reason=reason,
        from_on=selection.from_on,
        until_on=selection.until_on,
        choices=selection.as_choices(),
        left_out=sorted(selection.left_out),
    )
    text = None
    if kind == Report.Kind.CASE_CONFERENCE:
        text = signed(
            answers or {}, _earlier_answers(by, pupil), by=by.user.name, at=timezone.now()
        )
    report = _insert(by, wanted, text)
    if text is not None:
        ReportDraft.objects.filter(author=by.user, pupil=pupil).delete()
    return report


def try_again(*, by: Viewer, report: Report) -> Report:
    """Ask once more for a report that failed, or whose file is gone, just as it was asked for.

    A new report, since the old one stays as what happened; pressing twice is pressing once.
    """
    _require_pupil(by, report.pupil)
    if report.asked_by_id != by.user_id or report.is_under_way or report.has_file:
        raise DomainError("This report does not need to be made again.")
    disk.require_room_for_work(NO_REPORT)
    wanted = Report(
        id=uuid5(report.pk, "again"),
        school=by.school,
        pupil=report.pupil,
        kind=report.kind,
        asked_by=by.user,
        reason=report.reason,
        from_on=report.from_on,
        until_on=report.until_on,
        choices=report.choices,
        left_out=report.left_out,
    )
    text = report.text.answers if report.kind == Report.Kind.CASE_CONFERENCE else None
    return _insert(by, wanted, text)


def open_paper(*, by: Viewer, report: Report) -> bytes:
    """Return a finished paper, if who asked may still read everything that is in it.

    Rights are judged a third time, after asking and making: a grant taken back yesterday does not
    leave a paper from last week lying in the drawer (SR-45).
    """
    _require_pupil(by, report.pupil)
    if report.asked_by_id != by.user_id:
        raise NotAllowed("You cannot open this report.")
    if not report.has_file:
        raise NoPaper("The file of this report has been removed. Make it again.")
    made = ReportMade.objects.get(report=report)
    _require_all_readable(by, made)
    try:
        content = files.content_of(report.stored_as)
    except (FileNotFoundError, sealing.Unsealable) as error:
        raise NoPaper("The file of this report cannot be opened. Make it again.") from error
    if hashlib.sha256(content).hexdigest() != made.sha256:
        raise NoPaper("The file of this report is not the one that was made. Make it again.")
    record_access(by, "report.downloaded", pupils=[report.pupil_id], target=report.pk)
    return content


def keep_draft(*, by: Viewer, pupil: Pupil, typed: Mapping[str, str]) -> None:
    """Keep, sealed, what is being typed for a report, until it is made or two weeks have gone."""
    _require_pupil(by, pupil)
    draft = ReportDraft(school=by.school, pupil=pupil, author=by.user)
    draft.keep(dict(typed))
    ReportDraft.objects.update_or_create(
        pupil=pupil, author=by.user, defaults={"school": by.school, "sealed": draft.sealed}
    )


def _earlier_answers(by: Viewer, pupil: Pupil) -> Mapping[str, Mapping[str, str]]:
    latest = ReportText.objects.visible_to(by).latest_about(pupil)
    return latest.answers if latest else {}


def _insert(by: Viewer, wanted: Report, text: Mapping[str, Mapping[str, str]] | None) -> Report:
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
            if text is not None:
                ReportText.objects.create(
                    report=wanted, pupil=wanted.pupil, written_by=by.user, answers=text
                )
            outbox.put(Outbox.Kind.REPORT, [wanted.pk], school=by.school_id)
            record_access(by, "report.asked", pupils=[wanted.pupil_id], target=wanted.pk)
    except IntegrityError:
        existing = Report.objects.filter(pk=wanted.pk, asked_by=by.user).first()
        if existing is None:
            raise
        return existing
    return wanted


def _require_pupil(by: Viewer, pupil: Pupil) -> None:
    by.require(Permission.MAKE_REPORTS)
    if not Pupil.objects.visible_to(by).filter(pk=pupil.pk).exists():
        raise NotAllowed("You cannot make reports about this pupil.")


def _require_all_readable(by: Viewer, made: ReportMade) -> None:
    incidents = Incident.objects.visible_to(by).filter(pk__in=made.incidents).count()
    actions = Action.objects.visible_to(by).filter(pk__in=made.actions).count()
    marks = BodyMark.objects.visible_to(by).filter(pk__in=made.marks).count()
    held = (len(made.incidents), len(made.actions), len(made.marks))
    if (incidents, actions, marks) != held:
        raise NotAllowed("You may no longer read everything in this report.")
