"""A code once more for what leaves Safeguard or changes who may open it (SR-38)."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts import codes, sessions
from accounts.models import Authenticator
from ledger.models import Keeper
from reports.models import Report
from tests.accounts.doors import app_for, no_longer_fresh, signed_in, state_of

pytestmark = pytest.mark.django_db

KEEPER = {
    "submission": str(uuid4()),
    "name": "Kit Outside",
    "part": "Chair",
    "address": "kit@example.org",
}


@pytest.fixture
def desk(dee):
    """Dee's browser, elevated three minutes ago, and her app."""
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": app.code()})
    no_longer_fresh(client)
    Authenticator.objects.update(last_step=-1)
    return client, app


def kept_in(answer) -> dict:
    """The fields of the page that asks, as a browser would send them."""
    fields = dict(answer.context["typed"].fields)
    return fields | {"code_again-sent": "yes"}


def test_right_after_elevating_no_further_code_is_asked_for(dee):
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": app.code()})

    assert client.post(reverse("add-keeper"), KEEPER).status_code == 302
    assert Keeper.objects.exists()


@pytest.mark.parametrize(("seconds", "asks"), [(119, False), (121, True)])
def test_a_code_counts_for_two_minutes(dee, oak, seconds, asks):
    """SR-38."""
    now = timezone.now()
    state = sessions.begin(user=dee.user, school=oak, now=now)
    sessions.elevate(state.pk, now)
    state.refresh_from_db()

    assert state.is_fresh(now + timedelta(seconds=seconds)) is not asks


def test_what_was_sent_waits_for_the_code_and_then_goes_on(desk):
    """SR-38: nothing typed is lost, a wrong code least of all."""
    client, app = desk
    asked = client.post(reverse("add-keeper"), KEEPER)
    nothing_yet = Keeper.objects.exists()
    address = asked.context["address"]

    wrong = client.post(address, kept_in(asked) | {"code_again-code": "123"})
    Authenticator.objects.update(throttling_failure_count=0)
    right = client.post(address, kept_in(wrong) | {"code_again-code": app.code()}, follow=True)

    assert asked.status_code == 403
    assert not nothing_yet
    assert "was not accepted" in wrong.content.decode()
    assert [status for _, status in right.redirect_chain] == [307, 302]
    assert Keeper.objects.get().address == "kit@example.org"


def test_what_is_kept_holds_no_password_and_no_code(desk):
    client, _ = desk

    asked = client.post(reverse("add-keeper"), KEEPER | {"password": "hush", "new_password1": "x"})

    assert "hush" not in asked.content.decode()
    assert {name for name, _ in asked.context["typed"].fields} == set(KEEPER)


def test_a_page_that_is_opened_comes_after_the_code(desk, dee, sam, team):
    """SR-38, SR-45: a finished PDF is downloaded under a fresh code."""
    client, app = desk
    report = Report.objects.create(
        school=dee.school, pupil=sam, kind="chronology", asked_by=dee.user, reason="A meeting"
    )
    file = reverse("report-file", args=[report.pk])

    asked = client.get(file)
    right = client.post(asked.url, {"code_again-code": app.code()})

    assert asked.url == f"{reverse('code-again')}?next={file.replace('/', '%2F')}"
    assert right.url == file
    assert client.get(file).url == reverse("report", args=[report.pk])  # there is no paper yet


def test_a_report_is_asked_for_under_a_fresh_code(desk, sam):
    """SR-38: looking and choosing need none; asking does."""
    client, app = desk
    address = reverse("make-chronology-report", args=[sam.pk])
    form = {"submission": str(uuid4()), "reason": "A meeting of those who know Sam"}
    form |= {"scope": "all", "wording": "full", "make": "1"}

    looking = client.get(address)
    asked = client.post(address, form)
    before = Report.objects.count()
    client.post(
        asked.context["address"], kept_in(asked) | {"code_again-code": app.code()}, follow=True
    )

    assert looking.status_code == 200
    assert asked.status_code == 403
    assert (before, Report.objects.count()) == (0, 1)


def test_giving_a_code_to_a_colleague_needs_a_fresh_one(desk, dan):
    """SR-38: and goes on when it comes, although nothing was filled in."""
    client, app = desk
    address = reverse("give-code", args=[dan.user_id])

    asked = client.post(address)
    right = client.post(
        asked.context["address"], kept_in(asked) | {"code_again-code": app.code()}, follow=True
    )

    assert asked.status_code == 403
    assert f"A code for {dan.user.name}" in right.content.decode()


def test_a_code_works_once_here_as_well(desk):
    """SR-20: what elevated does not prove again."""
    client, app = desk
    code = app.code()
    client.post(f"{reverse('code-again')}?next=/pupils/", {"code_again-code": code})
    no_longer_fresh(client)

    client.post(f"{reverse('code-again')}?next=/pupils/", {"code_again-code": code})

    assert not state_of(client).is_fresh(timezone.now())


def test_a_recovery_code_proves_again_too(desk, dee):
    client, _ = desk
    code = codes.make_recovery_codes(by=dee)[0]

    client.post(f"{reverse('code-again')}?with=recovery&next=/pupils/", {"code_again-code": code})

    assert state_of(client).is_fresh(timezone.now())


def test_freshness_ends_with_elevation_and_does_not_reach_other_sessions(dee, oak):
    """SR-38, SR-101: a session that is not elevated any more is not made fresh."""
    now = timezone.now()
    mine, other = (sessions.begin(user=dee.user, school=oak, now=now) for _ in range(2))
    sessions.elevate(mine.pk, now)
    sessions.drop_elevation(mine.pk)

    assert not sessions.prove_again(mine.pk, now)
    assert not sessions.prove_again(other.pk, now)
    for state in (mine, other):
        state.refresh_from_db()
        assert state.fresh_code_at is None


def test_without_elevation_the_page_sends_to_elevate(dee):
    client = signed_in(dee)
    app_for(dee.user)

    assert client.get(reverse("code-again")).url.startswith(reverse("elevate"))


def test_it_leads_to_pages_of_ours_alone(desk):
    client, app = desk

    answer = client.post(
        f"{reverse('code-again')}?next=https://evil.example/", {"code_again-code": app.code()}
    )

    assert answer.url == reverse("home")


def test_wrong_codes_here_count_with_those_at_the_door(desk, dee):
    """SR-13."""
    client, _ = desk

    client.post(reverse("code-again"), {"code_again-code": "000000"})

    assert Authenticator.objects.get(user=dee.user).throttling_failure_count == 1


def test_elevated_time_is_not_longer_for_it(dee, oak):
    """SR-33: a further code proves, and prolongs nothing."""
    now = timezone.now()
    state = sessions.begin(user=dee.user, school=oak, now=now)
    sessions.elevate(state.pk, now)
    with time_machine.travel(now + timedelta(minutes=5)):
        sessions.prove_again(state.pk, timezone.now())
    state.refresh_from_db()

    assert state.elevated_until == now + sessions.ELEVATED_IDLE
