"""What those who run Safeguard see of it, and what leads are told wherever they begin."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ledger.models import SealedBody
from ledger.tasks import mark_clock_steps
from safeguard import disk, heartbeat, outbox, status
from safeguard.models import Heartbeat, Outbox
from safeguard.status import Fact, State
from tests import factories


def promise(kind=Outbox.Kind.ALERT, *, minutes: float = 0, error: str = "") -> Outbox:
    """An errand that has waited for so long."""
    row = Outbox.objects.create(kind=kind, key=uuid4(), last_error=error)
    Outbox.objects.filter(pk=row.pk).update(put_at=factories.ago(minutes=minutes))
    return row


def everything() -> dict[str, Fact]:
    """Every fact by name."""
    found = status.groups(timezone.now())
    return {fact.name: fact for group in found for fact in group.facts}


@pytest.fixture
def processes(db):
    """Worker and beat live."""
    heartbeat.note(heartbeat.WORKER)
    heartbeat.note(heartbeat.BEAT)


def test_a_technician_sees_how_things_are_and_nothing_of_any_child(ivy, ada, sam, open_as):
    """SR-54: the page is the IT administrator's, and holds no name and no word of a record."""
    factories.incident(ada, sam)

    page = open_as(ivy).get(reverse("status")).content.decode()

    assert "PostgreSQL: fsync" in page
    assert "1 message waits" not in page  # nobody was to be told
    for secret in ("Sam", "Winter", "Ada", "crying", "Oak Lane Primary</td>"):
        assert secret not in page.split("<main", 1)[1]


@pytest.mark.usefixtures("processes")
def test_every_fact_of_a_healthy_installation_is_well(db):
    unwell = {fact.name: fact for fact in everything().values() if fact.state != State.WELL}

    assert set(unwell) <= {
        *("PostgreSQL: data_checksums", "Last back-up", "Last drill", "Virus scanner")
    }


def test_every_fact_that_is_not_well_says_what_to_do(db, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    promise(minutes=40, error="ConnectionRefusedError")

    unwell = [fact for fact in everything().values() if fact.state != State.WELL]

    assert len(unwell) >= 4
    assert all(fact.do for fact in unwell)


@pytest.mark.parametrize(
    ("minutes", "state"), [(1, State.WELL), (6, State.NOTICE), (16, State.BAD)]
)
def test_unsent_mail_is_bad_after_a_quarter_of_an_hour(minutes, state, db):
    """P6."""
    promise(minutes=minutes)
    promise(Outbox.Kind.PASSWORD_RESET)

    fact = everything()["Unsent mail"]

    assert fact.state == state
    assert fact.says.startswith("2 messages wait since ")


def test_every_errand_that_is_an_e_mail_counts_as_mail():
    assert {kind for kind in Outbox.Kind if "e-mail" in kind.label} == outbox.MAIL


def test_a_report_that_waits_is_an_errand_of_its_own_and_no_mail(db):
    promise(Outbox.Kind.REPORT, minutes=20)

    facts = everything()

    assert facts["Unsent mail"].state == State.WELL
    assert facts["Errands: report"].state == State.NOTICE
    assert facts["Errands: report"].says == "1 waiting, the oldest for 20 minutes."


@pytest.mark.parametrize("who", ["dee", "hal", "dan", "ivy"])
def test_who_runs_the_thing_is_told_at_home_when_mail_does_not_go(who, request, open_as):
    """P6: red, at fifteen minutes, in words and with what to do."""
    viewer = request.getfixturevalue(who)
    promise(minutes=14)
    before = open_as(viewer).get(reverse("home")).content.decode()
    promise(minutes=16, error="SMTPServerDisconnected")

    after = open_as(viewer).get(reverse("home")).content.decode()

    assert "E-mail is not going out" not in before
    assert "E-mail is not going out" in after
    assert "notification--error" in after
    assert "SMTPServerDisconnected" not in after  # that is for the page of status
    assert "by telephone whoever must know now" in after


def test_a_teacher_is_not_troubled_with_it(ada, open_as):
    promise(minutes=60)

    assert b"not going out" not in open_as(ada).get(reverse("home")).content


def test_a_worker_that_was_never_seen_or_is_gone_is_said(db):
    never = everything()["Worker"]
    heartbeat.note(heartbeat.WORKER)
    lives = everything()["Worker"]
    Heartbeat.objects.update(seen_at=factories.ago(minutes=7))

    gone = everything()["Worker"]

    assert (never.state, lives.state, gone.state) == (State.BAD, State.WELL, State.BAD)
    assert gone.says.startswith("Last seen 7 minutes ago")


@pytest.mark.usefixtures("processes")
def test_a_clock_that_goes_back_is_noticed_and_a_small_correction_is_not(db):
    """FI-24."""
    Heartbeat.objects.update(seen_at=timezone.now() + timedelta(seconds=1))
    heartbeat.note(heartbeat.BEAT)
    small = "Clock went back" in everything()
    Heartbeat.objects.update(seen_at=timezone.now() + timedelta(seconds=37.4))

    heartbeat.note(heartbeat.BEAT)

    assert not small
    fact = everything()["Clock went back"]
    assert fact.state == State.NOTICE
    assert fact.says.startswith("By 37 seconds")


@pytest.mark.parametrize(("apart", "state"), [(1.9, State.WELL), (2.1, State.BAD)])
def test_clocks_that_are_two_seconds_apart_are_said(apart, state):
    """FI-24."""
    assert heartbeat.clock_fact(apart=apart).state == state


def test_a_disk_that_fills_is_said_with_what_is_refused(db, monkeypatch):
    monkeypatch.setattr(disk, "measure", lambda folder: (100 * disk.GIB, 2 * disk.GIB))

    low = [fact for fact in everything().values() if "GB free" in fact.says]

    assert low
    assert all(fact.state == State.BAD for fact in low)
    assert "No file, report or import is taken" in low[0].says


def test_a_fact_that_cannot_be_found_hides_no_other(db, monkeypatch):
    def breaks(now):
        raise ZeroDivisionError

    monkeypatch.setitem(
        status._known.finders, "Ledger", [*status._known.finders.get("Ledger", []), breaks]
    )

    facts = everything()

    assert facts["Breaks"].state == State.UNKNOWN
    assert facts["Unsent mail"].state == State.WELL


@pytest.mark.usefixtures("processes")
def test_the_page_costs_the_same_however_much_waits(ivy, open_as):
    client = open_as(ivy)
    client.get(reverse("status"))
    promise(minutes=1)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(reverse("status"))
    for kind in Outbox.Kind:
        for minutes in range(10):
            promise(kind, minutes=minutes)

    with CaptureQueriesContext(connection) as many:
        client.get(reverse("status"))

    assert len(many) == len(few) <= 25


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_went_back_is_marked_in_the_ledgers_once(oak, elm, ada, una, sam, leo, team):
    """SR-90, FI-24: who reads the times later sees across which place they cannot be compared."""
    factories.incident(ada, sam)
    factories.incident(una, leo)
    mark_clock_steps()
    heartbeat.note(heartbeat.BEAT)
    Heartbeat.objects.update(seen_at=timezone.now() + timedelta(hours=2))
    heartbeat.note(heartbeat.BEAT)

    mark_clock_steps()
    mark_clock_steps()

    marks = SealedBody.objects.filter(kind="clock.stepped")
    assert {mark.school_id for mark in marks} == {oak.pk, elm.pk}
    assert len(marks) == 2
    said = json.loads(bytes(marks[0].body))
    assert 7190 <= said["seconds"] <= 7201
    assert (marks[0].via, said["back_at"][:10]) == ("SYS", f"{timezone.now():%Y-%m-%d}")
