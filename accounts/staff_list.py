"""The school's people as whoever looks after accounts sees them: no record, no pupil, no secret."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from axes.models import AccessAttempt
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone

from accounts import sessions
from accounts.holders import has_factor, shortage, with_factor
from accounts.models import (
    Membership,
    RoleDecision,
    RoleProposal,
    SessionState,
    User,
)
from accounts.permissions import SAFEGUARDING_ROLES
from accounts.viewer import Viewer

A_PAGE = 50
MOST_DECISIONS = 20


@dataclass(frozen=True)
class Wanted:
    """Which people are to be listed."""

    left: bool = False
    words: str = ""
    page: str = "1"


@dataclass(frozen=True)
class Row:
    """One person, with what they are here."""

    user: User
    roles: tuple[str, ...]
    titles: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def has_begun(self) -> bool:
        """Whether they have chosen a password."""
        return self.user.has_usable_password()


@dataclass(frozen=True)
class Listed:
    """A page of people, and how many there are of each kind."""

    page: Page
    rows: list[Row]
    active: int
    left: int


@dataclass(frozen=True)
class Account:
    """One person's account: roles, sessions, whether a wrong password locks them out."""

    user: User
    title: str
    held: list[Membership]
    over: list[Membership]
    waiting: list[RoleProposal]
    sessions: list[SessionState]
    has_authenticator: bool
    wrong_passwords: int
    is_locked: bool
    is_oneself: bool

    @property
    def is_here(self) -> bool:
        """Whether they work here, or are to."""
        return self.user.is_active and bool(self.held or self.waiting)


@dataclass(frozen=True)
class RolesPage:
    """Who holds the safeguarding roles, what waits for a second person, what was decided lately."""

    held: list[Membership]
    waiting: list[RoleProposal]
    decided: list[RoleDecision]
    shortage: str  # whether fewer than two of them have an authenticator, or will


def list_people(viewer: Viewer, wanted: Wanted) -> Listed:
    """Return a page of the school's people by name; six queries, however many there are."""
    now = timezone.now()
    here = _here(viewer, now)
    everybody = User.objects.administered_by(viewer)
    chosen = everybody.exclude(here) if wanted.left else everybody.filter(here)
    for word in wanted.words.split():
        chosen = chosen.filter(Q(name__icontains=word) | Q(email__icontains=word))
    able = Case(When(with_factor(), then=True), default=False)
    ordered = chosen.annotate(has_authenticator=able).order_by("name", "id")
    page = Paginator(ordered, A_PAGE).get_page(wanted.page)
    active = everybody.filter(here).count()
    return Listed(
        page=page,
        rows=_rows(viewer, list(page), now),
        active=active,
        left=everybody.count() - active,
    )


def account_of(viewer: Viewer, user: User, now: datetime) -> Account:
    """Return what whoever looks after accounts may know of one."""
    today = timezone.localdate(now)
    rows = Membership.objects.visible_to(viewer).filter(user=user)
    held = list(rows.not_over(today).order_by("starts_on", "role", "id"))
    attempts = AccessAttempt.objects.filter(username=user.email, expiration__expires_at__gt=now)
    wrong = list(attempts.values_list("failures_since_start", flat=True))
    return Account(
        user=user,
        title=next((one.job_title for one in held if one.job_title), ""),
        held=held,
        over=list(rows.filter(ends_on__lt=today).order_by("-ends_on", "role", "id")),
        waiting=list(_proposed(viewer, now).filter(user=user)),
        sessions=sessions.open_of(user, now),
        has_authenticator=has_factor(user),
        wrong_passwords=sum(wrong),
        is_locked=any(one >= settings.AXES_FAILURE_LIMIT for one in wrong),
        is_oneself=user.pk == viewer.user_id,
    )


def roles_page(viewer: Viewer, now: datetime) -> RolesPage:
    """Return who may read what others recorded, and who is to."""
    today = timezone.localdate(now)
    held = Membership.objects.visible_to(viewer).not_over(today)
    decided = RoleDecision.objects.visible_to(viewer).select_related(
        "proposal__user", "proposal__proposed_by", "by"
    )
    return RolesPage(
        held=list(
            held.filter(role__in=SAFEGUARDING_ROLES, user__is_active=True)
            .select_related("user")
            .order_by("role", "user__name", "id")
        ),
        waiting=list(_proposed(viewer, now)),
        decided=list(decided.order_by("-recorded_at", "id")[:MOST_DECISIONS]),
        shortage=shortage(viewer.school, today),
    )


def _proposed(viewer: Viewer, now: datetime) -> QuerySet[RoleProposal]:
    waiting = RoleProposal.objects.visible_to(viewer).waiting(now).with_people()
    return waiting.order_by("recorded_at", "id")


def _here(viewer: Viewer, now: datetime) -> Q:
    """Say of people that they work here, or are to."""
    working = Membership.objects.visible_to(viewer).not_over(timezone.localdate(now))
    awaited = RoleProposal.objects.visible_to(viewer).waiting(now)
    ways = Q(pk__in=working.values("user")) | Q(pk__in=awaited.values("user"))
    return Q(is_active=True) & ways


def _rows(viewer: Viewer, people: list[User], now: datetime) -> list[Row]:
    roles, titles, waiting = (defaultdict(list) for _ in range(3))
    held = Membership.objects.visible_to(viewer).current(timezone.localdate(now))
    for one in held.filter(user__in=people).order_by("starts_on", "role", "id"):
        roles[one.user_id].append(one.get_role_display())
        titles[one.user_id].append(one.job_title)
    for proposal in _proposed(viewer, now).filter(user__in=people):
        waiting[proposal.user_id].append(proposal.get_role_display())
    return [
        Row(user, _once(roles, user.pk), _once(titles, user.pk), _once(waiting, user.pk))
        for user in people
    ]


def _once(words: dict[UUID, list[str]], pk: UUID) -> tuple[str, ...]:
    """Return each word once, in its order; empty ones not at all."""
    found: Iterable[str] = words.get(pk, ())
    return tuple(dict.fromkeys(word for word in found if word))
