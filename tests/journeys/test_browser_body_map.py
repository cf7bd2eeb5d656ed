"""A mark is placed on a body by pressing, by keyboard and by the list, and is called the same."""

import pytest
from playwright.sync_api import Page, expect

from incidents.bodymap.regions import VIEWS, regions, regions_in
from incidents.models import BodyMark, Incident
from tests.accounts.doors import with_password
from tests.journeys.browsing import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARM = "front-outer-upper-arm-left"


@pytest.fixture
def teacher(oak_with_lists, someone, ada, eli, dee, sam) -> Person:
    with_password(ada)
    person = someone()
    person.unspeakable = ["winter", "upper arm"]
    person.open("/incidents/add/")
    person.sign_in(ada)
    return person


def test_a_mark_is_placed_by_pressing_by_keyboard_and_by_the_list(teacher):
    page = teacher.page
    expect(page.get_by_role("group", name="Front: regions of the body")).to_have_count(0)
    open_the_map(page)
    expect(page.get_by_text("Press where the mark is.")).to_be_visible()
    teacher.look("body-map")

    by_pressing(page)
    by_keyboard(page)
    by_the_list(page)
    places = page.get_by_label("Where on the body is it?")
    assert [places.nth(number).input_value() for number in range(3)] == [ARM] * 3
    named = page.locator(f'[data-region="{ARM}"]').get_attribute("aria-label")
    chosen = [places.nth(number).locator("option:checked").text_content() for number in range(3)]
    assert [named, *chosen] == [regions()[ARM].name] * 4
    teacher.look("three-marks")

    undo_and_remove(page)
    answer_the_questions(page)
    teacher.look("questions")
    submit(teacher)

    mark = BodyMark.objects.get()
    assert (mark.region, mark.kind, mark.length_mm, mark.number) == (ARM, "bruise", 25, 1)
    assert mark.x is not None
    assert abs(mark.x - regions()[ARM].centre[0]) <= 3
    assert abs(mark.y - regions()[ARM].centre[1]) <= 3
    teacher.open(f"/incidents/{Incident.objects.get().pk}/")
    expect(page.get_by_role("img", name="Front: mark 1")).to_be_visible()
    teacher.look("incident")
    assert teacher.faults == []


def open_the_map(page: Page) -> None:
    page.get_by_text("Add a body map").click()


def by_pressing(page: Page) -> None:
    region = page.get_by_role("button", name="outer upper arm, left")
    region.hover()
    expect(page.locator(".body-map__pointed")).to_have_text("outer upper arm, left")
    region.click()
    expect(page.locator("[data-body-map-status]")).to_contain_text("Mark 1: outer upper arm, left")


def by_keyboard(page: Page) -> None:
    """From wherever the focus begins, arrows alone lead there."""
    page.locator('[data-region][tabindex="0"]').focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowRight"):
        if page.evaluate("document.activeElement.dataset.region") != ARM:
            page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.region") == ARM
    page.keyboard.press("Enter")
    expect(page.locator("[data-body-map-status]")).to_contain_text("Mark 2: outer upper arm, left")


def by_the_list(page: Page) -> None:
    page.get_by_role("button", name="Add a mark from the list").click()
    place = page.get_by_label("Where on the body is it?").nth(2)
    expect(place).to_be_focused()
    place.select_option(label="outer upper arm, left", value=ARM)


def undo_and_remove(page: Page) -> None:
    marks = page.locator("[data-body-map-marks] > fieldset")
    page.get_by_role("button", name="Undo").click()
    expect(marks).to_have_count(2)
    page.get_by_role("button", name="Remove mark 1").click()
    page.get_by_role("button", name="Add a mark from the list").click()
    # The server takes marks in the order of their numbers, which must be that of the page.
    assert [one.get_attribute("data-mark") for one in marks.all()] == ["1", "2"]
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Remove mark 2").click()
    expect(marks).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(marks).to_have_count(2)
    page.get_by_role("button", name="Remove mark 2").click()
    expect(page.locator(".body-map__dot")).to_have_count(1)
    page.get_by_role("button", name="Zoom in").click()
    expect(page.locator("[data-body-map-status]")).to_have_text("Drawn at 150 per cent.")
    page.get_by_role("button", name="Zoom out").click()


def answer_the_questions(page: Page) -> None:
    page.get_by_label("What kind of mark is it?").select_option("Bruise")
    page.get_by_label("Length in cm").fill("2.5")
    page.get_by_label("What did the child say about it?").fill("The door did it")
    hint = page.locator("[data-mark-unfitting]:visible")
    expect(hint).to_have_count(0)
    page.get_by_label("Does what you were told explain what you see?").select_option("changed")
    expect(hint).to_have_count(1)


def submit(teacher: Person) -> None:
    page = teacher.page
    teacher.pick("Which pupil is this about?", "wint", "Sam Winter")
    page.get_by_label("DSL to review").check()
    page.get_by_label("What did you see?").fill("A mark.")
    page.get_by_label("Home and family").check()
    teacher.press("Continue to review")
    expect(page.get_by_role("img", name="Front: mark 1")).to_be_visible()
    teacher.look("review")
    teacher.press("Submit incident")
    expect(page.get_by_role("heading", name="Incident received")).to_be_visible()


def test_arrows_reach_every_region_of_every_view(teacher):
    """WCAG 2.1.1: whatever can be pressed can be reached by keyboard."""
    page = teacher.page
    open_the_map(page)
    expect(page.get_by_text("Press where the mark is.")).to_be_visible()
    for view in VIEWS.values():
        page.get_by_role("button", name=view.name, exact=True).click()
        expect(page.get_by_role("group", name=f"{view.name}: regions of the body")).to_be_visible()
        reached = page.evaluate(REACH)
        assert sorted(reached) == sorted(region.id for region in regions_in(view)), view.key
    assert teacher.faults == []


REACH = """() => {
    const seen = new Set();
    const waiting = [document.querySelector('[data-region][tabindex="0"]')];
    while (waiting.length) {
        const from = waiting.pop();
        if (seen.has(from.dataset.region)) continue;
        seen.add(from.dataset.region);
        for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]) {
            from.focus();
            from.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            waiting.push(document.activeElement);
        }
    }
    return [...seen];
}"""


def test_a_mark_is_recorded_without_any_script(oak_with_lists, someone, ada, eli, dee, sam):
    with_password(ada)
    teacher = someone(java_script_enabled=False)
    page = teacher.page
    teacher.open(f"/incidents/add/?pupil={sam.pk}")
    teacher.sign_in(ada)
    open_the_map(page)
    teacher.press("Add a mark")
    page.get_by_label("Where on the body is it?").select_option(value=ARM)
    page.get_by_label("What kind of mark is it?").select_option("Burn")
    teacher.press("Add another mark")
    teacher.look("second-mark")
    page.get_by_role("button", name="Remove mark 2").click()
    expect(page.get_by_label("Where on the body is it?")).to_have_count(1)
    page.get_by_label("DSL to review").check()
    page.get_by_label("What did you see?").fill("A mark.")
    page.get_by_label("Home and family").check()
    teacher.press("Continue to review")
    expect(page.get_by_role("img", name="Front: mark 1")).to_be_visible()
    teacher.press("Submit incident")

    mark = BodyMark.objects.get()
    assert (mark.region, mark.kind, mark.x, mark.wording) == (
        *(ARM, "burn", None, regions()[ARM].full_name),
    )
    assert teacher.faults == []
