"""An attacker's day, from the door to the paper: one test for each kind of finding that a
penetration test of a system like this one has reported.

Eli teaches at Oak and is curious; Una leads safeguarding at Elm, has the authenticator, and is
curious too. What they want is Ada's incident about Sam, and Dee's work on it. Each test names the
requirement it holds and, where one exists, the file that goes into more depth.
"""

import io
import re
import socketserver
import threading
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from html import unescape
from urllib.parse import unquote
from uuid import uuid4

import pypdf
import pytest
from django.conf import settings as project
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sealed, tasks
from accounts.kept_sessions import SessionStore
from accounts.models import SessionState, User
from accounts.permissions import S2
from incidents import files, limiting
from incidents.models import Action, Attachment, Audience, Incident, LinkedPupil, Upload
from incidents.services import Account, Linked
from pupils.models import Contact, Pupil, StatusChange
from reports.models import Report
from tests import factories
from tests.access import attacking
from tests.access.attacking import ELSEWHERE, SECRET
from tests.accounts import links
from tests.accounts.doors import app_for, key_of, sign_in, signed_in, state_of, with_password
from tests.accounts.test_enumeration import UNKNOWN, seen
from tests.architecture.test_who_may_open_what import POST_ONLY
from tests.incidents import acting, typing
from tests.incidents.samples import sent
from tests.pupils.exports import csv_of, upn
from tests.pupils.rolls import bring_in
from tests.pupils.test_mis import read_export
from tests.reports import story
from tests.smtp import mailbox

__all__ = ["mailbox"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def prize(oak, team, ada, dee, sam, open_as) -> attacking.Prize:
    return attacking.lay_out(open_as(ada), ada, dee, sam)


# At the door


def test_enumeration_tells_nobody_who_exists(ada, una, sam, open_as):
    """SR-11, SR-47: sign-in, reset and picker; accounts/test_enumeration.py has every kind."""
    with_password(ada)
    asked = [links.ask(ada.user.email), links.ask(UNKNOWN)]
    wrong = [sign_in(Client(), email, "wrong") for email in (ada.user.email, UNKNOWN)]
    elm = open_as(una.elevated())
    picked = [
        [elm.post(reverse(page), {"q": name}).content for page in ("find-pupil", "find-staff")]
        for name in ("Sam Winter", "Nob Nowhere", "Ada Teach")
    ]

    for ours, nobodys in (asked, wrong):
        assert seen(ours, ada.user.email) == seen(nobodys, UNKNOWN)
    assert picked[0] == picked[1] == picked[2]


def test_a_session_id_from_before_opens_nothing_afterwards(dee):
    """SR-29, SR-31: planted before signing in, or watched before elevating or unlocking."""
    planted = SessionStore({"mine": "yes"})
    planted.create()
    victim, app = Client(), app_for(with_password(dee).user)
    victim.cookies["sessionid"] = planted.session_key
    known = [planted.session_key]

    def still_open() -> list[str]:
        holders = [Client() for _ in known]
        for holder, key in zip(holders, known, strict=True):
            holder.cookies["sessionid"] = key
        return [key_of(one) for one in holders if one.get(reverse("my-sessions")).status_code < 300]

    assert sign_in(victim, dee.user.email).status_code == 302
    assert still_open() == []
    known.append(key_of(victim))
    assert victim.post(reverse("elevate"), {"code": app.code()}).status_code == 302
    assert still_open() == []
    known.append(key_of(victim))
    victim.post(reverse("blank-screen"))
    known.append(key_of(victim))
    victim.post(reverse("unlock"), {"password": factories.PASSWORD})

    assert still_open() == []
    assert len({*known, key_of(victim)}) == 5
    for cookie in victim.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["domain"]
        assert len(cookie.OutputString()) < 4096
    assert victim.get(reverse("my-sessions")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_one_code_in_eight_browsers_elevates_one(dee, open_as):
    """SR-20: accounts/test_totp.py does the same below the page."""
    app, start = app_for(dee.user), threading.Barrier(8)
    code, browsers = app.code(), [open_as(dee) for _ in range(8)]

    def race(browser: Client) -> int:
        start.wait(30)
        try:
            return browser.post(reverse("elevate"), {"code": code}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(race, browsers))

    assert answers.count(302) == 1
    raised = [one for one in SessionState.objects.all() if one.strength(timezone.now()) == S2]
    assert len(raised) == 1


def test_without_its_token_no_form_is_taken_not_even_that_of_signing_in(prize, dee, open_as):
    """SR-79: every address, by a stranger and by an elevated lead whose browser is misused."""
    lead, stranger = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    lead.cookies = open_as(dee.elevated()).cookies
    before = attacking.rows()
    elsewhere = {"HTTP_ORIGIN": f"https://{ELSEWHERE}", "HTTP_SEC_FETCH_SITE": "cross-site"}
    silent: dict[str, str] = {}  # an old browser says nothing of where a form came from
    state = SessionState.objects.count()

    taken = [
        (name, answer.status_code)
        for name, at in attacking.addresses(prize.scene).items()
        for browser in (lead, stranger)
        for said in (elsewhere, silent)
        if (answer := browser.post(at, {"significant": "yes"}, **said)).status_code != 403
    ]

    by_link = [lead.get(attacking.addresses(prize.scene)[name]).status_code for name in POST_ONLY]

    # The probes answer before anything is asked; whatever is sent to them is not read.
    assert {name for name, _ in taken} <= {"healthz", "readyz"}
    assert set(by_link) == {405}
    assert attacking.rows() == before
    assert SessionState.objects.filter(ended_at=None, locked_at=None).count() == state


HOSTILE_NEXT = [
    f"//{ELSEWHERE}/",
    f"/\\{ELSEWHERE}/",
    f"https://{ELSEWHERE}/",
    f"https:{ELSEWHERE}",
    "javascript:alert(1)",
    f"%2F%2F{ELSEWHERE}",
    f"%5C%5C{ELSEWHERE}",
    f"/\t/{ELSEWHERE}/",
    f"\n//{ELSEWHERE}",
    f"/%09/{ELSEWHERE}",
    f"///{ELSEWHERE}",
]
LEADS_ON = {
    *("sign_in", "_open_session", "choose_school", "session_ended"),  # the door
    *("blank_screen", "unlock", "elevate", "enrol_authenticator"),  # the session
    *("_go_on", "_show_recovery_codes", "onwards"),  # a fresh code, new codes
    *("_not_enrolled", "_seal", "use_sealed_code", "resume_sealed_code"),  # the sealed code
    *("acknowledge_alert", "give_reason"),  # the record
}


@pytest.mark.parametrize("wanted", HOSTILE_NEXT)
def test_next_leads_to_no_other_site(wanted, elm, team, ada, dee, dan, hal, sam, open_as):
    """SR-80: every place that follows `next`; accounts/test_next_page.py has what it does follow."""
    assert attacking.following_next() == LEADS_ON, "try the new place below, then name it above"
    factories.incident(ada, sam)
    alert = dee.user.alerts.get()
    app, lead, code = app_for(dee.user), signed_in(dee), {"query_params": {"next": wanted}}
    enrolled, aim = open_as(hal), {"next": wanted}
    answers = [
        Client().get(reverse("session-ended"), aim),
        lead.get(reverse("sign-in"), aim),
        lead.post(reverse("acknowledge-alert", args=[alert.pk]), aim),
        enrolled.get(reverse("elevate"), aim),
        open_as(hal.elevated()).post(
            reverse("give-reason", args=[sam.pk]), {"reason": "A meeting."}, **code
        ),
        lead.post(reverse("blank-screen"), aim),
        lead.get(reverse("unlock"), aim),
        lead.post(reverse("unlock"), {"password": factories.PASSWORD, **aim}),
        lead.post(reverse("elevate"), {"code": app.code()}, **code),
        lead.get(reverse("enrol-authenticator"), aim),
        lead.get(reverse("code-again"), aim),
        lead.post(reverse("code-again"), {"code": app.code(late=-30)}, **code),
        lead.post(reverse("recovery-codes"), aim),
        sign_in(Client(), dee.user.email, to=wanted),
        Client().post(
            reverse("sign-in"),
            {"username": dee.user.email, "password": factories.PASSWORD, **aim},
        ),
    ]
    first = sealed.ask(by=dee.elevated(), user=dan.user, now=timezone.now())
    second = sealed.agree(by=hal.elevated(), code=first.code, now=timezone.now())
    halves = {"first": first.half, "second": second.half, "reason": "Nobody is here."}
    deputy = signed_in(dan)
    answers += [
        deputy.get(reverse("elevate"), aim),
        deputy.post(
            reverse("use-sealed-code"), halves | {"password": factories.PASSWORD} | aim, **code
        ),
        deputy.post(reverse("drop-elevation")),
        deputy.get(reverse("elevate"), aim),
        deputy.post(reverse("resume-sealed-code"), aim, **code),
    ]
    assert state_of(deputy).elevated_until
    factories.Membership.objects.create(user=dee.user, school=elm, role="dsl")
    both = Client()
    answers.append(sign_in(both, dee.user.email, to=wanted))
    answers.append(
        both.post(reverse("choose-school"), {"school": str(dee.school.pk), **aim}, **code)
    )

    for answer in answers:
        shown = re.findall(r'(?:href|action|content)="([^"]*)"', answer.content.decode())
        for target in [answer.headers.get("Location", "/"), *shown]:
            first, *kept = unescape(target).split("next=")
            for part in [first, *map(unquote, kept)]:
                assert not leads_away(part), (answer.request["PATH_INFO"], target)


def leads_away(target: str) -> bool:
    """Whether a browser that follows this could end up somewhere else."""
    flat = re.sub(r"[\t\r\n]", "", target).strip().replace("\\", "/")
    return flat.startswith(("//", "javascript:")) or bool(re.match(r"https?:", flat))


def test_a_forged_host_is_in_no_link_and_no_redirect(ada, mailbox):
    """SR-17, SR-95: reset mail and redirects; accounts/test_asking_for_a_link.py as well."""
    with_password(ada)
    forged = {"HTTP_X_FORWARDED_HOST": ELSEWHERE, "HTTP_FORWARDED": f"host={ELSEWHERE}"}

    refused = [
        Client().post(reverse("reset-password"), {"email": ada.user.email}, HTTP_HOST=ELSEWHERE),
        Client().get(reverse("home"), HTTP_HOST=ELSEWHERE),
    ]
    asked = Client().post(reverse("reset-password"), {"email": ada.user.email}, **forged)
    sent_on = Client().get(reverse("alerts"), **forged)
    tasks.send_waiting_password_resets()

    assert [answer.status_code for answer in refused] == [400, 400]
    assert ELSEWHERE not in f"{refused[0].content} {refused[1].content}"
    assert asked.url.startswith("/")
    assert sent_on.url.startswith("/")
    (letter,) = mailbox.messages
    assert f"{project.BASE_URL}/choose-password/" in letter.text
    assert ELSEWHERE not in letter.raw.decode()


# Inside: what is there, without a right to it


def test_no_id_of_anothers_record_opens_anything(prize, eli, una, open_as):
    """SR-42, SR-47: incident, actions, alerts, files, reports, drafts, uploads, and what is next.

    Una's GETs are in architecture/test_who_may_open_what.py.
    """
    answers = [
        answer
        for viewer, how in ((eli, "GET"), (una.elevated(), "POST"))
        for answer in attacking.answers_to(open_as(viewer), prize, how)
    ]

    # One's own sessions: another's "has ended already". A draft of one's own may take a free id. Taking back
    # a file answers alike whether there is one of one's own or none; the last line sees that it stays.
    own = {"end-session", "edit-draft", "review-draft", "take-back-file"}
    assert {name for name, status, _ in answers if status != 404} <= own
    assert [name for name, _, shown in answers if SECRET in shown] == []
    assert not Action.objects.filter(author__in=[eli.user, una.user]).exists()
    assert Upload.objects.filter(pk=prize.waiting.pk).exists()


def test_history_is_read_by_those_who_read_the_present(prize, ada, eli, una, open_as):
    """SR-42, SR-49: earlier categories, the ledger's page and proofs, and what was kept from Ada."""
    pk = prize.incident.pk
    for viewer in (eli, una.elevated()):
        browser = open_as(viewer)
        for page in ("incident", "incident-received", "incident-proof"):
            for query in ("", "?version=1", "?at=2020-01-01", "?history=all", "?as=dsl"):
                assert browser.get(reverse(page, args=[pk]) + query).status_code == 404
    elms = open_as(una.elevated()).get(reverse("ledger")).content.decode()
    own = open_as(ada)
    page = own.get(reverse("incident", args=[pk])).content.decode()
    proof = own.get(reverse("incident-proof", args=[pk]))

    assert "Oak" not in elms
    assert str(pk) not in elms
    assert prize.incident.reference not in elms
    assert "for leads" not in page
    assert "Housing" not in page
    assert "said more" not in page
    assert proof.status_code == 404 or SECRET not in proof.content.decode()


def test_exports_and_papers_are_their_askers_alone(prize, dee, hal, eli, una, open_as):
    """SR-45: not the head's, not a stranger's, not the asker's own without the authenticator."""
    story.make(prize.report)
    at = [
        reverse(page, args=[prize.report.pk])
        for page in ("report", "report-progress", "report-file")
    ]

    answers = {
        who: [open_as(viewer).get(one).status_code for one in at]
        for who, viewer in (
            ("hal", hal.elevated()),
            ("eli", eli),
            ("una", una.elevated()),
            ("password alone", dee),
            ("dee", dee.elevated()),
        )
    }

    assert answers == dict.fromkeys(["hal", "eli", "una"], [404] * 3) | {
        "password alone": [302] * 3,
        "dee": [200] * 3,
    }


def test_no_picture_is_served_but_through_the_fence():
    """SR-70: whatever sends bytes asks `visible_to` in the same breath; pictures come from there."""
    sending = dict(attacking.sending_bytes())

    assert len(sending) >= 3  # files, papers, proofs
    assert [where for where, source in sending.items() if not attacking.is_fenced(source)] == []
    templates = (project.BASE_DIR / "templates").rglob("*.html")
    shown = [
        src for one in templates for src in re.findall(r"<img[^>]*src=\"(.*?)\"", one.read_text())
    ]
    fenced = {
        "{{ offer.picture }}",
        "{{ file.small.url }}",
        "{% url 'page-of-file' file.pk page %}",
    }
    assert [src for src in shown if src not in fenced and "{% static" not in src] == []
    assert project.MEDIA_URL in {"", "/"}
    assert project.MEDIA_ROOT == ""


def test_what_one_may_not_see_changes_no_count_and_no_list(
    granted, ada, dee, dan, hal, eli, una, sam, rosa, open_as
):
    """SR-48: every page, and every fence below them; access/test_noninterference.py by chance.

    Eli wrote an incident himself, and Dan reads his and Sam's chronology: so what is kept from them
    has pages on which it could show.
    """
    viewers = [eli, dan.elevated(), una.elevated()]
    own = factories.incident(eli, sam, linked=[Linked(rosa, "witness")])
    pages = [*attacking.pages_of(own), *attacking.pages_about(sam)]
    browsers = [open_as(viewer) for viewer in viewers]
    before = [attacking.crawled(browser, pages) for browser in browsers]
    fenced = [attacking.fenced(viewer) for viewer in viewers]

    lead = dee.elevated()
    kept = factories.incident(ada, sam, linked=[Linked(rosa, "friend")])
    factories.action(lead, kept, alerted=[hal.user])
    limiting.limit_readers(by=lead, incident=kept, audience="named", readers=[], reason="So.")
    factories.action(lead, own, alerted=[hal.user], audience=Audience.NAMED)
    story.ask(dee, sam)

    for browser, earlier in zip(browsers, before, strict=True):
        now = attacking.crawled(browser, pages)
        changed = {page: list(unified_diff(*pair)) for page, pair in differing(earlier, now)}
        assert changed == {}
    assert [attacking.fenced(viewer) for viewer in viewers] == fenced
    assert "Only for" in open_as(lead).get(pages[0]).content.decode()  # there is something to hide


def differing(earlier: dict, now: dict):
    """Each page that is not what it was, line by line before and after."""
    for page, (status, text) in now.items():
        if (status, text) != earlier[page]:
            yield (
                page,
                [[str(code), *words.splitlines()] for code, words in (earlier[page], now[page])],
            )


def test_ids_of_another_incident_are_refused_inside_ones_own(prize, eli, una, ada, leo, open_as):
    """SR-42, SR-44: attachment, upload, pupil, colleague, category, as a form's values."""
    elm, curious, own = open_as(una.elevated()), open_as(eli), uuid4()
    sams, adas = str(prize.incident.pupil_id), str(ada.user_id)
    theirs = str(prize.incident.categories.get().category_id)
    good = typing.answers(una, leo)
    links_to = {"linked": [sams], f"linked_role_{sams}": LinkedPupil.Part.WITNESS.value}
    refused = [
        typing.send(elm, good | values)
        for values in ({"pupil": sams}, {"categories": [theirs]}, {"alerted": [adas]}, links_to)
    ]
    typing.send(curious, typing.answers(eli, prize.incident.pupil), own)
    taken = curious.post(reverse("remove-upload", args=[own, prize.waiting.pk]))
    mine = factories.incident(eli, prize.incident.pupil)
    kept = curious.post(
        acting.address(mine),
        acting.answers(submission=str(prize.waiting.draft), remove_file=str(prize.waiting.pk)),
    )

    assert [answer.status_code for answer in refused] == [
        200
    ] * 4  # the form again, with its errors
    assert SECRET not in "".join(answer.content.decode() for answer in [*refused, kept])
    assert taken.status_code == 404
    assert Upload.objects.filter(pk=prize.waiting.pk).exists()
    assert not mine.attachments.exists()
    hidden = reverse("attachment", args=[prize.for_leads.pk])
    assert open_as(ada).get(hidden).status_code == 404  # of her own incident, but for the leads


ENDING = {"sign-out", "session-ended", "end-other-sessions", "blank-screen", "drop-elevation"}


def test_extra_fields_with_every_form_change_nothing(prize, elm, oak, ada, dee, eli, rosa, open_as):
    """SR-44, SR-61: role, school, author, audience, strength, recorded_at, by teacher and lead."""
    extra = attacking.smuggled(elm, eli.user)
    pk, at, since = prize.incident.pk, attacking.addresses(prize.scene), attacking.moment()
    teacher, lead, draft = open_as(ada), open_as(dee.elevated()), uuid4()
    before, people = attacking.rows(), attacking.standing()
    today = f"{timezone.localdate():%Y-%m-%d}"
    said = {"reason": "A meeting.", "narrative": "A mistake.", "significant": "yes"}
    paper = extra | said | {"make": "1", "scope": "all", "wording": "full"}

    landed = [
        typing.send(teacher, extra | typing.answers(ada, rosa), draft),
        typing.submit(teacher, draft),
        teacher.post(acting.address(prize.incident), extra | acting.answers()),
        teacher.post(at["report-mistake"], extra | said | {"submission": str(uuid4())}),
        lead.post(at["make-chronology-report"], paper | {"submission": str(uuid4())}),
        lead.post(at["mark-significant"], extra | said),
        lead.post(at["give-reason"], extra | said),
        lead.post(at["incident"], extra),
        lead.post(
            at["record-status"],
            extra | {"kind": "early_help", "change": "started", "on_date": today},
        ),
        lead.post(
            at["add-keeper"],
            extra | {"name": "Kit", "part": "Chair", "address": "kit@x.org", "submission": uuid4()},
        ),
    ]
    for browser, name in ((one, name) for one in (teacher, lead) for name in at):
        if name not in ENDING:
            browser.post(at[name], extra)  # every other form there is or will be

    assert [answer.status_code for answer in landed] == [302] * len(landed)
    assert (
        attacking.forged(before, ada, since) == []
        or {problem.rsplit(".", 1)[1] for problem in attacking.forged(before, ada, since)}
        <= attacking.ACTING
    )
    assert attacking.standing() == people
    assert Incident.objects.get(submission=draft).reported_by == ada.user
    by_ada = Action.objects.filter(author=ada.user)
    assert by_ada.exists()
    assert set(by_ada.values_list("audience", flat=True)) == {Audience.THREAD}
    assert not attacking.made_for(before, eli.user)
    assert Incident.objects.get(pk=pk).reference == prize.incident.reference


# Hostile text and files


SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "'\"><svg onload=alert(1)>"


def test_a_script_in_a_pupils_name_is_text_on_every_page_and_paper(
    oak, team, max_, ada, dee, open_as
):
    """SR-82: from the school's MIS to the paper; incidents/test_thread.py has what staff type."""
    headings = ["UPN", "Legal Surname", "Legal Forename", "DOB", "Year", "Reg", "House"]
    row = [upn(7), SCRIPT, BREAKOUT.replace('"', '""'), "01/02/2017", "4", SCRIPT[:20], SCRIPT]
    roll = csv_of(row, headings=headings)
    bring_in(max_, read_export("roll.csv", roll, timezone.localdate()))
    child = Pupil.objects.get(legal_surname=SCRIPT)
    assert child.legal_forename == BREAKOUT
    teacher, lead, draft = open_as(ada), open_as(dee.elevated()), uuid4()
    typing.send(teacher, typing.answers(ada, child), draft)
    pages = [teacher.get(reverse("review-draft", args=[draft]))]
    typing.submit(teacher, draft)
    at = attacking.addresses({"incident": Incident.objects.get().pk, "pupil": child.pk})
    begun = f"{at['add-incident']}?pupil={child.pk}"
    for browser in (teacher, lead):
        pages += [browser.get(one) for name, one in at.items() if name != "session-ended"]
        pages += [browser.get(begun), browser.post(at["pupils"], {"query": "script"})]
        found = browser.post(at["find-pupil"], {"q": "script"})
        assert found["Content-Type"] == "application/json"
        assert found["X-Content-Type-Options"] == "nosniff"
        assert "script>" in found.content.decode()

    html = [one.content.decode() for one in pages if not one.streaming and one.status_code == 200]
    assert sum("&lt;script&gt;alert(1)" in page for page in html) >= 8
    assert [
        page for page in html if SCRIPT in page or SCRIPT[:20] in page or "<svg onload" in page
    ] == []
    scripts = " ".join(one.read_text() for one in (project.BASE_DIR / "static/js").glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", scripts)
    paper = story.paper(dee, story.make(story.ask(dee, child)))
    assert "<script>alert(1)</script>" in re.sub(r"\s", "", story.words(paper))
    assert not re.search(rb"/(JavaScript|JS|OpenAction|AA|Launch)\b", paper)


def test_whatever_writes_a_table_neutralises_formulas():
    """SR-75: one file writes tables; safeguard/test_spreadsheets.py says what it does with a formula."""
    loose = {
        path.relative_to(project.BASE_DIR).as_posix()
        for path in attacking.writing_tables()
        if "spreadsheets.as_csv(" not in path.read_text()
    }

    assert loose == {"safeguard/spreadsheets.py"}


class Heard(socketserver.BaseRequestHandler):
    """Somebody has fetched an address that stood in a record."""

    def handle(self) -> None:
        self.server.heard += 1


@pytest.fixture
def listener():
    """A real server on this machine that counts who comes."""
    with socketserver.TCPServer(("127.0.0.1", 0), Heard) as server:
        server.heard = 0
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("kind", [Report.Kind.CHRONOLOGY, Report.Kind.CASE_CONFERENCE])
def test_no_address_in_any_field_is_fetched_for_a_paper(kind, listener, ada, dee, sam, tmp_path):
    """SR-74: file:// and http:// in every text of a record; reports/test_paper.py tries both walls."""
    marker = tmp_path / "m"
    marker.write_text(SECRET)
    http, file = f"http://127.0.0.1:{listener.server_address[1]}/", marker.as_uri()
    lure = (
        f'<img src="{http}"><link rel=stylesheet href="{http}">{http} {file}'
        f'<link rel=attachment href="{file}"><object data="{file}"></object><a href="{file}">x</a>'
    )

    def fields(model) -> dict[str, str]:
        return {
            field.name: lure[: field.max_length]
            for field in model._meta.concrete_fields
            if field.get_internal_type() in {"CharField", "TextField"}
            and field.editable
            and not field.choices
            and field.name not in {"reference", "sen_provision", "year_group"}
        }

    Pupil.objects.filter(pk=sam.pk).update(**fields(Pupil))
    Contact.objects.create(pupil=sam, **fields(Contact))
    User.objects.filter(pk=ada.user_id).update(name=lure[:100])
    said = {
        name: text for name, text in fields(Incident).items() if name in Account.__annotations__
    }
    incident = factories.incident(ada, sam, account=Account(**said), categories=[lure[:80]])
    factories.action(ada, incident, narrative=lure)
    StatusChange.objects.create(
        pupil=sam, kind="early_help", change="started", on_date=timezone.localdate(),
        by=dee.user, **fields(StatusChange),
    )  # fmt: skip
    answers = {
        key: lure if text.startswith("Typed") else text for key, text in story.answers().items()
    }

    made = story.make(story.ask(dee, sam, kind, reason=lure[:200], answers=answers))
    pdf = story.paper(dee, made)

    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert listener.heard == 0
    assert not reader.attachments
    assert b"/EmbeddedFile" not in pdf
    assert SECRET not in story.words(pdf)
    assert "http://127.0.0.1" in re.sub(r"\s", "", story.words(pdf))
    assert not re.search(rb"/URI *\((?:file|http)", pdf)


CLIMBING = [
    "../../../etc/cron.d/x.txt",
    "..\\..\\windows\\x.txt",
    "/etc/passwd.txt",
    "%2e%2e%2fx.txt",
    "a/../../b.txt",
    "..txt",
    "x\r\nSet-Cookie: a=b.txt",
]


def test_no_name_climbs_out_of_its_folder(ada, sam, open_as, settings, tmp_path):
    """SR-69, SR-70: names of files; next and static paths, and the demo's mail."""
    browser, draft, before = open_as(ada), uuid4(), set(tmp_path.rglob("*"))
    files.keep_all(by=ada, draft=draft, sent=[sent(name, b"words") for name in CLIMBING])
    typing.send(browser, typing.answers(ada, sam), draft)
    typing.submit(browser, draft)

    for path in set(tmp_path.rglob("*")) - before:
        assert path.is_relative_to(settings.FILES_DIR)
        assert path.is_dir() or re.fullmatch(r"[0-9a-f]{32,64}", path.name)
    assert Attachment.objects.count() >= 4
    for one in Attachment.objects.all():
        answer = browser.get(reverse("attachment", args=[one.pk]))
        name = answer["Content-Disposition"].split("=", 1)[1]
        assert re.fullmatch(r'"[0-9A-Z]{3}-[0-9A-Z]{3} [^/\\\r\n"]+"', name), name
        assert "a=b" not in answer.cookies.output()
    for climb in ("..", "%2e%2e", "..%2f..", "....//", "..%5c..", "%252e%252e"):
        for folder in ("/static/", "/static/css/", "/files/", "/demo/mail/", "/"):
            answer = browser.get(f"{folder}{climb}/safeguard/settings.py")
            shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert answer.status_code in {302, 404}
            assert b"SECRET_KEY" not in shown
