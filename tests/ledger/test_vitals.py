"""The page of status says of the ledgers whether they are signed and verified, and names none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ledger import vitals
from ledger.models import Checkpoint, Head, Verification, VerificationRun
from ledger.recording import settle
from safeguard.status import State
from tests import factories


def sign_all() -> None:
    """Have a checkpoint stand over every ledger as it is now."""
    for head in Head.objects.filter(size__gt=0):
        Checkpoint.objects.create(
            school=head.school, tree=head.tree, epoch=head.epoch, size=head.size, root=b"", note=""
        )


def verified(school, *, is_good: bool = True) -> Verification:
    run = VerificationRun.objects.create(school=school)
    return Verification.objects.create(
        run=run,
        school=school,
        began_at=timezone.now(),
        records=1,
        access=0,
        checkpoints=1,
        is_good=is_good,
    )


@pytest.fixture
def recorded(ada, sam):
    factories.incident(ada, sam)
    settle()


def later(**span: float):
    return timezone.now() + timedelta(**span)


def test_entries_that_wait_long_for_the_signer_are_said(recorded):
    [soon], [late] = vitals.checkpoints(later(minutes=5)), vitals.checkpoints(later(hours=1))
    sign_all()
    [signed] = vitals.checkpoints(later(hours=1))

    assert (soon.state, late.state, signed.state) == (State.WELL, State.BAD, State.WELL)
    assert "waited to be signed for 60 minutes" in late.says
    assert "systemctl status safeguard-signer" in late.do


def test_a_verification_that_is_missing_old_or_not_good_is_said(recorded, oak):
    [missing] = vitals.verifications(timezone.now())
    verified(oak)
    [good], [old] = vitals.verifications(later(hours=1)), vitals.verifications(later(hours=40))
    verified(oak, is_good=False)
    [bad] = vitals.verifications(timezone.now())

    states = [fact.state for fact in (missing, good, old, bad)]
    assert states == [State.NOTICE, State.WELL, State.NOTICE, State.BAD]
    assert "Change and delete nothing" in bad.do


def test_an_installation_without_entries_has_nothing_to_complain_of(oak):
    now = timezone.now()
    facts = [*vitals.access_log(now), *vitals.checkpoints(now), *vitals.verifications(now)]

    assert [fact.state for fact in facts] == [State.WELL] * 3


def test_no_school_is_named(recorded, oak):
    """SR-47: the page is one for all schools of an installation."""
    now = later(days=9)
    facts = [*vitals.access_log(now), *vitals.checkpoints(now), *vitals.verifications(now)]

    said = " ".join(fact.says + fact.do for fact in facts)
    assert oak.name not in said
    assert oak.slug not in said
