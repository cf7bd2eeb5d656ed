"""Getting in, in a real browser: first password, authenticator, school, and what goes wrong."""

import base64
import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tasks import send_waiting_password_resets
from tests.accounts.doors import App, code_given_to, with_password
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW_PASSWORD = "Seven-green-bottles-4"


def test_a_lead_comes_in_for_the_first_time_by_mail_and_sets_up_an_authenticator(
    oak_with_lists, someone, dee, mailbox
):
    person = someone()
    page = person.page
    person.open("/sign-in/")
    person.follow("Reset password")
    person.look("reset-password", "Reset password")
    page.get_by_label("What is your school e-mail address?").fill(dee.user.email)
    page.get_by_role("main").get_by_role("button", name=re.compile("^Send")).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_url("**/sent/")
    person.look("reset-password-sent")

    send_waiting_password_resets()
    person.open(re.search(r"http://\S+", mailbox.messages[0].text)[0])
    person.look("choose-password", "Choose a password")
    page.get_by_label("Choose a password").fill(NEW_PASSWORD)
    page.get_by_label("Type it again").fill(NEW_PASSWORD)
    person.press("Set password")
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    person.look("sign-in-with-new-password")
    person.sign_in(dee, NEW_PASSWORD)

    person.from_menu("For review")
    expect(page.get_by_role("heading", name="Elevate access")).to_be_visible()
    person.look("no-authenticator-yet")
    set_up_the_authenticator(person, code_given_to(dee))
    expect(page.get_by_role("heading", name="For review", exact=True)).to_be_visible()
    person.look("nothing-for-review")
    assert person.kept_by_browser() == []
    assert person.faults == []


def set_up_the_authenticator(person, given: str) -> None:
    """Type the key that is shown into an app, its first code and the given one into the page."""
    page = person.page
    person.follow("Set up an authenticator")
    expect(page.get_by_role("img", name=re.compile("QR code"))).to_be_visible()
    person.look("enrol-authenticator")
    key = page.locator("dd .reference").inner_text().replace(" ", "")
    app = App(base64.b32decode(key + "=" * (-len(key) % 8)))
    page.get_by_label("What code does your authenticator app show?").fill(app.code())
    page.get_by_label("What code were you given?").fill(given)
    page.get_by_label("What is your password?").fill(NEW_PASSWORD)
    person.press("Set up")
    person.look("recovery-codes-made", "Your recovery codes")
    page.get_by_role("button", name="I have them on paper").click()


def test_what_goes_wrong_at_the_door_is_said_on_a_page_that_everybody_can_use(
    oak_with_lists, someone, ada
):
    with_password(ada)
    person = someone()
    person.refusals = {404, 429}
    page = person.page
    person.open("/sign-in/")
    person.press("Sign in")
    expect(page.get_by_role("alert")).to_be_visible()
    person.look("nothing-typed")
    guess_wrongly(page, ada.user.email, 9)
    expect(page.get_by_text("do not go together")).to_be_visible()
    person.look("wrong-password")
    guess_wrongly(page, ada.user.email, 1)
    expect(page.get_by_role("heading", name="Too many wrong passwords")).to_be_visible()
    person.look("locked-out")
    person.open("/choose-password/abc/def/")
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    person.look("dead-link")
    person.open("/session-ended/")
    person.look("session-ended", "Your session has ended")
    assert person.faults == []


def guess_wrongly(page: Page, email: str, times: int) -> None:
    for _ in range(times):
        page.get_by_label("What is your school e-mail address?").fill(email)
        page.get_by_label("What is your password?").fill("not it")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()


def test_who_works_in_two_schools_is_asked_in_which(oak_with_lists, elm, someone, una):
    with_password(una)
    Membership.objects.create(user=una.user, school=oak_with_lists, role=Role.SUPPORT)
    person = someone()
    person.refusals = {404}
    page = person.page
    person.open("/my-incidents/")
    page.get_by_label("What is your school e-mail address?").fill(una.user.email)
    page.get_by_label("What is your password?").fill(PASSWORD)
    person.press("Sign in")
    expect(page.get_by_role("heading", name="Choose a school")).to_be_visible()
    person.look("choose-school")
    page.get_by_label("Oak Lane Primary").check()
    page.get_by_role("main").get_by_role("button", name="Continue", exact=True).last.click()

    expect(page.get_by_role("heading", name="My incidents")).to_be_visible()
    person.look("nothing-recorded-yet")
    person.open("/nowhere/")
    person.look("not-found", "There is nothing here")
    assert person.faults == []
