"""Help with writing, as it comes while somebody writes."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_suggestions_come_below_the_answer_while_writing_and_go_when_it_is_better(ada, someone):
    ada.user.set_password(PASSWORD)
    ada.user.save()
    teacher = someone()
    teacher.open(reverse("home"))
    teacher.sign_in(ada)
    teacher.open(reverse("add-incident"))
    saw = teacher.page.get_by_label("What did you see?")

    saw.fill("He was naughty in maths.")

    help_below = teacher.page.locator("#hints_saw")
    expect(help_below).to_contain_text("“naughty” is a label")
    expect(help_below).to_have_attribute("role", "status")
    teacher.look("suggestion", "Add incident")
    saw.fill("He tore his book in maths at 10:40.")
    expect(help_below).to_be_empty()
    expect(saw).to_have_value("He tore his book in maths at 10:40.")

    teacher.follow("How to write it well")
    teacher.look("how-to-write-it-well", "Help with writing")
    assert teacher.faults == []
