"""Who is told: the always-alerted group, the groups and people picked, each once."""

from collections.abc import Iterable
from datetime import date

from accounts.models import School, User
from incidents.models import Alert, AlertGroup


def members_of(groups: Iterable[AlertGroup], school: School, on: date) -> list[User]:
    """Return the active people in these groups: by name, and by the roles held that day."""
    people: dict = {}
    for group in groups:
        by_role = User.objects.holding(group.roles, school, on)
        by_name = User.objects.who_record_at(school, on).filter(pk__in=group.members.values("pk"))
        for person in by_role.union(by_name):
            people[person.pk] = person
    return sorted(people.values(), key=lambda person: (person.name, str(person.pk)))


def always_alerted(school: School, on: date) -> list[User]:
    """Return those whom nobody can leave out: the leads, as the school has set it."""
    groups = AlertGroup.objects.filter(school=school).in_use().always()
    return members_of(groups, school, on)


def site_leads(school: School, on: date) -> list[User]:
    """Return those told of a reported mistake."""
    groups = AlertGroup.objects.filter(school=school).in_use().site_leads()
    return members_of(groups, school, on)


def gather(
    *, school: School, on: date, author: User, named: Iterable[User], groups: Iterable[AlertGroup]
) -> list[tuple[User, Alert.Because]]:
    """Return each person once with the strongest reason; an author is not alerted to their own."""
    because: dict = {}
    for person in always_alerted(school, on):
        because[person.pk] = (person, Alert.Because.ALWAYS)
    for person in members_of(groups, school, on):
        because.setdefault(person.pk, (person, Alert.Because.GROUP))
    for person in named:
        because.setdefault(person.pk, (person, Alert.Because.NAMED))
    because.pop(author.pk, None)
    return sorted(because.values(), key=lambda pair: (pair[0].name, str(pair[0].pk)))
