"""Which change a session's row takes in which state, and what each writes (SR-32, SR-35, SR-101)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import sessions
from accounts.models import SessionState

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CHANGES = {
    "touch": lambda pk, now, school: sessions.touch(pk, now),
    "choose_school": lambda pk, now, school: sessions.choose_school(pk, school),
    "elevate": lambda pk, now, school: sessions.elevate(pk, now),
    "prove_again": lambda pk, now, school: sessions.prove_again(pk, now),
    "drop_elevation": lambda pk, now, school: sessions.drop_elevation(pk),
    "lock": lambda pk, now, school: sessions.lock(pk, now),
    "end": lambda pk, now, school: sessions.end(pk, now),
}
# Whatever is locked or over stays so; what is neither takes every change that means something.
TAKES = {
    "open": {"touch", "choose_school", "elevate", "lock", "end"},
    "elevated": set(CHANGES),
    "elevated until now": set(CHANGES) - {"prove_again"},
    "locked": {"lock", "end"},
    "ended": set(),
    "somebody else's": set(),
}
WRITTEN = ["school", "last_activity", "locked_at", "ended_at"]
STRENGTH = ["elevated_at", "elevated_until", "fresh_code_at"]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def begin(ada, now):
    """Return a function that begins a session of Ada's some minutes ago, in some state."""

    def begun(state: str = "open", *, minutes: int = 5, **fields) -> SessionState:
        ago = now - minutes * MINUTE
        row = sessions.begin(user=ada.user, school=ada.school, now=ago, device="A desk")
        raised = {"elevated_at": ago, "fresh_code_at": ago}
        fields = {
            "elevated": raised | {"elevated_until": now + MINUTE},
            "elevated until now": raised | {"elevated_until": now},
            "locked": {"locked_at": ago},
            "ended": {"ended_at": ago},
        }.get(state, {}) | fields
        SessionState.objects.filter(pk=row.pk).update(**fields)
        row.refresh_from_db()
        return row

    return begun


def values(row: SessionState, *names: str) -> dict:
    row.refresh_from_db()
    return {name: getattr(row, name) for name in names or [*WRITTEN, *STRENGTH]}


NOT_RAISED = dict.fromkeys(STRENGTH)


def test_a_session_begins_at_the_passwords_strength(ada, begin, now):
    row = begin(minutes=0)

    assert (row.user, row.school, row.device) == (ada.user, ada.school, "A desk")
    assert (row.began_at, row.last_activity) == (now, now)
    assert values(row, "locked_at", "ended_at", *STRENGTH) == NOT_RAISED | {
        "locked_at": None,
        "ended_at": None,
    }


@pytest.mark.parametrize("state", TAKES)
def test_each_change_is_taken_in_its_states_and_in_no_other(begin, elm, now, state):
    """SR-101: and says whether it was."""
    taken = set()
    for name, change in CHANGES.items():
        row = begin(state)
        before = values(row)

        answer = change(uuid4() if state == "somebody else's" else row.pk, now, elm)

        assert answer is (values(row) != before), name
        if answer:
            taken.add(name)
    assert taken == TAKES[state]


def test_what_each_change_writes(begin, ada, elm, now):
    """SR-32, SR-35, SR-101."""
    later = now + timedelta(minutes=10)
    nothing = {"school": ada.school, "locked_at": None, "ended_at": None}
    raised = {"elevated_at": now, "elevated_until": later, "fresh_code_at": now}
    began = now - 5 * MINUTE
    written = {
        "touch": {"last_activity": now, **NOT_RAISED},
        "choose_school": {"school": elm, **NOT_RAISED},
        "elevate": raised,
        "lock": {"locked_at": now, **NOT_RAISED},
        "end": {"ended_at": now, **NOT_RAISED},
    }
    for name, change in written.items():
        row = begin()
        CHANGES[name](row.pk, now, elm)
        assert values(row) == nothing | {"last_activity": began} | change, name


def test_a_change_of_one_session_leaves_the_others_alone(begin, elm, now):
    other = begin("elevated")
    before = values(other)

    for change in CHANGES.values():
        change(begin("elevated").pk, now, elm)

    assert values(other) == before


@pytest.mark.parametrize("name", ["choose_school", "drop_elevation", "lock", "end"])
def test_what_lowers_the_strength_leaves_nothing_of_it(begin, elm, now, name):
    """SR-35: neither an end to come nor a code that counts as fresh."""
    row = begin("elevated")

    CHANGES[name](row.pk, now, elm)

    assert values(row, *STRENGTH) == NOT_RAISED


def test_activity_slides_elevation_by_ten_minutes_and_up_to_two_hours(begin, now):
    """SR-32, SR-33."""
    fresh, old, over = (
        begin("elevated"),
        begin("elevated", minutes=115),
        begin("elevated until now"),
    )

    for row in (fresh, old, over):
        sessions.touch(row.pk, now)

    assert values(fresh, "elevated_until") == {"elevated_until": now + 10 * MINUTE}
    assert values(old, "elevated_until") == {"elevated_until": now + 5 * MINUTE}
    assert values(over, "elevated_until") == {"elevated_until": now}  # it does not come back


def test_a_request_that_is_late_does_not_set_the_clock_back(begin, now):
    """SR-101."""
    row = begin(minutes=0)

    assert not sessions.touch(row.pk, now)
    assert not sessions.touch(row.pk, now - MINUTE)
    assert values(row, "last_activity") == {"last_activity": now}


def test_another_proof_counts_as_fresh_and_prolongs_nothing(begin, now):
    """SR-38."""
    row = begin("elevated")
    before = values(row)

    sessions.prove_again(row.pk, now)

    assert values(row) == before | {"fresh_code_at": now}


def test_the_password_opens_the_lock_that_it_was_typed_for(begin, now):
    """SR-101: a lock made meanwhile stays, and so does the end of a session."""
    row, ended = begin("locked"), begin("locked", ended_at=now)
    at = row.locked_at

    assert not sessions.unlock(row.pk, locked_at=at - MINUTE, now=now)
    assert not sessions.unlock(ended.pk, locked_at=ended.locked_at, now=now)
    assert sessions.unlock(row.pk, locked_at=at, now=now)
    assert not sessions.unlock(row.pk, locked_at=at, now=now)
    assert values(row, "locked_at", "last_activity") == {"locked_at": None, "last_activity": now}


@pytest.mark.parametrize(("minutes", "holds"), [(9, True), (10, False)])
def test_alive_is_what_has_neither_ended_nor_idled(begin, now, minutes, holds):
    """SR-32."""
    row = begin(minutes=minutes)

    found = sessions.alive(row.pk, now)

    assert (found == row) is holds
    assert (found is None) is not holds
    assert sessions.alive(uuid4(), now) is None
    assert sessions.alive(begin("ended").pk, now) is None


def test_who_it_is_and_where_is_read_at_once(begin, now, django_assert_num_queries):
    """Every request asks: it must not cost three queries."""
    row = begin()
    user, school = row.user, row.school
    with django_assert_num_queries(1):
        found = sessions.alive(row.pk, now)
        assert (found.user, found.school) == (user, school)
    with django_assert_num_queries(1):
        assert [one.school for one in sessions.open_of(user, now)] == [school]


@pytest.mark.parametrize("minutes", [5, 10, 30])
def test_a_session_ends_after_the_schools_idle_time_and_twelve_hours(begin, now, minutes):
    """SR-32, SR-33: and after ten minutes where no school is chosen yet."""
    row = begin()
    row.school.idle_minutes = minutes
    assert sessions.ends_at(row) == row.last_activity + minutes * MINUTE
    row.began_at = now - 12 * HOUR + MINUTE
    assert sessions.ends_at(row) == now + min(MINUTE, (minutes - 5) * MINUTE)
    row.school, row.began_at = None, now

    assert sessions.idle_limit(row) == 10 * MINUTE


def test_open_are_a_persons_own_that_have_not_ended_the_latest_first(begin, ada, eli, now):
    """SR-36: neither those that idled, in a school that allows less, nor another person's."""
    ada.school.idle_minutes = 30
    ada.school.save()
    late, early, same = begin(minutes=1), begin(minutes=29), begin(minutes=29)
    begin("ended")
    begin(minutes=30)
    begin(minutes=1, began_at=now - 12 * HOUR)
    begin(minutes=1, user=eli.user)

    found = sessions.open_of(ada.user, now)

    assert found == [late, *sorted([early, same], key=lambda row: row.pk)]
    ada.school.idle_minutes = 5
    ada.school.save()
    assert sessions.open_of(ada.user, now) == [late]


def test_beyond_three_at_once_the_oldest_end(begin, ada, eli, now):
    """SR-36."""
    rows = [begin("elevated", minutes=minutes) for minutes in range(1, 6)]
    another = begin(minutes=9, user=eli.user)

    assert sessions.end_surplus(ada.user, now) == 2

    assert [values(row, "ended_at")["ended_at"] for row in [*rows, another]] == [
        *[None] * 3,
        *[now] * 2,
        None,
    ]
    assert values(rows[-1], *STRENGTH) == NOT_RAISED
    assert sessions.end_surplus(ada.user, now) == 0


def test_ending_all_but_one(begin, ada, eli, now):
    """SR-35: another person's stay, what had ended keeps its moment."""
    one, two, over, other = begin("elevated"), begin(), begin("ended"), begin(user=eli.user)
    ended_before = over.ended_at

    assert sessions.end_all(ada.user, now, but=one.pk) == 1
    left = values(one)
    assert sessions.end_all(ada.user, now) == 1

    assert left["ended_at"] is None
    assert left["elevated_until"] is not None
    assert values(one) == left | {"ended_at": now} | NOT_RAISED
    assert values(two, "ended_at") == {"ended_at": now}
    assert values(over, "ended_at") == {"ended_at": ended_before}
    assert values(other, "ended_at") == {"ended_at": None}


def test_a_session_is_ended_for_somebody_where_it_is_theirs(begin, ada, eli, now):
    """SR-37."""
    row = begin()

    assert not sessions.end(row.pk, now, of=eli.user)
    assert values(row, "ended_at") == {"ended_at": None}
    assert sessions.end(row.pk, now, of=ada.user)


def test_elevating_one_session_lowers_the_persons_others(begin, eli, now):
    """SR-36."""
    row, other, plain = begin("elevated"), begin("elevated"), begin()
    theirs = begin("elevated", user=eli.user)
    kept = [values(one) for one in (row, plain, theirs)]

    assert sessions.drop_other_elevations(row) == 1

    assert values(other, *STRENGTH) == NOT_RAISED
    assert [values(one) for one in (row, plain, theirs)] == kept


def test_states_are_forgotten_a_month_after_the_last_activity(begin, now):
    old, young = begin(), begin()
    month = timedelta(days=30)
    SessionState.objects.filter(pk=old.pk).update(last_activity=now - month - MINUTE)
    SessionState.objects.filter(pk=young.pk).update(last_activity=now - month)

    assert sessions.forget_old(now) == 1
    assert SessionState.objects.get() == young
