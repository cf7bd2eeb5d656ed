"""Files that staff add: checked, sealed, and kept under random names outside the web root.

A file is sent before the incident is submitted and waits as an `Upload` under the draft's id;
submitting turns it into an `Attachment` (`services`). The bytes are on the disk before the row is,
so that no row ever names a file that is not there (SR-69).
"""

import errno
import hashlib
import logging
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.db.models import Q, Sum

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import copies, file_types, scans
from incidents.drafts import seal_name
from incidents.file_types import FileRefused
from incidents.kinds.refusing import MEGABYTE
from incidents.models import Action, Attachment, Incident, Preparation, Upload
from incidents.rules import start_of_today
from safeguard import disk, sealing
from safeguard.failpoints import failpoint
from safeguard.uploads import NoRoomForIt

logger = logging.getLogger(__name__)

MOST_A_DAY = 200 * MEGABYTE
HALF = ".part"
NAME_LENGTH = 64
DISK_TOOK_NONE = (
    "“{name}” could not be kept: the disk for files cannot take it now. Your words are kept. Submit"
    " without the file, keep it, and add it as an action later."
)
TOO_LATE = (
    "“{name}” was not added: this has been submitted, in another window perhaps. Add the file as an"
    " action under the incident."
)
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def keep_all(*, by: Viewer, draft: UUID, sent: Iterable[File]) -> list[str]:
    """Keep what can be kept, and return a sentence for each file that was refused."""
    refusals = []
    for file in sent:
        try:
            keep(by=by, draft=draft, sent=file)
        except FileRefused as refusal:
            refusals.append(str(refusal))
    return refusals


def keep(*, by: Viewer, draft: UUID, sent: File, key: UUID | None = None) -> Upload:
    """Check a file, seal it and let it wait for the incident or action of this draft."""
    by.require(Permission.ADD_INCIDENT)
    name = file_types.clean_name(sent.name or "")
    _require_room(by, draft, name, sent.size)
    if isinstance(sent, NoRoomForIt):
        logger.error("files: cannot be taken in")
        raise FileRefused(DISK_TOOK_NONE.format(name=name))
    content = sent.read()
    content_type = file_types.recognise(name, content)
    try:
        stored_as = store(content)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        logger.error("files: cannot be written errno=%s", errno.errorcode[error.errno])
        raise FileRefused(DISK_TOOK_NONE.format(name=name)) from error
    failpoint("blob.after_rename_before_row")
    try:
        with transaction.atomic():
            # Two that are sent at once would each find room for one more.
            _one_at_a_time(by.user_id)
            _require_room(by, draft, name, len(content))
            hold_draft(draft)
            _require_unsent(by, draft, name)
            upload = Upload.objects.create(
                id=key or uuid4(),
                school=by.school,
                author=by.user,
                draft=draft,
                sealed_name=seal_name(name, stored_as),
                content_type=content_type,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                stored_as=stored_as,
                session=by.session_id,
            )
            copies.ask_for(upload)
            scans.ask_for(upload)
        return upload
    except Exception:
        forget(stored_as)
        raise


def remove(*, by: Viewer, upload: Upload) -> None:
    """Take back a file of one's own that waits in a draft."""
    by.require(Permission.ADD_INCIDENT)
    if upload.author_id == by.user_id:
        drop(upload)


def drop(upload: Upload) -> None:
    """Delete a waiting file; one that is submitted in the same moment stays.

    Durable: the bytes go only when the row is gone for good.
    """
    with transaction.atomic(durable=True):
        dropped, _ = Upload.objects.filter(pk=upload.pk).delete()
    if dropped:
        forget_copies(list(Preparation.objects.of([upload])))
        forget(upload.stored_as)


def forget_copies(preparations: Sequence[Preparation]) -> int:
    """Delete what was made of files to be looked at, and return how many files that were."""
    with transaction.atomic():
        names = copies.names_of(preparations)
        Preparation.objects.filter(pk__in=[one.pk for one in preparations]).delete()
    for name in names:
        forget(name)
    return len(names)


def content_of(attachment: Attachment) -> bytes:
    """Return the bytes of a stored file; whether somebody may have them was decided before."""
    return stored(attachment.stored_as)


def stored(stored_as: str) -> bytes:
    """Return the bytes that are kept under a name."""
    return sealing.unseal(_path(stored_as).read_bytes(), purpose=purpose(stored_as))


def is_there(attachment: Attachment) -> bool:
    """Whether the file that a row names is on the disk."""
    return _path(attachment.stored_as).exists()


def forget(stored_as: str) -> None:
    """Delete a stored file, whose row is gone already; one that is gone too is no error."""
    _path(stored_as).unlink(missing_ok=True)


def size_in_words(size: int) -> str:
    """Return a size as people read it."""
    if size < MEGABYTE:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / MEGABYTE:.1f} MB"


def _require_room(by: Viewer, draft: UUID, name: str, size: int) -> None:
    try:
        disk.require_room_for_files(f"“{name}”")
    except disk.NoRoom as refusal:
        raise FileRefused(str(refusal)) from refusal
    if size > settings.UPLOAD_MAX_BYTES:
        most = size_in_words(settings.UPLOAD_MAX_BYTES)
        raise FileRefused(f"“{name}” is larger than {most}. Choose a smaller file.")
    if Upload.objects.filter(draft=draft, author=by.user).count() >= settings.UPLOAD_MAX_FILES:
        raise FileRefused(
            f"“{name}” was not added: {settings.UPLOAD_MAX_FILES} files are the most. "
            "Add the others as an action afterwards."
        )
    if _sent_today(by) + size > MOST_A_DAY:
        raise FileRefused(
            f"“{name}” was not added: you have added {size_in_words(MOST_A_DAY)} of files today."
        )


def hold_draft(draft: UUID) -> None:
    """Let nobody add files to a draft, or submit it, until the transaction ends.

    What is added in the moment of submission is part of it, or refused; it never waits for nothing.
    """
    _one_at_a_time(draft)


def _one_at_a_time(key: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"files {key}"])


def _require_unsent(by: Viewer, draft: UUID, name: str) -> None:
    """Refuse a file for what has been submitted: it would belong to nothing."""
    recorded = Incident.objects.received_from(by).filter(submission=draft)
    acted = Action.objects.filter(author=by.user, submission=draft)
    if recorded.exists() or acted.exists():
        raise FileRefused(TOO_LATE.format(name=name))


def _sent_today(by: Viewer) -> int:
    midnight = start_of_today()
    mine = Q(action=None, incident__reported_by=by.user) | Q(
        action__in=Action.objects.filter(author=by.user)
    )
    waiting = Upload.objects.filter(author=by.user, sent_at__gte=midnight)
    submitted = Attachment.objects.filter(mine, recorded_at__gte=midnight)
    return sum(rows.aggregate(total=Sum("size"))["total"] or 0 for rows in (waiting, submitted))


def store(content: bytes) -> str:
    """Seal bytes under a new random name, down to the disk, and return the name."""
    stored_as = secrets.token_hex(NAME_LENGTH // 2)
    path = _path(stored_as)
    settings.FILES_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    _write(path, sealing.seal(content, purpose=purpose(stored_as)))
    for folder in (path.parent, settings.FILES_DIR):
        disk.sync_folder(folder)
    return stored_as


def _write(path: Path, sealed: bytes) -> None:
    """Write a file whole or not at all: its name is not there before its last byte is on disk."""
    half = path.with_suffix(HALF)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            failpoint("blob.after_write_before_fsync")
            os.fsync(file.fileno())
        half.rename(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _path(stored_as: str) -> Path:
    return settings.FILES_DIR / stored_as[:2] / stored_as


def purpose(stored_as: str) -> str:
    """Return what a stored file is sealed for: the name under which it is kept."""
    return f"file:{stored_as}"
