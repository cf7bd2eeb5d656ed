"""Files and the virus scanner, with a real clamd: who may open what in which state (SR-71, FI-17)."""

import socket
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from incidents import files, scanning, tasks
from incidents.models import Action, Alert, Attachment, FileScan, Incident
from incidents.opening import State, Way, may_open, states_of
from ledger.models import AccessEntry
from safeguard import clamav, failpoints, status
from safeguard.failpoints import FailpointReached
from safeguard.models import Outbox
from tests import factories
from tests.incidents import clamd
from tests.incidents.samples import jpeg, sent
from tests.incidents.typing import answers, record, send, submit

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def one_daemon():
    """One clamd for all tests that only ask it."""
    with clamd.running() as daemon:
        yield daemon


@pytest.fixture
def scanner(one_daemon, settings):
    """The installation has a scanner."""
    settings.CLAMD = one_daemon.address
    return one_daemon


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(clamav, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(clamav, "ANSWER_SECONDS", 0.5)


def attach(by, about, content: bytes = b"x", name: str = "note.txt", **fields) -> Attachment:
    draft = uuid4()
    files.keep(by=by, draft=draft, sent=sent(name, content))
    return factories.incident(by, about, submission=draft, **fields).attachments.get()


def later(minutes: float):
    return timezone.now() + timedelta(minutes=minutes)


def scan_all(now=None) -> None:
    while scanning.scan_next(now or timezone.now()):
        pass


def state_of(attachment) -> State:
    return states_of([attachment], timezone.now())[attachment.stored_as]


def way(attachment, viewer, **more) -> Way:
    return may_open(attachment, viewer, **more).way


# Who may open what in which state ("Choices made")


@pytest.mark.parametrize(
    ("state", "author", "colleague", "pastoral", "lead"),
    [
        (State.NOT_CHECKED, Way.OPENS, Way.CLOSED, Way.CLOSED, Way.WARNS),
        (State.PENDING, Way.OPENS, Way.CLOSED, Way.CLOSED, Way.WARNS),
        (State.ERROR, Way.OPENS, Way.CLOSED, Way.CLOSED, Way.WARNS),
        (State.CLEAN, Way.OPENS, Way.OPENS, Way.OPENS, Way.OPENS),
        (State.SUSPECT, Way.CLOSED, Way.CLOSED, Way.CLOSED, Way.CLOSED),
    ],
)
def test_with_a_scanner_what_is_not_known_to_be_clean_is_the_authors_and_the_leads(
    ada, eli, pat, dee, sam, settings, state, author, colleague, pastoral, lead
):
    """SR-71: pictures that were drawn anew are no exception while a scanner is to look."""
    settings.CLAMD = "/nowhere/clamd.ctl"
    attachment = attach(ada, sam, alerted=[eli.user])
    scan = FileScan.objects.filter(stored_as=attachment.stored_as)
    scan.update(
        **{
            State.NOT_CHECKED: {"asked_at": later(-15)},
            State.PENDING: {"asked_at": later(-14)},
            State.ERROR: {"tries": 1},
            State.CLEAN: {"result": "clean"},
            State.SUSPECT: {"result": "suspect", "found": "x"},
        }[state]
    )

    assert state_of(attachment) == state
    for redrawn in (False, True):
        ways = [way(attachment, one, redrawn=redrawn) for one in (ada, eli, pat.elevated())]
        assert ways == [author, colleague, pastoral]
        for one in (dee, dee.elevated()):
            assert way(attachment, one, redrawn=redrawn) == lead


def test_without_a_scanner_redrawn_pictures_open_and_the_rest_is_for_leads_after_a_warning(
    ada, eli, dee, dan, hal, sal, sam
):
    attachment = attach(ada, sam, alerted=[eli.user])
    people = (ada, eli, sal.elevated(), dee, dan, hal)

    assert state_of(attachment) == State.NOT_CHECKED
    assert [way(attachment, one) for one in people] == [
        *(Way.OPENS, Way.CLOSED, Way.CLOSED, Way.WARNS, Way.WARNS, Way.WARNS)
    ]
    assert {way(attachment, one, redrawn=True) for one in people} == {Way.OPENS}


def test_a_file_found_suspect_stays_closed_when_the_scanner_is_taken_away(
    ada, dee, sam, scanner, settings
):
    attachment = attach(ada, sam, clamd.TEST_FILE)
    scan_all()
    settings.CLAMD = ""

    assert {way(attachment, one, redrawn=True) for one in (ada, dee)} == {Way.CLOSED}


@pytest.mark.django_db(transaction=True)
def test_a_lead_reads_a_warning_first_and_everybody_else_that_it_is_closed(
    ada, eli, dee, team, sam, open_as
):
    """SR-71."""
    attachment = attach(ada, sam, b"every word", alerted=[eli.user])
    address = reverse("attachment", args=[attachment.pk])
    lead = open_as(dee)

    warning, agreed = lead.get(address), lead.post(address, {"open": "yes"})
    kept_from = [open_as(eli).get(address), open_as(eli).post(address, {"open": "yes"})]
    own = open_as(ada).get(address)

    assert "It could harm this computer" in warning.content.decode()
    assert "Open it all the same" in warning.content.decode()
    assert agreed.content == own.content == b"every word"
    for page in kept_from:
        said = page.content.decode()
        assert "This file has not been checked" in said
        assert "A safeguarding lead can open it." in said
        assert "Open it all the same" not in said
    events = AccessEntry.objects.filter(target=attachment.pk).values_list("user", "event")
    assert sorted(events) == sorted(
        [
            (dee.user_id, "attachment.held"),
            (dee.user_id, "attachment.opened"),
            (eli.user_id, "attachment.held"),
            (eli.user_id, "attachment.held"),
            (ada.user_id, "attachment.opened"),
        ]
    )


def test_the_incident_says_beside_each_file_how_it_is_and_links_only_what_opens(
    ada, eli, dee, team, sam, open_as
):
    attachment = attach(ada, sam, alerted=[eli.user])
    page, address = (
        reverse("incident", args=[attachment.incident_id]),
        reverse("attachment", args=[attachment.pk]),
    )

    read_by = {one: open_as(one).get(page).content.decode() for one in (ada, eli, dee)}

    assert "Not checked for viruses: a safeguarding lead can open it" in read_by[eli]
    assert address not in read_by[eli]
    for one in (ada, dee):
        assert "Not checked for viruses" in read_by[one]
        assert address in read_by[one]


# Scanning, with a real clamd


def test_a_file_in_which_nothing_is_found_opens_for_whoever_may_see_it(
    ada, eli, team, sam, scanner, open_as
):
    """SR-71."""
    attachment = attach(ada, sam, b"every word", alerted=[eli.user])
    assert state_of(attachment) == State.PENDING

    tasks.scan_waiting_files()

    assert state_of(attachment) == State.CLEAN
    assert open_as(eli).get(reverse("attachment", args=[attachment.pk])).content == b"every word"
    assert not Outbox.objects.filter(kind=Outbox.Kind.SCAN, done_at=None).exists()


def test_the_test_virus_is_closed_to_everybody_and_the_leads_are_told(
    ada, eli, dee, team, sam, scanner, open_as, mailbox
):
    """SR-71: the incident did not wait; what was found is kept, and said in its thread."""
    client = open_as(ada)
    note = sent("Sam.txt", b"before " + clamd.TEST_FILE)
    incident = record(client, answers(ada, sam, files=note, alerted=[str(eli.user_id)]))
    attachment = incident.attachments.get()

    tasks.scan_waiting_files()
    tasks.send_waiting_alerts()

    assert state_of(attachment) == State.SUSPECT
    address = reverse("attachment", args=[attachment.pk])
    for one in (ada, eli, dee, dee.elevated()):
        for page in (open_as(one).get(address), open_as(one).post(address, {"open": "yes"})):
            assert "This file is closed" in page.content.decode()
            assert clamd.TEST_FILE not in page.content
    said = Action.objects.get()
    assert said.author.is_system
    assert "“Sam.txt”" in said.narrative
    assert clamd.FOUND in said.narrative
    assert [alert.recipient for alert in said.alerts.all()] == [dee.user]
    assert files.stored(attachment.stored_as).endswith(clamd.TEST_FILE)
    told = [mail for mail in mailbox.messages if "Safeguard (automatic)" in mail.text]
    assert [mail.to for mail in told] == [(dee.user.email,)]
    assert "Sam" not in told[0].text + told[0]["Subject"]
    assert "Closed: the virus scanner found something" in (
        open_as(dee).get(reverse("incident", args=[incident.pk])).content.decode()
    )


def test_it_is_said_once(ada, dee, team, sam, scanner):
    attach(ada, sam, clamd.TEST_FILE)

    for _ in range(3):
        tasks.scan_waiting_files()

    assert Action.objects.count() == 1


def test_what_is_found_in_a_draft_is_told_to_its_author_and_to_leads_when_it_is_submitted(
    ada, dee, team, sam, scanner, open_as
):
    client, draft = open_as(ada), uuid4()
    send(client, answers(ada, sam, files=sent("note.txt", clamd.TEST_FILE)), draft)

    tasks.scan_waiting_files()
    form = client.get(reverse("edit-draft", args=[draft])).content.decode()
    before = Alert.objects.count()
    submit(client, draft)
    tasks.scan_waiting_files()

    assert before == 0
    assert "the virus scanner found something in it" in form
    assert Action.objects.get().incident == Incident.objects.get()
    assert state_of(Attachment.objects.get()) == State.SUSPECT


def test_a_lead_of_whom_the_incident_speaks_is_not_told_of_its_files(
    ada, dee, dan, hal, team, sam, scanner
):
    attach(ada, sam, clamd.TEST_FILE, subjects=[dee.user])

    tasks.scan_waiting_files()

    assert [alert.recipient for alert in Action.objects.get().alerts.all()] == [dan.user]


def test_what_is_found_in_an_entry_for_few_is_told_to_those_few(ada, dee, dan, team, sam, scanner):
    incident, draft = factories.incident(ada, sam), uuid4()
    files.keep(by=dee, draft=draft, sent=sent("note.txt", clamd.TEST_FILE))
    factories.action(dee.elevated(), incident, submission=draft, audience="leads")

    tasks.scan_waiting_files()

    said = Action.objects.get(author__is_system=True)
    assert said.audience == "leads"
    assert [alert.recipient for alert in said.alerts.all()] == [dee.user]


def test_what_is_larger_than_the_scanner_looks_at_does_not_count_as_clean(ada, sam, settings):
    """FI-17: clamd hangs up on it, in the middle of the file."""
    with clamd.running(most="1M") as small:
        settings.CLAMD = small.address
        attachment = attach(ada, sam, b"x" * 3_000_000)
        scan_all()

    scan = FileScan.objects.get()
    assert state_of(attachment) == State.ERROR
    assert "limit exceeded" in scan.last_error


def test_files_of_before_there_was_a_scanner_are_looked_at_when_there_is_one(
    ada, dee, team, sam, settings, one_daemon
):
    attachment, waiting = attach(ada, sam, clamd.TEST_FILE), uuid4()
    upload = files.keep(by=ada, draft=waiting, sent=sent("a.txt", b"x"))
    assert not FileScan.objects.exists()
    settings.CLAMD = one_daemon.address

    assert scanning.find_unscanned() == 2
    assert scanning.find_unscanned() == 0
    tasks.scan_waiting_files()

    assert states_of([attachment, upload], timezone.now()) == {
        attachment.stored_as: State.SUSPECT,
        upload.stored_as: State.CLEAN,
    }


def test_a_file_that_is_taken_back_is_forgotten(ada, scanner):
    upload = files.keep(by=ada, draft=uuid4(), sent=sent("a.txt", b"x"))
    again = files.keep(by=ada, draft=uuid4(), sent=sent("b.txt", b"x"))
    files.drop(upload)
    scan_all()
    files.drop(again)

    scanning.find_unscanned()

    assert not FileScan.objects.exists()
    assert not Outbox.objects.filter(kind=Outbox.Kind.SCAN, done_at=None).exists()


def test_files_of_two_schools_are_scanned_each_in_its_own(ada, una, sam, leo, scanner):
    here, there = attach(ada, sam), attach(una.elevated(), leo, clamd.TEST_FILE)

    tasks.scan_waiting_files()

    assert (state_of(here), state_of(there)) == (State.CLEAN, State.SUSPECT)
    assert Action.objects.get().incident.school == una.school


# Down, slow, crashing (FI-17)


def test_with_the_scanner_down_nothing_waits_and_after_a_quarter_of_an_hour_it_says_not_checked(
    ada, eli, dee, team, sam, open_as, settings
):
    """FI-17, SR-71."""
    with clamd.running() as daemon:
        settings.CLAMD = daemon.address
        daemon.kill()
        incident = record(open_as(ada), answers(ada, sam, files=sent("a.txt", b"every word")))
        attachment = incident.attachments.get()

        tasks.scan_waiting_files()
        now = may_open(attachment, dee)
        soon = may_open(attachment, dee, now=later(16))
        daemon.start()
        tasks.scan_waiting_files()

    assert (now.state, now.way) == (State.PENDING, Way.WARNS)
    assert (soon.state, soon.way) == (State.NOT_CHECKED, Way.WARNS)
    assert state_of(attachment) == State.CLEAN
    assert FileScan.objects.get().tries == 0


def test_a_scanner_that_hangs_holds_up_nothing_and_counts_against_no_file(
    ada, sam, scanner, impatient
):
    """FI-17."""
    attachment = attach(ada, sam)

    with scanner.stopped():
        more = scanning.scan_next(timezone.now())
    scan_all()

    assert not more
    assert state_of(attachment) == State.CLEAN


class Poisoned:
    """Stands for a clamd that has trouble with some files: what it does is told by their content."""

    def __init__(self, address: str):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(address)
        self.server.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client:
                self.answer(client)

    def answer(self, client):
        said = client.recv(1 << 20)
        if not said.startswith(b"zINSTREAM"):
            client.sendall(b"PONG\0" if said.startswith(b"zPING") else b"ClamAV 1.4.3\0")
            return
        while not said.endswith(b"\0\0\0\0"):
            said += client.recv(1 << 20)
        if b"slow" in said:
            client.settimeout(5)
            client.recv(1)  # until the other side has had enough
        elif b"odd" in said:
            client.sendall(b"stream: something else\0")
        elif b"deep" in said:
            client.sendall(b"stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\0")
        elif b"crash" not in said:
            client.sendall(b"stream: OK\0")


@pytest.fixture
def poisoned(settings, tmp_path, impatient, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings.CLAMD = str(tmp_path / "c")
    server = Poisoned("c")  # the path of a socket is short
    monkeypatch.setattr(clamav, "_connect", _connect_here)
    yield server
    server.server.close()


def _connect_here(address):
    daemon = socket.socket(socket.AF_UNIX)
    daemon.settimeout(clamav.CONNECT_SECONDS)
    daemon.connect("c")
    return daemon


@pytest.mark.parametrize("poison", [b"crash", b"slow", b"odd", b"deep"])
def test_a_poisoned_file_is_given_up_after_three_tries_and_the_queue_goes_on(
    ada, dee, sam, poisoned, poison
):
    """FI-17: no answer, none in time, one that says nothing, and one that stopped half-way."""
    bad, good = attach(ada, sam, poison), attach(ada, sam, b"good")

    scan_all()
    first = (state_of(bad), state_of(good), FileScan.objects.get(stored_as=bad.stored_as).tries)
    scan_all()  # at once: it is not due yet
    for minutes in (1, 4, 60, 600):
        scan_all(later(minutes))

    assert first == (State.ERROR, State.CLEAN, 1)
    scan = FileScan.objects.get(stored_as=bad.stored_as)
    assert (scan.tries, scan.result) == (3, FileScan.Result.GIVEN_UP)
    assert way(bad, dee) == Way.WARNS
    assert not Outbox.objects.filter(kind=Outbox.Kind.SCAN, done_at=None).exists()


def test_what_was_given_up_is_tried_again_when_somebody_says_so(
    ada, sam, poisoned, settings, one_daemon, monkeypatch, capsys
):
    bad = attach(ada, sam, b"crash")
    for minutes in (0, 1, 4):
        scan_all(later(minutes))
    monkeypatch.undo()
    settings.CLAMD = one_daemon.address

    call_command("scan_files")
    unasked = state_of(bad)
    call_command("scan_files", "--again")

    assert unasked == State.ERROR
    assert state_of(bad) == State.CLEAN
    assert "1 files were looked at" in capsys.readouterr().out


def test_the_command_says_when_there_is_no_scanner(settings):
    with pytest.raises(CommandError, match="There is no scanner"):
        call_command("scan_files")
    settings.CLAMD = "/nowhere/clamd.ctl"
    with pytest.raises(CommandError, match="does not answer"):
        call_command("scan_files")


@pytest.mark.parametrize("point", ["scan.before_asking", "scan.before_keeping"])
def test_a_worker_that_dies_over_a_file_leaves_it_to_the_next(
    ada, sam, scanner, settings, monkeypatch, point
):
    """FI-17."""
    attachment = attach(ada, sam, clamd.TEST_FILE)
    settings.FAILPOINTS = f"{point}=raise"
    monkeypatch.setattr(failpoints, "_holds_invented_data", lambda: True)
    with pytest.raises(FailpointReached):
        scanning.scan_next(timezone.now())
    settings.FAILPOINTS = ""

    scan_all()
    at_once = state_of(attachment)
    scan_all(later(2))

    assert at_once == State.PENDING
    assert state_of(attachment) == State.SUSPECT


# What those who run it are told


def facts(settings=None) -> dict:
    group = next(one for one in status.groups(timezone.now()) if one.title == "Files")
    return {fact.name: fact for fact in group.facts}


def test_status_says_that_files_are_not_checked_where_there_is_no_scanner(db):
    fact = facts()["Virus scanner"]

    assert fact.state == status.State.NOTICE
    assert "files are not checked" in fact.says


def test_status_says_whether_the_scanner_answers_and_would_know_a_virus(
    ada, scanner, settings, monkeypatch
):
    well = facts()["Virus scanner"]
    monkeypatch.setattr(clamav, "HARMLESS", ("harmless",))
    blind = facts()["Virus scanner"]
    settings.CLAMD = "/nowhere/clamd.ctl"
    away = facts()["Virus scanner"]

    assert well.state == status.State.WELL
    assert (blind.state, away.state) == (status.State.BAD, status.State.BAD)
    assert "no signatures" in blind.says
    assert "does not answer" in away.says


def test_status_says_that_files_were_given_up_and_not_how_many(ada, sam, poisoned):
    assert facts()["Files that could not be scanned"].state == status.State.WELL
    attach(ada, sam, b"crash")
    for minutes in (0, 1, 4):
        scan_all(later(minutes))

    assert facts()["Files that could not be scanned"].state == status.State.NOTICE


def test_pages_with_many_files_ask_no_more_than_pages_with_one(
    ada, dee, team, sam, open_as, scanner, django_assert_max_num_queries
):
    one, ten = uuid4(), uuid4()
    for number in range(10):
        files.keep(by=ada, draft=ten, sent=sent(f"{number}.jpg", jpeg()))
    files.keep(by=ada, draft=one, sent=sent("one.jpg", jpeg()))
    few, many = (factories.incident(ada, sam, submission=draft) for draft in (one, ten))
    client = open_as(dee.elevated())
    counts = []
    for incident in (few.pk, many.pk):
        client.get(reverse("incident", args=[incident]))
        with django_assert_max_num_queries(80) as captured:
            client.get(reverse("incident", args=[incident]))
        counts.append(len(captured))

    assert counts[0] == counts[1]
