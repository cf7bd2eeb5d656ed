"""The school's people and rights, in a browser: an administrator adds, a DSL agrees and arranges."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Cover, Membership, RoleProposal, User
from accounts.permissions import Role
from pupils.models import Conflict
from tests.accounts.doors import app_for, with_password

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def elevated(someone, viewer, app):
    """Somebody at a browser who has signed in and used their authenticator."""
    person = someone()
    person.open("/elevate/?next=/school/people/")
    person.sign_in(viewer)
    person.page.get_by_label("What code does your authenticator app show?").fill(app.code())
    person.page.get_by_role("main").get_by_role("button", name=re.compile("Elevate")).click()
    return person


def test_a_role_takes_two_people_from_page_to_page(
    someone, oak_with_lists, ivy, dee, hal, dan, ada, sam
):
    apps = {one: app_for(one.user) for one in (ivy, dee)}
    for one in (ivy, dee):
        with_password(one)
    desk = elevated(someone, ivy, apps[ivy])
    desk.unspeakable = ["Winter"]
    desk.look("people", "People")
    desk.follow("Add a person")
    page = desk.page
    page.get_by_label("Name", exact=True).fill("Nia Ford")
    page.get_by_label("School e-mail address").fill("nia@oak-lane.example.org")
    page.get_by_label("Teaching staff").check()
    page.get_by_label(re.compile("^Deputy DSL")).check()
    desk.look("add-person", "Add a person")
    desk.press("Add them and send the link")
    desk.look("person", "Nia Ford")
    nia = User.objects.get(name="Nia Ford")
    desk.open(f"/school/people/{nia.pk}/end/")
    desk.look("end-person", "End the account")
    desk.open(f"/school/people/{nia.pk}/roles/give/")
    desk.look("give-role", "a role")
    for name, heading in (("rights", "Rights"), ("categories", "Rights by category")):
        desk.open(f"/school/{name}/")
        desk.look(f"{name}-of-administrator", heading)

    lead = elevated(someone, dee, apps[dee])
    lead.open("/school/roles/")
    lead.look("roles", "Safeguarding roles")
    lead.follow("Answer")
    lead.look("decide-role", "A role that was proposed")
    lead.page.get_by_label("Yes, give the role").check()
    lead.press("Answer")
    expect(lead.page.get_by_text("The role has been given")).to_be_visible()
    assert RoleProposal.objects.get().decision.approved
    assert Membership.objects.filter(user=nia, role=Role.DEPUTY_DSL).exists()

    lead.open("/school/rights/slt/")
    lead.look("withhold", "Senior leadership team")
    taken = lead.page.get_by_label(re.compile("^Make reports"))
    taken.check()
    lead.press("Save")
    lead.open("/school/rights/slt/")
    taken.uncheck()
    lead.press("Save")
    lead.look("rights-waiting", "Rights")
    lead.follow("Answer")
    lead.look("decide-setting", "A setting to be lowered")
    lead.open("/school/categories/")
    lead.look("categories")
    lead.follow("Add a grant")
    lead.look("add-grant", "Add a grant")
    lead.open("/school/alert-groups/")
    lead.look("alert-groups", "Alert groups")
    lead.follow("Change")
    lead.look("change-alert-group", "Change")
    lead.open("/school/cover/arrange/")
    lead.page.get_by_label("Who is absent?").select_option(label="Dee Okafor")
    lead.page.get_by_label("Who stands in?").select_option(label="Dan Price")
    lead.page.get_by_label("First day").fill("2030-01-07")
    lead.page.get_by_label("Last day").fill("2030-01-11")
    lead.look("arrange-cover", "Arrange cover")
    lead.press("Arrange it")
    lead.look("cover", "Cover")
    assert Cover.objects.get().by == dan.user
    lead.open("/conflicts/record/")
    lead.page.get_by_label("Which colleague?").select_option(label="Ada Teach")
    lead.pick("Which pupil?", "Sam", "Sam Winter")
    lead.page.get_by_label("Other relation or closeness").check()
    lead.look("record-conflict", "Record a colleague")
    lead.press("Record it")
    lead.look("conflicts", "Conflicts of interest")
    assert Conflict.objects.get().user == ada.user
    assert desk.faults == []
    assert lead.faults == []
