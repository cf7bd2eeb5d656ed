"""Who belongs to a child's circle, so that others are told only when they need to know.

The circle is those who lead safeguarding, those who are always told, the team around the child, and
those whom the author told of this child before. Who is in a team says that there is one: it counts
only for those who may know of it (SR-48), and for others a colleague in the team is asked of like
anybody. Who teaches the child is not known to the record: no roll says it.
"""

from collections.abc import Sequence

from django.utils import timezone

from accounts.models import User
from accounts.permissions import Role
from accounts.viewer import Viewer
from incidents import recipients
from incidents.guards.asking import Ask
from incidents.models import Alert, AlertGroup
from pupils.models import Pupil, TeamMember

SAFEGUARDING = (
    *(Role.DSL, Role.DEPUTY_DSL, Role.HEAD, Role.SLT),
    *(Role.PASTORAL, Role.SENCO),
)


def outside(viewer: Viewer, named: Sequence[User], pupils: Sequence[Pupil]) -> list[Ask]:
    """Ask whether those need to know who were chosen by name and are outside the circle."""
    if not named:
        return []
    inside = _inside(viewer, named, pupils)
    people = [person for person in named if person.pk not in inside]
    if not people:
        return []
    names = " and ".join(person.name for person in people)
    them = "this person" if len(people) == 1 else "each of them"
    return [
        Ask(
            kind="outside",
            title=f"Does {names} need to know?" if len(people) == 1 else "Do they need to know?",
            text=(
                f"{names} {'does' if len(people) == 1 else 'do'} not lead safeguarding, and as far as"
                f" you can see {'is' if len(people) == 1 else 'are'} not in the team around"
                f" {pupils[0].forename}. Whoever is alerted reads all of it."
            ),
            yes=f"Yes, {them} needs to know",
            about=sorted(str(one.pk) for one in [*people, *pupils]),
        )
    ]


def _inside(viewer: Viewer, named: Sequence[User], pupils: Sequence[Pupil]) -> set:
    today = timezone.localdate()
    groups = AlertGroup.objects.visible_to(viewer).in_use().always()
    leads = User.objects.holding(SAFEGUARDING, viewer.school, today).filter(pk__in=_ids(named))
    team = TeamMember.objects.visible_to(viewer).current(today).filter(pupil__in=pupils)
    before = Alert.objects.visible_to(viewer).filter(
        incident__reported_by=viewer.user,
        incident__pupil__in=pupils,
        because=Alert.Because.NAMED,
        recipient__in=named,
    )
    return {
        *_ids(recipients.members_of(list(groups), viewer.school, today)),
        *leads.values_list("pk", flat=True),
        *team.values_list("user", flat=True),
        *before.values_list("recipient", flat=True),
    }


def _ids(people: Sequence[User]) -> list:
    return [person.pk for person in people]
