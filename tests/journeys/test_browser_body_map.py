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


@pytest.mark.parametrize("outline", ["Child", "Young person"])
def test_pressing_the_keyboard_and_the_list_name_every_region_the_same(teacher, outline):
    """Over all regions: and where a browser says somebody pressed, the server holds it to be there."""
    page = teacher.page
    open_the_map(page)
    expect(page.get_by_text("Press where the mark is.")).to_be_visible()
    page.get_by_label(outline, exact=True).check()
    expect(page.locator("[data-body-map-drawing] svg")).to_be_visible()
    for view in VIEWS.values():
        page.get_by_role("button", name=view.name, exact=True).click()
        expect(page.get_by_role("group", name=f"{view.name}: regions of the body")).to_be_visible()
        named = page.evaluate(NAME_BY_ALL_WAYS)
        assert {one["id"] for one in named} == {region.id for region in regions_in(view)}
        for one in named:
            region = regions()[one["id"]]
            said = [one["label"], one["listed"], one["pressed"], one["entered"]]
            assert said == [region.name] * 4, one
            x, y = map(int, one["at"].split(","))
            assert region.holds((x, y)), one
    assert teacher.faults == []


# Presses each region on a point that is seen to be its own, presses Enter on it, and reads what the
# new mark's list says; then takes it back.
NAME_BY_ALL_WAYS = """() => {
    const marks = document.querySelector('[data-body-map-marks]');
    const drawing = document.querySelector('[data-body-map-drawing] svg');
    const undo = [...document.querySelectorAll('button')].find((one) => one.textContent === 'Undo');
    const chosen = () => {
        const select = marks.lastElementChild.querySelector('select');
        const at = marks.lastElementChild.querySelector('input[type=hidden]').value;
        const words = select.selectedOptions[0].textContent;
        undo.click();
        return [select.value, words, at];
    };
    // A list that somebody may choose from, as it stands at any mark.
    document.querySelector('[data-body-map-add]').click();
    const listing = marks.lastElementChild.querySelector('select').cloneNode(true);
    undo.click();
    const own = (path) => {
        const box = path.getBBox();
        for (const step of [0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9]) {
            for (const across of [0.5, 0.3, 0.7, 0.15, 0.85, 0.05, 0.95]) {
                const spot = new DOMPoint(box.x + box.width * across, box.y + box.height * step);
                const covered = [...drawing.querySelectorAll('[data-region]')]
                    .filter((one) => one.isPointInFill(spot)).pop();
                if (covered === path) return spot.matrixTransform(drawing.getScreenCTM());
            }
        }
        return null;
    };
    return [...drawing.querySelectorAll('[data-region]')].map((path) => {
        const spot = own(path);
        path.dispatchEvent(new MouseEvent('click', {
            bubbles: true, detail: 1, clientX: spot.x, clientY: spot.y,
        }));
        const [id, pressed, at] = chosen();
        listing.value = id;
        const listed = listing.selectedOptions[0].textContent;
        path.focus();
        path.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
        const [, entered] = chosen();
        return { id, pressed, at, entered, listed, label: path.getAttribute('aria-label') };
    });
}"""


def test_the_drawing_is_large_enough_and_zooms_within_its_frame(teacher):
    """WCAG 1.4.10, 2.5.8: what is drawn larger is moved in its frame, and never the page."""
    page = teacher.page
    open_the_map(page)
    expect(page.get_by_text("Press where the mark is.")).to_be_visible()
    status = page.locator("[data-body-map-status]")
    small = page.evaluate(
        """() => [...document.querySelectorAll('.body-map__tab, .body-map__tools button')]
            .filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent)"""
    )
    assert small == []
    for percent in (150, 200, 300):
        page.get_by_role("button", name="Zoom in").click()
        expect(status).to_have_text(f"Drawn at {percent} per cent.")
        wide = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide[0] <= wide[1]
    last = page.locator("[data-region]").last
    last.focus()
    expect(last).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(status).to_contain_text("Mark 1")
    for percent in (200, 150, 100):
        page.get_by_role("button", name="Zoom out").click()
        expect(status).to_have_text(f"Drawn at {percent} per cent.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-body-map-marks] > fieldset")).to_have_count(0)
    expect(status).to_have_text("Mark 1 taken off.")
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    assert teacher.faults == []


def test_a_fall_and_a_bruised_ear_prompt_while_somebody_writes(teacher):
    page = teacher.page
    open_the_map(page)
    page.get_by_role("button", name="Add a mark from the list").click()
    page.get_by_label("Where on the body is it?").select_option(value="head-left-ear")
    page.get_by_label("What kind of mark is it?").select_option("Bruise")
    prompts = page.locator("[data-compared] li")
    expect(prompts).to_contain_text(["Nothing is written yet of how it came about"])

    page.get_by_label("What were you told?").fill("He fell on the stairs.")
    expect(prompts).to_contain_text(["You were told of a fall or a knock."])
    teacher.look("prompted")
    page.get_by_role("button", name="Remove mark 1").click()
    expect(page.locator("[data-compared]")).to_be_hidden()
    assert teacher.faults == []


def test_the_drawing_can_be_used_in_forced_colours(oak_with_lists, someone, ada, sam):
    """WCAG 1.4.11: the focused region and the placed mark are told from the body."""
    with_password(ada)
    person = someone(forced_colors="active")
    page = person.page
    person.open("/incidents/add/")
    person.sign_in(ada)
    open_the_map(page)
    page.locator('[data-region][tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    person.look("forced-colours")
    page.emulate_media(color_scheme="dark", forced_colors="active")
    page.screenshot(path=person.album.path_for("forced-dark"), full_page=True)
    fills = page.evaluate(
        """() => [
            getComputedStyle(document.activeElement).fill,
            getComputedStyle(document.querySelector('.body-map__dot')).fill,
            getComputedStyle(document.querySelector('.body-map__digit')).fill,
        ]"""
    )
    assert fills == ["rgb(255, 200, 87)", "rgb(255, 255, 255)", "rgb(15, 76, 92)"]
    assert person.faults == []


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
