"""Who has an authenticator, and that two of those who read what was recorded always have (SR-28).

With one holder alone, the loss of one telephone would leave a school whose records nobody can open.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import Authenticator, Membership, School, User
from accounts.permissions import GRANTS, SAFEGUARDING_ROLES, Permission, Strength
from accounts.viewer import Viewer
from safeguard.errors import DomainError

FEWEST = 2
GIVING_ROLES = frozenset(role for role, rights in GRANTS.items() if Permission.GIVE_CODES in rights)
USING_ROLES = frozenset(
    role for role, rights in GRANTS.items() if Strength.ELEVATED in rights.values()
)


class TooFewLeft(DomainError):
    """Fewer than two people would be left who hold an authenticator and a safeguarding role."""


def with_factor() -> Q:
    """Return the condition that somebody has an authenticator of any kind."""
    apps = Authenticator.objects.filter(confirmed=True).values("user")
    keys = WebAuthnCredential.objects.filter(confirmed=True).values("user")
    return Q(pk__in=apps) | Q(pk__in=keys)


def has_factor(user: User) -> bool:
    """Whether somebody has an authenticator of any kind."""
    return User.objects.filter(with_factor(), pk=user.pk).exists()


def uses_authenticator(user: User, school: School, on: date) -> bool:
    """Whether somebody's role in this school uses an authenticator."""
    return User.objects.holding(USING_ROLES, school, on).filter(pk=user.pk).exists()


def holders(school: School) -> QuerySet[User]:
    """Return who holds an authenticator and a safeguarding role in this school today."""
    return User.objects.holding(SAFEGUARDING_ROLES, school, localdate()).filter(with_factor())


@dataclass(frozen=True)
class Person:
    """Somebody whose role uses an authenticator, and whether they have one."""

    user: User
    roles: str
    has_one: bool
    is_viewer: bool


def people_with_roles(viewer: Viewer, on: date) -> list[Person]:
    """Return the people of the viewer's school who use an authenticator, those without one first."""
    members = Membership.objects.visible_to(viewer).current(on).filter(role__in=USING_ROLES)
    having = set(User.objects.visible_to(viewer).filter(with_factor()).values_list("pk", flat=True))
    roles: dict[User, list[str]] = {}
    for member in members.filter(user__is_active=True).select_related("user"):
        roles.setdefault(member.user, []).append(member.get_role_display())
    people = [
        Person(user, ", ".join(sorted(names)), user.pk in having, user.pk == viewer.user_id)
        for user, names in roles.items()
    ]
    return sorted(people, key=lambda one: (one.has_one, one.user.name, one.user.pk))


def require_two_left(school: School, *, without: User) -> None:
    """Refuse, inside the transaction that would take a holder out, when too few would be left.

    The school's row is held until that transaction ends, so that of two holders who leave at the
    same moment only one is let go.
    """
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    able = holders(school)
    if able.filter(pk=without.pk).exists() and able.exclude(pk=without.pk).count() < FEWEST:
        raise TooFewLeft(
            "Fewer than two people with a safeguarding role would be left who have an"
            " authenticator. Give the role to somebody else first, and let them set theirs up."
        )
