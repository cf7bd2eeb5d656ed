"""A child's body maps over time, pulled back through the months by keyboard, and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Authenticator
from incidents.injuries import Mark
from tests import factories
from tests.accounts.doors import app_for, with_password

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KNEE, EAR = Mark("front-knee-left", "cut", (236, 650)), Mark("head-left-ear", "bruise")


@pytest.fixture
def lead(oak_with_lists, someone, ada, dee, sam):
    """Return a function that opens Sam's body maps as the DSL, elevated."""
    for days, mark in ((200, KNEE), (90, EAR), (40, KNEE), (5, KNEE)):
        factories.incident(ada, sam, marks=[mark], occurred_at=factories.ago(days=days))
    with_password(dee)
    app = app_for(dee.user)

    def opened(**options):
        person = someone(**options)
        person.unspeakable = ["winter", "knee"]
        person.open(f"/pupils/{sam.pk}/")
        person.sign_in(dee)
        Authenticator.objects.update(last_step=-1)
        person.page.get_by_label("What code does your authenticator app show?").fill(app.code())
        person.press("Elevate access")
        person.follow("Body maps over time")
        expect(person.page.get_by_role("heading", level=1)).to_contain_text("Body maps over time")
        return person

    return opened


def drawing(page: Page, said: str):
    return page.get_by_role("img", name=said, exact=True)


def test_the_slider_goes_back_by_keyboard_and_a_box_takes_a_layer_off(lead):
    """WCAG 2.1.1, 4.1.2: the slider says the day that it stands on, and the drawing what it shows."""
    person = lead()
    page = person.page
    slider = page.get_by_role("slider", name="Up to")
    expect(drawing(page, "Front: A1, C1, D1")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r", 4 of 4$"))
    person.look("all-layers")

    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r", 3 of 4$"))
    expect(drawing(page, "Front: A1, C1")).to_be_visible()
    expect(page.locator("[data-layers-status]")).to_have_text("3 of 4 incidents shown.")
    strongest = page.locator(".body-layer--0:not(.body-layer--off) text")
    expect(strongest).to_have_text(["C1"])

    page.locator("#layer-A").uncheck()
    expect(drawing(page, "Front: C1")).to_be_visible()
    page.keyboard.press("Tab")
    page.locator("#layer-C").focus()
    page.keyboard.press("Space")
    expect(drawing(page, "Front: no mark is shown")).to_be_visible()
    expect(strongest).to_have_text(["B1"])
    slider.focus()
    page.keyboard.press("End")
    expect(drawing(page, "Front: D1")).to_be_visible()
    person.look("some-layers")
    assert person.faults == []


def test_the_days_and_boxes_work_without_scripts(lead):
    person = lead(java_script_enabled=False)
    page = person.page
    expect(page.get_by_role("slider")).to_have_count(0)
    page.locator("#layer-D").uncheck()
    page.locator("#layer-A").uncheck()
    person.press("Show")

    expect(drawing(page, "Front: C1")).to_be_visible()
    expect(page.locator("#layer-D")).not_to_be_checked()
    person.look("without-scripts")
    page.get_by_role("link", name="Show everything").click()
    page.get_by_text("Between two days").click()
    page.get_by_label("From").fill(f"{factories.ago(days=100):%Y-%m-%d}")
    person.press("Show")

    expect(drawing(page, "Front: C1, D1")).to_be_visible()
    assert person.faults == []


def test_marks_can_be_told_from_bodies_in_forced_colours(lead):
    """WCAG 1.4.11: a drawing keeps its own colours and paper where a system forces others."""
    person = lead(forced_colors="active")
    page = person.page
    person.look("forced-colours")
    page.emulate_media(color_scheme="dark", forced_colors="active")
    page.screenshot(path=person.album.path_for("forced-dark"), full_page=True)

    colours = page.evaluate(
        """() => {
            const of = (what, name) => getComputedStyle(document.querySelector(what))[name];
            return [
                of('.body-layer--0 .body-layer__spot', 'fill'), of('.body-layer--0 text', 'fill'),
                of('.body-layer--3 .body-layer__spot', 'fill'), of('.body-layer--3 text', 'fill'),
                of('.body-map__drawing', 'backgroundColor'),
            ];
        }"""
    )
    assert colours == [
        *("rgb(15, 76, 92)", "rgb(255, 255, 255)"),
        *("rgb(255, 255, 255)", "rgb(27, 35, 40)", "rgb(255, 255, 255)"),
    ]
    assert person.faults == []
