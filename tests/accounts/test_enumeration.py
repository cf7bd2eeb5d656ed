"""Nobody learns at the door whether somebody has an account (SR-11).

Time is not measured, since a busy machine would decide: the work is counted instead. The same
passwords hashed, the same statements sent to the database, is the same time.
"""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import services
from accounts.models import PasswordResetRequest
from safeguard.models import Outbox
from tests.accounts.doors import sign_in, with_password

pytestmark = pytest.mark.django_db

UNKNOWN = "nob@oak-lane.example.org"
KINDS = ["unknown", "inactive", "without a password", "without a role"]


def address_of(kind: str, viewer) -> str:
    """An address as long as ada@oak-lane.example.org, of this kind of person."""
    if kind == "unknown":
        return UNKNOWN
    with_password(viewer)
    if kind == "inactive":
        viewer.user.is_active = False
    if kind == "without a password":
        viewer.user.set_unusable_password()
    viewer.user.save()
    if kind == "without a role":
        viewer.user.memberships.all().delete()
    return viewer.user.email


def seen(answer, email: str) -> tuple:
    """Everything that the person who asks can see, but for what they typed and random tokens."""
    page = answer.content.decode().replace(email, "ADDRESS")
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
    cookies = {name: (morsel["path"], morsel["max-age"]) for name, morsel in answer.cookies.items()}
    return answer.status_code, page, headers, cookies


def shape(sql: str) -> str:
    """A statement without its values."""
    return re.sub(r"'[^']*'(::\w+)?|\b\d+(\.\d+)?\b|NULL|s\d+_x\d+", "?", sql)


def work_of(ask: Callable[[], object], monkeypatch) -> tuple[int, list[str]]:
    """How many passwords were hashed and which statements were sent while asking."""
    hashed = []
    encode = MD5PasswordHasher.encode
    with monkeypatch.context() as patch:
        patch.setattr(
            MD5PasswordHasher,
            "encode",
            lambda self, *given: hashed.append(1) or encode(self, *given),
        )
        with CaptureQueriesContext(connection) as queries:
            ask()
    return len(hashed), [shape(query["sql"]) for query in queries]


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_password_gets_the_same_answer_for_everybody(ada, eli, kind):
    with_password(ada)
    other = address_of(kind, eli)

    for_known = seen(sign_in(Client(), ada.user.email, "wrong"), ada.user.email)
    for_other = seen(sign_in(Client(), other, "wrong"), other)

    assert for_known == for_other


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_password_makes_the_same_work_for_everybody(ada, eli, kind, monkeypatch):
    with_password(ada)
    other = address_of(kind, eli)

    for_known = work_of(lambda: sign_in(Client(), ada.user.email, "wrong"), monkeypatch)
    for_other = work_of(lambda: sign_in(Client(), other, "wrong"), monkeypatch)

    assert for_known == for_other
    assert for_known[0] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_out_looks_the_same_for_everybody(ada, eli, kind):
    with_password(ada)
    other = address_of(kind, eli)

    for email in (ada.user.email, other):
        for _ in range(9):
            sign_in(Client(), email, "wrong")
    tenth = [seen(sign_in(Client(), email, "wrong"), email) for email in (ada.user.email, other)]
    after = [seen(sign_in(Client(), email), email) for email in (ada.user.email, other)]

    assert tenth[0] == tenth[1]
    assert after[0] == after[1]
    assert tenth[0][0] == 429


def ask_for_a_link(email: str, address: str = "203.0.113.7"):
    return Client().post(reverse("reset-password"), {"email": email}, REMOTE_ADDR=address)


@pytest.mark.parametrize("kind", KINDS)
def test_asking_for_a_link_gets_the_same_answer_for_everybody(ada, eli, kind):
    with_password(ada)
    other = address_of(kind, eli)

    for_known = seen(ask_for_a_link(ada.user.email), ada.user.email)
    for_other = seen(ask_for_a_link(other), other)

    assert for_known == for_other
    assert for_known[0] == 302


@pytest.mark.parametrize("kind", [*KINDS, "asked too often"])
def test_asking_for_a_link_makes_the_same_work_for_everybody(ada, eli, kind, monkeypatch):
    """SR-11, SR-17: who gets a mail is decided by the worker, for whom nobody waits."""
    with_password(ada)
    if kind == "asked too often":
        other = eli.user.email
        for n in range(5):
            ask_for_a_link(other, f"198.51.100.{n}")
    else:
        other = address_of(kind, eli)

    for_known = work_of(lambda: ask_for_a_link(ada.user.email), monkeypatch)
    for_other = work_of(lambda: ask_for_a_link(other), monkeypatch)

    assert for_known == for_other
    assert Outbox.objects.count() == PasswordResetRequest.objects.count() >= 2


def test_too_many_requests_from_one_address_look_the_same_for_everybody(ada):
    for n in range(services.REQUESTS_PER_ADDRESS):
        ask_for_a_link(f"somebody{n}@oak-lane.example.org")

    known, unknown = ask_for_a_link(ada.user.email), ask_for_a_link(UNKNOWN)

    assert known.status_code == 429
    assert seen(known, ada.user.email) == seen(unknown, UNKNOWN)


def test_the_page_after_asking_does_not_repeat_the_address(client, ada):
    page = client.post(reverse("reset-password"), {"email": ada.user.email}, follow=True)

    assert ada.user.email not in page.content.decode()


def test_a_link_of_somebody_unknown_looks_like_one_that_is_used_up(client, ada):
    unknown = client.get(reverse("choose-password", args=["bm9ib2R5", "cx-abc"]))
    known = client.get(reverse("choose-password", args=["YWRh", "cx-abc"]))

    assert seen(unknown, "") == seen(known, "")
