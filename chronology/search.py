"""Finding a pupil whose file is to be read, leavers among them."""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from accounts.viewer import Viewer
from incidents.models import Incident
from pupils.models import Pupil, StatusChange

MOST = 30
LATELY_RECORDED, NAMED_FOR = "Recorded about lately", "You are named for"
AFTER_A_REASON = "opens after a reason"
LATELY = 10
# So many of the newest incidents that ten different pupils are nearly always among them.
NEWEST = 60


@dataclass(frozen=True)
class FoundPupil:
    """A pupil in a list, with what tells two of one name apart."""

    pupil: Pupil
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class FoundPupils:
    """The first pupils found, and whether there are more."""

    rows: tuple[FoundPupil, ...]
    more: bool = False
    caption: str = "Found"


def find(viewer: Viewer, words: str) -> FoundPupils:
    """Return pupils of the school whose name or form is like these words."""
    pupils = list(Pupil.objects.listed_for(viewer).named_like(words).in_order()[: MOST + 1])
    return FoundPupils(_with_statuses(viewer, pupils[:MOST]), more=len(pupils) > MOST)


def lately(viewer: Viewer) -> FoundPupils:
    """Return the pupils about whom something was recorded last, as far as the viewer may read it.

    An inspector finds those whom they are named for, also where they have yet to say why they read.
    """
    if viewer.inspects:
        named = list(Pupil.objects.listed_for(viewer).in_order()[: MOST + 1])
        return FoundPupils(_with_statuses(viewer, named[:MOST]), len(named) > MOST, NAMED_FOR)
    newest = Incident.objects.visible_to(viewer).read_in_full_by(viewer)
    ids: dict[UUID, None] = dict.fromkeys(
        newest.order_by("-recorded_at", "id").values_list("pupil", flat=True)[:NEWEST]
    )
    known = Pupil.objects.visible_to(viewer).in_bulk(list(ids)[:LATELY])
    rows = _with_statuses(viewer, [known[pk] for pk in ids if pk in known])
    return FoundPupils(rows, caption=LATELY_RECORDED)


def _with_statuses(viewer: Viewer, pupils: list[Pupil]) -> tuple[FoundPupil, ...]:
    held: dict[UUID, list[str]] = {}
    in_force = StatusChange.objects.visible_to(viewer).filter(pupil__in=pupils)
    for status in in_force.in_force(timezone.localdate()).order_by("on_date", "id"):
        held.setdefault(status.pupil_id, []).append(status.get_kind_display())
    if viewer.inspects:
        waiting = Pupil.objects.awaiting_reason_of(viewer).filter(pk__in=[one.pk for one in pupils])
        held |= {pk: [AFTER_A_REASON] for pk in waiting.values_list("pk", flat=True)}
    return tuple(FoundPupil(pupil, tuple(held.get(pupil.pk, ()))) for pupil in pupils)
