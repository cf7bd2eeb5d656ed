"""Where a link leads after the door: to our own pages only (AC30)."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.accounts.doors import app_for, sign_in, signed_in, with_password
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "javascript:alert(1)",
    "http:///evil.example/",
    "https:evil.example",
    " /alerts/",
    "alerts/",
    "/\t/evil.example/",
    "http://testserver/alerts/",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(ada, wanted):
    client = Client()
    with_password(ada)

    answer = client.post(
        reverse("sign-in"),
        {"username": ada.user.email, "password": PASSWORD},
        query_params={"next": wanted},
    )

    assert answer.url == reverse("home")


@pytest.mark.parametrize("wanted", ["/alerts/", "/pupils/?year=4&from=2026-01-01"])
def test_signing_in_leads_to_the_page_that_was_asked_for(ada, wanted):
    client = Client()
    with_password(ada)

    answer = client.post(
        reverse("sign-in"),
        {"username": ada.user.email, "password": PASSWORD},
        query_params={"next": wanted},
    )

    assert answer.url == wanted


def test_nor_do_blanking_unlocking_and_elevating_lead_to_another_site(dee):
    client = signed_in(dee)
    app = app_for(dee.user)

    blanked = client.post(reverse("blank-screen"), {"next": "https://evil.example/"})
    unlocked = client.post(f"{reverse('unlock')}?next=//evil.example", {"password": PASSWORD})
    elevated = client.post(f"{reverse('elevate')}?next=https://evil.example", {"code": app.code()})

    assert blanked.url == f"{reverse('unlock')}?next=%2F"
    assert unlocked.url == reverse("home")
    assert elevated.url == reverse("home")


def test_the_page_that_says_the_session_has_ended_links_to_our_own_sign_in_only(client, db):
    page = client.get(f"{reverse('session-ended')}?next=https://evil.example/").content.decode()

    assert "evil.example" not in page


def test_the_page_after_signing_in_is_kept_through_a_wrong_password(ada):
    client = Client()
    with_password(ada)

    wrong = sign_in(client, ada.user.email, "wrong", to="/alerts/")
    right = client.post(
        wrong.wsgi_request.get_full_path(), {"username": ada.user.email, "password": PASSWORD}
    )

    assert right.url == "/alerts/"
