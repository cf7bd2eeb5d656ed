"""Nobody takes part in removing what is about them, or about a child to whom they are too near."""

import pytest

from accounts.permissions import Role
from incidents import limiting
from incidents.models import Action
from incidents.services import Linked
from ledger.models import Kind, SealedBody
from pupils import closeness
from pupils.models import Conflict
from records import services
from records.models import Disposal, DisposalApproval, LegalHold
from safeguard.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db

WAYS = ["whom it is about", "own child", "relation", "linked child", "an entry of it"]
TOLD = "You cannot read all of this, so you cannot decide on it."


@pytest.fixture
def two(oak) -> tuple:
    """Two more who may decide, and are near to nobody."""
    return tuple(
        factories.person(name, oak, Role.DSL).elevated() for name in ("Dot Lane", "Dev Rao")
    )


@pytest.fixture(params=["dee", "hal"])
def person(request):
    """Each role that may decide: the DSL, the head."""
    return request.getfixturevalue(request.param).elevated()


@pytest.fixture(params=WAYS)
def case(request, ada, sam, rosa, two) -> tuple:
    """What is to be removed, and a function that brings somebody into conflict with it."""
    way = request.param
    incident = factories.incident(ada, sam, linked=[Linked(rosa, "witness")])
    entry = factories.action(ada, incident)

    def come_near(person) -> None:
        if way in {"whom it is about", "an entry of it"}:
            limiting.keep_from(by=two[0], incident=incident, person=person.user)
            return
        kind = Conflict.Kind.RELATION if way == "relation" else Conflict.Kind.OWN_CHILD
        child = rosa if way == "linked child" else sam
        closeness.declare_conflict(by=two[0], user=person.user, pupil=child, kind=kind)

    named = {"actions": [entry]} if way == "an entry of it" else {"incidents": [incident]}
    return named, come_near


def propose(by, named) -> Disposal:
    return services.propose_disposal(by=by, rule="cp-dob25", reason="The child is 25.", **named)


def executed() -> int:
    return SealedBody.objects.filter(kind=Kind.DISPOSAL).count()


def test_two_person_excludes_conflicted(person, case, two):
    """AC20, SR-51: neither proposes nor approves, nor sees that it is proposed."""
    named, come_near = case
    come_near(person)

    with pytest.raises(NotAllowed) as refused:
        propose(person, named)
    assert str(refused.value) == TOLD

    disposal = propose(two[0], named)
    assert not Disposal.objects.visible_to(person).exists()
    with pytest.raises(NotAllowed) as refused:
        services.approve_disposal(by=person, disposal=disposal)
    assert str(refused.value) == TOLD

    assert not DisposalApproval.objects.exists()
    for other in two:
        services.approve_disposal(by=other, disposal=disposal)
    assert executed() == 1


def test_who_proposed_it_and_came_into_conflict_since_stops_it(person, case, two):
    """AC20: declared between proposal and approval; others propose it anew, and it goes on."""
    named, come_near = case
    disposal = propose(person, named)
    come_near(person)

    with pytest.raises(NotAllowed) as refused:
        services.approve_disposal(by=person, disposal=disposal)
    assert str(refused.value) == TOLD
    with pytest.raises(services.ConflictOfInterest, match="propose it anew"):
        services.approve_disposal(by=two[0], disposal=disposal)
    assert (DisposalApproval.objects.count(), executed()) == (0, 0)

    anew = propose(two[0], named)
    for other in two:
        services.approve_disposal(by=other, disposal=anew)
    assert executed() == 1


def test_who_agreed_first_and_came_into_conflict_since_stops_it(person, case, two):
    """AC20: declared between the first approval and the second."""
    named, come_near = case
    disposal = propose(two[0], named)
    services.approve_disposal(by=person, disposal=disposal)
    come_near(person)

    with pytest.raises(services.ConflictOfInterest, match="propose it anew"):
        services.approve_disposal(by=two[1], disposal=disposal)

    assert executed() == 0


def test_a_conflict_that_has_ended_stands_in_nobodys_way(dee, hal, ada, sam, two):
    """AC20."""
    conflict = closeness.declare_conflict(
        by=dee, user=dee.user, pupil=sam, kind=Conflict.Kind.RELATION
    )
    closeness.end_conflict(by=two[0], conflict=conflict)
    disposal = propose(dee.elevated(), {"incidents": [factories.incident(ada, sam)]})

    for other in (dee.elevated(), hal.elevated()):
        services.approve_disposal(by=other, disposal=disposal)

    assert executed() == 1


@pytest.mark.parametrize("what", ["not there", "limited to others", "about them"])
def test_the_refusal_is_the_same_whatever_keeps_it_from_somebody(what, dee, hal, ada, sam, two):
    """AC20, SR-48: what is about somebody is told no differently from what is limited, or is not."""
    incident = factories.incident(ada, sam)
    named = {"incidents": [incident]}
    disposal = propose(hal.elevated(), named)
    if what == "about them":
        limiting.keep_from(by=two[0], incident=incident, person=dee.user)
    elif what == "limited to others":
        limiting.limit_readers(
            by=two[0], incident=incident, audience="named", readers=[], reason="A colleague"
        )
    else:
        disposal.pk, named = Action().pk, {"actions": [Action()]}

    for attempt in (
        lambda: propose(dee.elevated(), named),
        lambda: services.approve_disposal(by=dee.elevated(), disposal=disposal),
    ):
        with pytest.raises(NotAllowed) as refused:
            attempt()
        assert str(refused.value) == TOLD


def test_nobody_places_lifts_or_sees_a_hold_on_a_child_near_to_them(person, sam, rosa, two):
    """AC20, SR-50: a hold is what keeps a record from being removed."""
    closeness.declare_conflict(by=two[0], user=person.user, pupil=sam, kind=Conflict.Kind.RELATION)
    for attempt in range(2):
        with pytest.raises(NotAllowed, match="You cannot decide on the record of this pupil"):
            [services.place_hold, services.lift_hold][attempt](by=person, pupil=sam, reason="Why")
        if not attempt:
            services.place_hold(by=two[0], pupil=sam, reason="Inquiry")

    services.place_hold(by=person, pupil=rosa, reason="Inquiry")

    assert LegalHold.objects.visible_to(person).get().pupil == rosa
    assert LegalHold.objects.visible_to(two[0]).count() == 2
