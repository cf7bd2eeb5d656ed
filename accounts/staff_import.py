"""Bringing the school's people up to date from a file: what it would change, and changing it.

Nobody's account or role is ended by it: who is missing from the file is proposed as a leaver, and
no more. A safeguarding role in the file waits for a second person, as anywhere else.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import people
from accounts.models import Membership, RoleProposal, School, User
from accounts.permissions import S2, SAFEGUARDING_ROLES, Permission, Role
from accounts.roles import Term, give_or_propose
from accounts.staff_csv import StaffFile, StaffRow
from accounts.viewer import Viewer, system_viewer
from safeguard.errors import DomainError


class PeopleHaveChanged(DomainError):
    """Somebody else wrote between the differences shown and the order to apply them."""


@dataclass(frozen=True)
class New:
    """Somebody who is to be added, with the roles that hold at once and those that wait."""

    row: StaffRow
    roles: tuple[Role, ...]

    @property
    def at_once(self) -> list[str]:
        """The roles that one person gives."""
        return [role.label for role in self.roles if role not in SAFEGUARDING_ROLES]

    @property
    def proposed(self) -> list[str]:
        """The roles for which a second person is asked."""
        return [role.label for role in self.roles if role in SAFEGUARDING_ROLES]


@dataclass(frozen=True)
class Changed:
    """Somebody of whom the file says something else: a name, a title, roles they do not have."""

    row: StaffRow
    user: User
    name: tuple[str, str] | None
    job_title: tuple[str, str] | None
    roles: tuple[Role, ...]

    @property
    def at_once(self) -> list[str]:
        """The roles that one person gives."""
        return [role.label for role in self.roles if role not in SAFEGUARDING_ROLES]

    @property
    def proposed(self) -> list[str]:
        """The roles for which a second person is asked."""
        return [role.label for role in self.roles if role in SAFEGUARDING_ROLES]


@dataclass(frozen=True)
class Differences:
    """Everything an import would do, and what it leaves to a person."""

    new: tuple[New, ...] = ()
    changed: tuple[Changed, ...] = ()
    unchanged: int = 0
    left: tuple[User, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to apply."""
        return not self.new and not self.changed


def find_differences(*, by: Viewer, file: StaffFile) -> Differences:
    """Work out what a file would change, without writing anything."""
    by.require(Permission.MANAGE_PEOPLE)
    by.require(Permission.MANAGE_RIGHTS)
    here = {user.email.lower(): user for user in _here(by)}
    held = _held(by, here.values())
    new, changed, same = [], [], 0
    for row in file.rows:
        user = here.get(row.email)
        if user is None:
            new.append(New(row, row.roles or (Role.SUPPORT,)))
            continue
        found = _changed(by, row, user, held[user.pk])
        if found is None:
            same += 1
        else:
            changed.append(found)
    known = {row.email for row in file.rows} | set(file.left_out)
    left = [user for email, user in here.items() if email not in known and user.pk != by.user_id]
    return Differences(tuple(new), tuple(changed), same, tuple(left) if file.complete else ())


def apply_differences(*, by: Viewer, file: StaffFile, shown: Differences) -> Differences:
    """Write what was shown, all or nothing; what was written is no difference any more."""
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        found = find_differences(by=by, file=file)
        if found != shown:
            raise PeopleHaveChanged(
                "People or roles have changed since the differences were shown, and nothing was"
                " written. Look at them again."
            )
        for one in found.new:
            _add(by, one)
        for other in found.changed:
            _change(by, other)
    return found


def console_viewer(school: School) -> Viewer:
    """Return as whom the console brings people in: as an administrator, who decides nothing alone."""
    return replace(system_viewer(school), roles=frozenset({Role.IT_ADMIN}), strength=S2)


def _here(by: Viewer) -> list[User]:
    """Return who works here, or is to."""
    today, now = timezone.localdate(), timezone.now()
    working = Membership.objects.visible_to(by).not_over(today).values("user")
    awaited = RoleProposal.objects.visible_to(by).waiting(now).values("user")
    rows = User.objects.administered_by(by).filter(is_active=True)
    return list(rows.filter(Q(pk__in=working) | Q(pk__in=awaited)).order_by("name", "id"))


@dataclass
class Held:
    """What somebody has here: roles that hold, begin later or wait, and their title."""

    roles: set[str]
    title: str = ""


def _held(by: Viewer, users: Iterable[User]) -> dict[UUID, Held]:
    people_here = list(users)
    held: dict[UUID, Held] = defaultdict(lambda: Held(set()))
    rows = Membership.objects.visible_to(by).not_over(timezone.localdate())
    for one in rows.filter(user__in=people_here).order_by("starts_on", "role", "id"):
        held[one.user_id].roles.add(one.role)
        held[one.user_id].title = held[one.user_id].title or one.job_title
    waiting = RoleProposal.objects.visible_to(by).waiting(timezone.now())
    for proposal in waiting.filter(user__in=people_here):
        held[proposal.user_id].roles.add(proposal.role)
    return held


def _changed(by: Viewer, row: StaffRow, user: User, held: Held) -> Changed | None:
    name = (user.name, row.name) if row.name != user.name else None
    title = None
    if row.job_title and row.job_title != held.title:
        title = (held.title, row.job_title)
    missing = tuple(role for role in row.roles if role not in held.roles)
    if user.pk == by.user_id:  # nobody gives themselves a role
        missing = ()
    if name is None and title is None and not missing:
        return None
    return Changed(row, user, name, title, missing)


def _add(by: Viewer, one: New) -> None:
    row = one.row
    people.add_person(
        by=by,
        name=row.name,
        email=row.email,
        roles=list(one.roles),
        job_title=row.job_title or "",
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def _change(by: Viewer, one: Changed) -> None:
    row = one.row
    if one.roles:
        term = Term(row.job_title or "", row.starts_on, row.ends_on)
        give_or_propose(by=by, user=one.user, roles=list(one.roles), term=term)
    if one.name or one.job_title:
        titles = Membership.objects.visible_to(by).filter(user=one.user)
        kept = next((held.job_title for held in titles if held.job_title), "")
        people.change_person(by=by, user=one.user, name=row.name, job_title=row.job_title or kept)
