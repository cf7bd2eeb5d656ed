"""Who is told: the always-alerted group, the groups and people picked, each once."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from accounts.models import Membership, School, User
from accounts.permissions import Role
from incidents.models import Alert, AlertGroup

# Told of a reported mistake where the school has not said otherwise.
LEADS = (Role.DSL, Role.DEPUTY_DSL)


def people_by_group(
    groups: Iterable[AlertGroup], school: School, on: date
) -> dict[UUID, list[User]]:
    """Return the people in each group that day: by name, and by the roles they hold.

    Only those who may read what they are alerted to: a governor in a group would get a mail
    whose link opens nothing. Three queries, however many groups there are.
    """
    groups = list(groups)
    staff = {
        person.pk: person
        for person in User.objects.who_record_at(school, on).order_by("name", "id")
    }
    holders = set(Membership.objects.current(on).filter(school=school).values_list("role", "user"))
    named = set(
        AlertGroup.members.through.objects.filter(alertgroup__in=groups).values_list(
            "alertgroup", "user"
        )
    )
    return {
        group.pk: [
            person
            for pk, person in staff.items()
            if (group.pk, pk) in named or any((role, pk) in holders for role in group.roles)
        ]
        for group in groups
    }


def members_of(groups: Iterable[AlertGroup], school: School, on: date) -> list[User]:
    """Return the people in these groups that day, each once, by name."""
    people = {
        person.pk: person
        for members in people_by_group(groups, school, on).values()
        for person in members
    }
    return sorted(people.values(), key=lambda person: (person.name, str(person.pk)))


def always_alerted(school: School, on: date) -> list[User]:
    """Return those whom nobody can leave out: the leads, as the school has set it."""
    groups = AlertGroup.objects.filter(school=school).in_use().always()
    return members_of(groups, school, on)


def site_leads(school: School, on: date) -> list[User]:
    """Return those told of a reported mistake: the school's choice, or the DSL and deputies."""
    groups = AlertGroup.objects.filter(school=school).in_use().site_leads()
    chosen = members_of(groups, school, on)
    return chosen or list(User.objects.holding(LEADS, school, on).order_by("name", "id"))


def gather(
    *, school: School, on: date, author: User, named: Iterable[User], groups: Iterable[AlertGroup]
) -> list[tuple[User, Alert.Because]]:
    """Return each person once with the most particular reason; an author is never among them.

    A lead who is asked by name is told as such, and not as one of those who are always told:
    that is how a question knows whom it was put to.
    """
    because: dict = {}
    for person in always_alerted(school, on):
        because[person.pk] = (person, Alert.Because.ALWAYS)
    for person in members_of(groups, school, on):
        because[person.pk] = (person, Alert.Because.GROUP)
    for person in named:
        because[person.pk] = (person, Alert.Because.NAMED)
    because.pop(author.pk, None)
    return sorted(because.values(), key=lambda pair: (pair[0].name, str(pair[0].pk)))
