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
    if not groups:
        return {}
    roles = {role for group in groups for role in group.roles}
    holders = set(
        Membership.objects.current(on)
        .filter(school=school, role__in=roles)
        .values_list("role", "user")
    )
    named = set(
        AlertGroup.members.through.objects.filter(alertgroup__in=groups).values_list(
            "alertgroup", "user"
        )
    )
    wanted = {user for _, user in holders | named}
    staff = User.objects.who_record_at(school, on).filter(pk__in=wanted).order_by("name", "id")
    people = list(staff)
    return {
        group.pk: [
            person
            for person in people
            if (group.pk, person.pk) in named
            or any((role, person.pk) in holders for role in group.roles)
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
    always = list(AlertGroup.objects.filter(school=school).in_use().always())
    members = people_by_group([*always, *groups], school, on)
    because: dict = {}
    for reason, chosen in ((Alert.Because.ALWAYS, always), (Alert.Because.GROUP, groups)):
        for group in chosen:
            because.update({person.pk: (person, reason) for person in members[group.pk]})
    for person in named:
        because[person.pk] = (person, Alert.Because.NAMED)
    because.pop(author.pk, None)
    return sorted(because.values(), key=lambda pair: (pair[0].name, str(pair[0].pk)))
