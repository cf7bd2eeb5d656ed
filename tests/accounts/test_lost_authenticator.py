"""A lost authenticator: shut at once, replaced by two others who have seen its owner (SR-26)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts import authenticator, codes, holders, recovery, sessions
from accounts.factors import CodeBook, CodeKind, HelpConfirmation, HelpGiven, HelpRequest
from accounts.models import AccountNotice, Authenticator, SessionState
from accounts.viewer import viewer_for
from safeguard.errors import NotAllowed
from tests.accounts.doors import app_for, no_longer_fresh, sign_in, signed_in, state_of
from tests.accounts.security_key import key_for
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

LOST = {"what": "lost", "password": PASSWORD}
BROKEN = {"what": "broken", "password": PASSWORD}
What = AccountNotice.What


def fresh(viewer):
    """Somebody at a desk, elevated just now."""
    now = timezone.now()
    state = sessions.begin(user=viewer.user, school=viewer.school, now=now)
    sessions.elevate(state.pk, now)
    state.refresh_from_db()
    return viewer_for(viewer.user, viewer.school, strength=state.strength(now), session=state)


@pytest.fixture
def asked(dee) -> HelpRequest:
    """Dee's authenticator broke, and she asks."""
    app_for(dee.user)
    codes.make_recovery_codes(by=dee)
    return recovery.ask_for_help(by=dee, now=timezone.now())


def told(what) -> set:
    return set(AccountNotice.objects.filter(what=what).values_list("user", "about"))


def test_a_lost_telephone_opens_nothing_from_that_moment_on(dee):
    """AC42: with the password, at S1; other sessions end, codes on paper stay good."""
    elsewhere, here, app = signed_in(dee), signed_in(dee), app_for(dee.user)
    elsewhere.post(reverse("elevate"), {"code": app.code()})
    key_for(state_of(elsewhere))
    paper = codes.make_recovery_codes(by=dee)[0]

    here.post(reverse("lost-authenticator"), LOST)

    assert elsewhere.get(reverse("home")).status_code == 302
    assert not holders.has_factor(dee.user)
    assert told(What.LOST) == {(dee.user_id, None)}
    here.post(reverse("elevate"), {"code": paper})
    assert state_of(here).elevated_until is not None


def test_it_needs_the_password_again(dee):
    client, _ = signed_in(dee), app_for(dee.user)

    answer = client.post(reverse("lost-authenticator"), LOST | {"password": "wrong"})

    assert "not your password" in answer.content.decode()
    assert holders.has_factor(dee.user)
    assert not HelpRequest.objects.exists()


def test_a_broken_one_is_asked_for_and_not_shut_before_two_have_confirmed(dee, dan):
    client, _ = signed_in(dee), app_for(dee.user)

    client.post(reverse("lost-authenticator"), BROKEN)
    page = client.get(reverse("lost-authenticator")).content.decode()

    assert holders.has_factor(dee.user)
    assert "Nobody has confirmed yet" in page
    assert told(What.HELP_ASKED) == {(dee.user_id, None), (dan.user_id, dee.user_id)}


def test_two_others_who_have_seen_her_end_the_old_and_give_a_code(asked, dee, dan, pat):
    """SR-26: factors, paper codes, sessions; and everybody with a leading role is told."""
    sign = signed_in(dee)
    first = recovery.confirm(by=fresh(pat), request=asked, now=timezone.now())

    given = recovery.confirm(by=fresh(dan), request=asked, now=timezone.now())

    assert first is None
    assert not Authenticator.objects.filter(user=dee.user).exists()
    assert codes.left(dee.user, timezone.now()) == 0
    assert sign.get(reverse("home")).status_code == 302
    assert not SessionState.objects.filter(user=dee.user, ended_at=None).exists()
    book = CodeBook.objects.get(user=dee.user, kind=CodeKind.ENROLMENT)
    assert authenticator.judge(book, given.code)
    assert told(What.RECOVERED) == {(dee.user_id, None), (dan.user_id, dee.user_id)}


def test_nobody_confirms_themselves(asked, dee):
    """SR-26."""
    with pytest.raises(recovery.CannotConfirm, match="themselves"):
        recovery.confirm(by=fresh(dee), request=asked, now=timezone.now())


def test_one_person_twice_is_one_person(asked, dan):
    """SR-26."""
    recovery.confirm(by=fresh(dan), request=asked, now=timezone.now())

    with pytest.raises(recovery.CannotConfirm, match="already"):
        recovery.confirm(by=fresh(dan), request=asked, now=timezone.now())
    assert not HelpGiven.objects.exists()


def test_one_of_them_leads(asked, pat, sen, hal):
    """SR-26: at least one holder; until then more may confirm."""
    for viewer in (pat, sen):
        assert recovery.confirm(by=fresh(viewer), request=asked, now=timezone.now()) is None

    assert recovery.confirm(by=fresh(hal), request=asked, now=timezone.now()) is not None


@pytest.mark.parametrize(("minutes", "too_late"), [(29, False), (30, True)])
def test_the_second_comes_within_half_an_hour(asked, dan, hal, minutes, too_late):
    """SR-26."""
    now = timezone.now()
    recovery.confirm(by=fresh(dan), request=asked, now=now - timedelta(minutes=minutes))

    if too_late:
        with pytest.raises(recovery.CannotConfirm, match="half an hour"):
            recovery.confirm(by=fresh(hal), request=asked, now=now)
    else:
        assert recovery.confirm(by=fresh(hal), request=asked, now=now) is not None


def test_a_request_is_over_after_a_day_and_once_it_was_answered(asked, dan, hal, sal):
    """SR-26."""
    with pytest.raises(recovery.CannotConfirm, match="over"):
        recovery.confirm(
            by=fresh(dan), request=_old(asked, timedelta(hours=24)), now=timezone.now()
        )
    for viewer in (dan, hal):
        recovery.confirm(by=fresh(viewer), request=asked, now=timezone.now())
    with pytest.raises(recovery.CannotConfirm, match="over"):
        recovery.confirm(by=fresh(sal), request=asked, now=timezone.now())


def _old(asked: HelpRequest, age: timedelta) -> HelpRequest:
    return HelpRequest.objects.create(
        user=asked.user, school=asked.school, said_lost=False, asked_at=timezone.now() - age
    )


def test_each_confirms_under_a_code_of_the_last_two_minutes(asked, dan):
    """SR-26, SR-38: in the service too, whatever the page asks."""
    stale = fresh(dan)
    stale.session.fresh_code_at -= timedelta(minutes=3)

    for viewer in (stale, dan.elevated()):
        with pytest.raises(NotAllowed):
            recovery.confirm(by=viewer, request=asked, now=timezone.now())
    assert not HelpConfirmation.objects.exists()


def test_a_colleague_of_another_school_or_without_an_authenticator_cannot(asked, una, ada):
    """SR-26, SR-47."""
    with pytest.raises(recovery.CannotConfirm):
        recovery.confirm(by=fresh(una), request=asked, now=timezone.now())
    with pytest.raises(NotAllowed):
        recovery.confirm(by=fresh(ada), request=asked, now=timezone.now())


def test_after_a_loss_no_single_colleague_gives_a_code(dee, dan):
    """SR-26: not even the one who would have given the first."""
    app_for(dee.user)
    recovery.report_lost(by=dee, now=timezone.now())

    with pytest.raises(codes.CannotGiveCode, match="two colleagues"):
        codes.give_enrolment_code(by=dan.elevated(), user=dee.user, now=timezone.now())


def test_the_whole_way_by_the_pages(dee, dan, hal):
    """SR-26: asked, seen, seen, signed in again with a code in hand."""
    app_for(dee.user)
    client = signed_in(dee)
    client.post(reverse("lost-authenticator"), LOST)
    asked = HelpRequest.objects.get()
    confirm = reverse("confirm-person", args=[asked.pk])
    desks = []
    for viewer in (dan, hal):
        desk, app = signed_in(viewer), app_for(viewer.user)
        desk.post(reverse("elevate"), {"code": app.code()})
        desks.append(desk)

    listed = desks[0].get(reverse("my-sessions")).content.decode()
    unticked = desks[0].post(confirm, {})
    first = desks[0].post(confirm, {"seen": "on"}, follow=True)
    no_longer_fresh(desks[1])
    stale = desks[1].post(confirm, {"seen": "on"})
    sessions.prove_again(state_of(desks[1]).pk, timezone.now())
    second = desks[1].post(confirm, {"seen": "on"})

    assert f"I have seen {dee.user.name}" in listed
    assert "Tick this only" in unticked.content.decode()
    assert "A second colleague has to see" in first.content.decode()
    assert stale.status_code == 403
    assert f"A code for {dee.user.name}" in second.content.decode()
    assert client.get(reverse("home")).status_code == 302
    assert sign_in(client, dee.user.email).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_press_at_once_one_gets_the_code(dee, dan, hal, sal, pat, sen):
    """SR-26: each counts, and one code comes of it."""
    app_for(dee.user)
    asked = recovery.ask_for_help(by=dee, now=timezone.now())
    people = [fresh(viewer) for viewer in (dan, hal, sal, pat)] * 2
    start = threading.Barrier(8)

    def attempt(viewer):
        start.wait(20)
        try:
            return recovery.confirm(by=viewer, request=asked, now=timezone.now())
        except recovery.CannotConfirm:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        given = [one for one in pool.map(attempt, people) if one]

    assert len(given) == HelpGiven.objects.count() == 1


@pytest.mark.parametrize("who", ["ada", "gus"])
def test_to_those_who_use_no_authenticator_the_page_does_not_exist(who, request):
    client = signed_in(request.getfixturevalue(who))

    assert client.get(reverse("lost-authenticator")).status_code == 404
