"""Pupils who were picked and have left since: the roll changes while a draft waits."""

from collections.abc import Sequence

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import rules
from pupils.models import Pupil


def left_since(viewer: Viewer, picked: Sequence[str]) -> str:
    """Say who of those picked has left the viewer's school; "" when nobody has.

    Somebody who never was at this school is not named: to pick them is to pick nobody.
    """
    if not picked or not viewer.has(Permission.FIND_PUPIL):
        return ""
    gone = Pupil.objects.filter(school=viewer.school, pk__in=picked).exclude(leaving_date=None)
    found = list(gone.in_order())
    return rules.has_left(found) if found else ""
