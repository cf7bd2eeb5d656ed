"""The main job in a real browser, at a computer's width and at a telephone's.

A teacher logs a concern, the safeguarding lead hears of it by mail, reads, elevates, acts, prints
the reports, and the teacher sees what became of it. Every page on the way is judged and pictured
(`Person.look`).
"""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from accounts.models import Authenticator, SessionState
from accounts.viewer import Viewer
from incidents.models import Attachment, Incident
from incidents.tasks import send_waiting_alerts
from reports.tasks import make_waiting_reports
from tests.accounts.doors import App, app_for, with_password
from tests.journeys.browsing import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAW = "At 08:50 Sam came in without a coat and with a graze along the left forearm."
WORDS = "I fell off the wall because I was looking for my shoes"
DONE = "Rang the mother at 15:40. She said that he was out of the house before breakfast."
REASONS = "One explanation so far; the mother has agreed to meet on Thursday."
MESSAGE = "Thank you. I have spoken with him, please keep an eye on lunch."
WISH = "To have breakfast at home again."
NOTE = "Drawn on the back of the register: left forearm, a hand's width."


@dataclass
class School:
    """Who plays in the journey, and where their pages and mail are."""

    ada: Viewer
    dee: Viewer
    app: App
    mailbox: object
    folder: Path


@pytest.fixture
def school(oak_with_lists, ada, eli, dee, sam, rosa, mailbox, tmp_path) -> School:
    with_password(ada)
    with_password(dee)
    return School(ada, dee, app_for(dee.user), mailbox, tmp_path)


def test_a_concern_travels_from_the_teacher_to_the_report_and_back(school, someone):
    """Issue 2, the journey: each page is judged, and nothing is left in the browsers (SR-40)."""
    teacher, lead = someone(), someone()
    teacher.unspeakable = lead.unspeakable = ["winter", "sam ", "diaz", "forearm"]

    the_teacher_logs_a_concern(teacher, school)
    incident = Incident.objects.get()
    the_lead_follows_the_mail(lead, school, incident)
    the_lead_elevates_and_reviews(lead, school, incident)
    the_lead_acts(lead, incident)
    the_lead_reads_the_chronology(lead, incident)
    the_lead_prints_the_reports(lead, school)
    the_teacher_sees_what_became_of_it(teacher, incident)

    assert teacher.kept_by_browser() + lead.kept_by_browser() == []
    assert teacher.faults + lead.faults == []


def the_teacher_logs_a_concern(ada: Person, school: School) -> None:
    page = ada.page
    ada.open("/")
    ada.look("sign-in", "Sign in")
    ada.sign_in(school.ada)
    ada.look("home", "Oak Lane Primary")
    page.get_by_role("banner").get_by_role("link", name="Add incident").click()
    ada.look("add-incident", "Add incident")
    ada.press("Continue to review")
    expect(page.get_by_role("alert")).to_be_visible()
    ada.look("add-incident-errors")
    fill_in_what_happened(ada)
    fill_in_who_is_told(ada, school.folder)
    ada.look("add-incident-filled")
    ada.press("Continue to review")
    expect(page.get_by_role("heading", name="Review before submitting")).to_be_visible()
    ada.look("review-before-submitting")
    page.get_by_label("Yes, this person needs to know").check()
    page.get_by_role("button", name="Submit incident").dblclick()
    expect(page.get_by_role("heading", name="Incident received")).to_be_visible()
    ada.look("receipt")


def fill_in_what_happened(ada: Person) -> None:
    page = ada.page
    box = page.get_by_role("combobox", name="Which pupil is this about?")
    box.press_sequentially("wint")
    expect(page.get_by_role("option", name="Sam Winter")).to_be_visible()
    ada.look("pupil-type-ahead")
    box.clear()
    ada.pick("Which pupil is this about?", "wint", "Sam Winter")
    expect(page.get_by_role("button", name="Change Sam Winter")).to_be_focused()
    page.get_by_label("DSL to review").check()
    page.get_by_label("What did you see?").fill(SAW)
    page.get_by_label("The child’s exact words").fill(WORDS)
    page.get_by_label("Where did it happen?").select_option("Playground or field")
    page.get_by_label("What have you done already?").fill("Cleaned the graze at the office.")
    page.get_by_label("Presentation").check()
    page.get_by_label("Home and family").check()
    ada.pick("Which other pupils are involved?", "dia", "Rosa Diaz")
    page.get_by_label("Part played by Rosa Diaz").select_option("Witness")


def fill_in_who_is_told(ada: Person, folder: Path) -> None:
    drawing = folder / "register.txt"
    drawing.write_text(NOTE)
    ada.pick("Who else needs to know?", "mo", "Eli Moore")
    ada.page.get_by_label("Files").set_input_files(drawing)
    sent = ada.page.get_by_role("listitem").filter(has_text="register.txt")
    expect(sent).to_contain_text("Added")


def the_lead_follows_the_mail(dee: Person, school: School, incident: Incident) -> None:
    """The link outlives signing in, and the mail says nothing else."""
    page = dee.page
    send_waiting_alerts()
    letters = {letter.to[0]: letter for letter in school.mailbox.messages}
    assert set(letters) == {"dee@oak-lane.example.org", "eli@oak-lane.example.org"}
    letter = letters["dee@oak-lane.example.org"].text
    assert "Winter" not in letter

    dee.open(re.search(r"http://\S+", letter)[0])
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    dee.sign_in(school.dee)
    expect(page.locator(".reference").first).to_have_text(re.compile(incident.reference))
    expect(page.get_by_text(SAW)).to_be_visible()
    dee.look("alerted-incident")
    page.get_by_role("button", name=re.compile("^Mark as read")).click()
    expect(page.get_by_role("button", name=re.compile("^Mark as read"))).to_have_count(0)
    dee.from_menu("Alerts")
    dee.look("alerts", "Alerts")


def the_lead_elevates_and_reviews(dee: Person, school: School, incident: Incident) -> None:
    page = dee.page
    dee.from_menu("For review")
    expect(page.get_by_label("What code does your authenticator app show?")).to_be_visible()
    dee.look("elevate")
    page.get_by_label("What code does your authenticator app show?").fill(school.app.code())
    page.get_by_role("main").get_by_role("button", name=re.compile("^Elevate")).click()
    expect(page.get_by_role("heading", name="For review")).to_be_visible()
    dee.look("for-review")
    dee.follow(incident.reference)
    expect(page.get_by_text(WORDS)).to_be_visible()
    dee.look("incident-elevated")


def the_lead_acts(dee: Person, incident: Incident) -> None:
    page = dee.page
    page.get_by_role("link", name="Add action").first.click()
    expect(page.get_by_role("heading", name="Add action")).to_be_visible()
    dee.look("add-action")
    page.get_by_label("Decision", exact=True).check()
    page.get_by_label("What was done, said or found out?").fill(DONE)
    page.get_by_label("What was decided?").select_option("Monitor")
    page.get_by_label("What are the reasons?").fill(REASONS)
    dee.pick("Who else needs to know?", "eli", "Eli Moore")
    dee.look("add-action-decision")
    dee.press("Add action")
    expect(page.get_by_text(REASONS)).to_be_visible()

    dee.follow("Send Ada Teach a message")
    page.get_by_label("What was done, said or found out?").fill(MESSAGE)
    dee.press("Add action")
    expect(page.get_by_text(MESSAGE)).to_be_visible()
    dee.look("incident-with-thread")
    page.get_by_role("button", name="Mark as a significant event").click()
    expect(page.get_by_text("Significant event", exact=True)).to_be_visible()
    assert incident.actions.count() == 2


def the_lead_reads_the_chronology(dee: Person, incident: Incident) -> None:
    page = dee.page
    dee.from_menu("Pupils")
    dee.look("pupils", "Pupils")
    page.get_by_label("Name or form").fill("winter")
    dee.press("Find")
    expect(page.get_by_text("Found", exact=True)).to_be_visible()
    dee.look("pupils-found")
    dee.follow("Sam Winter")
    expect(page.get_by_text(SAW)).to_be_visible()
    dee.look("chronology")
    dee.follow("Record a status")
    dee.look("record-status", "Record a status")
    page.get_by_label("Early help").check()
    page.get_by_label("Started").check()
    page.get_by_label("On which day?").fill("2026-09-07")
    dee.press("Record status")
    expect(page.get_by_text("The status has been recorded.")).to_be_visible()
    page.get_by_text("Filter", exact=True).click()
    dee.look("chronology-filters")


def the_lead_prints_the_reports(dee: Person, school: School) -> None:
    page = dee.page
    dee.follow("Chronology report")
    dee.look("chronology-report", "Make a chronology report")
    paper = make_and_open(dee, school, "chronology-report")
    assert SAW in paper
    assert REASONS in paper

    page.go_back()
    dee.from_menu("Pupils")
    dee.follow("Sam Winter")
    dee.follow("Case-conference report")
    expect(page.get_by_role("heading", name="Write a case-conference report")).to_be_visible()
    page.get_by_label("What does the child wish for and feel").fill(WISH)
    dee.look("conference-report")
    paper = make_and_open(dee, school, "conference-report")
    assert WORDS in paper
    assert WISH in paper
    dee.from_menu("Reports")
    dee.look("reports", "Reports")


def make_and_open(dee: Person, school: School, name: str) -> str:
    """Ask for the report, watch it being made, save it, and return its text in one line.

    It is asked for soon after a code, however slow the machine; and saved late, after another.
    """
    page = dee.page
    SessionState.objects.exclude(fresh_code_at=None).update(fresh_code_at=timezone.now())
    page.get_by_label("Why are you making this report?").fill("For the conference on Thursday")
    dee.press("Make the report")
    expect(page.get_by_text("Waiting to be made")).to_be_visible()
    dee.look(f"{name}-being-made")
    make_waiting_reports()
    link = page.get_by_role("link", name=re.compile("^Download the report"))
    expect(link).to_be_visible()
    dee.look(f"{name}-made")
    SessionState.objects.update(fresh_code_at=None)
    Authenticator.objects.update(last_step=-1)
    link.click()
    dee.look(f"{name}-code-again", "A code once more")
    page.get_by_label("What code does your authenticator app show?").fill(school.app.code())
    with page.expect_download() as download:
        dee.press("Go on")
    file = school.folder / download.value.suggested_filename
    download.value.save_as(file)
    assert "winter" not in file.name.casefold()
    reader = PdfReader(BytesIO(file.read_bytes()))
    return " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())


def the_teacher_sees_what_became_of_it(ada: Person, incident: Incident) -> None:
    page = ada.page
    page.get_by_role("banner").get_by_role("link", name="Safeguard").click()
    ada.look("home-with-alert", "Oak Lane Primary")
    ada.from_menu("My incidents")
    expect(page.get_by_text("Being looked at")).to_be_visible()
    expect(page.get_by_text(MESSAGE)).to_be_visible()
    ada.look("my-incidents")
    ada.follow("Sam Winter")
    expect(page.get_by_text(MESSAGE)).to_be_visible()
    expect(page.get_by_text(REASONS)).to_have_count(0)
    ada.look("own-incident")
    ada.follow("Report a mistake")
    ada.look("report-mistake", "Report a mistake")
    assert Attachment.objects.filter(incident=incident).count() == 1
