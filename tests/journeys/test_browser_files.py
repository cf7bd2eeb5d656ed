"""Files on their way while somebody writes: dropped, photographed, retried, refused, taken back."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from incidents import files
from incidents.models import Attachment, FileScan, Incident, Upload
from tests import factories
from tests.factories import PASSWORD
from tests.incidents.samples import jpeg, sent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DROP = """([zone, name, size]) => {
    const carried = new DataTransfer();
    carried.items.add(new File(["x".repeat(size)], name));
    for (const kind of ["dragenter", "dragover", "drop"]) {
        zone.dispatchEvent(
            new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
    }
}"""


def file(name: str, content: bytes = b"x") -> dict:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def sit_down(viewer, someone, page: str):
    viewer.user.set_password(PASSWORD)
    viewer.user.save()
    person = someone()
    person.refusals = {422}
    person.open(reverse("home"))
    person.sign_in(viewer)
    person.open(page)
    return person


@pytest.fixture
def writing(ada, dee, team, sam, someone):
    factories.category(ada.school)
    return sit_down(ada, someone, reverse("add-incident"))


def field(person):
    return person.page.get_by_label(re.compile(r"^Files"))


def row(person, name: str):
    return person.page.locator("[data-waiting-files] li", has_text=name)


def fill_in(person):
    person.pick("Which pupil is this about?", "sam", "Sam Winter")
    person.page.get_by_label(re.compile("^DSL to review")).check()
    person.page.get_by_label("What did you see?").fill("Sam was crying in the corridor at 10:40.")
    person.page.get_by_label("Home and family").check()


def test_files_are_sent_at_once_each_for_itself_and_stand_in_the_incident(writing):
    field(writing).set_input_files([file("one.txt"), file("two.jpg", jpeg()), file("no.gif")])

    expect(row(writing, "one.txt")).to_contain_text("Added")
    expect(row(writing, "two.jpg")).to_contain_text("Added")
    expect(row(writing, "no.gif")).to_contain_text(
        "“no.gif” cannot be added: this kind of file is not taken."
    )
    writing.look("three-files", "Add incident")
    assert {upload.name for upload in Upload.objects.all()} == {"one.txt", "two.jpg"}
    row(writing, "no.gif").get_by_role("button", name="Remove").click()
    expect(row(writing, "no.gif")).to_have_count(0)
    fill_in(writing)
    writing.press("Continue to review")
    writing.look("review", "Review before submitting")
    writing.page.get_by_label("None of these pictures").check()
    writing.press("Submit incident")

    expect(writing.page.get_by_role("heading", level=1)).to_contain_text("Incident received")
    assert set(Attachment.objects.values_list("name", flat=True)) == {"one.txt", "two.jpg"}
    assert writing.kept_by_browser() == []
    assert writing.faults == []


def test_a_file_is_dropped_and_one_beside_the_field_costs_no_words(writing):
    page = writing.page
    saw = page.get_by_label("What did you see?")
    saw.fill("Every word.")

    page.evaluate(DROP, [page.locator(".drop-zone").element_handle(), "dropped.txt", 3])
    expect(row(writing, "dropped.txt")).to_contain_text("Added")
    page.evaluate(DROP, [page.locator("h1").element_handle(), "beside.txt", 3])

    expect(saw).to_have_value("Every word.")
    assert [one.name for one in Upload.objects.all()] == ["dropped.txt"]
    assert writing.faults == []


def test_a_telephone_offers_its_camera_and_a_computer_does_not(writing):
    take = writing.page.get_by_role("button", name="Take a photo")
    if not writing.screen.is_phone:
        expect(take).to_have_count(0)
        return
    box = take.bounding_box()
    assert box["height"] >= 44

    with writing.page.expect_file_chooser() as chooser:
        take.click()
    camera = writing.page.locator("[data-camera]")
    assert camera.get_attribute("capture") == "environment"
    assert camera.get_attribute("accept") == "image/*"
    chooser.value.set_files([file("photo.jpg", jpeg())])

    expect(row(writing, "photo.jpg")).to_contain_text("Added")
    assert writing.faults == []


def test_each_step_is_told_to_who_does_not_see_it_and_all_of_it_goes_by_keyboard(writing):
    page = writing.page
    status = page.locator("[data-send-files] > [role=status]")
    field(writing).set_input_files([file("one.txt")])
    expect(status).to_have_text("one.txt is added.")

    off = page.get_by_role("button", name="Remove one.txt")
    off.focus()
    page.keyboard.press("Enter")

    expect(status).to_have_text("one.txt is removed.")
    expect(field(writing)).to_be_focused()
    for _ in range(50):
        if not Upload.objects.exists():
            break
        page.wait_for_timeout(100)
    assert not Upload.objects.exists()
    field(writing).set_input_files([file("no.gif")])
    expect(status).to_contain_text("“no.gif” cannot be added")
    assert writing.faults == []


def test_what_is_too_large_is_said_before_anything_is_sent(writing):
    page = writing.page
    zone = page.locator(".drop-zone").element_handle()

    page.evaluate(DROP, [zone, "film.mp4", 26 * 1024 * 1024])

    expect(row(writing, "film.mp4")).to_contain_text("is larger than 25.0 MB")
    assert not any("/files/waiting/" in address for address in writing.addresses)
    assert writing.faults == []


def test_a_dropped_connection_is_tried_again_and_the_file_is_there_once(writing):
    page, tries = writing.page, []

    def first_two_are_lost(route):
        tries.append(route.request.url)
        if len(tries) == 1:
            route.abort("connectionreset")
        elif len(tries) == 2:
            route.fetch()  # it arrives, and its answer does not
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/files/waiting/**", first_two_are_lost)
    writing.refusals |= {"(failed)"}
    field(writing).set_input_files([file("one.txt")])

    expect(row(writing, "one.txt")).to_contain_text("trying again by itself")
    writing.look("trying-again")
    expect(row(writing, "one.txt")).to_contain_text("Added")
    assert len(tries) == 3
    assert len(set(tries)) == 1
    assert Upload.objects.count() == 1
    assert [fault for fault in writing.faults if "ERR_CONNECTION_RESET" not in fault] == []


def test_a_page_that_is_no_answer_of_ours_is_no_success(writing):
    """FI-23: a café's network answers everything with a page of its own."""
    page, tries = writing.page, []

    def café(route):
        tries.append(1)
        if len(tries) == 1:
            route.fulfill(status=200, content_type="text/html", body="<h1>Welcome</h1>")
        else:
            route.continue_()

    page.route("**/files/waiting/**", café)
    field(writing).set_input_files([file("one.txt")])

    expect(row(writing, "one.txt")).to_contain_text("Added")
    assert len(tries) == 2
    assert writing.faults == []


def test_going_on_waits_for_files_under_way_and_then_goes_by_itself(writing):
    page = writing.page
    fill_in(writing)
    held = []
    page.route("**/files/waiting/**", lambda route: held.append(route))
    field(writing).set_input_files([file("one.txt"), file("two.txt")])
    expect(row(writing, "one.txt")).to_contain_text(re.compile("%|checked"))

    writing.press("Continue to review")

    said = page.locator("[data-waits-for-files]")
    expect(said).to_have_text("Goes on by itself when 2 files are sent.")
    writing.look("waiting-for-files")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Add incident")
    held[0].continue_()
    expect(said).to_have_text("Goes on by itself when 1 file is sent.")
    page.wait_for_timeout(300)
    held[1].continue_()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review before submitting")
    expect(page.get_by_role("main")).to_contain_text("two.txt")
    assert writing.faults == []


def test_going_on_stops_at_a_file_that_was_refused_meanwhile(writing):
    page = writing.page
    fill_in(writing)
    held = []
    page.route("**/files/waiting/**", lambda route: held.append(route))
    field(writing).set_input_files([file("no.gif")])
    expect(row(writing, "no.gif")).to_contain_text(re.compile("%|checked"))
    writing.press("Continue to review")

    held[0].continue_()

    expect(page.locator("[data-waits-for-files]")).to_contain_text("Not every file was added")
    expect(page.get_by_role("button", name="Remove no.gif")).to_be_focused()
    expect(page.get_by_label("What did you see?")).to_have_value(re.compile("10:40"))
    assert writing.faults == []


def test_who_is_signed_out_meanwhile_is_told_and_not_led_away(writing):
    page = writing.page
    page.get_by_label("What did you see?").fill("Every word.")
    page.context.clear_cookies()
    writing.refusals |= {403}

    field(writing).set_input_files([file("one.txt")])

    expect(row(writing, "one.txt")).to_contain_text("no longer signed in")
    expect(page.get_by_label("What did you see?")).to_have_value("Every word.")
    assert not Upload.objects.exists()


def test_a_file_of_a_draft_is_taken_off_without_the_page_going_away(writing):
    page = writing.page
    field(writing).set_input_files([file("one.txt")])
    expect(row(writing, "one.txt")).to_contain_text("Added")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saved")
    page.reload()
    saw = page.get_by_label("What did you see?")
    saw.fill("Not yet saved.")

    row(writing, "one.txt").get_by_role("button").click()

    expect(row(writing, "one.txt")).to_have_count(0)
    expect(saw).to_have_value("Not yet saved.")
    assert not Upload.objects.exists()
    assert writing.faults == []


def test_an_action_takes_files_in_the_same_way(ada, dee, team, sam, someone):
    incident = factories.incident(ada, sam)
    acting = sit_down(ada, someone, reverse("add-action", args=[incident.pk]))

    field(acting).set_input_files([file("letter.txt", b"Dear")])
    expect(row(acting, "letter.txt")).to_contain_text("Added")
    acting.page.get_by_label("Update").check()
    acting.page.locator("#id_narrative").fill("The letter came.")
    acting.look("action-with-file", "Add action")
    acting.press("Add action")

    expect(acting.page.get_by_role("heading", level=3)).to_contain_text("Update")
    expect(acting.page.get_by_role("main")).to_contain_text("letter.txt")
    assert Attachment.objects.get().action.incident == Incident.objects.get()
    assert acting.faults == []


def test_a_file_that_was_not_checked_is_behind_a_warning_and_a_suspect_one_is_closed(
    ada, eli, dee, team, sam, someone, settings
):
    """SR-71."""
    draft = uuid4()
    for name in ("letter.txt", "list.txt"):
        files.keep(by=ada, draft=draft, sent=sent(name, b"Dear"))
    incident = factories.incident(ada, sam, submission=draft, alerted=[eli.user])
    bad = incident.attachments.get(name="list.txt")
    FileScan.objects.create(
        school=ada.school, stored_as=bad.stored_as, result="suspect", found="Eicar"
    )
    page = reverse("incident", args=[incident.pk])

    lead = sit_down(dee, someone, page)
    expect(lead.page.get_by_role("main")).to_contain_text("Not checked for viruses")
    expect(lead.page.get_by_role("main")).to_contain_text("Closed: the virus scanner found")
    lead.look("incident-with-files")
    lead.follow("letter.txt")
    lead.look("warned", "This file has not been checked")
    with lead.page.expect_download() as download:
        lead.press("Open it all the same")
    assert Path(download.value.path()).read_bytes() == b"Dear"
    lead.open(reverse("attachment", args=[bad.pk]))
    lead.look("suspect", "This file is closed")
    colleague = sit_down(eli, someone, page)
    expect(colleague.page.get_by_role("main")).to_contain_text("a safeguarding lead can open it")
    expect(colleague.page.get_by_role("link", name="letter.txt")).to_have_count(0)
    assert lead.faults + colleague.faults == []
