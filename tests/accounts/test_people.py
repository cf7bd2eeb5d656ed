"""Accounts are added, ended and helped by those who look after them; nobody's secret is touched."""

import json
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import people, roles, sessions, tasks
from accounts.holders import TooFewLeft
from accounts.models import Membership, PasswordResetRequest, RoleProposal, User
from accounts.people import AccountHasEnded, WorksHere
from accounts.permissions import Role
from accounts.roles import NotForOneself
from accounts.viewer import viewer_for
from ledger.models import SealedBody
from safeguard.errors import NotAllowed
from tests import factories
from tests.accounts.doors import app_for, sign_in, with_password
from tests.accounts.links import choose, link_in

NOW = timezone.now


@pytest.fixture
def it(ivy):
    return ivy.elevated()


def bodies() -> list[dict]:
    return [json.loads(bytes(row.body)) for row in SealedBody.objects.order_by("recorded_at")]


def add(by, name="Nia Ford", roles_=(Role.TEACHER,), **fields):
    email = fields.pop("email", f"{name.split()[0].lower()}@oak-lane.example.org")
    return people.add_person(by=by, name=name, email=email, roles=list(roles_), **fields)


def test_a_person_is_added_with_a_role_and_a_link_of_their_own(it):
    added = add(it, job_title="Class teacher")

    assert viewer_for(added.user, it.school).roles == {Role.TEACHER}
    assert not added.user.has_usable_password()
    assert PasswordResetRequest.objects.get(user=added.user).invited_by == it.user
    assert [body.get("what", body.get("role")) for body in bodies()] == ["added", "teacher"]


@pytest.mark.parametrize("who", ["ada", "pat", "dan", "sal", "max_", "gus"])
def test_who_does_not_look_after_accounts_does_nothing_to_them(who, request, eli, oak):
    """SR-54."""
    by = request.getfixturevalue(who).elevated()

    for attempt in (
        lambda: add(by),
        lambda: people.change_person(by=by, user=eli.user, name="X", job_title=""),
        lambda: people.end_person(by=by, user=eli.user, now=NOW()),
        lambda: people.unlock_person(by=by, user=eli.user),
        lambda: people.end_sessions(by=by, user=eli.user, now=NOW()),
        lambda: people.send_link(by=by, user=eli.user),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert not User.objects.filter(name__in=["Nia Ford", "X"]).exists()


def test_with_the_password_alone_nobody_looks_after_accounts(ivy, dee, hal, eli):
    """SR-54: administration needs the authenticator."""
    for by in (ivy, dee, hal):
        with pytest.raises(NotAllowed):
            people.send_link(by=by, user=eli.user)


def test_another_schools_people_are_not_there(it, una):
    with pytest.raises(NotAllowed):
        people.end_person(by=it, user=una.user, now=NOW())
    with pytest.raises(NotAllowed):
        people.send_link(by=it, user=una.user)


def test_an_address_that_is_on_the_list_is_not_added_twice(it, eli):
    with pytest.raises(WorksHere, match="Eli Moore"):
        add(it, email=eli.user.email.upper())
    with pytest.raises(WorksHere):
        add(it, email=it.user.email)


def test_who_works_elsewhere_too_keeps_account_and_name(it, una):
    with_password(una)
    added = add(it, "Someone Else", email=una.user.email)

    assert added.user == una.user
    assert added.user.name == "Una Frost"
    assert not PasswordResetRequest.objects.exists()  # they have a password


def test_an_account_that_ends_is_out_at_the_next_request_and_its_roles_are_over(it, eli, open_as):
    """AC38, SR-35: every session dies with the account."""
    client = open_as(eli)
    assert client.get("/").status_code == 200

    people.end_person(by=it, user=eli.user, now=NOW())

    assert client.get(reverse("my-sessions")).status_code == 302
    eli.user.refresh_from_db()
    assert not eli.user.is_active
    assert viewer_for(eli.user, eli.school) is None
    assert not Membership.objects.current(timezone.localdate()).filter(user=eli.user).exists()


def test_an_account_that_ends_here_goes_on_elsewhere(it, eli, elm):
    factories.Membership.objects.create(user=eli.user, school=elm, role=Role.TEACHER)

    people.end_person(by=it, user=eli.user, now=NOW())

    eli.user.refresh_from_db()
    assert eli.user.is_active
    assert viewer_for(eli.user, it.school) is None
    assert viewer_for(eli.user, elm) is not None


def test_the_last_two_holders_cannot_be_ended_and_a_third_can(it, dee, hal, sal, eli):
    """AC38, SR-28."""
    for one in (dee, hal):
        app_for(one.user)
    for one in (dee, hal):
        with pytest.raises(TooFewLeft):
            people.end_person(by=it, user=one.user, now=NOW())
    people.end_person(by=it, user=eli.user, now=NOW())  # holds nothing
    app_for(sal.user)

    people.end_person(by=it, user=hal.user, now=NOW())

    with pytest.raises(TooFewLeft):
        people.end_person(by=it, user=sal.user, now=NOW())


def test_a_role_by_which_somebody_is_one_of_the_last_two_is_not_ended_either(it, dee, hal):
    """SR-28."""
    for one in (dee, hal):
        app_for(one.user)
    membership = dee.user.memberships.get()

    with pytest.raises(TooFewLeft):
        roles.end_role(by=it, membership=membership, on=timezone.localdate())


def until(viewer, days: int):
    """Let somebody's role end so many days from now."""
    last = timezone.localdate() + timedelta(days=days)
    viewer.user.memberships.update(ends_on=last)
    return last


def test_whoever_leaves_leaves_two_holders_on_every_later_day(it, dee, hal, sal):
    """SR-28: a third whose role ends in a month counts for that month alone."""
    for one in (dee, hal, sal):
        app_for(one.user)
    last = until(sal, 30)
    in_words = f"{last:%-d %B %Y}"

    with pytest.raises(TooFewLeft, match=f"After {in_words} fewer than two"):
        people.end_person(by=it, user=hal.user, now=NOW())
    with pytest.raises(TooFewLeft, match=in_words):
        roles.end_role(by=it, membership=dee.user.memberships.get(), on=last)
    people.end_person(by=it, user=sal.user, now=NOW())  # two stay, for good


def test_a_role_may_end_on_a_later_day_when_two_are_left_by_then(it, dee, hal, sal):
    """SR-28: also when the second of them begins no sooner than that."""
    for one in (dee, hal, sal):
        app_for(one.user)
    last = timezone.localdate() + timedelta(days=30)
    sal.user.memberships.update(starts_on=last)

    roles.end_role(by=it, membership=dee.user.memberships.get(), on=last)

    assert dee.user.memberships.get().ends_on == last


def test_whoever_keeps_another_such_role_is_still_a_holder(it, oak, dee, hal):
    """SR-28."""
    for one in (dee, hal):
        app_for(one.user)
    second = factories.Membership.objects.create(user=dee.user, school=oak, role=Role.SLT)

    roles.end_role(by=it, membership=second, on=timezone.localdate())


def test_the_page_of_roles_says_from_when_there_are_fewer_than_two(dee, hal, sal, ada, open_as):
    """SR-28: nothing is taken away when a role for a time is given, so that a word is enough."""
    for one in (dee, sal):
        app_for(one.user)
    last = until(sal, 30)
    browser = open_as(dee.elevated())
    ahead = f"After {last:%-d %B %Y} fewer than two people".encode()

    assert ahead in browser.get(reverse("roles")).content

    term = roles.Term(ends_on=last)
    proposal = roles.propose_role(by=hal.elevated(), user=ada.user, role=Role.SLT, term=term)
    given = browser.post(
        reverse("decide-role", args=[proposal.pk]), {"answer": "approve"}, follow=True
    )
    assert ahead in given.content.split(b"<h2")[0].split(b"<h1")[0]  # as the answer to it

    app_for(hal.user)
    assert b"fewer than two people" not in browser.get(reverse("roles")).content


def test_who_works_elsewhere_now_is_looked_after_there(it, eli, elm):
    """SR-47: a school that somebody has left does not rename them, or sign them out."""
    factories.Membership.objects.create(user=eli.user, school=elm, role=Role.TEACHER)
    people.end_person(by=it, user=eli.user, now=NOW())

    for attempt in (
        lambda: people.change_person(by=it, user=eli.user, name="X", job_title=""),
        lambda: people.end_sessions(by=it, user=eli.user, now=NOW()),
        lambda: people.end_person(by=it, user=eli.user, now=NOW()),
        lambda: people.send_link(by=it, user=eli.user),
    ):
        with pytest.raises(NotAllowed, match="any more"):
            attempt()


def test_nobody_ends_their_own_account(it):
    with pytest.raises(NotForOneself):
        people.end_person(by=it, user=it.user, now=NOW())


def test_somebody_comes_back_with_a_link_and_not_with_the_password_of_then(it, eli):
    with_password(eli)
    people.end_person(by=it, user=eli.user, now=NOW())

    added = add(it, "Eli Moore-Hart", email=eli.user.email)

    assert added.user == eli.user
    assert added.user.name == "Eli Moore-Hart"
    assert not added.user.has_usable_password()
    assert viewer_for(added.user, it.school).roles == {Role.TEACHER}


def test_unlocking_lets_in_who_was_locked_out_and_changes_no_password(it, eli):
    """SR-08."""
    with_password(eli)
    for number in range(10):
        sign_in(Client(), eli.user.email, f"guess-{number}")
    assert sign_in(Client(), eli.user.email).status_code == 429
    before = User.objects.get(pk=eli.user_id).password

    people.unlock_person(by=it, user=eli.user)

    assert sign_in(Client(), eli.user.email).status_code == 302
    assert User.objects.get(pk=eli.user_id).password.split("$")[-1] == before.split("$")[-1]
    assert not AccessAttempt.objects.filter(username=eli.user.email).exists()


def test_somebody_is_signed_out_everywhere_and_stays_who_they_are(it, eli, ada, open_as):
    """SR-36."""
    first, second, colleague = open_as(eli), open_as(eli), open_as(ada)

    assert people.end_sessions(by=it, user=eli.user, now=NOW()) == 2

    assert first.get(reverse("my-sessions")).status_code == 302
    assert second.get(reverse("my-sessions")).status_code == 302
    assert colleague.get(reverse("my-sessions")).status_code == 200
    assert sessions.open_of(eli.user, NOW()) == []


def test_a_new_name_and_title_are_on_record_and_the_rest_stays(it, eli):
    people.change_person(by=it, user=eli.user, name="Eli Hart", job_title="Year 4 lead")

    eli.user.refresh_from_db()
    assert eli.user.name == "Eli Hart"
    assert eli.user.memberships.get().job_title == "Year 4 lead"
    assert [body["setting"] for body in bodies()] == ["person", "job title"]


def test_no_link_is_sent_to_an_account_that_has_ended(it, eli):
    people.end_person(by=it, user=eli.user, now=NOW())

    with pytest.raises(AccountHasEnded):
        people.send_link(by=it, user=eli.user)


@pytest.mark.django_db(transaction=True)
def test_the_first_link_works_for_seven_days_once_and_signs_nobody_in(oak, ivy, mailbox):
    """SR-07."""
    user = add(ivy.elevated()).user
    tasks.send_waiting_password_resets()
    mail = mailbox.messages[-1]
    assert "Ivy Stone has made an account for you" in mail.text
    link = link_in(mail)

    with time_shift(days=6, hours=23):
        client = Client()
        assert choose(client, link).status_code == 302
        assert client.get("/").status_code == 302  # to the sign-in page
    assert User.objects.get(pk=user.pk).has_usable_password()
    again = choose(Client(), link)
    assert b"no longer works" in again.content


@pytest.mark.django_db(transaction=True)
def test_the_first_link_is_over_after_seven_days(oak, ivy, mailbox):
    """SR-07."""
    add(ivy.elevated())
    tasks.send_waiting_password_resets()
    link = link_in(mailbox.messages[-1])

    with time_shift(days=7, minutes=1):
        assert b"no longer works" in Client().get(link, follow=True).content


@pytest.mark.django_db(transaction=True)
def test_who_has_a_password_is_sent_a_link_for_an_hour_and_only_by_mail(oak, ivy, eli, mailbox):
    """SR-08, AC33: who looks after accounts starts it, and never sees the link."""
    with_password(eli)
    people.send_link(by=ivy.elevated(), user=eli.user)
    tasks.send_waiting_password_resets()

    mail = mailbox.messages[-1]
    assert mail["To"] == eli.user.email
    assert "Ivy Stone, who looks after accounts" in mail.text
    with time_shift(minutes=61):
        assert b"no longer works" in Client().get(link_in(mail), follow=True).content


def time_shift(**span):
    return time_machine.travel(timezone.now() + timedelta(**span), tick=True)


def test_the_first_lead_comes_from_the_console_and_a_second_does_not(oak, capsys):
    """SR-06: once somebody holds the role, it takes two people."""
    call_command("first_lead", "oak-lane", "dsl", "jo@oak-lane.example.org", "Jo Reed")
    call_command("first_lead", "oak-lane", "head", "hal@oak-lane.example.org", "Hal Reed")

    jo = User.objects.get(email="jo@oak-lane.example.org")
    assert viewer_for(jo, oak).roles == {Role.DSL}
    assert PasswordResetRequest.objects.filter(user=jo).exists()
    for role in ("dsl", "head"):
        with pytest.raises(CommandError, match="two people"):
            call_command("first_lead", "oak-lane", role, "eve@oak-lane.example.org", "Eve")
    with pytest.raises(CommandError, match="no school"):
        call_command("first_lead", "ash", "dsl", "eve@oak-lane.example.org", "Eve")
    assert not User.objects.filter(name="Eve").exists()


def test_a_person_with_a_proposed_role_alone_is_on_the_list_and_cannot_work_yet(it):
    added = add(it, "Cho Chair", [Role.CHAIR])

    assert RoleProposal.objects.get().user == added.user
    assert viewer_for(added.user, it.school) is None
    assert User.objects.administered_by(it).contains(added.user)
