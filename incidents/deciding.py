"""The facts of which `accounts.decide` decides: of an incident, its entries, and of those who ask.

Facts are read whole, for a few incidents and people at a time: to explain who reads an incident and
why, and to hold the querysets to it. Lists of incidents ask `visible_to`, which says the same.
"""

from collections.abc import Iterable
from uuid import UUID

from accounts.decide import About, Asker, Audience, Entry, Held, Limit, Named
from accounts.viewer import Viewer
from incidents.models import (
    Action,
    ActionCategory,
    Category,
    CategoryGrant,
    Incident,
    Restriction,
)
from pupils.models import AccessReason, BreakGlass, Conflict, TeamMember


def asker_for(viewer: Viewer) -> Asker:
    """Return a person with what is known of them today beside their roles."""
    grants = [one for one in CategoryGrant.of(viewer) if one.see_incidents]
    return Asker(
        viewer=viewer,
        near=_pupils(Conflict.objects.of(viewer)),
        teams=_pupils(TeamMember.objects.of(viewer)),
        opened=_pupils(BreakGlass.objects.of(viewer)),
        reasons=_pupils(AccessReason.objects.of(viewer)),
        grants=tuple(Held(one.category_id, frozenset(one.year_groups)) for one in grants),
    )


def about(incident: Incident) -> About:
    """Return what has to be known of an incident to decide who may read it."""
    links = list(incident.linked_pupils.all())
    return About(
        school=incident.school_id,
        author=incident.reported_by_id,
        pupil=incident.pupil_id,
        year=incident.pupil.year_group,
        pupils=frozenset([incident.pupil_id, *(link.pupil_id for link in links)]),
        in_chronology=frozenset(
            [incident.pupil_id, *(link.pupil_id for link in links if link.in_chronology)]
        ),
        subjects=frozenset(one.user_id for one in incident.subjects.all()),
        told=frozenset(alert.recipient_id for alert in incident.alerts.all()),
        categories=tuple(_named(incident)),
        audience=_limit(incident),
    )


def entry(action: Action) -> Entry:
    """Return what has to be known of an entry, beside its incident."""
    return Entry(
        author=action.author_id,
        told=frozenset(alert.recipient_id for alert in action.alerts.all()),
        audience=Audience(
            Limit(action.audience), frozenset(one.user_id for one in action.readers.all())
        ),
    )


def _named(incident: Incident) -> Iterable[Named]:
    """Return what the reporter chose, and what a lead made of it last: grants look at both."""
    chosen = [row.category for row in incident.categories.select_related("category__parent")]
    last = Action.objects.refining(incident.pk).first()
    if last is not None:
        refined = ActionCategory.objects.filter(action=last).select_related("category__parent")
        chosen += [row.category for row in refined]
    return map(_with_parent, chosen)


def _with_parent(category: Category) -> Named:
    both = [category, category.parent] if category.parent else [category]
    return Named(frozenset(one.pk for one in both), any(one.restricted for one in both))


def _limit(incident: Incident) -> Audience:
    last = Restriction.objects.latest_of(incident).prefetch_related("readers").first()
    if last is None:
        return Audience()
    return Audience(Limit(last.audience), frozenset(one.user_id for one in last.readers.all()))


def _pupils(rows) -> frozenset[UUID]:
    return frozenset(rows.values_list("pupil", flat=True))
