"""The visitors' slip: a form that only takes, behind an address on a poster."""

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.models import SessionState
from accounts.permissions import Role
from incidents import tasks
from incidents.models import Slip, SlipAddress, SlipAlert, SlipCount
from incidents.slips import counting, poster, waiting
from ledger.adopting import adopt_everything
from ledger.models import AccessEntry, Entry, Kind, SealedBody
from ledger.verification import verify
from safeguard.errors import NotAllowed
from safeguard.models import Outbox
from safeguard.walls import acting_in
from tests import factories
from tests.incidents import slipping

pytestmark = pytest.mark.django_db


# The address


def test_nothing_is_open_until_the_dsl_or_the_head_says_so(oak, dee, hal, dan, ada, ivy):
    """SR-41, SR-42: whoever may only read slips opens no door to the school."""
    assert not SlipAddress.objects.exists()

    for viewer in (dan.elevated(), ada.elevated(), ivy.elevated(), dee):
        with pytest.raises(NotAllowed):
            poster.put_up(by=viewer, shows_lead=False)
    assert poster.put_up(by=hal.elevated(), shows_lead=False).token
    assert poster.address_of(dee.elevated()) is not None


def test_an_address_is_random_and_each_schools_own(dee, una):
    first, other = (slipping.put_up(viewer) for viewer in (dee, una))

    assert len(first.split("/")[-2]) == 22
    assert first != other


def test_ended_never_was_and_switched_off_are_the_same_nothing(dee, client):
    """SR-42: nobody learns from the answer that an address ever led somewhere."""
    ended, now = slipping.put_up(dee), slipping.put_up(dee)
    assert client.get(now).status_code == 200
    poster.take_down(by=dee.elevated())

    answers = [
        getattr(Client(), method)(address, {})
        for address in (ended, now, "/slip/AAAAAAAAAAAAAAAAAAAAAA/", "/nothing/of/the/kind/")
        for method in ("get", "post")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
    assert not Slip.objects.exists()


def test_a_blank_token_never_opens_what_is_switched_off(dee):
    slipping.put_up(dee)
    poster.take_down(by=dee.elevated())

    assert poster.open_at("") is None


@pytest.mark.django_db(transaction=True)
def test_the_ledger_keeps_when_the_door_was_open_and_never_the_address(dee, oak):
    """SR-87: whoever changes the row is found out."""
    token = slipping.put_up(dee).split("/")[-2]
    poster.change(by=dee.elevated(), shows_lead=True)
    poster.take_down(by=dee.elevated())

    adopt_everything()
    bodies = [bytes(body) for body in SealedBody.objects.values_list("body", flat=True)]
    assert sum(b"poster of the visitors" in body for body in bodies) == 3
    assert not any(token.encode() in body for body in bodies)
    assert verify(oak.pk, timezone.now()).is_good


def test_the_page_shows_the_schools_name_and_what_to_do_first_and_nothing_else(
    dee, sam, team, client
):
    """SR-41: no name of any child or colleague, and no telephone unless the school says so."""
    page = client.get(slipping.put_up(dee)).content.decode()

    assert "Oak Lane Primary" in page
    assert "ring 999" in page
    read = re.sub(
        r'value="[^"]+"|/slip/[^/"]+/', "", page
    )  # but for tokens, which hold any letters
    for kept in ("Winter", "Okafor", "01632", "Safeguarding team", "4B", "Two Trees"):
        assert kept not in read
    shown = client.get(slipping.put_up(dee, shows_lead=True)).content.decode()
    assert "Dee Okafor, room 4" in shown
    assert "01632 960 123" in shown


# Taking a slip


def test_what_a_visitor_writes_arrives_word_for_word(dee, team, client):
    """SR-58, SR-66: and the receipt names nobody."""
    address = slipping.put_up(dee)
    sent = slipping.answers(saw="Line one.\r\nLine two.  <b>bold</b>")

    answer = client.post(address, sent)

    slip = Slip.objects.get()
    assert answer.status_code == 200
    assert slip.reference in answer.content.decode()
    assert (slip.child_name, slip.child_class) == ("Sammy W", "Year 4")
    assert slip.saw == "Line one.\nLine two.  <b>bold</b>"
    assert slip.writer == "Vera Quill, Supply teacher"
    assert (slip.is_urgent, slip.is_time_known, slip.about) == (False, True, "nobody")
    for typed in ("Sammy", "Line", "Vera", "01632 960 777", "cloakroom"):
        assert typed not in answer.content.decode()
    assert "fresh" in answer.cookies
    assert answer["Cache-Control"] == "no-store, private"


def test_sent_twice_it_is_one_slip_and_one_receipt(dee, team, client):
    """SR-58: a double click, or "send again" from the browser's history."""
    address, sent = slipping.put_up(dee), slipping.answers()

    first, second = (client.post(address, sent).content.decode() for _ in range(2))

    slip = Slip.objects.get()
    assert slip.reference in first
    assert slip.reference in second
    assert SlipAlert.objects.count() == 1
    assert SlipCount.objects.get().number == 1


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_it_is_one_slip(dee, team):
    """SR-58."""
    address, sent = slipping.put_up(dee), slipping.answers()

    def post(_):
        try:
            return Client().post(address, sent).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(post, range(4)))

    assert answers == [200] * 4
    assert Slip.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"saw": "", "child_words": ""}, "Describe what you saw or heard"),
        ({"child_name": " "}, "Say which child it is about"),
        ({"writer_reach": ""}, "Say how we can reach you"),
        ({"occurred_on": "2099-01-01"}, "not in the future"),
        ({"about": "staff"}, "Say who it is, or how we can tell"),
        ({"about": "everybody"}, "Select a valid choice"),
        ({"is_urgent": ""}, "Choose whether it is urgent"),
        ({"saw": "x" * 5001}, "Shorten this to 5000 characters"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_still_there(dee, client, wrong, says):
    """SR-62."""
    answer = client.post(slipping.put_up(dee), slipping.answers(**wrong))

    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert "Vera Quill" in answer.content.decode()
    assert not Slip.objects.exists()


@pytest.mark.parametrize("submission", ["", "1"])
def test_a_form_that_has_lost_its_id_is_taken_all_the_same(dee, client, submission):
    """A real concern is not lost for what a browser did to a hidden field."""
    client.post(slipping.put_up(dee), slipping.answers(submission=submission))

    assert Slip.objects.count() == 1


def test_no_time_is_a_day(dee, client):
    client.post(slipping.put_up(dee), slipping.answers(occurred_time=""))

    assert Slip.objects.get().is_time_known is False


def test_another_sites_page_cannot_send_it_and_a_telephone_without_cookies_can(dee):
    """SR-80: there is no session to ride on, and a real concern is not lost for want of a cookie."""
    client = Client(enforce_csrf_checks=True)
    address, sent = slipping.put_up(dee), slipping.answers()

    elsewhere = client.post(address, sent, headers={"Sec-Fetch-Site": "cross-site"})
    ours = client.post(address, sent, headers={"Sec-Fetch-Site": "same-origin"})

    assert (elsewhere.status_code, ours.status_code) == (403, 200)
    assert Slip.objects.count() == 1


def test_files_are_ignored(dee, client, tmp_path):
    paper = tmp_path / "note.txt"
    paper.write_text("A file.")
    with paper.open("rb") as file:
        client.post(slipping.put_up(dee), slipping.answers() | {"files": file})

    assert Slip.objects.count() == 1


def test_a_colleague_who_is_signed_in_at_another_school_leaves_a_slip_where_the_poster_hangs(
    dee, una, oak, open_as
):
    """SR-47: the token says where the form acts, and nothing else of that request acts there."""
    answer = open_as(una).post(slipping.put_up(dee), slipping.answers())

    assert answer.status_code == 200
    assert Slip.objects.get().school == oak


def test_a_slip_is_taken_from_a_browser_whose_screen_is_locked_or_whose_session_has_ended(
    dee, ada, open_as
):
    """It needs no session: words are not held up by somebody else's."""
    address, client = slipping.put_up(dee), open_as(ada)
    client.post(reverse("blank-screen"))

    assert client.get(address).status_code == 200
    assert client.post(address, slipping.answers()).status_code == 200
    sessions.end(SessionState.objects.get(user=ada.user).pk, timezone.now())
    assert client.post(address, slipping.answers()).status_code == 200
    assert Slip.objects.count() == 2


def test_no_slip_is_seen_from_another_school(oak, elm, una):
    """SR-47."""
    slip = slipping.slip(oak)

    assert not Slip.objects.visible_to(una.elevated()).exists()
    with acting_in(elm.pk):
        assert not Slip.objects.exists()
    with acting_in(oak.pk):
        assert Slip.objects.get() == slip


# Too many


def test_a_place_that_sends_too_much_is_told_whom_to_tell_and_loses_nothing(
    dee, client, monkeypatch
):
    """SR-66, AC55: what was typed is on the page; another place is not held up."""
    monkeypatch.setattr(counting, "FROM_ONE_PLACE_A_DAY", 2)
    address = slipping.put_up(dee)

    codes = [client.post(address, slipping.answers()).status_code for _ in range(2)]
    refused = client.post(address, slipping.answers(child_name="Rosa D"))
    other = client.post(address, slipping.answers(), REMOTE_ADDR="203.0.113.7")

    assert codes == [200, 200]
    assert refused.status_code == 429
    page = refused.content.decode()
    assert "tell the designated safeguarding lead in person" in page
    assert "Rosa D" in page
    assert "ring 999" in page
    assert other.status_code == 200
    assert Slip.objects.count() == 3


def test_a_school_takes_so_many_a_day_wherever_they_come_from(dee, una, client, monkeypatch):
    """AC55."""
    monkeypatch.setattr(counting, "A_DAY", 1)
    ours, theirs = slipping.put_up(dee), slipping.put_up(una)

    first = client.post(ours, slipping.answers())
    second = client.post(ours, slipping.answers(), REMOTE_ADDR="203.0.113.7")
    elsewhere = client.post(theirs, slipping.answers())

    assert [one.status_code for one in (first, second, elsewhere)] == [200, 429, 200]


def test_no_address_is_kept_and_the_counts_go_with_the_day(dee, client, oak):
    """SR-66: a keyed hash that is another one tomorrow."""
    client.post(slipping.put_up(dee), slipping.answers(), REMOTE_ADDR="203.0.113.7")
    (count,) = SlipCount.objects.all()
    assert "203.0.113" not in count.sender
    tomorrow = timezone.localdate() + timezone.timedelta(days=1)
    assert counting.sender_of("203.0.113.7", tomorrow) != count.sender

    tasks.forget_slip_counts()
    assert SlipCount.objects.exists()
    counting.forget(tomorrow)
    assert not SlipCount.objects.exists()


# Who is told


def test_the_always_alerted_leads_get_a_mail_that_says_nothing(
    dee, dan, hal, ada, team, client, mailbox, settings
):
    """SR-45: no name of child or writer, no word of it, in any byte that leaves."""
    settings.BASE_URL = "https://safe.oak-lane.example.org"
    client.post(slipping.put_up(dee), slipping.answers())

    tasks.send_waiting_slip_notices()
    tasks.send_waiting_slip_notices()

    assert sorted(mail.to[0] for mail in mailbox.messages) == sorted(
        [dee.user.email, dan.user.email]
    )
    mail, slip = mailbox.messages[0], Slip.objects.get()
    assert mail["Subject"] == "A visitor’s slip"
    assert f"https://safe.oak-lane.example.org{reverse('slip', args=[slip.pk])}" in mail.text
    for kept in ("Sammy", "Vera", "Quill", "coat", "Year 4", slip.reference):
        assert kept not in mail.raw.decode() + mail.text


def test_an_urgent_one_says_so_and_goes_first(dee, team, client, mailbox):
    client.post(slipping.put_up(dee), slipping.answers(is_urgent="yes"))

    assert Outbox.objects.get(kind=Outbox.Kind.SLIP).urgent
    tasks.send_waiting_slip_notices()
    assert mailbox.messages[0]["Subject"] == "Urgent: a visitor’s slip"
    assert mailbox.messages[0].text.startswith("URGENT.")


def test_where_nobody_always_alerted_may_read_slips_all_their_readers_are_told(
    oak, dee, hal, sal, client
):
    """A slip is never told to somebody for whom its link opens nothing."""
    factories.always_alerted(oak, Role.SLT)

    client.post(slipping.put_up(dee), slipping.answers())

    assert {one.recipient for one in SlipAlert.objects.all()} == {dee.user, hal.user}


def test_whoever_has_left_meanwhile_gets_no_mail(dee, dan, team, client, mailbox):
    """SR-45."""
    client.post(slipping.put_up(dee), slipping.answers())
    dan.user.memberships.update(ends_on=timezone.localdate() - timezone.timedelta(days=1))

    tasks.send_waiting_slip_notices()

    assert [mail.to[0] for mail in mailbox.messages] == [dee.user.email]


# Who reads it


@pytest.fixture
def everybody(ada, tess, dee, dan, hal, sal, pat, sen, gus, cho, max_, ivy):
    return [ada, tess, dee, dan, hal, sal, pat, sen, gus, cho, max_, ivy]


@pytest.mark.parametrize(
    ("about", "readers"),
    [
        ("nobody", {"Dee Okafor", "Dan Price", "Hal Grant"}),
        ("staff", {"Hal Grant"}),
        ("head", {"Cho Reed"}),
    ],
)
def test_who_reads_a_slip(oak, everybody, about, readers):
    """SR-42, SR-49: about staff the head alone, about the head the chair (KCSIE part four)."""
    slip = slipping.slip(oak, about=about, staff_name="Somebody")

    seen = {
        viewer.user.name
        for viewer in everybody
        if Slip.objects.visible_to(viewer.elevated()).contains(slip)
    }

    assert seen == readers
    assert not any(Slip.objects.visible_to(viewer).exists() for viewer in everybody)
    told = {one.recipient.name for one in SlipAlert.objects.filter(slip=slip)}
    assert told == readers


def test_without_a_head_a_chair_reads_what_is_about_staff_and_without_both_the_dsl(oak, dee, cho):
    """Nothing is lost for want of somebody: the next in line reads it."""
    about_staff, about_head = (slipping.slip(oak, about=about) for about in ("staff", "head"))
    assert set(Slip.objects.visible_to(cho.elevated())) == {about_staff, about_head}

    cho.user.memberships.update(ends_on=timezone.localdate() - timezone.timedelta(days=1))

    assert set(Slip.objects.visible_to(dee.elevated())) == {about_staff, about_head}


def test_a_head_who_leads_safeguarding_too_never_reads_what_is_about_the_head(oak, dan):
    """SR-49: nothing overrides it, also where nobody else is left."""
    both = factories.person("Hope Grant", oak, Role.HEAD, Role.DSL)
    slipping.slip(oak, about="head")

    assert not Slip.objects.visible_to(both.elevated()).exists()


def test_slips_that_are_not_for_me_change_nothing_that_i_see(oak, dee, dan, hal, cho, ada, open_as):
    """SR-48: pages, counts and menus are the same bytes."""
    pages = ["home", "slips", "for-review"]
    clients = {viewer: open_as(viewer.elevated()) for viewer in (dee, dan)} | {ada: open_as(ada)}

    def seen() -> dict:
        return {
            (viewer.user.name, name): without_tokens(client.get(reverse(name)).content)
            for viewer, client in clients.items()
            for name in pages
        }

    with time_machine.travel(timezone.now(), tick=False):  # pages say until when one is elevated
        before = seen()
        hidden = [slipping.slip(oak, about=about, is_urgent=True) for about in ("staff", "head")]
        after = seen()
    gone = {
        clients[dee].get(reverse("slip", args=[pk])).status_code
        for pk in (hidden[0].pk, hidden[1].pk, uuid4())
    }

    assert before == after
    assert gone == {404}


def without_tokens(content: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)


def test_home_and_review_say_how_many_wait_and_name_nobody(oak, dee, open_as):
    """Home is opened before classes."""
    slipping.slip(oak)
    slipping.slip(oak, is_urgent=True)

    for client in (open_as(dee), open_as(dee.elevated())):
        page = client.get(reverse("home")).content.decode()
        assert "Slips to file: 2" in page
        assert "1 urgent." in page
        assert "Sammy" not in page
        assert "Nothing is open" not in page
    review = open_as(dee.elevated()).get(reverse("for-review")).content.decode()
    assert "Slips to file: 2" in review
    assert waiting.to_file(dee) == waiting.ToFile(2, 1)


def test_the_chair_is_shown_what_is_about_the_head(oak, cho, open_as):
    slipping.slip(oak, about="head")

    page = open_as(cho).get(reverse("home")).content.decode()

    assert "Slips to file: 1" in page


def test_a_list_of_ten_costs_what_a_list_of_one_does(
    oak, dee, open_as, django_assert_max_num_queries
):
    client = open_as(dee.elevated())

    def queries() -> int:
        with django_assert_max_num_queries(40) as counted:
            assert client.get(reverse("slips")).status_code == 200
        return len(counted)

    slipping.slip(oak)
    one = queries()
    for _ in range(9):
        slipping.slip(oak)
    assert queries() == one


# Nothing typed is anywhere else


def test_no_word_of_a_slip_is_in_a_log_an_errand_or_the_access_log(dee, team, client, caplog):
    """AC34: of what was taken, and of what was refused."""
    caplog.set_level("DEBUG")
    address = slipping.put_up(dee)
    client.post(address, slipping.answers())
    client.post(address, slipping.answers(writer_name=""))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(o::text, '') FROM safeguard_outbox o")
        errands = cursor.fetchone()[0]
    said = "".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    for word in ("Sammy", "winced", "Vera", "960 777", "cloakroom"):
        assert word not in said
        assert word not in errands
    assert not AccessEntry.objects.filter(event__startswith="slip").exists()


@pytest.mark.django_db(transaction=True)
def test_a_slip_has_its_entry_and_a_changed_one_is_found(oak, dee, team, as_owner):
    """SR-87: what a visitor wrote is committed to as it came."""
    slip = slipping.slip(oak)

    adopt_everything()
    told = SealedBody.objects.get(kind=Kind.SLIP)
    assert slipping.SAW in bytes(told.body).decode()
    assert str(dee.user_id) in bytes(told.body).decode()
    assert Entry.objects.filter(pk=told.pk).exists()
    assert verify(oak.pk, timezone.now()).is_good

    with as_owner.cursor() as owner:
        owner.execute("ALTER TABLE incidents_slip DISABLE TRIGGER incidents_slip_append_only")
        owner.execute("UPDATE incidents_slip SET saw = 'Nothing.'")
        owner.execute("ALTER TABLE incidents_slip ENABLE ALWAYS TRIGGER incidents_slip_append_only")
    (found,) = verify(oak.pk, timezone.now()).findings.as_json()
    assert (found["code"], found["obj"]) == ("E_ROW", str(slip.pk))
