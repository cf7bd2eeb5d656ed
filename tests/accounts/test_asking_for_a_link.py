"""Reset password: who is sent a link, how often, and what the mail says (SR-17, SR-18)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services, tasks
from accounts.models import PasswordResetRequest, User
from safeguard.models import Outbox
from tests.accounts.doors import signed_in
from tests.accounts.links import ask, choose, link_for, link_in

pytestmark = pytest.mark.django_db


def test_the_answer_comes_before_any_mail_is_tried(ada, mailbox):
    """SR-17."""
    ask(ada.user.email)

    assert mailbox.messages == []
    assert Outbox.objects.get(kind=Outbox.Kind.PASSWORD_RESET).done_at is None

    tasks.send_waiting_password_resets()

    assert len(mailbox.messages) == 1
    assert Outbox.objects.get().done_at is not None


def test_the_mail_goes_to_the_accounts_own_address_and_says_only_what_it_must(ada, sam, mailbox):
    ask(ada.user.email.upper())
    tasks.send_waiting_password_resets()

    (message,) = mailbox.messages
    request = PasswordResetRequest.objects.get()
    assert message.to == (ada.user.email,)
    assert message["Subject"] == "Choose your password for Safeguard"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<password-reset.{request.pk}@localhost>"
    assert "Ada Teach" in message.text
    assert b"Winter" not in message.raw
    assert "60 minutes" in message.text


def test_the_link_is_of_our_own_host_whatever_host_was_asked(ada, mailbox, settings):
    """AC30."""
    settings.ALLOWED_HOSTS = ["*"]
    Client().post(
        reverse("reset-password"), {"email": ada.user.email}, headers={"host": "evil.example"}
    )
    tasks.send_waiting_password_resets()

    assert b"evil.example" not in mailbox.messages[0].raw


def test_a_name_with_an_apostrophe_is_written_as_it_is(ada, mailbox):
    ada.user.name = "Ada O’Neill & 'Sons' <x>"
    ada.user.save()

    link_for(ada.user, mailbox)

    assert "Dear Ada O’Neill & 'Sons' <x>," in mailbox.messages[0].text


@pytest.mark.parametrize("kind", ["unknown", "inactive", "system"])
def test_nobody_is_sent_anything_who_may_not_sign_in(ada, mailbox, kind):
    if kind == "inactive":
        User.objects.filter(pk=ada.user.pk).update(is_active=False)
    if kind == "system":
        User.objects.filter(pk=ada.user.pk).update(is_system=True)

    answer = ask("nobody@example.org" if kind == "unknown" else ada.user.email)
    tasks.send_waiting_password_resets()

    assert answer.url == reverse("reset-password-sent")
    assert mailbox.messages == []
    assert not Outbox.objects.filter(done_at=None).exists()


def test_a_look_alike_letter_in_the_address_reaches_nobody(sam, sal, mailbox):
    """The address that is typed is never the one that is written to."""
    ask(sal.user.email.replace("s", "ſ", 1))
    tasks.send_waiting_password_resets()

    assert mailbox.messages == []


def test_a_mail_server_that_is_down_delays_the_mail_and_loses_nothing(ada, mailbox):
    mailbox.refusing = True
    ask(ada.user.email)
    tasks.send_waiting_password_resets()
    waiting = Outbox.objects.get()

    mailbox.refusing = False
    with time_machine.travel(waiting.next_try_at + timedelta(seconds=1)):
        tasks.send_waiting_password_resets()
        tasks.send_waiting_password_resets()

    assert waiting.done_at is None
    assert waiting.last_error == "SMTPDataError"
    assert len(mailbox.messages) == 1
    assert choose(Client(), link_in(mailbox.messages[0])).status_code == 302


def test_one_mail_that_cannot_be_sent_holds_no_other_up(ada, eli, mailbox):
    mailbox.unknown.add(ada.user.email)
    ask(ada.user.email)
    ask(eli.user.email)

    tasks.send_waiting_password_resets()

    assert [message.to for message in mailbox.messages] == [(eli.user.email,)]
    assert Outbox.objects.get(done_at=None).last_error == "SMTPRecipientsRefused"


def test_a_link_that_nobody_could_be_sent_within_a_day_is_given_up(ada, mailbox):
    mailbox.refusing = True
    ask(ada.user.email)
    tasks.send_waiting_password_resets()

    mailbox.refusing = False
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        tasks.send_waiting_password_resets()

    assert mailbox.messages == []
    assert not Outbox.objects.filter(done_at=None).exists()


def test_an_account_is_sent_three_links_in_an_hour_and_no_more(ada, eli, mailbox):
    """SR-18: from however many addresses they are asked for."""
    for n in range(6):
        ask(ada.user.email, f"198.51.100.{n}")
    ask(eli.user.email)
    tasks.send_waiting_password_resets()

    sent_to = sorted(message.to[0] for message in mailbox.messages)
    assert sent_to == [ada.user.email] * 3 + [eli.user.email]


def test_one_address_may_ask_twenty_times_in_an_hour(ada, mailbox):
    """SR-18: and is told so, since that says nothing about any account."""
    answers = [ask(f"somebody{n}@example.org") for n in range(21)]
    elsewhere = ask(ada.user.email, "198.51.100.1")

    assert [answer.status_code for answer in answers] == [302] * 20 + [429]
    assert "Try again in an hour" in answers[-1].content.decode()
    assert elsewhere.status_code == 302
    assert PasswordResetRequest.objects.count() == 21


def test_an_hour_later_the_address_may_ask_again(ada):
    for _ in range(20):
        services.ask_for_password_reset(email="x@y.org", address="203.0.113.7", now=timezone.now())
    later = timezone.now() + timedelta(hours=1, seconds=1)

    with pytest.raises(services.TooManyRequests):
        services.ask_for_password_reset(
            email=ada.user.email, address="203.0.113.7", now=timezone.now()
        )
    services.ask_for_password_reset(email=ada.user.email, address="203.0.113.7", now=later)

    assert PasswordResetRequest.objects.count() == 21


def test_asking_changes_nothing_on_the_account(ada, mailbox):
    """SR-18: a prankster who asks locks nobody out and signs nobody out."""
    client = signed_in(ada)
    before = User.objects.values().get(pk=ada.user.pk)

    link_for(ada.user, mailbox)

    assert User.objects.values().get(pk=ada.user.pk) == before
    assert client.get(reverse("home")).status_code == 200
