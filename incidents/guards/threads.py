"""Open incidents about the same child to which one may add, in the place of beginning another."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import dateformat, timezone

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.categories import categories_of
from incidents.models import Alert, Incident, Level
from incidents.own import told_of
from pupils.models import Pupil

MOST_OFFERED = 3


@dataclass(frozen=True)
class OpenIncident:
    """An incident to add to, in words: what tells it from others, and who reads what is added."""

    pk: str
    reference: str
    when: str
    kinds: str
    readers: str


def open_about(viewer: Viewer, pupil: Pupil, least: int = Level.RECORD) -> list[OpenIncident]:
    """Return the latest open incidents in this pupil's story that the viewer may see and add to.

    Those of this level or above: what is urgent is not put under what is not.
    """
    if not viewer.has(Permission.ADD_ACTION):
        return []
    rows = _may_add_to(viewer).of_and_linked_to(pupil).filter(level__gte=least)
    rows = rows.still_open().with_people()
    found = list(rows.order_by("-recorded_at", "id")[:MOST_OFFERED])
    named = categories_of(viewer, [row.pk for row in found])
    told = told_of(Alert.objects.visible_to(viewer).filter(incident__in=found, action=None))
    return [
        OpenIncident(
            pk=str(row.pk),
            reference=row.reference,
            when=_when(row),
            kinds=", ".join(tag.name for tag in named[row.pk].now),
            readers=_readers(viewer, row, [one.name for one in told.get(row.pk, [])]),
        )
        for row in found
    ]


def _may_add_to(viewer: Viewer):
    """Return what one reads and may add to: one's own, what one was told of, and what one leads."""
    mine = Q(pk__in=Incident.objects.written_by_or_told_to(viewer).values("pk"))
    if viewer.has(Permission.READ_INCIDENTS):
        mine |= Q(pk__in=Incident.objects.led_by(viewer).values("pk"))
    return Incident.objects.visible_to(viewer).filter(mine)


def _when(row: Incident) -> str:
    at = timezone.localtime(row.occurred_at)
    if row.precision == Incident.Precision.DAY:
        return dateformat.format(at, "D j M Y")
    about = "about " if row.precision == Incident.Precision.APPROXIMATE else ""
    return about + dateformat.format(at, "D j M Y, H:i")


def _readers(viewer: Viewer, row: Incident, told: list[str]) -> str:
    """Say who reads it, as far as this person may know: its author, the told, and leads."""
    author = "you" if row.reported_by_id == viewer.user_id else row.reported_by.name
    names = ["you" if name == viewer.user.name else name for name in told]
    readers = ", ".join([*dict.fromkeys(names), "and leads whose role reads it"])
    return f"Recorded by {author}. Read by {readers}."
