"""What of the slips waits for somebody, and what they look like in a list and on a page."""

from dataclasses import dataclass
from uuid import UUID

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.account import HEADINGS, Part
from incidents.models import Incident, Slip, SlipFiled, SlipPutAside
from incidents.slips.rows import About

MOST_SHOWN = 100


@dataclass(frozen=True)
class ToFile:
    """How many slips wait for this person, and how many of them are urgent."""

    number: int = 0
    urgent: int = 0


@dataclass(frozen=True)
class SlipPage:
    """A slip, what became of it, and what this person may do with it."""

    slip: Slip
    parts: tuple[Part, ...]
    filed: SlipFiled | None
    put_aside: SlipPutAside | None
    may_file: bool
    may_put_aside: bool
    may_open_incident: bool
    names_staff: bool


@dataclass(frozen=True)
class FiledFrom:
    """Of an incident: who wrote it before somebody filed it, and the slip for who may read that."""

    writer: str
    slip: UUID | None


def to_file(viewer: Viewer) -> ToFile:
    """Return what waits for this person, who may have to elevate to read it. It names nobody."""
    if viewer.could_with_authenticator(Permission.READ_SLIPS):
        viewer = viewer.elevated()
    if not viewer.has(Permission.READ_SLIPS):
        return ToFile()
    waiting = Slip.objects.visible_to(viewer).waiting().values_list("is_urgent", flat=True)
    found = list(waiting)
    return ToFile(len(found), sum(found))


def page_of(viewer: Viewer, slip: Slip) -> SlipPage:
    """Return a slip, found through `visible_to`, as its page shows it."""
    filed = SlipFiled.objects.filter(slip=slip).select_related("incident", "by").first()
    aside = SlipPutAside.objects.filter(slip=slip).select_related("by").first()
    incidents = Incident.objects.visible_to(viewer)
    return SlipPage(
        slip=slip,
        parts=parts_of(slip),
        filed=filed,
        put_aside=aside,
        may_file=filed is None and not slip.is_erased and viewer.has(Permission.FILE_SLIPS),
        may_put_aside=filed is None and aside is None,
        may_open_incident=filed is not None and incidents.contains(filed.incident),
        names_staff=slip.about != About.NOBODY,
    )


def parts_of(slip: Slip) -> tuple[Part, ...]:
    """Return what was written, under the headings of an incident."""
    texts = {"saw": slip.saw, "heard": slip.heard, "child_words": slip.child_words}
    return tuple(Part(key, HEADINGS[key], text) for key, text in texts.items() if text.strip())


def filed_from(viewer: Viewer, incident: Incident) -> FiledFrom | None:
    """Return who wrote an incident that this person sees; None where it came by no slip."""
    filed = getattr(incident, "filed_from", None)  # fetched with the incident
    if filed is None:
        return None
    may_read = Slip.objects.visible_to(viewer).contains(filed.slip)
    return FiledFrom(filed.slip.writer, filed.slip_id if may_read else None)
