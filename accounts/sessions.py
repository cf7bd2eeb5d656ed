"""Lock, elevation and activity of a session: conditional single UPDATEs, nothing else.

Each function changes a row only from the state in which the change is right, and says whether it
did. A slow request that ends late can therefore neither lift a Blank Screen nor bring back an
elevation that was dropped (SR-101). Times are passed in.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, F, Value, When
from django.db.models.functions import Least

from accounts.models import School, SessionState, User

ABSOLUTE = timedelta(hours=12)
ELEVATED_ABSOLUTE = timedelta(hours=2)
ELEVATED_IDLE = timedelta(minutes=10)
MOST_AT_ONCE = 3  # sessions of one person
LONGEST_IDLE = timedelta(minutes=30)  # that a school may choose
KEY = "session_state"
NOT_ELEVATED = {
    "elevated_at": None,
    "elevated_until": None,
    "fresh_code_at": None,
    "bound_to": "",
    "by_seal": False,
}


def begin(*, user: User, school: School | None, now: datetime, device: str = "") -> SessionState:
    """Start a session's state at sign-in; the device is what its owner knows it by."""
    return SessionState.objects.create(
        user=user, school=school, began_at=now, last_activity=now, device=device
    )


def alive(pk: UUID, now: datetime) -> SessionState | None:
    """Return the state if the session has not ended, idled too long or grown too old."""
    state = (
        SessionState.objects.select_related("user", "school").filter(pk=pk, ended_at=None).first()
    )
    return state if state is not None and ends_at(state) > now else None


def open_of(user: User, now: datetime) -> list[SessionState]:
    """Return the sessions in which this person is signed in at this moment, the latest first."""
    states = SessionState.objects.select_related("school").filter(
        user=user, ended_at=None, last_activity__gt=now - LONGEST_IDLE
    )
    return [state for state in states.order_by("-last_activity", "id") if ends_at(state) > now]


def idle_limit(state: SessionState) -> timedelta:
    """Return how long a session lasts without activity; the school's choice of 5 to 30 minutes."""
    return timedelta(minutes=state.school.idle_minutes if state.school else 10)


def ends_at(state: SessionState) -> datetime:
    """Return when the session ends if nothing more is done in it."""
    return min(state.last_activity + idle_limit(state), state.began_at + ABSOLUTE)


def touch(pk: UUID, now: datetime) -> bool:
    """Note a person's activity; elevation slides with it, up to its absolute end."""
    slid = Least(Value(now + ELEVATED_IDLE), F("elevated_at") + ELEVATED_ABSOLUTE)
    return bool(
        SessionState.objects.filter(
            pk=pk, ended_at=None, locked_at=None, last_activity__lt=now
        ).update(
            last_activity=now,
            elevated_until=Case(
                When(elevated_until__gt=now, then=slid), default=F("elevated_until")
            ),
        )
    )


def choose_school(pk: UUID, school: School) -> bool:
    """Say in which school the person acts; elevation does not travel."""
    return bool(
        SessionState.objects.filter(pk=pk, ended_at=None, locked_at=None).update(
            school=school, **NOT_ELEVATED
        )
    )


def elevate(pk: UUID, now: datetime, *, bound_to: str = "") -> bool:
    """Raise a session that is neither locked nor ended, in one browser (`accounts.binding`).

    Bound to nothing it is good for no request at all.
    """
    return bool(
        SessionState.objects.filter(pk=pk, ended_at=None, locked_at=None).update(
            elevated_at=now,
            elevated_until=now + ELEVATED_IDLE,
            fresh_code_at=now,
            bound_to=bound_to,
            by_seal=False,
        )
    )


def elevate_by_seal(pk: UUID, now: datetime, *, until: datetime, bound_to: str) -> bool:
    """Raise a session under the sealed code: as any other, but not beyond its four hours.

    It is no proof of a factor: whatever asks for a further code goes on asking (SR-38).
    """
    return bool(
        SessionState.objects.filter(pk=pk, ended_at=None, locked_at=None).update(
            elevated_at=min(now, until - ELEVATED_ABSOLUTE),
            elevated_until=min(now + ELEVATED_IDLE, until),
            fresh_code_at=None,
            bound_to=bound_to,
            by_seal=True,
        )
    )


def prove_again(pk: UUID, now: datetime) -> bool:
    """Note a further proof of the factor in a session that is elevated still (SR-38)."""
    return bool(
        SessionState.objects.filter(
            pk=pk, ended_at=None, locked_at=None, elevated_until__gt=now
        ).update(fresh_code_at=now)
    )


def drop_other_elevations(state: SessionState) -> int:
    """Return all other sessions of the person to the password's strength: one at a time (SR-36)."""
    others = SessionState.objects.filter(user=state.user_id).exclude(elevated_until=None)
    return others.exclude(pk=state.pk).update(**NOT_ELEVATED)


def drop_elevations_in(school: School, *, but: SessionState | None) -> int:
    """Return a school's sessions to the password's strength, all but one."""
    rows = SessionState.objects.filter(school=school).exclude(elevated_until=None)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    return rows.update(**NOT_ELEVATED)


def drop_elevation(pk: UUID) -> bool:
    """Return a session to the password's strength."""
    return bool(
        SessionState.objects.filter(pk=pk).exclude(elevated_until=None).update(**NOT_ELEVATED)
    )


def drop_moved(state: SessionState) -> bool:
    """Return a session to the password's strength, unless another browser has elevated it since."""
    rows = SessionState.objects.filter(pk=state.pk, bound_to=state.bound_to)
    return bool(rows.exclude(elevated_until=None).update(**NOT_ELEVATED))


def lock(pk: UUID, now: datetime) -> bool:
    """Blank Screen: nothing but the password reopens, and elevation is gone."""
    return bool(
        SessionState.objects.filter(pk=pk, ended_at=None).update(locked_at=now, **NOT_ELEVATED)
    )


def unlock(pk: UUID, *, locked_at: datetime, now: datetime) -> bool:
    """Reopen the lock that was on the screen when the password was typed, and no later one."""
    return bool(
        SessionState.objects.filter(pk=pk, ended_at=None, locked_at=locked_at).update(
            locked_at=None, last_activity=now
        )
    )


def end(pk: UUID, now: datetime, *, of: User | None = None) -> bool:
    """Sign out; with `of` only where the session is that person's."""
    states = SessionState.objects.filter(pk=pk, ended_at=None)
    if of is not None:
        states = states.filter(user=of)
    return bool(states.update(ended_at=now, **NOT_ELEVATED))


def end_surplus(user: User, now: datetime) -> int:
    """End a person's oldest sessions beyond so many at once; return how many (SR-36)."""
    surplus = [state.pk for state in open_of(user, now)[MOST_AT_ONCE:]]
    return SessionState.objects.filter(pk__in=surplus, ended_at=None).update(
        ended_at=now, **NOT_ELEVATED
    )


def end_all(user: User, now: datetime, *, but: UUID | None = None) -> int:
    """End a person's sessions, all but one: after a change of password."""
    rows = SessionState.objects.filter(user=user, ended_at=None)
    if but is not None:
        rows = rows.exclude(pk=but)
    return rows.update(ended_at=now, **NOT_ELEVATED)


def forget_old(now: datetime) -> int:
    """Delete the states of sessions that ended or went stale a month ago."""
    return SessionState.objects.filter(last_activity__lt=now - timedelta(days=30)).delete()[0]
