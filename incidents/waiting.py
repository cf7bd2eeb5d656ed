"""Files that wait in a form, as its author is shown them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.viewer import Viewer
from incidents.files import size_in_words
from incidents.models import Upload
from incidents.opening import State, states_of

SUSPECT = (
    "Nobody will be able to open this: the virus scanner found something in it. Remove it, and add it"
    " again from another computer."
)


@dataclass(frozen=True)
class Waiting:
    """A file in a draft: what it is called, and whether there is anything the matter with it."""

    pk: UUID
    name: str
    detail: str
    state: str


def context_for(viewer: Viewer, draft: UUID) -> dict[str, object]:
    """Return what a form under which files wait has to know of them."""
    mine = Upload.objects.visible_to(viewer).filter(draft=draft)
    return {
        "uploads": _shown(mine.order_by("sent_at", "id")),
        # The page puts an id of its own for each file in the place of the second.
        "send_files_to": reverse("send-file", args=[draft, UUID(int=0)]),
        "most_bytes": settings.UPLOAD_MAX_BYTES,
    }


def _shown(uploads: Iterable[Upload]) -> list[Waiting]:
    """Return files as a form lists them; that one is still being checked is of no use to its author."""
    uploads = list(uploads)
    states = states_of(uploads, timezone.now())
    return [
        Waiting(
            upload.pk,
            upload.name,
            size_in_words(upload.size),
            SUSPECT if states[upload.stored_as] == State.SUSPECT else "",
        )
        for upload in uploads
    ]
