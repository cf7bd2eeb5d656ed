"""Files that a page sends by themselves while somebody is still writing: into the draft, one by one.

Each comes with an id that the page has made up, so that a file which is sent again after a broken
connection is kept once, and so that one can be taken back whose receipt never arrived.
"""

from uuid import UUID

from django.core.files import File
from django.db import IntegrityError

from accounts.viewer import Viewer
from incidents import files
from incidents.models import Upload
from safeguard.errors import NotAllowed


def send(*, by: Viewer, draft: UUID, key: UUID, sent: File) -> Upload:
    """Keep a file in a draft, or under an action that is being written; sent twice it is one."""
    known = _known(by, draft, key)
    if known is not None:
        return known
    try:
        return files.keep(by=by, draft=draft, sent=sent, key=key)
    except IntegrityError:
        known = _known(by, draft, key)
        if known is None:
            raise NotAllowed("This file is somebody else's.") from None
        return known


def take_back(*, by: Viewer, draft: UUID, key: UUID) -> None:
    """Remove a file of one's own; one that never arrived, or is gone, is no error."""
    known = _known(by, draft, key)
    if known is not None:
        files.remove(by=by, upload=known)


def _known(by: Viewer, draft: UUID, key: UUID) -> Upload | None:
    return Upload.objects.visible_to(by).filter(pk=key, draft=draft).first()
