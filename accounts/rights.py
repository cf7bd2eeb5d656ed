"""What a school takes from its roles, and who stands in for an absent DSL.

To take is one person's word; to give back takes a second (`lowering`).
"""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import bodies, lowering
from accounts.models import AccountNotice, Cover, School, SettingProposal, User
from accounts.permissions import MAY_BE_WITHHELD, Permission, Role
from accounts.roles import DatesDoNotFit, HeldAlready, tell_leads
from accounts.viewer import Viewer
from ledger.recording import record_change
from safeguard.errors import DomainError, NotAllowed

# What it means for those who hold the role, when the school takes this from it.
MEANS = {
    Permission.READ_EVERY_CATEGORY: "They read incidents of the categories granted to them, and no others.",
    Permission.READ_CHRONOLOGY: "They read incidents one by one, and no pupil’s whole story.",
    Permission.MAKE_REPORTS: "They make no reports; those that they made stay theirs.",
    Permission.BREAK_GLASS: "They cannot open a pupil’s file in an emergency. The DSL has to be reached.",
    Permission.REFINE_CATEGORIES: "They leave an incident’s categories as they were reported.",
    Permission.MARK_SIGNIFICANT: "They do not mark what stands out in a chronology.",
    Permission.RECORD_STATUS: "They do not record that a child protection plan, or the like, began or ended.",
    Permission.FIND_PUPIL: "They see no pupil’s name outside the import.",
}


def withhold(*, by: Viewer, role: Role, withheld: Collection[Permission]) -> lowering.Changed:
    """Take these from a role, within bounds; propose to give it back what else was taken."""
    by.require(Permission.APPROVE_RIGHTS)
    if not set(withheld) <= MAY_BE_WITHHELD.get(role, frozenset()):
        raise NotAllowed("This cannot be taken from the role.")
    with transaction.atomic():
        school = School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        before = set(school.withheld.get(role, ()))
        now = {one.name for one in withheld}
        if now - before:
            _set_withheld(by, school, role, now | before)
        if not before - now:
            return lowering.Changed()
        waits = lowering.propose(
            by=by, setting=lowering.Setting.ROLE, of=role.value, lowered=before - now
        )
    return lowering.Changed(waits)


def lower(*, by: Viewer, proposal: SettingProposal) -> None:
    """Give back to a role what two people agreed to."""
    school = School.objects.select_for_update(no_key=True).get(pk=by.school_id)
    before = set(school.withheld.get(proposal.of, ()))
    _set_withheld(by, school, Role(proposal.of), before - set(proposal.lowered))


def lowered_in_words(proposal: SettingProposal) -> str:
    """Say what would be given back, and to whom."""
    back = "; ".join(Permission[name].value for name in proposal.lowered)
    return f"{Role(proposal.of).label}: give back “{back}”"


def _set_withheld(by: Viewer, school: School, role: Role, withheld: Collection[str]) -> None:
    school.withheld = {**school.withheld, role.value: sorted(withheld)}
    school.save(update_fields=["withheld"])
    record_change(by=by, obj=school.pk, body=bodies.withheld(school, role))


def arrange_cover(
    *, by: Viewer, absent: User, deputy: User, starts_on: date, ends_on: date
) -> Cover:
    """Let a deputy stand in for an absent DSL: they read every category between two days."""
    by.require(Permission.APPROVE_RIGHTS)
    today = timezone.localdate()
    if not may_be_absent(by, today).contains(absent) or not may_cover(by, today).contains(deputy):
        raise NotAllowed("Choose a DSL and a deputy of this school.")
    if ends_on < max(starts_on, today):
        raise DatesDoNotFit("The last day is before the first, or over already.")
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        known = Cover.objects.filter(school=by.school, absent=absent, by=deputy)
        if known.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
            raise HeldAlready(f"{deputy.name} stands in on some of these days already.")
        cover = Cover.objects.create(
            school=by.school,
            absent=absent,
            by=deputy,
            starts_on=starts_on,
            ends_on=ends_on,
            arranged_by=by.user,
        )
        record_change(by=by, obj=cover.pk, body=bodies.cover(cover))
        tell_leads(by.school, AccountNotice.What.RIGHTS, also={deputy}, but={by.user})
    return cover


def end_cover(*, by: Viewer, cover: Cover) -> None:
    """End a cover at once, or take back one that has not begun; the ledger keeps that it was."""
    by.require(Permission.APPROVE_RIGHTS)
    today = timezone.localdate()
    with transaction.atomic():
        rows = Cover.objects.visible_to(by).select_for_update(of=("self",))
        held = rows.filter(pk=cover.pk, ends_on__gte=today).first()
        if held is None:
            raise DomainError("This cover is over already.")
        held.ends_on = today - timedelta(days=1)
        record_change(by=by, obj=held.pk, body=bodies.cover(held))
        if held.starts_on < today:
            held.save(update_fields=["ends_on"])
        else:  # it would end before it began
            held.delete()


def may_be_absent(by: Viewer, on: date):
    """Return for whom somebody can stand in: the DSLs of the school."""
    return User.objects.holding([Role.DSL], by.school, on).order_by("name", "id")


def may_cover(by: Viewer, on: date):
    """Return who can stand in: the deputies, who have the authenticator's rights already."""
    return User.objects.holding([Role.DEPUTY_DSL], by.school, on).order_by("name", "id")
