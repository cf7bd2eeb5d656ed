""" "A colleague has recorded something about this pupil today": the one declared exception to SR-48.

A school has to want it (`incidents.guards.telling`), and it is off until two people agreed. It says no
more than that: no time, no number, no author. It never comes from what is kept from others in any
way: limited to named readers or the DSL, of a restricted category, about a member of staff; nor, for
somebody in conflict with a child in it, from that. What one may read oneself counts like all else, so
that a hint beside it tells of nothing further.
"""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from accounts.viewer import Viewer
from incidents import rules
from incidents.models import (
    RESTRICTED,
    ActionCategory,
    Incident,
    IncidentCategory,
    LinkedPupil,
    Restriction,
    Subject,
)
from pupils.models import Pupil


def recorded_today(viewer: Viewer, pupils: Sequence[Pupil]) -> list[Pupil]:
    """Return those of these pupils about whom a colleague has recorded something today."""
    if not viewer.school.tells_of_colleagues or not pupils:
        return []
    rows = _openly_recorded(viewer)
    links = LinkedPupil.objects.filter(in_chronology=True, pupil__in=pupils)
    known = {
        *rows.filter(pupil__in=pupils).values_list("pupil", flat=True),
        *links.filter(incident__in=rows.values("pk")).values_list("pupil", flat=True),
    }
    return [pupil for pupil in pupils if pupil.pk in known]


def _openly_recorded(viewer: Viewer):
    """Return what others recorded today and is kept from nobody but by the ordinary rules."""
    today = Incident.objects.filter(
        school=viewer.school, recorded_at__gte=rules.start_of_today()
    ).exclude(reported_by=viewer.user)
    reported = IncidentCategory.objects.filter(RESTRICTED, incident=OuterRef("pk"))
    refined = ActionCategory.objects.in_force_for(OuterRef("pk")).filter(RESTRICTED)
    return today.exclude(
        Q(pk__in=Incident.objects.kept_from(viewer).values("pk"))
        | Q(pk__in=Restriction.objects.in_force().values("incident"))
        | Exists(Subject.objects.filter(incident=OuterRef("pk")))
        | Exists(reported)
        | Exists(refined)
    )
