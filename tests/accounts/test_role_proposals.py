"""A safeguarding role takes two people, neither of whom is the one who is to have it (SR-51, AC32)."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import roles
from accounts.models import AccountNotice, Membership, RoleDecision, RoleProposal
from accounts.permissions import SAFEGUARDING_ROLES, Role
from accounts.roles import (
    DatesDoNotFit,
    HeldAlready,
    NeedsSecondPerson,
    NotForOneself,
    ProposalIsOver,
    RoleHasEnded,
    Term,
)
from accounts.viewer import system_viewer, viewer_for
from ledger.models import Kind, SealedBody
from safeguard.errors import DomainError, NotAllowed
from tests import factories

WHAT = AccountNotice.What
WEEK = timedelta(days=7)


def now():
    return timezone.now()


def propose(by, user, role=Role.DEPUTY_DSL, **term) -> RoleProposal:
    return roles.propose_role(by=by.elevated(), user=user.user, role=role, term=Term(**term))


def approve(by, proposal, at=None):
    return roles.approve_role(by=by.elevated(), proposal=proposal, now=at or now())


def holds(viewer, role) -> bool:
    return role in viewer_for(viewer.user, viewer.school).roles


def told(viewer, what) -> int:
    return AccountNotice.objects.filter(user=viewer.user, what=what).count()


def test_two_people_give_a_safeguarding_role(ivy, dee, eli):
    """SR-51, AC32: the administrator proposes, the DSL agrees."""
    proposal = propose(ivy, eli, job_title="Deputy head")
    before = holds(eli, Role.DEPUTY_DSL)

    approve(dee, proposal)

    assert not before
    assert holds(eli, Role.DEPUTY_DSL)
    assert eli.user.memberships.get(role=Role.DEPUTY_DSL).job_title == "Deputy head"
    granted = SealedBody.objects.get(kind=Kind.ROLE_GRANTED)
    said = json.loads(bytes(granted.body))
    assert (said["proposed_by"], said["approved_by"]) == (str(ivy.user_id), str(dee.user_id))


@pytest.mark.parametrize("role", sorted(SAFEGUARDING_ROLES))
@pytest.mark.parametrize("who", ["ivy", "dee", "hal"])
def test_nobody_gives_a_safeguarding_role_alone(who, role, request, eli):
    """SR-51: not the administrator, the DSL or the head either."""
    by = request.getfixturevalue(who).elevated()

    with pytest.raises(NeedsSecondPerson):
        roles.grant_role(by=by, user=eli.user, role=role)
    given = roles.give_or_propose(
        by=by, user=eli.user, roles=[role], term=Term(ends_on=timezone.localdate())
    )

    assert given.roles == []
    assert [one.role for one in given.proposals] == [role]
    assert not holds(eli, role)


@pytest.mark.parametrize("role", sorted(set(Role) - SAFEGUARDING_ROLES))
def test_any_other_role_is_given_at_once(role, ivy, tess):
    given = (
        roles.give_or_propose(by=ivy.elevated(), user=tess.user, roles=[role], term=Term())
        if role != Role.SUPPORT
        else None
    )

    if given is None:
        assert holds(tess, role)  # she has it
    else:
        assert holds(tess, role)
        assert given.proposals == []


def test_the_same_person_cannot_propose_and_agree(dee, hal, eli):
    """SR-51: the same person twice."""
    for one in (dee, hal):
        proposal = propose(one, eli, Role.SLT if one is dee else Role.SENCO)
        with pytest.raises(NeedsSecondPerson):
            approve(one, proposal)
    assert not Membership.objects.filter(user=eli.user, role__in=[Role.SLT, Role.SENCO]).exists()


def test_who_is_to_have_it_cannot_agree(ivy, dee, hal):
    """SR-51: the applicant as approver."""
    proposal = propose(ivy, hal, Role.DSL)

    with pytest.raises(NotForOneself):
        approve(hal, proposal)
    approve(dee, proposal)

    assert holds(hal, Role.DSL)


def test_nobody_gives_or_ends_a_role_of_their_own(ivy, dee, hal):
    """AC32: neither an ordinary role nor a safeguarding one."""
    for one in (ivy, dee, hal):
        own = one.user.memberships.get()
        for attempt in (
            lambda one=one: propose(one, one),
            lambda one=one: roles.grant_role(
                by=one.elevated(), user=one.user, role=Role.DATA_MANAGER
            ),
            lambda one=one, own=own: roles.end_role(
                by=one.elevated(), membership=own, on=timezone.localdate()
            ),
        ):
            with pytest.raises(NotForOneself):
                attempt()
    with pytest.raises(IntegrityError), transaction.atomic():  # and the database says the same
        RoleProposal.objects.create(
            school=ivy.school, user=ivy.user, role=Role.DSL, proposed_by=ivy.user
        )


@pytest.mark.parametrize("who", ["ivy", "dan", "sal", "pat", "ada", "max_", "gus"])
def test_only_the_dsl_or_the_head_is_a_second_person(who, request, dee, eli):
    """SR-51, C2: an administrator cannot complete what a DSL began, nor can a deputy."""
    proposal = propose(dee, eli)

    with pytest.raises(NotAllowed):
        approve(request.getfixturevalue(who), proposal)
    assert not holds(eli, Role.DEPUTY_DSL)


def test_without_the_authenticator_nobody_agrees(ivy, dee, eli):
    proposal = propose(ivy, eli)

    with pytest.raises(NotAllowed):
        roles.approve_role(by=dee, proposal=proposal, now=now())


def test_a_proposal_lives_seven_days(ivy, dee, eli):
    """SR-51: expired."""
    proposal = propose(ivy, eli)
    over = proposal.recorded_at + WEEK

    with pytest.raises(ProposalIsOver):
        approve(dee, proposal, at=over)
    assert not holds(eli, Role.DEPUTY_DSL)
    approve(dee, proposal, at=over - timedelta(seconds=1))

    assert RoleDecision.objects.get().approved


def test_it_is_decided_once(ivy, dee, hal, eli):
    proposal = propose(ivy, eli)
    roles.refuse_role(by=hal.elevated(), proposal=proposal, reason="Not yet trained", now=now())

    with pytest.raises(ProposalIsOver):
        approve(dee, proposal)
    assert not holds(eli, Role.DEPUTY_DSL)


def test_two_who_agree_at_the_same_moment_give_it_once(ivy, dee, hal, eli, monkeypatch):
    proposal = propose(ivy, eli)
    approve(dee, proposal)
    monkeypatch.setattr(roles, "_still_waiting", lambda by, held, at: held)

    with pytest.raises(ProposalIsOver, match="just now"):
        approve(hal, proposal)
    assert Membership.objects.filter(user=eli.user, role=Role.DEPUTY_DSL).count() == 1


def test_a_refusal_needs_a_reason_and_is_on_record(ivy, dee, eli):
    proposal = propose(ivy, eli)

    with pytest.raises(DomainError, match="Say why not"):
        roles.refuse_role(by=dee.elevated(), proposal=proposal, reason=" ", now=now())
    roles.refuse_role(by=dee.elevated(), proposal=proposal, reason="Wrong person", now=now())

    said = json.loads(bytes(SealedBody.objects.order_by("recorded_at").last().body))
    assert (said["decision"], said["reason"]) == ("refused", "Wrong person")


def test_who_proposed_it_can_take_it_back_and_another_administrator_cannot_refuse(
    ivy, oak, dee, eli
):
    other = factories.person("Ian Port", oak, Role.IT_ADMIN).elevated()
    proposal = propose(ivy, eli)

    with pytest.raises(NotAllowed):
        roles.refuse_role(by=other, proposal=proposal, reason="No", now=now())
    roles.refuse_role(by=ivy.elevated(), proposal=proposal, reason="A slip", now=now())

    assert not RoleProposal.objects.waiting(now()).exists()


def test_another_schools_proposals_are_not_there(ivy, una, eli):
    proposal = propose(ivy, eli)

    with pytest.raises(NotAllowed):
        approve(una, proposal)


def test_every_dsl_and_the_head_are_told_at_once_of_a_proposal_a_gift_and_an_end(
    ivy, dee, hal, dan, sal, eli
):
    """AC32: visible to all of them, whoever did it."""
    proposal = propose(ivy, eli, Role.SLT)
    proposed = [told(one, WHAT.PROPOSAL) for one in (dee, hal, dan, sal, eli)]
    approve(dee, proposal)
    given = [told(one, WHAT.ROLE) for one in (dee, hal, dan, sal, eli)]
    membership = eli.user.memberships.get(role=Role.SLT)
    roles.end_role(by=ivy.elevated(), membership=membership, on=timezone.localdate())

    assert proposed == [1, 1, 0, 0, 0]
    assert given == [1, 1, 0, 0, 1]
    assert [told(one, WHAT.ROLE) for one in (dee, hal, dan, sal, eli)] == [2, 2, 0, 0, 2]


def test_an_ordinary_role_is_told_to_nobody(ivy, dee, eli):
    roles.grant_role(by=ivy.elevated(), user=eli.user, role=Role.DATA_MANAGER)

    assert not AccountNotice.objects.exists()


def test_a_role_that_ends_at_once_is_gone_at_the_next_request(ivy, dee, hal, eli, open_as):
    """SR-35."""
    approve(dee, propose(ivy, eli, Role.SLT))
    client = open_as(viewer_for(eli.user, eli.school).elevated())
    before = client.get("/review/").status_code
    membership = eli.user.memberships.get(role=Role.SLT)

    roles.end_role(
        by=ivy.elevated(), membership=membership, on=timezone.localdate() - roles.ONE_DAY
    )

    assert (before, client.get("/review/").status_code) == (200, 404)


def test_a_role_is_made_shorter_and_never_longer(ivy, eli):
    today = timezone.localdate()
    held = roles.grant_role(
        by=ivy.elevated(),
        user=eli.user,
        role=Role.DATA_MANAGER,
        starts_on=today,
        ends_on=today + timedelta(days=30),
    )

    with pytest.raises(RoleHasEnded):
        roles.end_role(by=ivy.elevated(), membership=held, on=today + timedelta(days=31))
    roles.end_role(by=ivy.elevated(), membership=held, on=today)

    held.refresh_from_db()
    assert held.ends_on == today


def test_what_somebody_has_or_waits_for_is_not_proposed_again(ivy, dee, dan, eli):
    propose(ivy, eli)
    with pytest.raises(HeldAlready):
        propose(dee, eli)
    with pytest.raises(HeldAlready, match="Deputy DSL"):
        propose(ivy, dan)


def test_an_inspector_comes_for_five_days_at_most(ivy, eli):
    """C2, note 8."""
    today = timezone.localdate()
    for ends_on in (None, today + timedelta(days=5)):
        with pytest.raises(DatesDoNotFit, match="five days"):
            propose(ivy, eli, Role.INSPECTOR, ends_on=ends_on)
    propose(ivy, eli, Role.INSPECTOR, ends_on=today + timedelta(days=4))


def test_a_last_day_before_the_first_is_refused(ivy, eli):
    today = timezone.localdate()
    with pytest.raises(DatesDoNotFit):
        propose(ivy, eli, starts_on=today, ends_on=today - timedelta(days=1))


def test_the_console_gives_any_role_and_tells_nobody(oak, dee, eli):
    roles.grant_role(by=system_viewer(oak), user=eli.user, role=Role.DSL)

    assert holds(eli, Role.DSL)
    assert not AccountNotice.objects.exists()


def test_a_proposal_of_an_account_that_ended_gives_nothing(ivy, dee, eli):
    proposal = propose(ivy, eli)
    eli.user.is_active = False
    eli.user.save()

    with pytest.raises(ProposalIsOver, match="ended"):
        approve(dee, proposal)


def test_proposals_and_answers_stay(ivy, dee, eli):
    """SR-55."""
    approve(dee, propose(ivy, eli))

    for table in ("accounts_roleproposal", "accounts_roledecision"):
        for verb in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                connection.cursor().execute(verb)
