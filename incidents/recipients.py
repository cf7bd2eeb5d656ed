"""Who is told: the always-alerted group, the groups and people picked, each once."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db.models.query import RawQuerySet

from accounts.models import RECORDING_ROLES, School, User
from accounts.permissions import Role
from incidents.models import Alert, AlertGroup

# Told of a reported mistake where the school has not said otherwise.
LEADS = (Role.DSL, Role.DEPUTY_DSL)


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


def gather(
    *, school: School, on: date, author: User, named: Iterable[User], groups: Sequence[AlertGroup]
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
    because.pop(author.pk, None)
    return sorted(because.values(), key=lambda pair: (pair[0].name, str(pair[0].pk)))
