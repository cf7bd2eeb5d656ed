"""What stands in an epoch that ended comes to its lawful end like everything else (E6, E9)."""

import io
import json
from contextlib import redirect_stdout

import psycopg
import pytest
from django.core.management import call_command
from django.utils import timezone

from incidents.models import Incident
from ledger import tasks, verifier
from ledger.adopting import adopt_everything
from ledger.bodies import entry_id
from ledger.models import Entry, Kind, SealedBody
from ledger.verification import verify
from records import disposal as disposals
from tests import factories
from tests.ledger.histories import tamper
from tests.records.putting_back import Backup
from tests.records.test_resuming import lost, note, resume  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def resumed(note, oak, ada, sam):  # noqa: F811 - the fixture
    """Oak lost its end and went on in epoch 2; the incident is of epoch 1."""
    resume(note)
    tasks.take_due_checkpoints()
    return Incident.objects.get(school=oak)


def entry_of(disposal) -> dict:
    entry = Entry.objects.get(pk=entry_id(Kind.DISPOSAL, disposal.pk))
    return json.loads(bytes(entry.entry))


def place_of(incident) -> tuple[int, int]:
    entry = Entry.objects.get(pk=entry_id(Kind.INCIDENT, incident.pk))
    return entry.epoch, entry.seq


def findings(school) -> list[tuple]:
    found = verify(school.pk, timezone.now()).findings.kept
    return [(one.code, one.ledger, one.seq) for one in found]


def verified(path) -> tuple[set[str], str]:
    """Write the school's bundle and verify it with the program that needs no Safeguard."""
    call_command(
        *("ledger_bundle", "oak-lane", str(path), "--by", "dee@oak-lane.example.org"),
        *("--reason", "Asked for by the court"),
        stdout=io.StringIO(),
    )
    said = io.StringIO()
    with redirect_stdout(said):
        verifier.main([str(path)])
    report = verifier.verify(path, verifier.Evidence())
    return report.codes, said.getvalue()


def test_what_stands_in_an_ended_epoch_is_erased_and_the_entry_says_of_which_epoch(
    resumed, disposed, ada, sam, oak, tmp_path
):
    """E9, SR-93: found good by night and by the program outside, and gone."""
    epoch, seq = place_of(resumed)

    disposal = disposed(resumed)

    said = entry_of(disposal)
    assert (said["epoch"], said["v"], said["targets"]) == (2, 2, [])
    assert (
        said["former"] == [{"epoch": epoch, "targets": [seq]}] == [{"epoch": 1, "targets": [seq]}]
    )
    assert SealedBody.objects.get(obj=resumed.pk, kind=Kind.INCIDENT).body is None
    assert Incident.objects.get(pk=resumed.pk).saw == "Disposed of under rule cp-dob25"
    tasks.take_due_checkpoints()
    assert findings(oak) == []
    codes, words = verified(tmp_path / "all.zip")
    assert not codes & {"E_MISSING", "E_UNDEAD", "E_REF", "E_CANON", "E_TWO"}, words


def test_one_disposal_may_name_both_epochs(resumed, disposed, ada, sam, oak):
    newer = factories.incident(ada, sam)

    disposal = disposed(resumed, newer)

    said = entry_of(disposal)
    assert said["former"] == [{"epoch": 1, "targets": [place_of(resumed)[1]]}]
    assert said["targets"] == [place_of(newer)[1]]
    assert findings(oak) == []


def test_an_entry_that_names_its_own_epoch_only_is_as_it_always_was(resumed, disposed, ada, sam):
    said = entry_of(disposed(factories.incident(ada, sam)))

    assert said["v"] == 1
    assert "former" not in said


def empty_body(owner, key) -> None:
    empty = "UPDATE ledger_sealedbody SET body = NULL, salt = NULL WHERE id = %s"
    assert tamper(owner, "ledger_sealedbody", empty, [key]) == 1


def test_a_content_of_an_ended_epoch_that_no_disposal_names_is_missed(
    resumed, oak, as_owner, tmp_path
):
    """E8: by night, and by the program outside."""
    empty_body(as_owner, entry_id(Kind.INCIDENT, resumed.pk))

    assert ("E_MISSING", "records/1", place_of(resumed)[1]) in findings(oak)
    assert "E_MISSING" in verified(tmp_path / "all.zip")[0]


def test_a_disposal_of_the_same_number_in_the_new_epoch_hides_nothing(
    note,  # noqa: F811 - the fixture
    disposed,
    ada,
    sam,
    oak,
    as_owner,
):
    """E8: numbers are of their own epoch."""
    for _ in range(4):
        factories.incident(ada, sam)
    resume(note)
    newer = factories.incident(ada, sam)
    disposed(newer)
    number = place_of(newer)[1]
    namesake = Entry.objects.get(school=oak, tree="records", epoch=1, seq=number)
    assert findings(oak) == []

    empty_body(as_owner, namesake.pk)

    assert findings(oak) == [("E_MISSING", "records/1", number)]


def test_an_entry_about_the_new_epoch_lets_nothing_of_the_former_be_erased(
    resumed, approved, ada, sam, as_owner, as_disposal
):
    """V17: the function holds the numbers of each epoch against what the entry says."""
    disposal = approved(factories.incident(ada, sam))
    tamper(
        as_owner,
        "ledger_sealedbody",
        "UPDATE ledger_sealedbody SET targets = %s WHERE obj = %s AND kind = %s",
        [[entry_id(Kind.INCIDENT, resumed.pk)], disposal.pk, Kind.DISPOSAL],
    )

    with pytest.raises(psycopg.errors.RestrictViolation, match="names other records"):
        as_disposal.execute("SELECT records_erase(%s)", [disposal.pk])

    assert Incident.objects.get(pk=resumed.pk).saw == resumed.saw


def test_what_was_erased_of_an_ended_epoch_is_erased_again_after_a_restore(
    resumed, disposed, oak, as_owner
):
    """P13, FI-28: from the list, with an entry that again says of which epoch."""
    backup = Backup(as_owner)
    disposal = disposed(resumed)
    former = entry_of(disposal)["former"]
    backup.restore()
    assert Incident.objects.get(pk=resumed.pk).saw == resumed.saw

    assert disposals.replay(disposals.listed_in_archive(), []) == 1

    assert Incident.objects.get(pk=resumed.pk).saw.startswith("Disposed of")
    said = entry_of(disposal)
    assert (said["rule"], said["former"]) == ("replayed", former)
    assert findings(oak) == []


def test_what_was_erased_before_the_loss_is_erased_again_in_the_next_epoch(
    signer_at_work, lead, head, ada, sam, team, oak, disposed, as_owner, tmp_path
):
    """P13, E6: the back-up is older than both, and the replay comes after the new epoch began."""
    adopt_everything()  # the roles of those who are there
    incident = factories.incident(ada, sam)
    tasks.take_due_checkpoints()
    backup = Backup(as_owner)
    disposal = disposed(incident)
    tasks.take_due_checkpoints()
    tuesday = tmp_path / "tuesday.note"
    path = tmp_path / "archive" / "oak-lane" / "records-1"
    tuesday.write_text(max(path.glob("*.note"), key=lambda one: int(one.stem)).read_text())
    backup.restore()
    resume(tuesday)

    assert disposals.replay(disposals.listed_in_archive(), []) == 1

    assert entry_of(disposal)["former"] == [{"epoch": 1, "targets": [place_of(incident)[1]]}]
    assert findings(oak) == []
