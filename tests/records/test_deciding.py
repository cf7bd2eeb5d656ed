"""Who may decide that a record is removed, and what stands in the way."""

import threading

import pytest
from django.db import connections

from accounts.permissions import Role
from incidents.services import Linked
from ledger.models import Kind, SealedBody
from ledger.recording import settle
from records import services
from records.models import Disposal, DisposalApproval, LegalHold
from safeguard.errors import DomainError, NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db

OLD = "The child is 25."


def propose(by, *incidents, **more) -> Disposal:
    return services.propose_disposal(
        by=by, rule=more.pop("rule", "cp-dob25"), reason=OLD, incidents=incidents, **more
    )


def executed() -> int:
    return SealedBody.objects.filter(kind=Kind.DISPOSAL).count()


def test_two_different_people_have_to_agree(ada, lead, head, sam):
    """SR-93: by two; the proposer may be one of them, and proposing is not agreeing."""
    disposal = propose(lead, factories.incident(ada, sam))
    assert DisposalApproval.objects.count() == executed() == 0

    services.approve_disposal(by=lead, disposal=disposal)
    services.approve_disposal(by=lead, disposal=disposal)
    assert (DisposalApproval.objects.count(), executed()) == (1, 0)
    assert Disposal.objects.waiting().get() == disposal

    services.approve_disposal(by=head, disposal=disposal)
    settle()
    assert (DisposalApproval.objects.count(), executed()) == (2, 1)
    assert Disposal.objects.executed().get() == disposal


def test_a_third_approval_changes_nothing(ada, lead, head, oak, sam):
    disposal = propose(lead, factories.incident(ada, sam))
    other = factories.person("Dot Lane", oak, Role.DSL).elevated()
    for person in (lead, head):
        services.approve_disposal(by=person, disposal=disposal)

    with pytest.raises(services.NotDisposable):
        services.approve_disposal(by=other, disposal=disposal)

    assert (DisposalApproval.objects.count(), executed()) == (2, 1)


@pytest.mark.parametrize(
    "who", ["ada", "tess", "dan", "sal", "pat", "sen", "gus", "max_", "ivy", "dee", "hal"]
)
def test_only_the_dsl_and_the_head_decide_and_only_with_the_authenticator(
    who, request, ada, lead, sam
):
    person = request.getfixturevalue(who)  # dee and hal are not elevated here
    person = person if who in {"dee", "hal"} else person.elevated()
    incident = factories.incident(ada, sam)
    disposal = propose(lead, incident)

    for attempt in (
        lambda: propose(person, incident),
        lambda: services.approve_disposal(by=person, disposal=disposal),
        lambda: services.place_hold(by=person, pupil=sam, reason="Inquiry"),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_another_schools_lead_can_neither_propose_nor_agree(ada, lead, una, sam):
    """SR-47."""
    incident = factories.incident(ada, sam)
    disposal = propose(lead, incident)
    una = una.elevated()

    with pytest.raises(NotAllowed):
        propose(una, incident)
    with pytest.raises(NotAllowed):
        services.approve_disposal(by=una, disposal=disposal)
    with pytest.raises(NotAllowed):
        services.place_hold(by=una, pupil=sam, reason="Inquiry")
    assert not Disposal.objects.visible_to(una).exists()


def test_who_recorded_it_is_neither_of_the_two(lead, head, sam):
    """AC20: nobody removes what they wrote themselves."""
    disposal = propose(head, factories.incident(lead, sam))

    with pytest.raises(services.ConflictOfInterest):
        services.approve_disposal(by=lead, disposal=disposal)
    services.approve_disposal(by=head, disposal=disposal)

    assert executed() == 0


def test_who_wrote_a_single_entry_is_neither_of_the_two(ada, lead, sam):
    entry = factories.action(lead, factories.incident(ada, sam))
    disposal = propose(lead, actions=[entry])

    with pytest.raises(services.ConflictOfInterest):
        services.approve_disposal(by=lead, disposal=disposal)


@pytest.mark.parametrize("about", ["sam", "rosa"])
def test_a_legal_hold_on_any_child_in_it_refuses_proposal_and_approval(
    about, request, ada, lead, head, sam, rosa
):
    """E9: inquiry and litigation come first, also for a child who is only linked."""
    held = request.getfixturevalue(about)
    incident = factories.incident(ada, sam, linked=[Linked(rosa, "witness")])
    disposal = propose(lead, incident)
    services.approve_disposal(by=lead, disposal=disposal)

    services.place_hold(by=head, pupil=held, reason="Inquiry of the local authority")

    with pytest.raises(services.OnHold):
        propose(lead, incident)
    with pytest.raises(services.OnHold):
        services.approve_disposal(by=head, disposal=disposal)
    assert executed() == 0
    services.lift_hold(by=head, pupil=held, reason="The inquiry is over")
    services.approve_disposal(by=head, disposal=disposal)
    assert executed() == 1


def test_a_hold_refuses_the_removal_of_a_single_entry_too(ada, eli, lead, sam):
    entry = factories.action(ada, factories.incident(ada, sam))
    services.place_hold(by=lead, pupil=sam, reason="Inquiry")

    with pytest.raises(services.OnHold):
        propose(lead, actions=[entry])


def test_placing_and_lifting_a_hold_are_entries_and_each_counts_once(lead, sam):
    services.place_hold(by=lead, pupil=sam, reason="Inquiry")
    with pytest.raises(DomainError):
        services.place_hold(by=lead, pupil=sam, reason="Again")
    services.lift_hold(by=lead, pupil=sam, reason="Over")
    with pytest.raises(DomainError):
        services.lift_hold(by=lead, pupil=sam, reason="Again")
    with pytest.raises(DomainError):
        services.place_hold(by=lead, pupil=sam, reason=" ")

    changes = SealedBody.objects.filter(kind=Kind.SETTING).values_list("obj", flat=True)
    assert set(changes) == set(LegalHold.objects.values_list("pk", flat=True))
    assert len(changes) == 2
    assert not LegalHold.objects.in_force().exists()


def test_a_proposal_says_what_why_and_under_which_rule(ada, lead, sam):
    incident = factories.incident(ada, sam)

    for wrong in (
        lambda: propose(lead),
        lambda: propose(lead, incident, rule="Kindness!"),
        lambda: propose(lead, incident, rule=""),
        lambda: services.propose_disposal(
            by=lead, rule="cp-dob25", reason=" ", incidents=[incident]
        ),
    ):
        with pytest.raises(services.NotDisposable):
            wrong()
    assert Disposal.objects.count() == 0


def test_what_is_disposed_of_is_not_proposed_again(ada, lead, head, sam):
    incident = factories.incident(ada, sam)
    first, second = propose(lead, incident), propose(lead, incident)
    for person in (lead, head):
        services.approve_disposal(by=person, disposal=first)

    with pytest.raises(services.NotDisposable, match="already"):
        propose(lead, incident)
    services.approve_disposal(by=lead, disposal=second)
    with pytest.raises(services.NotDisposable, match="already"):
        services.approve_disposal(by=head, disposal=second)
    assert executed() == 1


def test_who_wrote_in_the_thread_of_an_incident_is_neither_of_the_two(ada, lead, head, sam):
    incident = factories.incident(ada, sam)
    factories.action(lead, incident)
    disposal = propose(head, incident)

    with pytest.raises(services.ConflictOfInterest):
        services.approve_disposal(by=lead, disposal=disposal)
    assert DisposalApproval.objects.count() == 0


@pytest.mark.parametrize("after", ["the proposal", "the first approval"])
def test_what_was_added_since_it_was_proposed_has_to_be_read_and_proposed_anew(
    after, ada, lead, head, sam
):
    """Nothing goes that one of the two has not seen."""
    incident = factories.incident(ada, sam)
    disposal = propose(lead, incident)
    if after == "the first approval":
        services.approve_disposal(by=lead, disposal=disposal)
    added = factories.action(ada, incident, narrative="One more thing.")

    with pytest.raises(services.NotDisposable, match="anew"):
        services.approve_disposal(by=head, disposal=disposal)
    assert executed() == 0

    anew = propose(lead, incident)
    for person in (lead, head):
        services.approve_disposal(by=person, disposal=anew)
    told = SealedBody.objects.get(kind=Kind.DISPOSAL)
    assert SealedBody.objects.get(obj=added.pk).pk in told.targets


def test_nobody_agrees_to_the_removal_of_what_they_may_not_read(ada, lead, head, sam):
    disposal = propose(lead, factories.incident(ada, sam))
    unread = Disposal.objects.create(
        school=lead.school, proposed_by=lead.user, rule="x", reason=OLD, incidents=[disposal.pk]
    )

    with pytest.raises(NotAllowed):
        services.approve_disposal(by=head, disposal=unread)
    assert DisposalApproval.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_agree_at_the_same_moment_are_two(ada, lead, head, sam):
    """Neither overlooks the other, and the entry is written once."""
    disposal = propose(lead, factories.incident(ada, sam))
    start = threading.Barrier(2)

    def agree(person):
        start.wait(10)
        services.approve_disposal(by=person, disposal=disposal)
        connections.close_all()

    threads = [threading.Thread(target=agree, args=[person]) for person in (lead, head)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert executed() == 1
