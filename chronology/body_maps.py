"""A child's body maps over time: which marks, of which incidents, and which of them are shown."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from accounts.viewer import Viewer
from incidents.layering import Layers, layers_of
from incidents.models import BodyMark, BodyMarkQuerySet
from pupils.models import Pupil


@dataclass(frozen=True)
class Wanted:
    """Which layers are wanted: within these days, and of these incidents if any were chosen."""

    from_on: date | None = None
    until_on: date | None = None
    chosen: frozenset[UUID] | None = None

    def wants(self, mark: BodyMark) -> bool:
        """Whether the layer of this mark is shown."""
        day = timezone.localdate(mark.incident.occurred_at)
        late = self.from_on is not None and day < self.from_on
        early = self.until_on is not None and day > self.until_on
        return not (late or early) and (self.chosen is None or mark.incident_id in self.chosen)


def marks_of(viewer: Viewer, pupil: Pupil) -> BodyMarkQuerySet:
    """Return the marks recorded of a pupil that the viewer may see; of others in an incident none is."""
    return BodyMark.objects.visible_to(viewer).filter(incident__pupil=pupil)


def over_time(viewer: Viewer, pupil: Pupil, wanted: Wanted) -> Layers:
    """Return every incident of the pupil with a body map as a layer, in the order they happened."""
    rows = marks_of(viewer, pupil).select_related("incident")
    marks = list(
        rows.order_by("incident__occurred_at", "incident__recorded_at", "incident", "number")
    )
    return layers_of(marks, frozenset(one.incident_id for one in marks if wanted.wants(one)))
