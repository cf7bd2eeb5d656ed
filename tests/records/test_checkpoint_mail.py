"""The daily checkpoint by e-mail: to whom, once a day, and what it proves (E5, D2.11)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from ledger import tasks as ledger_tasks
from ledger.models import CheckpointMail, Keeper
from ledger.verifier import Vkey, open_note
from records import checkpoint_mail, keepers, tasks
from safeguard.models import Outbox
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = datetime(2026, 11, 25, 6, 59, tzinfo=UTC)
SEVEN = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
IN_SUMMER = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)  # seven in London


@pytest.fixture
def signed(signer_at_work, ada, dee, hal, team, sam):
    """Oak has records, and both its ledgers are signed."""
    incident = factories.incident(ada, sam)
    ledger_tasks.take_due_checkpoints()
    return incident


@pytest.fixture
def chair(oak):
    return Keeper.objects.create(
        school=oak, name="Kit Moss", part="Chair of governors", address="kit@governors.example.org"
    )


def send_at(now: datetime) -> None:
    checkpoint_mail.prepare(now)
    tasks.send_waiting_checkpoint_mail()


def sent_to(mailbox) -> list[str]:
    return sorted(address for message in mailbox.messages for address in message.to)


def test_head_dsl_and_those_outside_are_sent_it_and_nobody_else(
    signed, dan, gus, eli, ivy, chair, una, mailbox
):
    send_at(SEVEN)

    assert sent_to(mailbox) == [
        "dee@oak-lane.example.org",
        "hal@oak-lane.example.org",
        "kit@governors.example.org",
    ]


def test_its_notes_open_with_the_filed_key(signed, chair, mailbox, archive):
    """E5: what arrives is what was signed, to the byte."""
    send_at(SEVEN)

    text = next(m for m in mailbox.messages if m.to == (chair.address,)).text.replace("\r\n", "\n")
    vkey = Vkey.parse((archive / "oak-lane" / "records-1" / "vkey").read_text())
    start = text.index(vkey.name)
    end = text.index("\n", text.index("— ")) + 1
    assert open_note(text[start:end], [vkey]).size == CheckpointMail.objects.first().records.size


def test_it_says_how_many_records_and_to_keep_it_and_when_to_worry(signed, chair, mailbox):
    """D2.11: its absence says something, and the mail says so."""
    send_at(SEVEN)

    mail = next(m for m in mailbox.messages if m.to == (chair.address,))
    size = CheckpointMail.objects.first().records.size
    assert mail["Subject"] == "Safeguarding ledger, 25 November 2026"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.text.startswith("Dear Kit Moss,")
    assert f"{size} records. Keep this mail." in mail.text
    assert "has not come by 08:00, something is wrong" in mail.text


def test_it_names_no_child_and_nobody_who_recorded(signed, chair, mailbox):
    """SR-88."""
    send_at(SEVEN)

    for mail in mailbox.messages:
        for word in ("Sam", "Winter", "Ada", "Teach", "crying", signed.reference):
            assert word not in mail.text
            assert word.encode() not in mail.raw


def test_nobody_is_sent_it_twice_on_one_day_however_often_it_is_asked_for(
    signed, chair, oak, mailbox
):
    for minutes in (0, 10, 300, 900):
        send_at(SEVEN + timedelta(minutes=minutes))

    assert len(mailbox.messages) == 3
    assert len({mail["Message-ID"] for mail in mailbox.messages}) == 3


def test_it_comes_every_day_also_when_nothing_has_changed(signed, chair, mailbox):
    send_at(SEVEN)
    send_at(SEVEN + timedelta(days=1))

    notes = {row.records.note for row in CheckpointMail.objects.all()}
    assert len(mailbox.messages) == 6
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("now", "due"),
    [(BEFORE, False), (SEVEN, True), (IN_SUMMER, True), (IN_SUMMER - timedelta(minutes=1), False)],
)
def test_it_is_due_at_seven_by_the_clock_on_the_wall(signed, now, due):
    assert checkpoint_mail.is_due(now) is due


def test_once_everybody_has_it_nothing_is_due_until_tomorrow(signed):
    checkpoint_mail.prepare(SEVEN)

    assert not checkpoint_mail.is_due(SEVEN + timedelta(hours=3))
    assert checkpoint_mail.is_due(SEVEN + timedelta(days=1))


def test_somebody_named_at_noon_gets_the_days_mail_at_once(signed, hal, mailbox):
    send_at(SEVEN)
    keepers.add_keeper(
        by=hal.elevated(),
        submission=uuid4(),
        name="Di Poole",
        part="Data protection officer",
        address="Di@DPO.example.org",
    )
    before = len(mailbox.messages)

    send_at(SEVEN + timedelta(hours=5))

    assert sent_to(mailbox)[before - 1 :].count("di@dpo.example.org") == 1
    assert len(mailbox.messages) == before + 1


def test_who_no_longer_leads_or_keeps_is_sent_no_more(signed, chair, hal, dee, mailbox):
    keepers.end_keeper(by=hal.elevated(), keeper=chair)
    Membership.objects.filter(user=dee.user, role=Role.DSL).update(
        ends_on=SEVEN.date() - timedelta(1)
    )

    send_at(SEVEN)

    assert sent_to(mailbox) == ["hal@oak-lane.example.org"]


def test_a_mail_server_that_is_down_delays_and_loses_nothing(signed, chair, mailbox):
    mailbox.refusing = True
    send_at(SEVEN)
    mailbox.refusing = False
    Outbox.objects.update(next_try_at=timezone.now())

    tasks.send_waiting_checkpoint_mail()

    assert len(sent_to(mailbox)) == len(set(sent_to(mailbox))) == 3


def test_the_same_mail_sent_again_is_seen_to_be_one(signed, chair, mailbox, settings):
    settings.BASE_URL = "https://safe.example.org"
    send_at(SEVEN)
    Outbox.objects.filter(kind="checkpoint_mail").update(done_at=None)
    tasks.send_waiting_checkpoint_mail()

    ids = sorted(mail["Message-ID"] for mail in mailbox.messages)
    assert ids[0::2] == ids[1::2]
    assert all(one.endswith("@safe.example.org>") for one in ids)


def test_without_a_signer_the_last_known_checkpoint_still_goes_out(
    signed, chair, mailbox, settings, tmp_path, ada, sam
):
    factories.incident(ada, sam)
    settings.SIGNER_SOCKET = tmp_path / "nobody"

    tasks.prepare_checkpoint_mail()
    tasks.send_waiting_checkpoint_mail()
    ready = timezone.localtime().hour >= 7

    assert len(mailbox.messages) == (3 if ready else 0)


def test_a_school_without_a_ledger_is_sent_nothing(oak, dee, mailbox):
    send_at(SEVEN)

    assert mailbox.messages == []


def test_ledgers_that_were_never_signed_are_said_to_be_so(ada, dee, team, sam, mailbox):
    factories.incident(ada, sam)

    send_at(SEVEN)

    assert "have not been signed yet" in mailbox.messages[0].text
