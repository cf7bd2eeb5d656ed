"""Logging an incident by keyboard alone, and as a screen reader tells it."""

import re

import pytest
from playwright.sync_api import Page, expect

from incidents.models import Incident
from tests.accounts.doors import with_password
from tests.factories import PASSWORD
from tests.journeys.browsing import SCREENS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAW = "Sam had no coat and was shivering at the gate."
MOST_STOPS = 150
# What has the focus: what it is called, and whether one can see that it has it.
STOP = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    const label = one.labels && one.labels[0];
    const name = one.getAttribute("aria-label") || (label ? label.innerText : one.innerText || "");
    return {
        name: name.trim(),
        kind: one.type || one.tagName.toLowerCase(),
        // A part of a date, or the button of its calendar, has a ring that the browser draws.
        isSeen: style.outlineStyle !== "none" || style.boxShadow !== "none" || !one.matches(":focus"),
        isBody: one === document.body,
        isInView: one.getBoundingClientRect().bottom > 0
            && one.getBoundingClientRect().top < window.innerHeight,
    };
}"""
# How many arrows away it is within its group; none, where it is in another.
PLACE_IN_GROUP = """(name) => Math.max(0, [...document.getElementsByName(document.activeElement.name)]
    .findIndex((one) => one.labels[0].innerText.trim().startsWith(name)))"""


@pytest.fixture
def screen() -> Screen:
    """A keyboard stands on a desk."""
    return SCREENS[0]


def test_an_incident_is_logged_by_keyboard_alone(oak_with_lists, ada, dee, eli, sam, someone):
    """Issue 5: from the sign-in page to the receipt no mouse is touched, and the focus is always seen."""
    with_password(ada)
    person = someone()
    page = person.page
    person.open("/incidents/add/")
    type_into(page, "What is your school e-mail address?", ada.user.email)
    type_into(page, "What is your password?", PASSWORD)
    press(page, "Sign in")

    expect(page.get_by_role("heading", name="Add incident")).to_be_visible()
    type_into(page, "Which pupil is this about?", "wint")
    expect(page.get_by_role("option", name="Sam Winter")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    choose(page, "Urgent now")
    type_into(page, "What did you see?", SAW)
    choose(page, "Home and family")
    press(page, "Continue to review")

    expect(page.get_by_role("heading", name="Review before submitting")).to_be_visible()
    choose(page, "I have told somebody in person")
    press(page, "Submit incident")
    expect(page.get_by_role("heading", name="Incident received")).to_be_visible()
    incident = Incident.objects.get()
    assert (incident.saw, incident.pupil_id) == (SAW, sam.pk)
    assert person.faults == []


def type_into(page: Page, name: str, words: str) -> None:
    reach(page, name)
    page.keyboard.type(words)


def press(page: Page, name: str) -> None:
    reach(page, name)
    page.keyboard.press("Enter")


def choose(page: Page, name: str) -> None:
    """Tick a box, or one of a group, which arrows go through."""
    stop = reach(page, name, within_groups=True)
    if stop["kind"] == "checkbox":
        page.keyboard.press("Space")


def reach(page: Page, name: str, *, within_groups: bool = False) -> dict:
    """Go on with Tab, and through a group with the arrows, until something of this name has the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if within_groups and stop["kind"] == "radio":
            stop = through_group(page, name)
        assert stop["isBody"] or (stop["name"] and stop["isSeen"] and stop["isInView"]), stop
        if stop["name"].startswith(name):
            return stop
    raise AssertionError(f"{name!r} cannot be reached by keyboard")


def through_group(page: Page, name: str) -> dict:
    """Go to the one of this name, if the group that has the focus holds it."""
    for _ in range(page.evaluate(PLACE_IN_GROUP, name)):
        page.keyboard.press("ArrowDown")
    stop = page.evaluate(STOP)
    if stop["name"].startswith(name):
        page.keyboard.press("Space")
    return stop


def test_a_screen_reader_is_told_what_to_write_and_what_is_wrong(
    oak_with_lists, ada, dee, eli, sam, someone
):
    """Issue 5: names, descriptions, groups and errors of the form as assistive technology hears them."""
    with_password(ada)
    person = someone()
    page = person.page
    person.open("/incidents/add/")
    person.sign_in(ada)

    saw = page.get_by_role("textbox", name="What did you see?")
    expect(saw).to_have_accessible_description(
        "What happened, in order, with times. Facts only; full names, not initials."
    )
    expect(page.get_by_role("combobox", name="Which pupil is this about?")).to_have_attribute(
        "aria-expanded", "false"
    )
    expect(
        page.get_by_role("group", name="How soon must somebody look at this?").get_by_role("radio")
    ).to_have_count(3)
    expect(page.get_by_role("main")).to_match_aria_snapshot("""
      - heading "Add incident" [level=1]
      - heading "What happened" [level=2]
      - heading "When and where" [level=2]
      - heading "What has been done" [level=2]
      - heading "Who is told" [level=2]
      - button "Continue to review"
    """)
    person.press("Continue to review")

    summary = page.get_by_role("alert")
    expect(summary.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    summary.get_by_role("link").first.click()
    pupil = page.get_by_role("combobox", name="Which pupil is this about?")
    expect(pupil).to_be_focused()
    expect(pupil).to_have_accessible_description(re.compile("Error"))
    expect(page).to_have_title(re.compile("^Error: "))
    assert person.faults == []


def test_nothing_moves_for_those_who_asked_for_stillness(oak_with_lists, ada, dee, sam, someone):
    """Issue 5: reduced motion."""
    with_password(ada)
    person = someone(reduced_motion="reduce")
    person.open("/incidents/add/")
    person.sign_in(ada)

    moving = person.page.evaluate("""() => [...document.querySelectorAll("*")].filter((one) => {
        const style = getComputedStyle(one);
        return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0;
    }).length""")

    assert moving == 0
