"""Rights by category: grants to roles and people, and what is special about a category.

The DSL and the head say so. By a grant somebody reads what others recorded, so nobody gives
themselves one, and of each the other leads are told at once. A category is guarded more closely by
one person's word, and opened by two people's (`accounts.lowering`).
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import lowering
from accounts.models import AccountNotice, School, SettingProposal, User
from accounts.permissions import Permission, Role
from accounts.roles import DatesDoNotFit, HeldAlready, NotForOneself, tell_leads
from accounts.viewer import Viewer
from incidents.bodies import PARTS, category_grant
from incidents.models import Category, CategoryGrant
from ledger.recording import record_change
from safeguard.errors import DomainError, NotAllowed

# To these a grant can mean something: they record, or read by category.
GRANTABLE = [role for role in Role if role not in {Role.DSL, Role.HEAD}]
FLAGS = ("restricted", "added_by_grant", "shows_injuries")
# How each stands when more people read or record.
LOWERED = {"restricted": False, "added_by_grant": False, "shows_injuries": True}


def add_grant(
    *,
    by: Viewer,
    category: Category,
    role: str = "",
    user: User | None = None,
    parts: Iterable[str],
    year_groups: Iterable[str] = (),
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> CategoryGrant:
    """Let a role, or one person, do something in a category; in some years, for a time."""
    by.require(Permission.APPROVE_RIGHTS)
    chosen = set(parts)
    today = timezone.localdate()
    _require_whole(by, category, role, user)
    if not chosen or not chosen <= set(PARTS):
        raise DomainError("Choose at least one thing that they may do.")
    if ends_on is not None and ends_on < (starts_on or today):
        raise DatesDoNotFit("The last day is before the first.")
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        said = {
            **{part: part in chosen for part in PARTS},
            "role": role,
            "user": user,
            "year_groups": list(year_groups),
        }
        rows = CategoryGrant.objects.visible_to(by).filter(category=category)
        if rows.current(today).filter(**said).exists():
            raise HeldAlready("They have this grant already.")
        grant = CategoryGrant.objects.create(
            school=by.school,
            category=category,
            starts_on=starts_on or today,
            ends_on=ends_on,
            **said,
        )
        record_change(by=by, obj=grant.pk, body=category_grant(grant))
        tell_leads(by.school, AccountNotice.What.RIGHTS, but={by.user})
    return grant


def end_grant(*, by: Viewer, grant: CategoryGrant) -> CategoryGrant:
    """End a grant at once."""
    by.require(Permission.APPROVE_RIGHTS)
    today = timezone.localdate()
    with transaction.atomic():
        rows = CategoryGrant.objects.visible_to(by).select_for_update(of=("self",))
        held = rows.filter(pk=grant.pk).first()
        if held is None:
            raise NotAllowed("There is no such grant.")
        if held.ends_on is not None and held.ends_on < today:
            raise DomainError("This grant is over already.")
        held.ends_on = today - timedelta(days=1)
        held.save(update_fields=["ends_on"])
        record_change(by=by, obj=held.pk, body=category_grant(held))
    return held


def change_category(
    *, by: Viewer, category: Category, flags: Iterable[str], reason: str
) -> lowering.Changed:
    """Say whether a category needs a grant of its own to read, to record, to see injuries, and why.

    What guards it more closely holds at once; what opens it is proposed.
    """
    by.require(Permission.APPROVE_RIGHTS)
    chosen = set(flags)
    if not chosen <= set(FLAGS):
        raise NotAllowed("There is no such thing to say of a category.")
    if not reason.strip():
        raise DomainError("Say why it is changed.")
    with transaction.atomic():
        rows = Category.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
        held = rows.filter(pk=category.pk).first()
        if held is None:
            raise NotAllowed("There is no such category.")
        changed = {flag for flag in FLAGS if getattr(held, flag) is not (flag in chosen)}
        lowered = {flag for flag in changed if LOWERED[flag] is (flag in chosen)}
        if changed - lowered:
            stricter = {flag: flag in chosen for flag in changed - lowered}
            _set_flags(by, held, stricter, reason.strip())
        if not lowered:
            return lowering.Changed()
        waits = lowering.propose(
            by=by,
            setting=lowering.Setting.CATEGORY,
            of=str(held.pk),
            lowered=lowered,
            reason=reason.strip(),
        )
    return lowering.Changed(waits)


def lower(*, by: Viewer, proposal: SettingProposal) -> None:
    """Open a category as two people agreed."""
    rows = Category.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    opened = {flag: LOWERED[flag] for flag in proposal.lowered}
    _set_flags(by, rows.get(pk=proposal.of), opened, proposal.reason)


def lowered_in_words(proposal: SettingProposal) -> str:
    """Say what would be opened of which category."""
    words = {
        "restricted": "no longer restricted",
        "added_by_grant": "recorded by everybody",
        "shows_injuries": "a grant for it opens pictures of injuries",
    }
    category = Category.objects.get(school=proposal.school_id, pk=proposal.of)
    return f"{category.name}: {', '.join(words[flag] for flag in proposal.lowered)}"


def _set_flags(by: Viewer, category: Category, flags: dict[str, bool], reason: str) -> None:
    for flag, is_so in flags.items():
        setattr(category, flag, is_so)
    category.save(update_fields=list(flags))
    stands = sorted(flag for flag in FLAGS if getattr(category, flag))
    body = {"setting": "category", "category": category.pk, "flags": stands, "reason": reason}
    record_change(by=by, obj=category.pk, body=body)


def _require_whole(by: Viewer, category: Category, role: str, user: User | None) -> None:
    if category.school_id != by.school_id or category.parent_id is not None:
        raise NotAllowed("Choose one of the school’s top-level categories.")
    if bool(role) == (user is not None):
        raise DomainError("Choose a role or a person: one of the two.")
    if role and role not in GRANTABLE:
        raise NotAllowed("This role reads every category, or none.")
    if user is None:
        return
    if user.pk == by.user_id:
        raise NotForOneself("Nobody gives themselves a grant. Ask the head or the DSL.")
    if not User.objects.working_at(by.school, timezone.localdate()).contains(user):
        raise NotAllowed("Choose a colleague of this school.")
