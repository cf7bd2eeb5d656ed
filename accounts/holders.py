"""Who has an authenticator, and that two of those who read what was recorded always have (SR-28).

With one holder alone, the loss of one telephone would leave a school whose records nobody can open;
so would a second who may open none of them, as the chair of governors or the data protection officer.
Holders are counted as they will be: somebody whose role has a last day counts until then.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import Authenticator, Membership, School, User
from accounts.permissions import (
    GRANTS,
    READS_BY_NAME,
    SAFEGUARDING_ROLES,
    Permission,
    Role,
    Strength,
)
from accounts.viewer import Viewer
from safeguard.errors import DomainError

FEWEST = 2
ONE_DAY = timedelta(days=1)
GIVING_ROLES = frozenset(role for role, rights in GRANTS.items() if Permission.GIVE_CODES in rights)
USING_ROLES = frozenset(
    role for role, rights in GRANTS.items() if Strength.ELEVATED in rights.values()
)
EVERY_ROLE = frozenset(Role)
READING_ROLES = frozenset(
    role for role in SAFEGUARDING_ROLES - READS_BY_NAME if Permission.READ_INCIDENTS in GRANTS[role]
)


class TooFewLeft(DomainError):
    """Fewer than two people would be left who read records and hold an authenticator."""


def with_factor() -> Q:
    """Return the condition that somebody has an authenticator of any kind."""
    apps = Authenticator.objects.filter(confirmed=True).values("user")
    return Q(pk__in=apps) | with_key()


def with_key() -> Q:
    """Return the condition that somebody has a passkey or security key."""
    return Q(pk__in=WebAuthnCredential.objects.filter(confirmed=True).values("user"))


def with_what_elevates(school: School) -> Q:
    """Return the condition that somebody has what this school takes to elevate."""
    return with_key() if school.requires_key else with_factor()


def using_roles(school: School) -> frozenset[Role]:
    """Return the roles that use an authenticator in this school: all where it demands one of all."""
    return EVERY_ROLE if school.requires_authenticator else USING_ROLES


def has_factor(user: User) -> bool:
    """Whether somebody has an authenticator of any kind."""
    return User.objects.filter(with_factor(), pk=user.pk).exists()


def uses_authenticator(user: User, school: School, on: date) -> bool:
    """Whether somebody's role in this school uses an authenticator."""
    return User.objects.holding(using_roles(school), school, on).filter(pk=user.pk).exists()


def holders(school: School, roles: Collection[Role] = READING_ROLES) -> QuerySet[User]:
    """Return who holds an authenticator and a role that reads records in this school today."""
    able = with_what_elevates(school)
    return User.objects.holding(roles, school, localdate()).filter(able)


def without_key(school: School, on: date) -> QuerySet[User]:
    """Return whose role uses an authenticator, and who has no passkey or security key, by name."""
    using = User.objects.holding(using_roles(school), school, on)
    return using.exclude(with_key()).order_by("name", "pk")


def without_any(school: School, on: date) -> QuerySet[User]:
    """Return who works here, in whatever role, and has nothing that elevates here, by name."""
    return (
        User.objects.working_at(school, on)
        .exclude(with_what_elevates(school))
        .order_by("name", "pk")
    )


@dataclass(frozen=True)
class Person:
    """Somebody whose role uses an authenticator, and whether they have one."""

    user: User
    roles: str
    has_one: bool
    is_viewer: bool
    lacks_key: bool = False  # which the school demands


def people_with_roles(viewer: Viewer, on: date) -> list[Person]:
    """Return the people of the viewer's school who use an authenticator, those without one first."""
    lacking = set(without_key(viewer.school, on)) if viewer.school.requires_key else set()
    using = using_roles(viewer.school)
    members = Membership.objects.visible_to(viewer).current(on).filter(role__in=using)
    having = set(User.objects.visible_to(viewer).filter(with_factor()).values_list("pk", flat=True))
    roles: dict[User, list[str]] = {}
    for member in members.filter(user__is_active=True).select_related("user"):
        roles.setdefault(member.user, []).append(member.get_role_display())
    people = [
        Person(
            user,
            ", ".join(sorted(names)),
            user.pk in having,
            user.pk == viewer.user_id,
            user in lacking,
        )
        for user, names in roles.items()
    ]
    return sorted(people, key=lambda one: (one.has_one, one.user.name, one.user.pk))


@dataclass(frozen=True)
class Tenure:
    """A role that reads records, of somebody with an authenticator, and between which days."""

    role: UUID
    user: UUID
    first: date
    last: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the role is theirs on this day."""
        return self.first <= day and (self.last is None or day <= self.last)


def require_two_left(school: School, *, without: User) -> None:
    """Refuse, inside the transaction that would take a holder out, when too few would be left.

    The school's row is held until that transaction ends, so that of two holders who leave at the
    same moment only one is let go.
    """
    before = _tenures_held(school)
    _require_two(before, [one for one in before if one.user != without.pk])


def require_two_after(school: School, *, role: Membership, last: date) -> None:
    """Refuse a role's last day when on some day after it too few would be left; under the same lock."""
    before = _tenures_held(school)
    after = [replace(one, last=last) if one.role == role.pk else one for one in before]
    _require_two(before, after)


def require_two_who_meet(school: School) -> None:
    """Refuse what a school is about to demand while fewer than two holders have it, now or later.

    The school is as it would be, and its row held by whoever calls.
    """
    today = localdate()
    day = _first_short_day(_tenures(school, today), today)
    if day is not None:
        what = "a passkey or security key" if school.requires_key else "an authenticator"
        when = "" if day == today else f" after {day - ONE_DAY:%-d %B %Y}"
        raise TooFewLeft(
            f"Fewer than two people who read records have {what}{when}."
            " Nobody could be helped if one were lost: let a second add theirs first."
        )


def first_short_day(school: School, today: date) -> date | None:
    """Return the first day from today on with fewer than two holders, as roles end by now."""
    return _first_short_day(_tenures(school, today), today)


def _first_short_day(tenures: Collection[Tenure], today: date) -> date | None:
    return next((day for day in _days(tenures, today) if _count(tenures, day) < FEWEST), None)


def shortage(school: School, today: date) -> str:
    """Say that fewer than two who read records hold an authenticator, or from when; or nothing."""
    day = first_short_day(school, today)
    if day is None:
        return ""
    who = "two people who read records"
    if day == today:
        return f"Fewer than {who} have an authenticator."
    return (
        f"After {day - ONE_DAY:%-d %B %Y} fewer than {who} will have an authenticator: roles end."
    )


def _tenures_held(school: School) -> list[Tenure]:
    held = School.objects.select_for_update(no_key=True).get(pk=school.pk)
    return _tenures(held, localdate())


def _tenures(school: School, today: date) -> list[Tenure]:
    able = User.objects.filter(with_what_elevates(school), is_active=True)
    rows = Membership.objects.not_over(today).filter(
        school=school, role__in=READING_ROLES, user__in=able
    )
    return [Tenure(*row) for row in rows.values_list("pk", "user_id", "starts_on", "ends_on")]


def _require_two(before: Collection[Tenure], after: Collection[Tenure]) -> None:
    """Refuse on the first day on which too few are left, and fewer than there would have been."""
    today = localdate()
    for day in _days([*before, *after], today):
        left = _count(after, day)
        if left < FEWEST and left < _count(before, day):
            raise TooFewLeft(
                ("Fewer" if day == today else f"After {day - ONE_DAY:%-d %B %Y} fewer")
                + " than two people who read records would be left who have an"
                " authenticator. Give the role to somebody else"
                + (" first" if day == today else " for longer first")
                + ", and let them set theirs up."
            )


def _days(tenures: Iterable[Tenure], today: date) -> list[date]:
    """Return today and the later days on which somebody begins, or is there no more, in order."""
    days = {today}
    for one in tenures:
        days.add(one.first)
        if one.last is not None:
            days.add(one.last + ONE_DAY)
    return sorted(day for day in days if day >= today)


def _count(tenures: Iterable[Tenure], day: date) -> int:
    return len({one.user for one in tenures if one.holds_on(day)})
