"""A proof file shows, by itself, that an entry stands under a signed checkpoint."""

import json
import os

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.own import proof_for
from ledger import verifier
from ledger.bodies import entry_id
from ledger.models import AccessEntry, Checkpoint, Entry, Head, Kind
from ledger.notes import SigningKey
from ledger.proving import covering
from ledger.recording import settle
from ledger.verifier import Checkpoint as Signed
from ledger.verifier import Proof, leaf_hash, open_note, root_of
from tests import factories

KEY = SigningKey(bytes(range(32)))


def origin(head: Head) -> str:
    return f"ledger.example.org/{head.name}/{head.tree}/{head.epoch}"


def sign(school) -> Checkpoint:
    """Store a checkpoint of the school's records as the signer would sign it."""
    settle()
    head = Head.objects.get(school=school, tree="records")
    leaves = Entry.objects.filter(school=school, tree="records").order_by("seq")
    root = root_of(bytes(leaf) for leaf in leaves.values_list("leaf", flat=True))
    note = KEY.note(Signed(origin(head), head.size, root))
    return Checkpoint.objects.create(
        school=school, tree="records", epoch=1, size=head.size, root=root, note=note
    )


def test_the_proof_of_every_incident_leads_to_the_signed_root(ada, sam):
    incidents = [factories.incident(ada, sam) for _ in range(7)]
    checkpoint = sign(ada.school)
    vkey = KEY.vkey(origin(Head.objects.get(tree="records")))

    for incident in incidents:
        text = proof_for(incident)
        assert text is not None
        proof = Proof.parse(text)
        signed = open_note(proof.note, [vkey])
        assert proof.extra is not None
        assert json.loads(proof.extra)["obj"] == str(incident.pk)
        assert proof.holds(leaf_hash(proof.extra), signed)
        assert signed.root == bytes(checkpoint.root)


def test_an_entry_is_proved_under_the_first_checkpoint_that_covers_it(ada, sam):
    first = factories.incident(ada, sam)
    one = sign(ada.school)
    second = factories.incident(ada, sam)
    two = sign(ada.school)

    entries = [Entry.objects.get(pk=entry_id(Kind.INCIDENT, row.pk)) for row in (first, second)]
    assert [covering(entry) for entry in entries] == [one, two]


def test_before_a_checkpoint_there_is_no_proof_and_the_receipt_says_when(ada, sam, open_as):
    incident = factories.incident(ada, sam)
    settle()
    client = open_as(ada)

    page = client.get(reverse("incident-received", args=[incident.pk])).content.decode()
    answer = client.get(reverse("incident-proof", args=[incident.pk]))

    assert "within a quarter of an hour" in page
    assert answer.status_code == 404


def test_a_receipt_shows_reference_second_and_leaf_and_leads_to_the_proof(ada, sam, open_as):
    """E4: the receipt on the confirmation page; it holds no number and no child's name."""
    incident = factories.incident(ada, sam)
    sign(ada.school)
    client = open_as(ada)

    page = client.get(reverse("incident-received", args=[incident.pk])).content.decode()
    answer = client.get(reverse("incident-proof", args=[incident.pk]))

    entry = Entry.objects.get(pk=entry_id(Kind.INCIDENT, incident.pk))
    assert incident.reference in page
    assert entry.short_leaf in page
    assert timezone.localtime(incident.recorded_at).strftime("%H:%M:%S") in page
    assert "Sam" not in page
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == (
        f'attachment; filename="{incident.reference}.tlog-proof"'
    )
    assert Proof.parse(answer.content.decode()).index == entry.seq


def test_the_receipt_stands_in_my_incidents(ada, sam, open_as):
    incident = factories.incident(ada, sam)

    page = open_as(ada).get(reverse("my-incidents")).content.decode()

    assert reverse("incident-received", args=[incident.pk]) in page


@pytest.mark.parametrize("who", ["eli", "dee", "hal", "una"])
def test_a_proof_is_its_authors_alone(who, ada, sam, open_as, request):
    """SR-42: it tells how much a school records, so that nobody else is given it here."""
    incident = factories.incident(ada, sam)
    sign(ada.school)
    other = request.getfixturevalue(who).elevated()

    assert open_as(other).get(reverse("incident-proof", args=[incident.pk])).status_code == 404


def test_the_proof_file_is_verified_by_the_stand_alone_program(ada, sam, tmp_path, capsys):

    incident = factories.incident(ada, sam)
    sign(ada.school)
    path = tmp_path / "K7Q-2MD.tlog-proof"
    text = proof_for(incident)
    assert text is not None
    path.write_text(text)
    vkey = str(KEY.vkey(origin(Head.objects.get(tree="records"))))

    assert verifier.main(["--proof", os.fspath(path), "--vkey", vkey]) == 0
    assert "incident" in capsys.readouterr().out.lower()


@pytest.mark.django_db(transaction=True)
def test_taking_the_proof_is_on_the_access_log(ada, sam, open_as):
    """SR-86."""
    incident = factories.incident(ada, sam)
    sign(ada.school)

    open_as(ada).get(reverse("incident-proof", args=[incident.pk]))

    entry = AccessEntry.objects.get(event="incident.proof")
    assert (entry.user, entry.pupil, entry.target) == (ada.user_id, sam.pk, incident.pk)
