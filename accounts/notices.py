"""Who is told of what happened to an account: its owner, and those who answer for the school (SR-15)."""

from django.db import transaction
from django.utils.timezone import localdate

from accounts.holders import GIVING_ROLES, holders
from accounts.models import AccountNotice, Membership, School, User
from accounts.permissions import SAFEGUARDING_ROLES, Role
from safeguard import outbox
from safeguard.models import Outbox

What = AccountNotice.What
SEVERAL = 3  # wrong tries before a right one, of which one wants to know
TOO_MANY = 5  # wrong codes, of which the leads want to know too


def notify(
    user: User, what: AccountNotice.What, *, device: str = "", about: User | None = None
) -> AccountNotice:
    """Let somebody know by mail, and on *My sessions*, what happened to an account."""
    with transaction.atomic():
        notice = AccountNotice.objects.create(user=user, what=what, device=device, about=about)
        outbox.put(Outbox.Kind.ACCOUNT_NOTICE, [notice.pk], school=None, urgent=True)
    return notice


def tell_leads(user: User, what: AccountNotice.What) -> None:
    """Let somebody know, and the designated safeguarding leads of each of their schools."""
    notify(user, what)
    for lead in _others(user, lambda school: User.objects.holding({Role.DSL}, school, localdate())):
        notify(lead, what, about=user)


def tell_holders(user: User, what: AccountNotice.What) -> None:
    """Let somebody know, and all with a safeguarding role and an authenticator in their schools."""
    notify(user, what)
    for holder in _others(user, lambda school: holders(school, SAFEGUARDING_ROLES)):
        notify(holder, what, about=user)


def tell_leading_roles(user: User, what: AccountNotice.What) -> None:
    """Let somebody know, and everybody of their schools with a leading role, holder or not."""
    notify(user, what)
    for person in _others(
        user, lambda school: User.objects.holding(GIVING_ROLES, school, localdate())
    ):
        notify(person, what, about=user)


def _others(user: User, of) -> set[User]:
    """Return the people of each school that somebody works in, but not that person."""
    memberships = Membership.objects.current(localdate()).filter(user=user)
    schools = School.objects.filter(pk__in=memberships.values("school"))
    return {person for school in schools for person in of(school)} - {user}
