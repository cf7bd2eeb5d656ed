"""A visitor's slip goes with the incident that it became, or by itself once it was put aside."""

import psycopg
import pytest
from django.utils import timezone

from incidents.models import Slip, SlipPutAside
from incidents.slips import filing
from ledger.adopting import adopt_everything
from ledger.models import Kind, SealedBody
from ledger.verification import verify
from records import disposal as disposals
from records import services
from records.certificate import certificate
from safeguard.errors import NotAllowed
from tests import factories
from tests.incidents import slipping
from tests.records import telling
from tests.records.test_erasing import everything_kept

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = ("Sammy W", "winced", "shut in the door", "Vera Quill", "960 777", "The loft", "Mr Vole")
WRITTEN = {"place": "The loft", "heard": "Mr Vole said so."}


@pytest.fixture(autouse=True)
def _on_the_ledger(oak, lead, head):
    adopt_everything()


def removed(lead, head, **named):
    proposal = services.propose_disposal(by=lead, rule="slip-1y", reason="A year old.", **named)
    for person in (lead, head):
        services.approve_disposal(by=person, disposal=proposal)
    assert disposals.erase_waiting() == [proposal.pk]
    return proposal


def left_of(owner) -> list[str]:
    kept = everything_kept(owner)
    return [word for word in WORDS if word in kept]


def test_no_word_of_a_slip_is_left_when_its_incident_goes(oak, lead, head, sam, as_owner, archive):
    """SR-93: and what another visitor wrote stays."""
    other = slipping.slip(oak, child_name="Rosa D", writer_name="Otto Grey")
    slip = slipping.slip(oak, **WRITTEN)
    filer = telling.colleague_of(lead)
    incident = filing.file_slip(
        by=filer.elevated(),
        slip=slip,
        pupil=sam,
        level=2,
        categories=[factories.category(oak)],
    )
    adopt_everything()

    removed(lead, head, incidents=[incident])

    assert "Sammy W" not in everything_kept(as_owner)
    slip.refresh_from_db()
    assert slip.is_erased
    assert slip.saw == "Disposed of under rule slip-1y"
    assert SealedBody.objects.get(kind=Kind.SLIP, obj=slip.pk).body is None
    other.refresh_from_db()
    assert (other.child_name, other.writer_name) == ("Rosa D", "Otto Grey")
    assert verify(oak.pk, timezone.now()).findings.as_json() == []


def test_no_word_of_a_slip_that_was_put_aside_is_left(oak, lead, head, sam, as_owner, archive):
    """SR-93: also of the note; it cannot be filed any more, and the certificate says what went."""
    slip = slipping.slip(oak, **WRITTEN)
    filing.put_aside(by=lead, slip=slip, why="not_ours", note="Mr Vole is the caretaker.")
    assert left_of(as_owner) == list(WORDS)

    proposal = removed(lead, head, slips=[slip])

    assert left_of(as_owner) == []
    assert SlipPutAside.objects.get().note == ""
    assert verify(oak.pk, timezone.now()).findings.as_json() == []
    assert "0 files, 1 visitor’s slip" in certificate(proposal.pk)
    assert "2 sealed contents" in certificate(proposal.pk)
    with pytest.raises(filing.NotYours):
        filing.file_slip(by=lead, slip=Slip.objects.get(), pupil=sam, level=2, categories=[])


def test_what_waits_to_be_filed_and_what_is_not_ones_own_is_not_proposed(oak, lead, head, cho):
    """SR-93, AC20."""
    waiting, about_head = slipping.slip(oak), slipping.slip(oak, about="head")
    filing.put_aside(by=cho.elevated(), slip=about_head, why="elsewhere", note="")

    with pytest.raises(services.NotDisposable, match="put aside"):
        services.propose_disposal(by=lead, rule="slip-1y", reason="Old.", slips=[waiting])
    with pytest.raises(NotAllowed):
        services.propose_disposal(by=lead, rule="slip-1y", reason="Old.", slips=[about_head])


def test_the_disposals_role_erases_nothing_of_a_slip_that_no_entry_names(oak, as_disposal):
    """SR-93: the trigger asks for the entry by two people."""
    slipping.slip(oak)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_disposal.execute("UPDATE incidents_slip SET saw = ''")
    assert slipping.SAW in Slip.objects.get().saw


def test_what_was_erased_is_erased_again_after_an_old_back_up(oak, lead, head, archive):
    """FI-28: from the list alone, where the proposal was lost too."""
    slip = slipping.slip(oak)
    filing.put_aside(by=lead, slip=slip, why="test", note="")
    proposal = removed(lead, head, slips=[slip])

    (line,) = disposals.listed_in_archive()
    again = disposals._proposal(line, oak, sorted(line.targets))

    assert again == proposal
    assert again.slips == [slip.pk]
    assert again.actions == []
