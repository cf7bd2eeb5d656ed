"""The page that is shown when no page could be made: what is safe, what to do, what was typed."""

from uuid import uuid4

import pytest
from django.db import InterfaceError, OperationalError
from django.test import RequestFactory
from django.urls import reverse

from safeguard.views import server_error

WORDS = "She said she does not want to go home."
HERE = {"HTTP_ORIGIN": "http://testserver"}


def answer_to(error: Exception, request):
    """Return what is shown when a view raises this."""
    try:
        raise error
    except type(error):
        return server_error(request)


def typed(path: str, **more):
    return RequestFactory().post(path, {"saw": WORDS, "csrfmiddlewaretoken": "x" * 64}, **more)


@pytest.fixture
def form() -> str:
    return reverse("edit-draft", args=[uuid4()])


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_said_to_be_away_with_a_form_for_paper(form, error):
    """P12: nothing here asks the database, so the page needs none."""
    answer = answer_to(error, typed(form, **HERE))

    assert answer.status_code == 503
    assert answer["Retry-After"]
    page = answer.content.decode()
    assert "everything for which you were shown a reference is safe" in page
    assert "tell your designated safeguarding lead in person" in page
    assert "On paper" in page


def test_what_was_typed_is_on_the_page_to_print_and_to_send_again(form):
    """P12, I8, also when the fault is our own."""
    for error, status in ((OperationalError("gone"), 503), (ZeroDivisionError(), 500)):
        answer = answer_to(error, typed(form, **HERE))
        page = answer.content.decode()

        assert answer.status_code == status
        assert f'action="{form}"' in page
        assert page.count(WORDS) == 2
        assert f'<textarea name="csrfmiddlewaretoken" hidden readonly>\n{"x" * 64}' in page


def test_what_was_typed_can_do_nothing_on_the_page(form):
    request = RequestFactory().post(form, {"saw": "<script>alert('a b')</script> "}, **HERE)

    page = answer_to(OperationalError("gone"), request).content.decode()

    assert "<script>" not in page


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_ORIGIN": "https://elsewhere.example.org"},
        {"HTTP_SEC_FETCH_SITE": "cross-site", **HERE},
        {},
    ],
)
def test_words_that_another_site_sends_are_not_shown_as_somebodys_own(form, more):
    page = answer_to(OperationalError("gone"), typed(form, **more)).content.decode()

    assert WORDS not in page


@pytest.mark.parametrize("name", ["sign-in", "unlock", "elevate"])
def test_a_password_never_comes_back_on_a_page(name):
    request = RequestFactory().post(
        reverse(name), {"password": "a long and secret one", "username": "ada"}, **HERE
    )

    page = answer_to(OperationalError("gone"), request).content.decode()

    assert "secret" not in page


def test_a_form_that_did_not_arrive_whole_is_not_shown(form):
    request = typed(form, **HERE)
    request._read_started = True  # as after a connection that was cut
    request._post_parse_error = True

    assert answer_to(OperationalError("gone"), request).status_code == 503
