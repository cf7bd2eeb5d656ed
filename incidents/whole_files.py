"""Whether every file that a record names is there and is the one that was added."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from incidents import files
from incidents.models import Attachment
from ledger.attached import Damaged
from safeguard import sealing


def damaged_at(school_id: UUID) -> Iterator[Damaged]:
    """Yield every attachment of a school whose file is missing or is another one."""
    for attachment in Attachment.objects.filter(incident__school=school_id).iterator():
        if not _is_whole(attachment):
            yield Damaged(obj=attachment.action_id or attachment.incident_id)


def _is_whole(attachment: Attachment) -> bool:
    try:
        content = files.content_of(attachment)
    except (OSError, sealing.Unsealable):
        return False
    return hashlib.sha256(content).hexdigest() == attachment.sha256
