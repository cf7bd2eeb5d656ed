"""My sessions: where one is signed in, what one knows each by, and an end to them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.devices import device_of
from accounts.models import Authenticator, SessionState
from ledger.models import AccessEntry
from tests.accounts.doors import PASSWORD, app_for, sign_in, signed_in, state_of

pytestmark = pytest.mark.django_db

PAGE = "my-sessions"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.1 Mobile/15E148 Safari/604.1"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = f"{CHROME} Edg/131.0.0.0"


def others(user) -> list[SessionState]:
    return list(SessionState.objects.filter(user=user).order_by("began_at"))


@pytest.mark.parametrize(
    ("said", "known_as"),
    [
        (CHROME, "Chrome on Windows"),
        (EDGE, "Edge on Windows"),
        (SAFARI, "Safari on iPhone"),
        (FIREFOX, "Firefox on Linux"),
        ("curl/8.5", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_device_is_known_by_browser_and_system(said, known_as):
    assert device_of(said) == known_as


def test_each_session_is_listed_with_its_device_and_this_one_is_marked(ada):
    ada.user.set_password(PASSWORD)
    ada.user.save()
    phone, desk = Client(headers={"User-Agent": SAFARI}), Client(headers={"User-Agent": CHROME})
    for client in (phone, desk):
        sign_in(client, ada.user.email)

    page = desk.get(reverse(PAGE)).content.decode()

    assert page.count("Safari on iPhone") == 2  # in its row, and in its button's name
    assert page.count("This one") == 1
    assert page.index("Chrome on Windows") < page.index("This one")


def test_what_has_ended_or_idled_too_long_is_not_listed(ada, open_as):
    gone, idle, here = open_as(ada), open_as(ada), open_as(ada)
    first, second, _ = others(ada.user)
    gone.post(reverse("sign-out"))
    SessionState.objects.filter(pk=second.pk).update(
        last_activity=timezone.now() - timedelta(minutes=11)
    )

    page = here.get(reverse(PAGE)).content.decode()

    assert page.count('<tr class="govuk-table__row">') == 2  # the heading, and this one
    assert str(first.pk) not in page
    assert idle.get(reverse("home")).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_ended_opens_nothing_any_more(ada, open_as):
    """SR-36: the next request already; and the log knows who ended it."""
    unattended, here = open_as(ada), open_as(ada)
    left_open = others(ada.user)[0]
    assert unattended.get(reverse("home")).status_code == 200

    answer = here.post(reverse("end-session", args=[left_open.pk]), follow=True)

    assert "That session has ended" in answer.content.decode()
    assert unattended.get(reverse("home")).url.startswith(reverse("sign-in"))
    assert here.get(reverse("home")).status_code == 200
    assert AccessEntry.objects.filter(event="session.ended", target=left_open.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_ends_somebody_elses_session(ada, dee, open_as):
    """SR-42: it is as though it were not there."""
    theirs, mine = open_as(dee), open_as(ada)
    state = others(dee.user)[0]

    answer = mine.post(reverse("end-session", args=[state.pk]), follow=True)

    assert "had ended already" in answer.content.decode()
    assert theirs.get(reverse("home")).status_code == 200
    assert not AccessEntry.objects.filter(event="session.ended").exists()


def test_all_others_are_ended_together_and_nobody_elses(ada, dee, open_as):
    elsewhere = [open_as(ada) for _ in range(3)]
    colleague, here = open_as(dee), open_as(ada)

    here.post(reverse("end-other-sessions"))

    assert {client.get(reverse("home")).status_code for client in elsewhere} == {302}
    assert {client.get(reverse("home")).status_code for client in (here, colleague)} == {200}
    assert "End all but this one" not in here.get(reverse(PAGE)).content.decode()


def test_of_more_than_three_sessions_the_one_left_alone_longest_ends_and_the_person_is_told(
    ada, eli
):
    """SR-36."""
    colleague = signed_in(eli)
    first, second, third = (signed_in(ada) for _ in range(3))
    first.get(reverse("home"))
    sessions.touch(state_of(first).pk, timezone.now())

    fourth = signed_in(ada)
    told = fourth.get(reverse("home")).content.decode()

    assert second.get(reverse("home")).status_code == 302
    assert {c.get(reverse("home")).status_code for c in (first, third, fourth, colleague)} == {200}
    assert "signed in in more than 3 places" in told


def test_one_session_of_a_person_is_elevated_at_a_time(dee, dan):
    """SR-36: the room with the open chronology is the one that the person is in."""
    before, app = signed_in(dee), app_for(dee.user)
    before.post(reverse("elevate"), {"code": app.code()})
    colleague, colleagues_app = signed_in(dan), app_for(dan.user)
    colleague.post(reverse("elevate"), {"code": colleagues_app.code()})
    assert before.get(reverse("pupils")).status_code == 200

    after = signed_in(dee)
    Authenticator.objects.update(last_step=-1)
    after.post(reverse("elevate"), {"code": app.code()})

    assert after.get(reverse("pupils")).status_code == 200
    assert before.get(reverse("pupils")).status_code == 302
    assert colleague.get(reverse("pupils")).status_code == 200


@pytest.mark.parametrize("name", ["end-session", "end-other-sessions"])
def test_a_link_ends_nothing(ada, open_as, name):
    """SR-79: only a form of ours does, and not a picture in a mail."""
    client = open_as(ada)
    arguments = [others(ada.user)[0].pk] if name == "end-session" else []

    assert client.get(reverse(name, args=arguments)).status_code == 405


def test_a_name_leads_to_the_sessions_from_every_page(ada, open_as):
    page = open_as(ada).get(reverse("home")).content.decode()

    assert f'href="{reverse(PAGE)}">{ada.user.name}' in page
