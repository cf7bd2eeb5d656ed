"""The authenticator in a real browser: codes given in person, recovery codes, a code once more."""

import pytest
from playwright.sync_api import expect

from accounts import codes
from accounts.models import Authenticator, SessionState
from ledger.models import Keeper
from tests.accounts.doors import App, app_for, with_password

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def elevate(person, app: App) -> None:
    """Type a code at the door to what needs the authenticator."""
    Authenticator.objects.update(last_step=-1)
    person.page.get_by_label("What code does your authenticator app show?").fill(app.code())
    person.press("Elevate access")


def test_a_lead_gives_a_code_and_shows_again_who_she_is(oak_with_lists, someone, dee, dan, hal):
    with_password(dee)
    app = app_for(dee.user)
    person = someone()
    person.refusals = {403}
    page = person.page
    person.open("/sign-in/")
    person.sign_in(dee)
    person.open("/my-sessions/")
    person.follow("Authenticators at your school")
    person.look("elevate", "Elevate access")
    elevate(person, app)
    person.look("authenticators", "Authenticators")
    page.get_by_role("button", name="Give a code to Dan Price").click()
    person.look("code-given", "A code for Dan Price")
    page.get_by_role("button", name="Done").click()

    SessionState.objects.update(fresh_code_at=None)
    page.get_by_role("button", name="Give a code to Hal Grant").click()
    person.look("code-again", "A code once more")
    page.get_by_label("What code does your authenticator app show?").fill("12")
    person.press("Go on")
    expect(page.get_by_role("alert").first).to_be_visible()
    person.look("code-again-wrong")
    Authenticator.objects.update(throttling_failure_count=0, last_step=-1)
    page.get_by_label("What code does your authenticator app show?").fill(app.code())
    person.press("Go on")
    expect(page.get_by_role("heading", name="A code for Hal Grant")).to_be_visible()
    assert person.faults == []


def test_what_was_typed_waits_for_the_code(oak_with_lists, someone, dee):
    """SR-38."""
    with_password(dee)
    app = app_for(dee.user)
    person = someone()
    person.refusals = {403}
    page = person.page
    person.open("/ledger/keepers/add/")
    page.get_by_label("What is your school e-mail address?").fill(dee.user.email)
    page.get_by_label("What is your password?").fill("Correct-horse-7-battery")
    person.press("Sign in")
    elevate(person, app)
    page.get_by_label("Name", exact=True).fill("Kit Outside")
    page.get_by_label("Part").fill("Chair")
    page.get_by_label("E-mail address").fill("kit@example.org")
    SessionState.objects.update(fresh_code_at=None)
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_role("heading", name="A code once more")).to_be_visible()
    Authenticator.objects.update(last_step=-1)
    page.get_by_label("What code does your authenticator app show?").fill(app.code())
    person.press("Go on")

    expect(page.get_by_text("Kit Outside is sent the checkpoints")).to_be_visible()
    assert Keeper.objects.count() == 1
    assert person.faults == []


def test_a_recovery_code_opens_when_the_telephone_is_elsewhere(oak_with_lists, someone, dee):
    """SR-23."""
    with_password(dee)
    app_for(dee.user)
    code = codes.make_recovery_codes(by=dee)[0]
    person = someone()
    page = person.page
    person.open("/sign-in/")
    person.sign_in(dee)
    page.get_by_role("link", name="Elevate access").first.click()
    person.follow("Use a recovery code instead")
    person.look("by-recovery-code", "Elevate access")
    page.get_by_label("What is one of your recovery codes?").fill(code)
    person.press("Elevate access")
    expect(page.get_by_text("You used a recovery code; 9 are left.")).to_be_visible()
    person.open("/my-sessions/")
    person.look("my-sessions", "My sessions")
    person.follow("Make new recovery codes")
    person.look("recovery-codes", "Make new recovery codes")
    person.press("Make ten codes")
    person.look("recovery-codes-made", "Your recovery codes")
    assert person.faults == []
