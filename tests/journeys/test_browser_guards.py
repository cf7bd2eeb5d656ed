"""Guard rails as somebody meets them with a script: what is said once the child is chosen, and adding
to an open incident in the place of another."""

import re

import pytest
from playwright.sync_api import expect

from incidents.models import Action, Draft, Incident
from tests import factories
from tests.accounts.doors import with_password

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAW = "He came in late and wet through, and said that nobody had been at home since Friday."


def test_what_is_said_of_a_child_and_adding_to_what_is_open(
    oak_with_lists, someone, ada, eli, dee, sam
):
    school = ada.school
    school.tells_of_colleagues = True
    school.save()
    incident = factories.incident(ada, sam)
    factories.incident(eli, sam)
    with_password(ada)
    person = someone()
    page = person.page
    person.unspeakable = ["winter", "wet through"]
    person.open("/incidents/add/")
    person.sign_in(ada)
    reason = page.get_by_label("Why is it recorded only now?")
    expect(reason).to_be_hidden()

    person.pick("Which pupil is this about?", "wint", "Sam Winter")

    expect(page.get_by_text("A colleague has recorded something about Sam Winter")).to_be_visible()
    expect(page.get_by_text("This pupil is in an open incident already")).to_be_visible()
    page.get_by_label("What did you see?").fill(SAW)
    page.get_by_label("On what day did it happen?").fill("2026-01-07")
    page.get_by_label("At what time?").press("Tab")
    expect(reason).to_be_visible()
    reason.fill("It came to light only today.")
    person.look("what-to-know")
    page.get_by_role("button", name=re.compile(incident.reference)).click()

    expect(page.get_by_role("heading", name="Add action")).to_be_visible()
    expect(page.get_by_label("What was done, said or found out?")).to_contain_text(SAW)
    person.look("carried-over")
    person.press("Add action")

    expect(page.get_by_text(SAW)).to_be_visible()
    assert Action.objects.get().incident == incident
    assert (Draft.objects.count(), Incident.objects.count()) == (0, 2)
    assert person.faults == []
