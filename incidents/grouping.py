"""The school's alert groups: who is alerted together. The one that always is never is empty."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import School, User
from accounts.permissions import Permission, Role
from accounts.viewer import Viewer
from incidents.lists import AlertGroup
from incidents.recipients import people_by_group
from ledger.recording import record_change
from safeguard.errors import DomainError, NotAllowed


class NameTaken(DomainError):
    """The school has a group of this name."""


class NobodyInIt(DomainError):
    """Nobody would be in a group that is always alerted."""


def always_with_people(school: School) -> frozenset[UUID]:
    """Return which of the groups that are always alerted have somebody in them today."""
    groups = list(AlertGroup.objects.filter(school=school).in_use().always())
    people = people_by_group(groups, school, timezone.localdate())
    return frozenset(pk for pk, members in people.items() if members)


def add_group(
    *, by: Viewer, name: str, roles: Iterable[Role], members: Iterable[User]
) -> AlertGroup:
    """Add a group that can be picked when somebody is alerted."""
    by.require(Permission.APPROVE_RIGHTS)
    group = AlertGroup(school=by.school, purpose=AlertGroup.Purpose.PICKED)
    return _set(by, group, name, roles, members)


def change_group(
    *, by: Viewer, group: AlertGroup, name: str, roles: Iterable[Role], members: Iterable[User]
) -> AlertGroup:
    """Set anew what a group is called and who is in it: by role, or by name."""
    by.require(Permission.APPROVE_RIGHTS)
    with transaction.atomic():
        return _set(by, _held(by, group), name, roles, members)


def retire_group(*, by: Viewer, group: AlertGroup, on: date) -> AlertGroup:
    """Offer a group no more; what was alerted through it stays."""
    by.require(Permission.APPROVE_RIGHTS)
    with transaction.atomic():
        held = _held(by, group)
        always = AlertGroup.objects.visible_to(by).in_use().always()
        if held.purpose == AlertGroup.Purpose.ALWAYS and always.count() < 2:
            raise NobodyInIt("A group is always alerted: rename it, or change who is in it.")
        held.retired_on = on
        held.save(update_fields=["retired_on"])
        record_change(by=by, obj=held.pk, body=_said(held))
        _require_somebody(by.school)
    return held


def _held(by: Viewer, group: AlertGroup) -> AlertGroup:
    rows = AlertGroup.objects.visible_to(by).in_use().select_for_update(of=("self",))
    held = rows.filter(pk=group.pk).first()
    if held is None:
        raise NotAllowed("There is no such group.")
    return held


def _set(
    by: Viewer, group: AlertGroup, name: str, roles: Iterable[Role], members: Iterable[User]
) -> AlertGroup:
    named = list(members)
    here = User.objects.working_at(by.school, timezone.localdate())
    if here.filter(pk__in=[one.pk for one in named]).count() != len({one.pk for one in named}):
        raise NotAllowed("Choose colleagues of this school.")
    group.name, group.roles = name, [role.value for role in roles]
    with transaction.atomic():
        try:
            with transaction.atomic():
                group.save()
        except IntegrityError as error:
            raise NameTaken(f"There is a group called {name}, or was. Choose another.") from error
        group.members.set(named)
        record_change(by=by, obj=group.pk, body=_said(group))
        if group.purpose == AlertGroup.Purpose.ALWAYS:
            _require_somebody(by.school, group)
    return group


def _require_somebody(school: School, group: AlertGroup | None = None) -> None:
    manned = always_with_people(school)
    if not manned or (group is not None and group.pk not in manned):
        raise NobodyInIt(
            "Nobody who works here and records would be in it, and this group is always alerted."
            " Choose a role that somebody holds, or a colleague."
        )


def _said(group: AlertGroup) -> dict[str, object]:
    """Return what the ledger keeps of a group as it stands now."""
    return {
        "setting": "alert group",
        "name": group.name,
        "purpose": group.purpose,
        "roles": sorted(group.roles),
        "members": sorted(str(pk) for pk in group.members.values_list("pk", flat=True)),
        "retired_on": group.retired_on,
    }
