"""The authenticator in a real browser: codes given in person, recovery codes, a code once more."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts import codes, sessions
from accounts.models import Authenticator, SessionState
from ledger.models import Keeper
from tests.accounts.doors import App, app_for, code_given_to, with_password
from tests.accounts.security_key import key_for
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def elevate(person, app: App) -> None:
    """Type a code at the door to what needs the authenticator."""
    Authenticator.objects.update(last_step=-1)
    person.page.get_by_label("What code does your authenticator app show?").fill(app.code())
    person.press("Elevate access")


def carry_a_key(page: Page) -> None:
    """Put Chromium's own virtual authenticator into this browser."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


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
    person.follow("Authenticators at your school")
    expect(page.get_by_role("button", name="Give a code to Hal Grant")).to_be_visible()

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


def test_a_key_is_added_and_elevates_in_the_place_of_a_code(oak_with_lists, someone, dee):
    """SR-22: with Chromium's own virtual authenticator."""
    with_password(dee)
    app = app_for(dee.user)
    person = someone()
    page = person.page
    carry_a_key(page)
    person.open("/sign-in/")
    person.sign_in(dee)
    page.get_by_role("link", name="Elevate access").first.click()
    elevate(person, app)
    person.open("/my-sessions/")
    person.follow("Add a passkey or security key")
    person.look("add-key", "Add a passkey or security key")
    page.get_by_label("What do you call it?").fill("Key on my key ring")
    person.press("Add the key")
    expect(page.get_by_text("Your key is added.")).to_be_visible()
    person.look("my-sessions-with-key", "My sessions")
    person.press("End elevated access")
    person.open("/elevate/?next=/pupils/")
    expect(page.get_by_role("button", name="Use Key on my key ring")).to_be_visible()
    person.look("elevate-with-key", "Elevate access")
    person.press("Use Key on my key ring")
    expect(page.get_by_role("heading", name="Pupils", exact=True)).to_be_visible()

    SessionState.objects.update(fresh_code_at=None)
    person.open("/keys/add/")
    person.look("code-again-with-key", "A code once more")
    person.press("Use Key on my key ring")
    expect(page.get_by_role("heading", name="Add a passkey or security key")).to_be_visible()
    assert person.faults == []


def test_a_lost_telephone_is_shut_and_two_colleagues_help(oak_with_lists, someone, dee, dan, hal):
    """SR-26, AC42."""
    for viewer in (dee, dan, hal):
        with_password(viewer)
    app_for(dee.user)
    apps = {viewer: app_for(viewer.user) for viewer in (dan, hal)}
    owner = someone()
    owner.open("/sign-in/")
    owner.sign_in(dee)
    owner.open("/my-sessions/")
    owner.follow("My telephone or key is lost or broken")
    owner.look("lost", "A lost or broken authenticator")
    owner.page.get_by_label("My telephone or key is lost or stolen").check()
    owner.page.get_by_label("What is your password?").fill(PASSWORD)
    owner.press("Ask for help")
    expect(owner.page.get_by_text("Your authenticator is shut")).to_be_visible()
    owner.look("lost-and-asked")

    faults = [*owner.faults]
    for viewer, app in apps.items():
        helper = someone()
        helper.open("/sign-in/")
        helper.sign_in(viewer)
        helper.open("/elevate/?next=/my-sessions/")
        elevate(helper, app)
        helper.follow("I have seen Dee Okafor")
        helper.look("confirm-person", "Have you seen Dee Okafor?")
        helper.page.get_by_label("I have seen this person").check()
        helper.press("Confirm")
        helper.page.wait_for_load_state()
        helper.look("confirmed")
        faults += helper.faults
    expect(helper.page.get_by_role("heading", name="A code for Dee Okafor")).to_be_visible()
    assert faults == []


def test_a_school_demands_keys_and_somebody_new_begins_with_one(
    oak_with_lists, someone, dee, hal, sal
):
    """SR-22: whom it locks out stands on the page, and the first key needs no app."""
    for one in (dee, hal, sal):
        with_password(one)
    app = app_for(dee.user)
    lead = someone()
    lead.refusals = {403}
    lead.open("/school/demands/")
    lead.page.get_by_label("What is your school e-mail address?").fill(dee.user.email)
    lead.page.get_by_label("What is your password?").fill(PASSWORD)
    lead.press("Sign in")
    elevate(lead, app)
    lead.look("demands", "What your school demands")
    expect(lead.page.get_by_role("listitem").filter(has_text=sal.user.name).first).to_be_visible()
    lead.page.get_by_role("checkbox", name="passkey or security key").check()
    lead.press("Save")
    expect(lead.page.get_by_role("alert").first).to_contain_text("Fewer than two people")
    lead.look("demands-refused")
    for one in (dee, hal):
        state = sessions.begin(user=one.user, school=one.school, now=timezone.now())
        key_for(state)
        sessions.end(state.pk, timezone.now())
    lead.press("Save")
    lead.look("rights-with-demand", "Rights")

    given = code_given_to(sal)
    person = someone()
    carry_a_key(person.page)
    person.open("/elevate/")
    person.sign_in(sal)
    person.look("not-enrolled-key", "Elevate access")
    person.page.get_by_role("main").get_by_role("link", name="Set up a key").click()
    person.look("first-key", "Set up a passkey or security key")
    person.press("Add the key")
    expect(person.page.get_by_role("alert").first).to_be_visible()
    person.look("first-key-error")
    person.page.get_by_label("What code were you given?").fill(given)
    person.page.get_by_label("What is your password?").fill(PASSWORD)
    person.page.get_by_label("What do you call it?").fill("My key")
    person.press("Add the key")
    expect(person.page.get_by_role("heading", name="Your recovery codes")).to_be_visible()

    assert lead.faults + person.faults == []
