"""Logging an incident where scripts are blocked or broken: every page works as plain forms."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from incidents.models import Attachment, Incident, Level
from tests.accounts.doors import with_password
from tests.journeys.browsing import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAW = "At lunch Sam hid under the table and would not come out for twenty minutes."


def test_an_incident_is_logged_without_any_script(
    oak_with_lists, someone, ada, eli, dee, sam, rosa, tmp_path
):
    with_password(ada)
    person = someone(java_script_enabled=False)
    page = person.page
    person.unspeakable = ["winter", "diaz", "lunch"]
    person.open("/incidents/add/")
    person.sign_in(ada)
    find_and_tick(page, "Which pupil is this about?", "wint", "Sam Winter")
    page.get_by_label("Urgent now").check()
    page.get_by_label("What did you see?").fill(SAW)
    find_and_tick(page, "Which other pupils are involved?", "2A", "Rosa Diaz")
    find_and_tick(page, "Who else needs to know?", "eli", "Eli Moore")
    page.get_by_label("Mental health and wellbeing").check()
    page.get_by_label("Files").set_input_files(a_note(tmp_path))
    person.look("filled")
    continue_to_review(page)
    page.get_by_label("Part played by Rosa Diaz").select_option("Witness")
    continue_to_review(page)

    expect(page.get_by_role("heading", name="Review before submitting")).to_be_visible()
    person.look("review")
    person.press("Submit incident")
    expect(page.get_by_role("alert").first).to_contain_text("Does Eli Moore need to know?")
    person.look("asked-once")
    page.get_by_label("I have told somebody in person, or am about to").check()
    page.get_by_label("Yes, this person needs to know").check()
    person.press("Submit incident")

    expect(page.get_by_role("heading", name="Incident received")).to_be_visible()
    expect(page.get_by_text("Eli Moore")).to_be_visible()
    person.look("receipt")
    check_what_was_stored()
    the_menu_works(person)
    assert person.faults == []


def find_and_tick(page: Page, label: str, typed: str, name: str) -> None:
    page.get_by_label(label).first.fill(typed)
    page.get_by_role("button", name=re.compile(f"^Find.*{re.escape(label)}")).click()
    page.get_by_role("group", name="Found for").get_by_label(name).check()


def continue_to_review(page: Page) -> None:
    page.get_by_role("button", name="Continue to review").click()


def a_note(folder: Path) -> Path:
    note = folder / "note.txt"
    note.write_text("Seen by two lunchtime supervisors.")
    return note


def check_what_was_stored() -> None:
    incident = Incident.objects.get()
    assert (incident.saw, incident.level) == (SAW, Level.URGENT)
    assert incident.pupil.legal_surname == "Winter"
    assert [link.pupil.legal_surname for link in incident.linked_pupils.all()] == ["Diaz"]
    assert Attachment.objects.get().name == "note.txt"


def the_menu_works(person: Person) -> None:
    """Without scripts a telephone shows the menu unfolded."""
    page = person.page
    menu = page.get_by_role("navigation", name="Main")
    menu.get_by_role("link", name="My incidents").click()
    page.get_by_role("link", name=re.compile("Sam Winter")).click()
    expect(page.get_by_text(SAW)).to_be_visible()
    page.get_by_role("button", name="Blank screen").click()
    expect(page.get_by_role("heading", name="Screen blanked")).to_be_visible()
