"""What happened to an account is told to its owner, by mail and on *My sessions* (SR-15)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import services, tasks
from accounts.models import AccountNotice
from safeguard.models import Outbox
from tests.accounts.doors import sign_in, with_password
from tests.accounts.links import choose, link_for
from tests.smtp import mailbox

__all__ = ["mailbox"]

pytestmark = pytest.mark.django_db(transaction=True)

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1"
WHAT = AccountNotice.What


def on(device: str, viewer) -> Client:
    client = Client(headers={"User-Agent": device})
    sign_in(client, viewer.user.email)
    return client


def told(viewer) -> list[tuple[str, str]]:
    return list(
        AccountNotice.objects.visible_to(viewer)
        .order_by("recorded_at")
        .values_list("what", "device")
    )


def test_a_device_that_is_new_is_told_once_and_the_first_one_is_not(ada, eli):
    """SR-15: nobody needs to hear of their own first day."""
    with_password(ada)
    on(CHROME, ada)
    first = told(ada)

    on(SAFARI, ada)
    on(SAFARI, ada)
    on(CHROME, ada)

    assert first == []
    assert told(ada) == [(WHAT.NEW_DEVICE, "Safari on iPhone")]
    assert told(eli) == []


def test_a_wrong_password_on_a_new_device_tells_nothing(ada):
    with_password(ada)
    on(CHROME, ada)

    sign_in(Client(headers={"User-Agent": SAFARI}), ada.user.email, password="not this one")

    assert told(ada) == []


def test_a_new_password_is_told(ada, mailbox):
    """SR-05, SR-15."""
    choose(Client(), link_for(ada.user, mailbox))

    assert told(ada) == [(WHAT.PASSWORD, "")]


@pytest.mark.parametrize(
    ("what", "device", "words"),
    [
        (
            WHAT.NEW_DEVICE,
            "Safari on iPhone",
            "a device that it did not know (Safari on iPhone) on",
        ),
        (WHAT.PASSWORD, "", "a new password was chosen for your Safeguard account on"),
        (WHAT.AUTHENTICATOR, "", "an authenticator was set up for your Safeguard account on"),
    ],
)
def test_the_mail_says_what_and_when_and_what_to_do(ada, dee, mailbox, what, device, words):
    """SR-15, SR-88: nothing in it is about a child, or from a record."""
    services.notify(ada.user, what, device=device)

    tasks.send_waiting_account_notices()
    tasks.send_waiting_account_notices()

    [mail] = mailbox.messages
    assert mail.to == (ada.user.email,)
    assert words in mail.text
    assert "tell your designated safeguarding lead today" in mail.text
    assert not Outbox.objects.filter(kind=Outbox.Kind.ACCOUNT_NOTICE, done_at=None).exists()


def test_somebody_who_no_longer_works_here_is_sent_nothing(ada, mailbox):
    services.notify(ada.user, WHAT.PASSWORD)
    ada.user.is_active = False
    ada.user.save()

    tasks.send_waiting_account_notices()

    assert mailbox.messages == []


def test_a_mail_server_that_is_down_holds_it_up_and_loses_nothing(ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    services.notify(ada.user, WHAT.PASSWORD)

    tasks.send_waiting_account_notices()

    assert Outbox.objects.get(kind=Outbox.Kind.ACCOUNT_NOTICE).done_at is None


def test_ones_own_notices_are_on_my_sessions_and_nobody_elses(ada, eli, open_as):
    services.notify(ada.user, WHAT.NEW_DEVICE, device="Safari on iPhone")
    services.notify(eli.user, WHAT.AUTHENTICATOR)

    page = open_as(ada).get(reverse("my-sessions")).content.decode()

    assert "Signed in on a device that is new here: Safari on iPhone" in page
    assert "Set up an authenticator" not in page
