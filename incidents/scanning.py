"""The scanner's errands: look at each file once, try again what failed, tell of what was found.

The scanner being away says nothing of any file and counts against none. A file on which it fails,
though it was there a moment before, is tried three times in all and then given up, so that the others
behind it are looked at (FI-17). Nothing that a person does waits for any of this.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid5

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import School, User
from accounts.viewer import system_viewer
from incidents import bodies, files, recipients
from incidents.models import Action, ActionReader, Alert, Attachment, Audience, FileScan, Upload
from incidents.scans import ask_for
from ledger.recording import record
from safeguard import clamav, errands, outbox, sealing, walls
from safeguard.errands import Errand
from safeguard.failpoints import failpoint
from safeguard.models import Outbox

logger = logging.getLogger(__name__)

MOST_TRIES = 3
FIRST_PAUSE = timedelta(seconds=30)
AT_ONCE = 500
FOUND = (
    "The virus scanner found something in the file “{name}” ({found}). The file is kept sealed, and"
    " nobody can open it. Nothing else of this record is affected.\n\nTell whoever looks after the"
    " school’s computers today: the file came from one of them, and may be on it still."
)


def scan_next(now: datetime) -> bool:
    """Have the next file looked at that is due; return whether there may be another."""
    try:
        clamav.require_there()
    except clamav.ScannerAway as error:
        logger.warning("scan: the scanner does not answer error=%s", error)
        return False
    errand = errands.take(Outbox.Kind.SCAN, now)
    if errand is None:
        return False
    with walls.acting_in(errand.school):
        return _carry_out(errand, now)


def find_unscanned() -> int:
    """Ask for files that nobody has asked for: those of before there was a scanner.

    And forget what was asked of files that are gone.
    """
    if not clamav.is_configured():
        return 0
    return _in_each_school(_find_unscanned_here)


def scan_again() -> int:
    """Ask once more for files that were given up, as when a new version can open them."""
    return _in_each_school(_scan_again_here)


def tell_leads() -> int:
    """Say in the thread of each record with a suspect file that there is one, and alert its leads.

    A file that is found while it waits in a draft is told of once the draft is submitted.
    """
    return _in_each_school(_tell_here)


def _in_each_school(do: Callable[[School], int]) -> int:
    done = 0
    for school in School.objects.order_by("pk"):
        with walls.acting_in(school.pk):
            done += do(school)
    return done


def _carry_out(errand: Errand, now: datetime) -> bool:
    scan = FileScan.objects.filter(pk=errand.key).first()
    if scan is None or scan.result:
        errands.settle(errand, now)
        return True
    failpoint("scan.before_asking")
    try:
        verdict = clamav.scan(files.stored(scan.stored_as))
    except clamav.ScannerAway as error:
        logger.warning("scan: the scanner went away error=%s", error)
        errands.put_off(errand, now + FIRST_PAUSE)
        return False
    except FileNotFoundError:
        _without_file(errand, scan, now)
    except (clamav.NotScanned, OSError, sealing.Unsealable) as error:
        _failed(errand, scan, str(error) or type(error).__name__, now)
    else:
        _known(errand, scan, verdict, now)
    return True


def _known(errand: Errand, scan: FileScan, verdict: clamav.Verdict, now: datetime) -> None:
    failpoint("scan.before_keeping")
    with transaction.atomic():
        if not errands.settle(errand, now):
            return
        result = FileScan.Result.SUSPECT if verdict.found else FileScan.Result.CLEAN
        FileScan.objects.filter(pk=scan.pk).update(
            result=result, found=verdict.found[:200], last_error="", scanned_at=now
        )
    if verdict.found:
        logger.warning("scan: suspect key=%s", scan.pk)


def _failed(errand: Errand, scan: FileScan, error: str, now: datetime) -> None:
    tries = scan.tries + 1
    given_up = tries >= MOST_TRIES
    result = FileScan.Result.GIVEN_UP if given_up else FileScan.Result.NONE
    with transaction.atomic():
        held = (
            errands.settle(errand, now)
            if given_up
            else errands.put_off(errand, now + FIRST_PAUSE * 4 ** (tries - 1))
        )
        if held:
            FileScan.objects.filter(pk=scan.pk).update(
                result=result, tries=tries, last_error=error[:200]
            )
    logger.warning("scan: failed key=%s try=%d given_up=%s", scan.pk, tries, given_up)


def _without_file(errand: Errand, scan: FileScan, now: datetime) -> None:
    """Forget a file that was taken back meanwhile; one that should be there has failed."""
    if _is_named(scan):
        _failed(errand, scan, "the file is not there", now)
        return
    with transaction.atomic():
        errands.settle(errand, now)
        scan.delete()


def _is_named(scan: FileScan) -> bool:
    return any(
        model.objects.filter(stored_as=scan.stored_as).exists() for model in (Attachment, Upload)
    )


def _find_unscanned_here(school: School) -> int:
    asked = FileScan.objects.filter(stored_as=OuterRef("stored_as"))
    rows: list[Attachment | Upload] = []
    for unasked in (
        Upload.objects.filter(~Exists(asked)).order_by("-sent_at", "id"),
        Attachment.objects.filter(~Exists(asked))
        .select_related("incident")
        .order_by("-recorded_at", "id"),
    ):
        rows += unasked[: AT_ONCE - len(rows)]
    with transaction.atomic():
        found = ask_for(*rows)
    _unnamed().delete()
    return found


def _unnamed() -> QuerySet:
    here = Q(stored_as=OuterRef("stored_as"))
    return FileScan.objects.exclude(
        Exists(Attachment.objects.filter(here)) | Exists(Upload.objects.filter(here))
    )


def _scan_again_here(school: School) -> int:
    with transaction.atomic():
        keys = list(FileScan.objects.given_up().values_list("pk", flat=True))
        Outbox.objects.filter(kind=Outbox.Kind.SCAN, key__in=keys).delete()
        FileScan.objects.filter(pk__in=keys).update(
            result=FileScan.Result.NONE, tries=0, asked_at=timezone.now()
        )
        outbox.put(Outbox.Kind.SCAN, keys, school=school.pk)
    return len(keys)


def _tell_here(school: School) -> int:
    told = 0
    for scan in FileScan.objects.suspect().filter(told_at=None).order_by("asked_at", "id"):
        attachment = (
            Attachment.objects.filter(stored_as=scan.stored_as)
            .select_related("incident__school", "action")
            .first()
        )
        if attachment is not None:
            told += _tell_of(scan, attachment, school)
    return told


def _tell_of(scan: FileScan, attachment: Attachment, school: School) -> int:
    """Add an entry beside the file, for the same readers as what it came with; once."""
    try:
        with transaction.atomic():
            _add_entry(scan, attachment, school)
            FileScan.objects.filter(pk=scan.pk).update(told_at=timezone.now())
    except IntegrityError:  # another worker told of it in this moment
        return 0
    return 1


def _add_entry(scan: FileScan, attachment: Attachment, school: School) -> None:
    by = system_viewer(school)
    under, incident = attachment.action, attachment.incident
    audience = under.audience if under is not None else Audience.THREAD
    action = Action.objects.create(
        submission=uuid5(scan.pk, "suspect"),
        incident=incident,
        author=by.user,
        kind=Action.Kind.UPDATE,
        occurred_at=timezone.now(),
        narrative=FOUND.format(name=attachment.name, found=scan.found),
        audience=audience,
    )
    people = list(User.objects.filter(pk__in=under.readers.values("user"))) if under else []
    readers = ActionReader.objects.bulk_create(
        ActionReader(action=action, user=person) for person in people
    )
    alerts = Alert.objects.bulk_create(
        Alert(incident=incident, action=action, recipient=person, because=because)
        for person, because in _leads(attachment, audience, people)
    )
    keys = [alert.pk for alert in alerts]
    outbox.put(Outbox.Kind.ALERT, keys, school=school.pk)
    said = bodies.of_action(action, categories=(), files=(), readers=readers)
    record(said, *map(bodies.of_alert, alerts), by=by)


def _leads(
    attachment: Attachment, audience: str, readers: list[User]
) -> list[tuple[User, Alert.Because]]:
    """Return the leads who may know of the record, as for any entry; the readers of a limited one."""
    school, today = attachment.incident.school, timezone.localdate()
    kept = recipients.kept_from(attachment.incident, today)
    named = list(User.objects.holding(recipients.LEADS, school, today))
    if audience != Audience.THREAD:
        ids = [person.pk for person in readers]
        kept = kept.but_for(recipients.readers_of(audience, ids, school, today))
        named += readers
    author = system_viewer(school).user
    return recipients.gather(
        school=school, on=today, author=author, named=named, groups=(), kept=kept
    )
