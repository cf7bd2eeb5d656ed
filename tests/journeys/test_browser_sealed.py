"""The sealed code in a real browser: asked for, agreed, used by whom it names, seen by every DSL."""

import pytest
from playwright.sync_api import expect

from accounts import binding, sessions
from accounts.models import SessionState
from tests.accounts.doors import with_password
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def elevated(someone):
    """Return a function that seats somebody whose session is elevated, and fresh."""

    def seat(viewer):
        person = someone()
        person.open("/sign-in/")
        person.sign_in(with_password(viewer))
        agent = person.page.evaluate("() => navigator.userAgent")
        state = SessionState.objects.get(user=viewer.user)
        sessions.elevate(
            state.pk, state.last_activity, bound_to=binding.bound_to("a secret", agent)
        )
        address = person.page.evaluate("() => location.origin")
        cookie = {"name": binding.COOKIE, "value": "a secret", "url": address}
        person.page.context.add_cookies([cookie])
        return person

    return seat


def half_on(person) -> str:
    return person.page.locator("p.code").inner_text()


def test_two_people_make_it_the_third_uses_it_and_every_dsl_knows(
    oak_with_lists, elevated, someone, dee, hal, dan
):
    """SR-27."""
    lead, head = elevated(dee), elevated(hal)
    lead.open("/sealed-code/")
    lead.look("sealed-code-none", "Sealed code")
    lead.press("Ask for a code")
    lead.press("Ask, and show me the first half")
    expect(lead.page.get_by_role("alert").first).to_be_visible()
    lead.look("ask-sealed-code-error", "Ask for a sealed code")
    lead.page.get_by_label("Whom is it for?").select_option(label="Dan Price")
    lead.press("Ask, and show me the first half")
    lead.look("sealed-code-first-half", "The first half")
    first = half_on(lead)
    head.open("/sealed-code/")
    head.look("sealed-code-waiting", "Sealed code")
    head.follow("Agree")
    head.look("agree-sealed-code", "Agree to a sealed code")
    head.press("Agree, and show me the second half")
    head.look("sealed-code-second-half", "The second half")
    second = half_on(head)

    deputy = someone()
    deputy.open("/elevate/")
    deputy.sign_in(with_password(dan))
    deputy.look("elevate-by-seal", "Elevate access")
    deputy.follow("Use the sealed code")
    deputy.look("use-sealed-code", "Use the sealed code")
    deputy.page.get_by_label("What is the first half?").fill(first)
    deputy.page.get_by_label("Why can it not wait?").fill("Nobody is here, and he is not home.")
    deputy.press("Elevate my access and tell them")
    expect(deputy.page.get_by_label("Why can it not wait?")).to_have_value(
        "Nobody is here, and he is not home."
    )
    deputy.look("use-sealed-code-error", "Use the sealed code")
    deputy.page.get_by_label("What is the second half?").fill(second.lower())
    deputy.page.get_by_label("What is your password?").fill(PASSWORD)
    deputy.press("Elevate my access and tell them")
    expect(deputy.page.get_by_text("Your access is elevated until")).to_be_visible()

    lead.open("/")
    expect(lead.page.get_by_text("Dan Price used the sealed code on")).to_be_visible()
    lead.look("home-with-banner")
    lead.follow("Why, and its review")
    lead.look("sealed-code-used", "Sealed code")
    lead.follow("Review what Dan Price did")
    lead.page.get_by_label("Was it right, and what follows from it?").fill("It was right.")
    lead.look("review-sealed-code", "Review the use of the sealed code")
    lead.press("Record my review")
    expect(lead.page.get_by_text("It was right.")).to_be_visible()
    assert lead.faults + head.faults + deputy.faults == []
