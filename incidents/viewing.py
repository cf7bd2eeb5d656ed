"""Files that can be looked at: making what is shown of them, and handing it out.

Made by the worker, apart from everything (`incidents.apart`), so that no page and no person waits and
no web process decodes what a stranger sent (SR-72, SR-73). What cannot be drawn is said beside the file.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from incidents import files
from incidents.apart.asking import Drawn, NotDrawn, draw
from incidents.copies import Preparation, ViewingCopy, ask_for
from incidents.file_types import is_picture
from incidents.models import Attachment, Upload
from safeguard import disk, errands, sealing, walls
from safeguard.errands import Errand
from safeguard.failpoints import failpoint
from safeguard.models import Outbox

logger = logging.getLogger(__name__)

AT_ONCE = 200
MOST_TRIES = 5
LOOKED_AT = Q(content_type__startswith="image/") | Q(content_type="application/pdf")
WHY = {
    "password": "It has a password.",
    "too_large": "It is too large to be drawn.",
    "damaged": "It is damaged, or made in a way that cannot be read here.",
    "gone": "It could not be read from the disk.",
}


@dataclass(frozen=True)
class Sight:
    """How far one file is to be looked at."""

    is_ready: bool
    is_waiting: bool
    pages: int
    shown: tuple[int, ...]
    small: tuple[int, int] | None
    why: str


NOT_LOOKED_AT = Sight(False, False, 0, (), None, "")


def sights(attachments: Iterable[Attachment]) -> dict[UUID, Sight]:
    """Return for each file how far it can be looked at, in two queries for any number."""
    attachments = list(attachments)
    if not attachments:
        return {}
    known = {
        one.stored_as: one for one in Preparation.objects.of(attachments).prefetch_related("copies")
    }
    return {one.pk: _sight(one, known.get(one.stored_as)) for one in attachments}


def copy_of(attachment: Attachment, page: int, *, small: bool = False) -> bytes | None:
    """Return the picture of a page, or None; whether somebody may have it was decided before."""
    copies = ViewingCopy.objects.filter(
        preparation__stored_as=attachment.stored_as, page=page, small=small
    )
    for copy in copies:
        try:
            content = files.stored(copy.stored_as)
        except (OSError, sealing.Unsealable) as error:
            logger.error("viewing: copy not readable error=%s", type(error).__name__)
            return None
        if hashlib.sha256(content).hexdigest() == copy.sha256:
            return content
        logger.error("viewing: copy is another one")
    return None


def prepare_next(now: datetime) -> bool:
    """Make what is shown of the next file that waits; return whether there may be another."""
    try:
        disk.require_room_for_files("A copy")
    except disk.NoRoom:
        return False
    errand = errands.take(Outbox.Kind.COPY, now)
    if errand is None:
        return False
    with walls.acting_in(errand.school):
        _carry_out(errand, now)
    return True


def find_unprepared() -> int:
    """Promise it for files of before there were copies, and forget what is of no file any more."""
    return sum(walls.in_each_school(_find_unprepared_here))


def forget_unnamed() -> int:
    """Delete the copies of files that no row of the school acted in names, and return how many."""
    here = Q(stored_as=OuterRef("stored_as"))
    gone = Preparation.objects.exclude(
        Exists(Attachment.objects.filter(here)) | Exists(Upload.objects.filter(here))
    )
    return files.forget_copies(list(gone))


def _sight(attachment: Attachment, known: Preparation | None) -> Sight:
    if known is None:
        return NOT_LOOKED_AT
    copies = known.copies.all()
    small = next(((one.width, one.height) for one in copies if one.small), None)
    return Sight(
        is_ready=known.state == Preparation.State.READY,
        is_waiting=known.state == Preparation.State.WAITING,
        pages=known.pages,
        shown=tuple(sorted(one.page for one in copies if not one.small)),
        small=small if is_picture(attachment.content_type) else None,
        why=WHY.get(known.why, ""),
    )


def _carry_out(errand: Errand, now: datetime) -> None:
    prepared = Preparation.objects.filter(pk=errand.key).first()
    if prepared is None or prepared.state:
        errands.settle(errand, now)
        return
    if errand.try_number > MOST_TRIES:
        _failed(errand, prepared, "damaged", now)
        return
    try:
        drawn = draw(files.stored(prepared.stored_as), prepared.content_type)
    except NotDrawn as refusal:
        _failed(errand, prepared, refusal.why, now)
    except (OSError, sealing.Unsealable):
        _failed(errand, prepared, "gone", now)
    else:
        _keep(errand, prepared, drawn, now)


def _failed(errand: Errand, prepared: Preparation, why: str, now: datetime) -> None:
    with transaction.atomic():
        if errands.settle(errand, now):
            Preparation.objects.filter(pk=prepared.pk).update(
                state=Preparation.State.FAILED, why=why
            )
    logger.warning("viewing: not drawn key=%s why=%s", prepared.pk, why)


def _keep(errand: Errand, prepared: Preparation, drawn: list[Drawn], now: datetime) -> None:
    """Seal each picture, and only then say that they are there; none is left without its row."""
    kept: list[str] = []
    try:
        rows = []
        for one in drawn:
            kept.append(files.store(one.content))
            rows.append(
                ViewingCopy(
                    school_id=prepared.school_id,
                    preparation=prepared,
                    page=one.page,
                    small=one.small,
                    stored_as=kept[-1],
                    width=one.width,
                    height=one.height,
                    sha256=hashlib.sha256(one.content).hexdigest(),
                )
            )
        failpoint("copy.after_files_before_rows")
        with transaction.atomic():
            is_ours = errands.settle(errand, now)
            if is_ours:
                ViewingCopy.objects.bulk_create(rows)
                Preparation.objects.filter(pk=prepared.pk).update(
                    state=Preparation.State.READY, pages=drawn[0].pages
                )
    except BaseException:
        for name in kept:
            files.forget(name)
        raise
    if not is_ours:
        for name in kept:
            files.forget(name)


def _find_unprepared_here() -> list[int]:
    asked = Preparation.objects.filter(stored_as=OuterRef("stored_as"))
    rows: list[Attachment | Upload] = []
    for unasked in (
        Upload.objects.filter(LOOKED_AT & ~Exists(asked)).order_by("-sent_at", "id"),
        Attachment.objects.filter(LOOKED_AT & ~Exists(asked))
        .select_related("incident")
        .order_by("-recorded_at", "id"),
    ):
        rows += unasked[: AT_ONCE - len(rows)]
    with transaction.atomic():
        found = ask_for(*rows)
    forget_unnamed()
    return [found]
