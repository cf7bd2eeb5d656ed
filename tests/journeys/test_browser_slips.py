"""From the poster to the pupil's record: a visitor writes without an account, the DSL files it."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Error, expect

from accounts.permissions import Role
from incidents import tasks
from incidents.models import Incident, Slip, SlipAddress
from tests import factories
from tests.accounts.doors import app_for, with_password
from tests.journeys.test_browser_factors import elevate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAW = "Sam winced when another child touched his arm, and would not take his coat off."
UNSPEAKABLE = ["winter", "winced", "quill"]


def test_a_visitors_slip_goes_from_the_poster_to_the_pupils_record(
    oak_with_lists, someone, dee, dan, hal, sam, mailbox
):
    with_password(dee)
    lead, app = someone(), app_for(dee.user)
    lead.unspeakable = UNSPEAKABLE
    lead.open(f"/elevate/?next={reverse('visitors-poster')}")
    lead.sign_in(dee)
    elevate(lead, app)
    the_lead_puts_the_poster_up(lead)

    visitor = someone()
    visitor.unspeakable = UNSPEAKABLE
    a_visitor_writes(visitor, reverse("visitor-slip", args=[SlipAddress.objects.get().token]))

    tasks.send_waiting_slip_notices()
    mail = next(mail for mail in mailbox.messages if mail.to == (dee.user.email,))
    assert mail["Subject"] == "Urgent: a visitor’s slip"
    the_lead_files_it(lead, urlsplit(re.search(r"http\S+", mail.text)[0]).path)

    incident = Incident.objects.get()
    assert (incident.told, incident.pupil) == (SAW, sam)
    assert visitor.faults == []
    assert lead.faults == []


def the_lead_puts_the_poster_up(lead) -> None:
    lead.look("poster-off", "Visitors’ slip")
    lead.press("Switch it on")
    expect(lead.page.get_by_text("The visitors’ slip is open.")).to_be_visible()
    lead.look("poster-on", "Visitors’ slip")
    with lead.page.expect_download() as download:
        lead.follow("Print the poster")
    assert download.value.suggested_filename == "visitors-poster.pdf"


def a_visitor_writes(visitor, address: str) -> None:
    page = visitor.page
    visitor.open(address)
    visitor.look("slip", "Are you worried about a child?")
    visitor.press("Send")
    expect(page.get_by_role("alert").first).to_contain_text("Say which child it is about")
    visitor.look("slip-refused")
    page.get_by_label("Yes, it is urgent").check()
    page.get_by_label("Which child is it about?").fill("Sam, with the blue coat")
    page.get_by_label("Which class or year?").fill("Year 4")
    page.get_by_label("What did you see?").fill(SAW)
    page.get_by_role("group", name="Is it about something").get_by_label("No", exact=True).check()
    page.get_by_label("Your name").fill("Vera Quill")
    page.get_by_label("What brings you here?").fill("Supply teacher")
    page.get_by_label("How can we reach you?").fill("01632 960 777")
    visitor.look("slip-filled")
    visitor.press("Send")

    expect(page.get_by_text(Slip.objects.get().reference)).to_be_visible()
    expect(page.get_by_text("tell a person now")).to_be_visible()
    visitor.look("slip-received", "Thank you")
    assert visitor.kept_by_browser() == []
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # "send again?": what was typed is gone
        page.go_back()


def the_lead_files_it(lead, address: str) -> None:
    page = lead.page
    lead.open(reverse("home"))
    expect(page.get_by_text("Slips to file: 1")).to_be_visible()
    lead.look("home-with-slips")
    lead.follow("Read and file")
    lead.look("slips", "Visitors’ slips")
    lead.open(address)
    lead.look("slip-to-file", "Sam, with the blue coat")
    lead.pick("Which pupil is this about?", "wint", "Sam Winter")
    page.get_by_label("Mental health and wellbeing").check()
    lead.press("File as an incident")
    expect(page.get_by_role("heading", name="Incident received")).to_be_visible()
    lead.open(reverse("incident", args=[Incident.objects.get().pk]))
    expect(
        page.get_by_text("Vera Quill, Supply teacher, on a visitor’s slip", exact=True)
    ).to_be_visible()
    lead.look("filed-incident", "Sam Winter")
    lead.open(address)
    lead.look("slip-filed", "Sam, with the blue coat")


def test_a_slip_is_left_and_put_aside_without_any_script(oak_with_lists, someone, dee, oak):
    factories.person("Hal Grant", oak, Role.HEAD)
    with_password(dee)
    lead, app = someone(java_script_enabled=False), app_for(dee.user)
    lead.open(f"/elevate/?next={reverse('visitors-poster')}")
    lead.page.get_by_label("What is your school e-mail address?").fill(dee.user.email)
    lead.page.get_by_label("What is your password?").fill(factories.PASSWORD)
    lead.press("Sign in")
    elevate(lead, app)
    lead.page.get_by_label("Name the DSL, their room and telephone number").check()
    lead.press("Switch it on")

    visitor = someone(java_script_enabled=False)
    page = visitor.page
    visitor.open(reverse("visitor-slip", args=[SlipAddress.objects.get().token]))
    expect(page.get_by_text("01632 960 123")).to_be_visible()
    page.get_by_role("group", name="Is a child in danger").get_by_label("No", exact=True).check()
    page.get_by_label("Which child is it about?").fill("A boy in red")
    page.get_by_label("What did you hear?").fill("He said that he was hungry.")
    page.get_by_role("group", name="Is it about something").get_by_label("No", exact=True).check()
    page.get_by_label("Your name").fill("Vera Quill")
    page.get_by_label("What brings you here?").fill("Visitor")
    page.get_by_label("How can we reach you?").fill("vera@example.org")
    visitor.press("Send")
    expect(page.get_by_text(Slip.objects.get().reference)).to_be_visible()

    lead.open(reverse("slip", args=[Slip.objects.get().pk]))
    lead.page.get_by_text("Put it aside instead").click()
    lead.page.get_by_label("It is no safeguarding concern").check()
    lead.press("Put aside")
    expect(lead.page.get_by_text("It is no safeguarding concern")).to_be_visible()
    lead.look("slips-put-aside", "Visitors’ slips")
    assert lead.faults == []
    assert visitor.faults == []
