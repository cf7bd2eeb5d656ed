"""Who is told: the always-alerted group, the groups and people picked, each once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models.query import RawQuerySet

from accounts.models import RECORDING_ROLES, Cover, School, User
from accounts.permissions import Role
from incidents.models import Alert, AlertGroup, Audience, Incident
from pupils.models import Conflict

# Told of a reported mistake where the school has not said otherwise.
LEADS = (Role.DSL, Role.DEPUTY_DSL)
# Told when everybody who always is may not know of it.
IN_THEIR_PLACE = (Role.DSL, Role.DEPUTY_DSL, Role.HEAD)


# In SQL, and in one question, since it is asked at every submission: put together from querysets it
# took longer than all that is written. A group has people by name and by the roles held that day.
PEOPLE = """
SELECT person.id, person.name, person.email, person.is_active,
    array_agg(alert_group.id) AS groups
FROM incidents_alertgroup AS alert_group
JOIN (
    SELECT user_id, array_agg(role) AS roles
    FROM accounts_membership
    WHERE school_id = %(school)s
        AND starts_on <= %(on)s AND coalesce(ends_on >= %(on)s, true)
    GROUP BY user_id
    -- Only who may read it: a governor in a group would get a mail whose link opens nothing.
    HAVING bool_or(role = ANY (%(recording)s))
) AS held ON held.roles && alert_group.roles OR EXISTS (
    SELECT FROM incidents_alertgroup_members AS named
    WHERE named.alertgroup_id = alert_group.id AND named.user_id = held.user_id
)
JOIN accounts_user AS person ON person.id = held.user_id AND person.is_active
WHERE alert_group.school_id = %(school)s
    AND (
        alert_group.id = ANY (%(groups)s)
        OR %(always)s AND alert_group.purpose = 'always' AND alert_group.retired_on IS NULL
    )
GROUP BY person.id
ORDER BY person.name, person.id
"""


def _people_in(
    groups: Iterable[AlertGroup], school: School, on: date, *, always: bool
) -> RawQuerySet:
    wanted = {
        "groups": [group.pk for group in groups],
        "school": school.pk,
        "on": on,
        "always": always,
        "recording": list(RECORDING_ROLES),
    }
    return User.objects.raw(PEOPLE, wanted)


def people_by_group(
    groups: Sequence[AlertGroup], school: School, on: date
) -> dict[UUID, list[User]]:
    """Return the people in each group that day, by name: by their roles, or named in it.

    Only those who may read what they are alerted to. One query, however many groups there are.
    """
    people: dict[UUID, list[User]] = {group.pk: [] for group in groups}
    if people:
        for person in _people_in(groups, school, on, always=False):
            for group in person.groups:
                people[group].append(person)
    return people


def members_of(groups: Sequence[AlertGroup], school: School, on: date) -> list[User]:
    """Return the people in these groups that day, each once, by name."""
    people = {
        person.pk: person
        for members in people_by_group(groups, school, on).values()
        for person in members
    }
    return sorted(people.values(), key=lambda person: (person.name, str(person.pk)))


def site_leads(school: School, on: date) -> list[User]:
    """Return those told of a reported mistake: the school's choice, or the DSL and deputies."""
    groups = AlertGroup.objects.filter(school=school).in_use().site_leads()
    chosen = members_of(groups, school, on)
    return chosen or list(User.objects.holding(LEADS, school, on).order_by("name", "id"))


@dataclass(frozen=True)
class Kept:
    """Who may not be told: those whom it is about or who are too near; or all but a few."""

    away: frozenset[UUID] = frozenset()
    only: frozenset[UUID] | None = None

    def may_know(self, person: UUID) -> bool:
        """Whether somebody may be told of it at all."""
        return person not in self.away and (self.only is None or person in self.only)

    def but_for(self, readers: frozenset[UUID]) -> "Kept":
        """Return the same, limited to these readers."""
        return Kept(self.away, readers if self.only is None else self.only & readers)


NOBODY_KEPT_AWAY = Kept()


def gather(
    *,
    school: School,
    on: date,
    author: User,
    named: Iterable[User],
    groups: Sequence[AlertGroup],
    kept: Kept = NOBODY_KEPT_AWAY,
) -> list[tuple[User, Alert.Because]]:
    """Return each person once with the most particular reason; an author is never among them.

    A lead who is asked by name is told as such, and not as one of those who are always told:
    that is how a question knows whom it was put to.
    """
    because: dict = {}
    picked = {group.pk for group in groups}
    for person in _people_in(groups, school, on, always=True):
        in_picked = not picked.isdisjoint(person.groups)
        because[person.pk] = (person, Alert.Because.GROUP if in_picked else Alert.Because.ALWAYS)
    for person in named:
        because[person.pk] = (person, Alert.Because.NAMED)
    because |= {person.pk: (person, Alert.Because.COVER) for person in _cover(because, school, on)}
    told = {pk: pair for pk, pair in because.items() if kept.may_know(pk)}
    always = {pk for pk, (_, why) in because.items() if why == Alert.Because.ALWAYS}
    if always and kept.only is None and always.isdisjoint(told):
        told = _instead(school, on, kept) | told
    told.pop(author.pk, None)
    return sorted(told.values(), key=lambda pair: (pair[0].name, str(pair[0].pk)))


def kept_from_those_near(pupils: Iterable[UUID], subjects: Iterable[User], on: date) -> Kept:
    """Return that nobody is told who is too near to these pupils, or of whom it speaks."""
    near = Conflict.objects.current(on).filter(pupil__in=list(pupils))
    about = (person.pk for person in subjects)
    return Kept(frozenset(near.values_list("user", flat=True)).union(about))


# In one question as well: it is asked for every entry that is added to a thread.
KEPT_FROM = """
SELECT
    ARRAY(
        SELECT conflict.user_id
        FROM pupils_conflict AS conflict
        WHERE (
                conflict.pupil_id = incident.pupil_id
                OR conflict.pupil_id IN (
                    SELECT pupil_id FROM incidents_linkedpupil WHERE incident_id = incident.id
                )
            )
            AND conflict.starts_on <= %(on)s AND coalesce(conflict.ends_on >= %(on)s, true)
        UNION
        SELECT user_id FROM incidents_subject WHERE incident_id = incident.id
    ),
    limited.audience,
    ARRAY(
        SELECT user_id FROM incidents_restrictionreader WHERE restriction_id = limited.id
    )
FROM incidents_incident AS incident
LEFT JOIN LATERAL (
    SELECT id, audience FROM incidents_restriction WHERE incident_id = incident.id
    ORDER BY recorded_at DESC, id DESC LIMIT 1
) AS limited ON true
WHERE incident.id = %(incident)s
"""


def kept_from(incident: Incident, on: date) -> Kept:
    """Return who may not be told of an incident that stands in the record, or of what follows."""
    with connection.cursor() as cursor:
        cursor.execute(KEPT_FROM, {"on": on, "incident": incident.pk})
        away, audience, readers = cursor.fetchone()
    kept = Kept(frozenset(away))
    if audience in (None, Audience.THREAD):
        return kept
    return kept.but_for(readers_of(audience, readers, incident.school, on))


def readers_of(audience: str, named: Iterable[UUID], school: School, on: date) -> frozenset[UUID]:
    """Return whom something is for that is not for everybody: who is named, and perhaps the DSL."""
    readers = set(named)
    if audience == Audience.LEADS:
        readers.update(User.objects.holding([Role.DSL], school, on).values_list("pk", flat=True))
    return frozenset(readers)


def _cover(told: Collection[UUID], school: School, on: date) -> list[User]:
    """Return who stands in today for somebody who would be told, and would not be told otherwise."""
    standing_in = Cover.objects.current(on).filter(school=school, absent__in=list(told))
    return [cover.by for cover in standing_in.select_related("by") if cover.by_id not in told]


def _instead(school: School, on: date, kept: Kept) -> dict:
    """Return the leads who are told when none of those who always are may know."""
    leads = User.objects.holding(IN_THEIR_PLACE, school, on).order_by("name", "id")
    return {
        person.pk: (person, Alert.Because.ALWAYS) for person in leads if kept.may_know(person.pk)
    }
