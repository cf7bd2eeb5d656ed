"""What incidents are of: as their authors reported them, and as leads have refined that since.

An incident's rows stay as they were. Its categories now are those of the latest entry that set
them anew; who does not read the incident in full knows those that its author chose.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models.functions import Coalesce

from accounts.viewer import Viewer
from incidents.account import Tag
from incidents.models import ActionCategory, IncidentCategory


@dataclass(frozen=True)
class Known:
    """An incident's categories as one person may know them.

    Those it has now, the entry that set them if one did, and the reported ones where they differ.
    """

    now: tuple[Tag, ...] = ()
    reported: tuple[str, ...] = ()
    chosen: tuple[UUID, ...] = ()
    by_entry: UUID | None = None


def categories_of(viewer: Viewer, incidents: Iterable[UUID]) -> dict[UUID, Known]:
    """Return, by incident, the categories that this viewer may know of.

    The incidents were found by `visible_to`; what their authors chose is part of them. Two
    queries, however many incidents there are.
    """
    wanted = set(incidents)
    reported, refined = defaultdict(list), defaultdict(list)
    for row in in_order(IncidentCategory.objects.filter(incident__in=wanted)):
        reported[row.incident_id].append(row)
    now = ActionCategory.objects.read_in_full_by(viewer).in_force()
    for row in in_order(now.filter(action__incident__in=wanted).select_related("action")):
        refined[row.action.incident_id].append(row)
    return {pk: _known(reported[pk], refined[pk]) for pk in wanted}


def in_order(rows):
    """Return rows that name a category in the order in which the school shows its list."""
    top = Coalesce("category__parent__position", "category__position")
    return rows.order_by(top, "category__position", "wording", "id")


def _known(reported: list[IncidentCategory], refined: list[ActionCategory]) -> Known:
    rows = refined or reported
    chosen = tuple(row.category_id for row in rows)
    differs = set(chosen) != {row.category_id for row in reported}
    return Known(
        now=tuple(Tag(str(row), row.colour) for row in rows),
        reported=tuple(row.wording for row in reported) if differs else (),
        chosen=chosen,
        by_entry=refined[0].action_id if refined else None,
    )
