"""A security setting is lowered by two people, and made stricter by one (SR-51)."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import lowering, rights
from accounts.lowering import Setting
from accounts.models import AccountNotice, School, SettingDecision, SettingProposal
from accounts.permissions import Permission, Role
from accounts.roles import HeldAlready, NeedsSecondPerson, ProposalIsOver
from accounts.viewer import viewer_for
from ledger.models import SealedBody
from safeguard.errors import DomainError, NotAllowed

P = Permission
WEEK = timedelta(days=7)


def anew(viewer):
    return viewer_for(viewer.user, School.objects.get(pk=viewer.school_id)).elevated()


@pytest.fixture
def waits(dee) -> SettingProposal:
    """What SLT was not to read in this school is to be given back; Dee proposed it."""
    rights.withhold(
        by=dee.elevated(), role=Role.SLT, withheld=[P.READ_EVERY_CATEGORY, P.MAKE_REPORTS]
    )
    return rights.withhold(by=anew(dee), role=Role.SLT, withheld=[P.MAKE_REPORTS]).waits


def approve(by, proposal, at=None):
    return lowering.approve(by=by, proposal=proposal, now=at or timezone.now())


def taken(viewer) -> list[str]:
    return School.objects.get(pk=viewer.school_id).withheld.get(Role.SLT, [])


def test_nothing_is_given_back_before_a_second_person_agrees(waits, dee, hal, sal):
    """SR-51."""
    with pytest.raises(NeedsSecondPerson):
        approve(anew(dee), waits)
    assert taken(dee) == ["MAKE_REPORTS", "READ_EVERY_CATEGORY"]
    assert not anew(sal).has(P.READ_EVERY_CATEGORY)

    approve(anew(hal), waits)

    assert taken(dee) == ["MAKE_REPORTS"]
    assert anew(sal).has(P.READ_EVERY_CATEGORY)
    said = [
        json.loads(bytes(row.body))
        for row in SealedBody.objects.filter(obj=waits.pk).order_by("recorded_at")
    ]
    assert said[0]["proposed_by"] == str(dee.user_id)
    assert said[1]["decision"] == "approved"


@pytest.mark.parametrize("who", ["ivy", "dan", "sal", "pat", "ada", "max_", "gus", "una"])
def test_only_the_dsl_or_the_head_of_the_school_is_the_second_person(who, request, waits, dee):
    """SR-47, SR-51, C2."""
    by = request.getfixturevalue(who).elevated()

    for attempt in (
        lambda: approve(by, waits),
        lambda: lowering.refuse(by=by, proposal=waits, reason="No", now=timezone.now()),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert "READ_EVERY_CATEGORY" in taken(dee)


def test_without_the_authenticator_nobody_agrees(waits, hal):
    with pytest.raises(NotAllowed):
        approve(hal, waits)


def test_it_waits_for_seven_days_and_is_decided_once(waits, dee, hal):
    """SR-51: expired, and the same twice."""
    over = waits.recorded_at + WEEK
    with pytest.raises(ProposalIsOver):
        approve(anew(hal), waits, at=over)
    approve(anew(hal), waits, at=over - timedelta(seconds=1))
    with pytest.raises(ProposalIsOver):
        approve(anew(hal), waits)

    assert SettingDecision.objects.get().approved


def test_two_who_answer_at_the_same_moment_answer_once(waits, dee, hal, monkeypatch):
    lowering.refuse(by=anew(dee), proposal=waits, reason="A slip", now=timezone.now())
    monkeypatch.setattr(lowering, "_still_waiting", lambda by, held, at: held)

    with pytest.raises(ProposalIsOver, match="just now"):
        approve(anew(hal), waits)
    assert "READ_EVERY_CATEGORY" in taken(dee)


def test_a_refusal_needs_a_reason_and_is_read_by_who_proposed_it(waits, dee, hal, open_as):
    with pytest.raises(DomainError, match="Say why not"):
        lowering.refuse(by=anew(hal), proposal=waits, reason=" ", now=timezone.now())
    lowering.refuse(by=anew(hal), proposal=waits, reason="Not this term", now=timezone.now())

    page = open_as(anew(dee)).get(reverse("rights")).content.decode()
    assert "Not this term" in page
    assert "Waiting for a second person" not in page
    assert "READ_EVERY_CATEGORY" in taken(dee)


def test_what_was_taken_meanwhile_stays_taken(waits, dee, hal):
    """SR-51: no more is given back than two people agreed to."""
    rights.withhold(
        by=anew(dee),
        role=Role.SLT,
        withheld=[P.READ_EVERY_CATEGORY, P.MAKE_REPORTS, P.BREAK_GLASS],
    )

    approve(anew(hal), waits)

    assert taken(dee) == ["BREAK_GLASS", "MAKE_REPORTS"]


def test_what_waits_is_not_proposed_again_and_can_still_be_made_stricter(waits, dee, hal):
    with pytest.raises(HeldAlready):
        lowering.propose(
            by=anew(hal), setting=Setting.ROLE, of=Role.SLT, lowered=["READ_EVERY_CATEGORY"]
        )
    held = [P.READ_EVERY_CATEGORY, P.MAKE_REPORTS, P.READ_CHRONOLOGY]
    assert rights.withhold(by=anew(hal), role=Role.SLT, withheld=held).waits is None
    assert "READ_CHRONOLOGY" in taken(dee)


def test_the_other_leads_are_told_when_it_is_proposed_and_when_it_is_lowered(dee, hal, dan, waits):
    """SR-51: no lowering is silent."""
    proposed = [(one.user, one.what) for one in AccountNotice.objects.all()]
    approve(anew(hal), waits)

    assert proposed == [(hal.user, AccountNotice.What.SETTING)]
    lowered = AccountNotice.objects.get(what=AccountNotice.What.RIGHTS)
    assert lowered.user == dee.user


def test_from_page_to_page(waits, dee, hal, open_as):
    """SR-51."""
    first, second = open_as(anew(dee)), open_as(anew(hal))
    page = reverse("decide-setting", args=[waits.pk])

    listed = second.get(reverse("rights")).content.decode()
    unanswered = second.post(page, {}).content.decode()
    unsaid = second.post(page, {"answer": "refuse"}).content.decode()
    own = first.get(page).content.decode()
    answered = second.post(page, {"answer": "approve"}, follow=True).content.decode()

    assert "Senior leadership team: give back “read incidents of every category”" in listed
    assert "Choose yes or no" in unanswered
    assert "Say why not" in unsaid
    assert "You cannot agree to this one" in own
    assert "It has been changed" in answered
    assert taken(dee) == ["MAKE_REPORTS"]


def test_an_administrator_sees_what_waits_and_cannot_answer(waits, ivy, open_as):
    """SR-54."""
    page = open_as(ivy.elevated()).get(reverse("rights")).content.decode()

    assert "Senior leadership team: give back" in page
    assert reverse("decide-setting", args=[waits.pk]) not in page


def test_proposals_and_answers_stay(waits, hal):
    """SR-55."""
    approve(anew(hal), waits)

    for table in ("accounts_settingproposal", "accounts_settingdecision"):
        for verb in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                connection.cursor().execute(verb)
