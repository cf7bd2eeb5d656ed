"""An inspector in a browser: named for a child, asked why, and seen on every page to have looked."""

import re

import pytest
from playwright.sync_api import expect

from accounts.permissions import Role
from pupils import closeness
from tests import factories
from tests.accounts.doors import app_for, with_password

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_inspector_says_why_and_reads_what_they_are_named_for(
    someone, oak_with_lists, dee, ada, sam
):
    """SR-42."""
    incident = factories.incident(ada, sam)
    ina = with_password(factories.person("Ina Spector", oak_with_lists, Role.INSPECTOR))
    app = app_for(ina.user)
    closeness.join_team(by=dee.elevated(), pupil=sam, user=ina.user, part="Inspects")
    person = someone()
    person.unspeakable = ["Winter"]
    page = person.page

    person.open("/elevate/?next=/pupils/")
    person.sign_in(ina)
    page.get_by_label("What code does your authenticator app show?").fill(app.code())
    page.get_by_role("main").get_by_role("button", name=re.compile("Elevate")).click()
    person.look("named-for", "Pupils")
    person.follow("Sam Winter")
    page.get_by_label("Why do you need to read it?").fill("Sampled: how referrals are made.")
    person.look("why", "Why you need to read it")
    person.press("Continue")
    person.look("chronology", "Sam Winter")
    person.follow(incident.reference)
    expect(page.get_by_text("Ask the school to show you them")).to_be_visible()
    person.look("incident")

    band = page.get_by_text(re.compile("^Inspection view$"))
    expect(band).to_be_visible()
    page.mouse.wheel(0, 2000)
    expect(band).to_be_in_viewport()
    page.emulate_media(media="print")
    expect(band).to_be_visible()
    person.look("incident-on-paper")
    assert person.faults == []
