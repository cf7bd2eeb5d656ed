"""The page “Ledger”: checkpoints to copy, who keeps them, and having everything verified."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from ledger import tasks, verifying
from ledger.access import record_access
from ledger.models import Checkpoint, Keeper, SealedBody, Verification, VerificationRun
from ledger.recording import settle
from ledger.sequencing import sequence_access
from records import keepers
from records.keepers import AlreadyKeeps
from safeguard.errors import NotAllowed
from safeguard.models import Outbox
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(transactional_db, signer_at_work, ada, dee, team, sam):
    """Oak has records and a reading, both signed."""
    incident = factories.incident(ada, sam)
    record_access(dee.elevated(), "incident.read", pupils=[sam.pk])
    sequence_access()
    tasks.take_due_checkpoints()
    return incident


def page(client) -> str:
    return client.get(reverse("ledger")).content.decode()


def verified_at(school, findings=()) -> Verification:
    run = VerificationRun.objects.create(school=school, state="done", done=100)
    return Verification.objects.create(
        run=run,
        school=school,
        began_at=timezone.now(),
        records=3,
        access=1,
        checkpoints=1,
        is_good=not findings,
        findings=list(findings),
    )


def new(**changes) -> dict:
    given = {
        "submission": uuid4(),
        "name": "Kit Moss",
        "part": "Chair of governors",
        "address": "kit@governors.example.org",
    }
    return given | changes


# Checkpoints


def test_it_shows_the_newest_checkpoint_of_each_ledger_and_its_key(signed, dee, open_as, archive):
    shown = page(open_as(dee.elevated()))

    for row in Checkpoint.objects.all():
        assert row.note.split("\n")[2] in shown.replace("&#x2B;", "+")
    for path in archive.rglob("vkey"):
        assert path.read_text().strip() in shown
    assert signed.reference not in shown
    assert "Sam" not in shown


def test_a_signer_that_is_down_is_noticed(signed, dee, ada, sam, open_as, as_owner, monkeypatch):
    monkeypatch.setattr("ledger.checkpoints.PATIENCE", timezone.timedelta(seconds=-60))
    factories.incident(ada, sam)

    assert "The newest entries are not signed" in page(open_as(dee.elevated()))


def test_a_school_that_begins_has_a_page_too(dee, open_as, archive):
    shown = page(open_as(dee.elevated()))

    assert "Nothing is on the ledger yet" in shown
    assert "Nobody outside is named yet" in shown


# Verifying


def test_pressing_verify_twice_asks_once_and_shows_how_far_it_is(dee, oak, open_as):
    client = open_as(dee.elevated())
    for _ in range(2):
        assert client.post(reverse("verify-ledger")).status_code == 302

    assert VerificationRun.objects.count() == 1
    assert Outbox.objects.filter(kind="verification").count() == 1
    assert "Waiting to begin" in page(client)
    assert "data-poll" in client.get(reverse("ledger-progress")).content.decode()


def test_what_was_found_is_said_in_words_with_what_to_do(dee, oak, open_as):
    verified_at(
        oak,
        [
            {"code": "E_ROOT", "ledger": "records/1", "seq": 3, "until": 9},
            {"code": "E_COMMIT", "ledger": "records/1", "seq": 4},
            {"code": "E_COMMIT", "ledger": "records/1", "seq": 7},
            {"code": "E_NO_ENTRY", "obj": "6f1b0c3e", "rows": "keepers of checkpoints"},
            {"code": "E_ROW", "ledger": "records/1", "seq": 8, "rows": "grants by category"},
            {"code": "MORE", "count": 12},
        ],
    )

    shown = page(open_as(dee.elevated()))

    assert "Something does not hold" in shown
    assert "records/1 #3 to #9" in shown
    assert "Where: 2 places" in shown
    assert "keepers of checkpoints: 6f1b0c3e" in shown
    assert "grants by category: records/1 #8" in shown
    assert "Change nothing, restore nothing" in shown
    assert "And 12 more" in shown


def test_when_everything_holds_it_says_so_and_when(dee, oak, open_as):
    verified_at(oak)

    assert "Everything holds" in page(open_as(dee.elevated()))


def test_a_verification_that_broke_off_is_not_taken_for_a_good_one(dee, oak, open_as):
    verified_at(oak)
    VerificationRun.objects.create(school=oak, state="failed")

    assert "broke off" in page(open_as(dee.elevated()))


def test_another_schools_verification_is_not_shown(dee, oak, elm, una, open_as):
    verified_at(elm)
    verifying.ask(elm.pk)

    shown = page(open_as(dee.elevated()))

    assert "Everything holds" not in shown
    assert "Waiting to begin" not in shown


# Keepers


def test_a_keeper_is_named_once_however_often_the_form_is_sent(dee, oak, open_as):
    client, sent = open_as(dee.elevated()), new()
    for _ in range(2):
        assert client.post(reverse("add-keeper"), sent).status_code == 302

    settle()
    assert Keeper.objects.count() == 1
    assert SealedBody.objects.filter(kind="setting.changed").count() == 1
    assert "kit@governors.example.org" in page(client)


def test_naming_and_ending_a_keeper_is_on_the_ledger(hal, oak):
    keeper = keepers.add_keeper(by=hal.elevated(), **new())
    for _ in range(2):
        keepers.end_keeper(by=hal.elevated(), keeper=keeper)

    told = SealedBody.objects.filter(obj=keeper.pk, kind="setting.changed").order_by("recorded_at")
    said = [bytes(one.body).decode() for one in told]
    assert len(said) == 2
    assert '"setting":"keeper added"' in said[0]
    assert '"setting":"keeper ended"' in said[1]


def test_an_address_that_is_sent_them_already_is_refused_and_said_beside_its_field(
    dee, oak, open_as
):
    keepers.add_keeper(by=dee.elevated(), **new())
    with pytest.raises(AlreadyKeeps):
        keepers.add_keeper(by=dee.elevated(), **new(address="KIT@governors.example.org"))

    answer = open_as(dee.elevated()).post(reverse("add-keeper"), new())

    assert "is sent the checkpoints already" in answer.content.decode()
    assert Keeper.objects.count() == 1


def test_what_is_missing_is_asked_for(dee, open_as):
    shown = open_as(dee.elevated()).post(reverse("add-keeper"), new(name="", address="kit"))

    assert "Enter the person’s name" in shown.content.decode()
    assert "Enter an e-mail address, like" in shown.content.decode()


@pytest.mark.parametrize("who", ["ada", "dan", "sal", "gus", "ivy"])
def test_nobody_but_head_and_dsl_names_keepers(who, request, oak):
    with pytest.raises(NotAllowed):
        keepers.add_keeper(by=request.getfixturevalue(who).elevated(), **new())
    assert not Keeper.objects.exists()


def test_a_keeper_of_another_school_is_not_there(dee, una, open_as):
    keeper = keepers.add_keeper(by=una.elevated(), **new())

    answer = open_as(dee.elevated()).post(reverse("end-keeper", args=[keeper.pk]))

    assert answer.status_code == 404
    assert Keeper.objects.current().count() == 1
    with pytest.raises(NotAllowed):
        keepers.end_keeper(by=dee.elevated(), keeper=keeper)


def test_a_deputy_sees_who_keeps_them_and_cannot_change_it(dan, dee, oak, open_as):
    keepers.add_keeper(by=dee.elevated(), **new())

    shown = page(open_as(dan.elevated()))

    assert "Kit Moss" in shown
    assert "Name somebody" not in shown
    assert "Send no more" not in shown


def test_the_page_costs_the_same_with_many_keepers(
    dee, oak, open_as, django_assert_max_num_queries
):
    for number in range(12):
        keepers.add_keeper(by=dee.elevated(), **new(address=f"k{number}@example.org"))
    client = open_as(dee.elevated())

    with django_assert_max_num_queries(20):
        page(client)
