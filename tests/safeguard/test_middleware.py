"""Headers that every answer of a signed-in person carries."""

import pytest
from django.urls import reverse

PAGES = ["home", "add-incident", "my-incidents", "alerts"]


@pytest.mark.parametrize("page", PAGES)
def test_no_answer_is_kept_by_a_browser(page, ada, open_as):
    """SR-39: no-store, and a cookie that takes the page out of the back/forward cache (V11)."""
    answer = open_as(ada).get(reverse(page))

    assert answer["Cache-Control"] == "no-store, private"
    assert answer.cookies["fresh"]["httponly"]
    assert "sessionid" not in answer.cookies


def test_an_absent_page_is_not_kept_either(ada, open_as):
    """SR-39, whatever the status."""
    answer = open_as(ada).get("/nothing-here/")

    assert answer.status_code == 404
    assert answer["Cache-Control"] == "no-store, private"
    assert answer.cookies["fresh"]["httponly"]


def test_without_scripts_a_page_left_alone_leaves_by_itself(ada, oak, open_as):
    """SR-32, SR-65: a browser without scripts follows the refresh when the school's time is over."""
    oak.idle_minutes = 7
    oak.save()

    page = open_as(ada).get(reverse("home")).content.decode()

    assert 'content="420;url=/session-ended/"' in page


def test_a_form_never_leaves_by_itself_with_what_is_being_typed(ada, open_as):
    """SR-65: without scripts, the words in a form live in the browser alone."""
    page = open_as(ada).get(reverse("add-incident")).content.decode()

    assert 'http-equiv="refresh"' not in page
