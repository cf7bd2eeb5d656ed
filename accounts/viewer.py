"""The person who looks, as every queryset and service sees them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists
from django.utils import timezone

from accounts.models import Cover, Membership, School, SessionState, User
from accounts.permissions import (
    GRANTS,
    READS_BY_NAME,
    Permission,
    Role,
    Strength,
    needed_strength,
)
from ledger.models import Via
from ledger.recording import pseudonym
from safeguard.errors import NotAllowed

Found = TypeVar("Found")


@dataclass(frozen=True)
class Viewer:
    """A person acting in one school, with the strength that their session has now."""

    user: User
    school: School
    roles: frozenset[Role]
    strength: Strength = Strength.SIGNED_IN
    session: SessionState | None = field(default=None, compare=False)
    covers_today: bool = False  # stands in for an absent DSL
    _found: dict[str, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    @cached_property
    def user_id(self) -> UUID:
        return self.user.pk

    @cached_property
    def school_id(self) -> UUID:
        return self.school.pk

    @property
    def session_id(self) -> UUID | None:
        """Which session this person looks in; none where somebody is only thought of."""
        return self.session.pk if self.session else None

    @property
    def is_elevated(self) -> bool:
        """Whether the authenticator has been used in this session and still counts."""
        return self.strength >= Strength.ELEVATED

    @cached_property
    def ledger_name(self) -> str:
        """What this person is called in the school's ledger."""
        return pseudonym(self.school_id, self.user_id)

    @property
    def via(self) -> str:
        """What the ledger says of how strongly this person had shown who they are."""
        if self.user.is_system:
            return Via.SYSTEM
        if self.is_elevated and self.session is not None and self.session.by_seal:
            return Via.BREAK_GLASS
        return Via.ELEVATED if self.is_elevated else Via.SIGNED_IN

    @property
    def reads_ledger(self) -> bool:
        """Whether this person may look at the school's ledger and its checkpoints."""
        return self.has(Permission.READ_LEDGER)

    @property
    def records(self) -> bool:
        """Whether this person may add incidents."""
        return self.has(Permission.ADD_INCIDENT)

    @property
    def keeps_poster(self) -> bool:
        """Whether this person may put up the poster of the visitors' slip."""
        return self.has(Permission.KEEP_POSTER)

    @property
    def reads_every_category(self) -> bool:
        """Whether no grant of a single category limits what this person reads."""
        return self.has(Permission.READ_EVERY_CATEGORY) or self.covers_today

    @property
    def reads_by_category(self) -> bool:
        """Whether a grant of a category lets this person read what others recorded.

        By a role that two people gave (SR-51); whoever reads of named children only reads no more.
        """
        return any(Permission.READ_INCIDENTS in GRANTS[role] for role in self.roles - READS_BY_NAME)

    @property
    def must_give_reasons(self) -> bool:
        """Whether this person reads what is for the DSL only after saying why, as the head does."""
        return Role.DSL not in self.roles

    @property
    def inspects(self) -> bool:
        """Whether nothing but the inspector's role lets this person read what others recorded.

        Then it is of named children, each after a reason; files stay, and the page says who looks.
        """
        return {role for role in self.roles if Permission.READ_INCIDENTS in GRANTS[role]} == {
            Role.INSPECTOR
        }

    def once(self, what: str, find: Callable[[], Found]) -> Found:
        """Return what was found for this person the first time that somebody asked.

        A viewer lives as long as a request, and is a person as they were at its beginning: so are
        their roles, and so is what is kept here. What changes bites on the next request.
        """
        if what not in self._found:
            self._found[what] = find()
        return self._found[what]

    def has(self, permission: Permission) -> bool:
        """Return whether the person may do this now, at the session's present strength."""
        needed = self._needed(permission)
        return needed is not None and needed <= self.strength

    def could_with_authenticator(self, permission: Permission) -> bool:
        """Return whether elevating the session would give what is lacking now."""
        return not self.has(permission) and self._needed(permission) is not None

    @property
    def may_elevate(self) -> bool:
        """Whether any right of this person's roles waits for the authenticator."""
        return any(self.could_with_authenticator(permission) for permission in Permission)

    @property
    def holds_authenticated_role(self) -> bool:
        """Whether this person's roles use the authenticator at all."""
        return any(self._needed(permission) == Strength.ELEVATED for permission in Permission)

    @property
    def is_kept_back(self) -> bool:
        """Whether the school demands the authenticator of everybody, and it has yet to be used here.

        Then this person records, and reads nothing. Safeguard itself has no authenticator.
        """
        return self._is_demanded and not self.is_elevated

    @property
    def _is_demanded(self) -> bool:
        return self.school.requires_authenticator and not self.user.is_system

    def _needed(self, permission: Permission) -> Strength | None:
        return needed_strength(
            self.roles,
            permission,
            self.school.withheld,
            demanded_of_everybody=self._is_demanded,
        )

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed unless the person may do this now."""
        if not self.has(permission):
            raise NotAllowed("You cannot do this with the access you have now.")

    def elevated(self) -> "Viewer":
        """Return the same person at the strength of a used authenticator."""
        return replace(self, strength=Strength.ELEVATED)


def viewer_for(
    user: User,
    school: School,
    *,
    strength: Strength = Strength.SIGNED_IN,
    session: SessionState | None = None,
) -> Viewer | None:
    """Return the person with their rights as they are now; None when they have no role here."""
    today = timezone.localdate()
    covering = Cover.objects.current(today).filter(by=user, school=school)
    held = dict(
        Membership.objects.current(today)
        .filter(user=user, school=school)
        .values_list("role", Exists(covering))
    )
    if not user.is_active or not held:
        return None
    return Viewer(
        user=user,
        school=school,
        roles=frozenset(map(Role, held)),
        strength=strength,
        session=session,
        covers_today=Role.DEPUTY_DSL in held and any(held.values()),
    )


def system_viewer(school: School) -> Viewer:
    """Return the named system user, as whom scheduled jobs and commands act in a school."""
    user, _ = User.objects.get_or_create(
        email="system@safeguard.invalid",
        defaults={"name": "Safeguard (automatic)", "is_active": False, "is_system": True},
    )
    return Viewer(user=user, school=school, roles=frozenset({Role.DATA_MANAGER}))
