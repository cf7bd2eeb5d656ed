"""The alert by e-mail, through a real mail server: what is in it, what is not, and how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parseaddr
from uuid import uuid4

import pytest
from celery import current_app
from django.core.mail import EmailMessage
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from incidents import limiting, tasks
from incidents.models import Alert, Audience, Level
from pupils import closeness
from pupils.models import Conflict
from safeguard import outbox
from safeguard.models import Outbox
from tests import factories
from tests.incidents.typing import answers, seen, send, submit

pytestmark = pytest.mark.django_db


def send_now() -> None:
    tasks.send_waiting_alerts()


def sent_to(mailbox) -> list[str]:
    return sorted(address for message in mailbox.messages for address in message.to)


# What is in it


def test_it_says_who_raised_it_the_category_and_where_to_read_it(
    ada,
    dee,
    team,
    sam,
    mailbox,
    settings,
):
    settings.BASE_URL = "https://safe.oak-lane.example.org"
    alert = factories.incident(ada, sam).alerts.get()

    send_now()

    (mail,) = mailbox.messages
    assert mail["Subject"] == "New safeguarding alert"
    assert mail.to == (dee.user.email,)
    assert parseaddr(mail["To"])[1] == dee.user.email
    assert mail["From"] == settings.DEFAULT_FROM_EMAIL
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.text.splitlines() == [
        "Ada Teach has alerted you in Safeguard.",
        "",
        "Category: Home and family",
        "",
        "Sign in to read it:",
        f"https://safe.oak-lane.example.org{reverse('alert', args=[alert.pk])}",
        "",
    ]


def test_a_category_with_a_discreet_label_is_said_discreetly_and_each_label_once(
    ada,
    dee,
    team,
    sam,
    mailbox,
):
    for position, (name, label) in enumerate(
        {"Abuse": "Safeguarding", "Exploitation": "Safeguarding", "Online": ""}.items()
    ):
        factories.category(ada.school, name, discreet_label=label, position=position)
    factories.incident(ada, sam, categories=["Online", "Exploitation", "Abuse"])

    send_now()

    (mail,) = mailbox.messages
    assert "Category: Safeguarding, Online\n" in mail.text.replace("\r\n", "\n")
    assert b"Abuse" not in mail.raw
    assert b"Exploitation" not in mail.raw


def test_an_alert_to_an_action_names_who_added_the_action(
    ada,
    dee,
    eli,
    team,
    sam,
    mailbox,
):
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, alerted=[eli.user])

    send_now()

    to_eli = next(mail for mail in mailbox.messages if mail.to == (eli.user.email,))
    assert to_eli.text.startswith("Dee Okafor has alerted you")
    assert "Ada" not in to_eli.text


# How often


def test_each_alert_is_one_mail_to_one_person_however_often_the_worker_asks(
    ada,
    dee,
    dan,
    eli,
    team,
    sam,
    mailbox,
):
    factories.incident(ada, sam, alerted=[eli.user])

    for _ in range(3):
        send_now()

    assert sent_to(mailbox) == sorted(who.user.email for who in (dee, dan, eli))
    assert len({mail["Message-ID"] for mail in mailbox.messages}) == 3
    assert not Outbox.objects.filter(done_at=None).exists()


def test_the_same_alert_sent_again_carries_the_same_message_id(
    ada,
    dee,
    team,
    sam,
    mailbox,
    settings,
):
    """Killed between the mail server's answer and our note of it: the reader's program sees one."""
    settings.BASE_URL = "https://safe.example.org"
    alert = factories.incident(ada, sam).alerts.get()
    send_now()
    Outbox.objects.update(done_at=None)
    send_now()

    ids = [mail["Message-ID"] for mail in mailbox.messages]
    assert ids == [f"<alert.{alert.pk}@safe.example.org>"] * 2


def test_a_mail_server_that_is_down_delays_and_loses_nothing(
    ada,
    dee,
    dan,
    team,
    sam,
    mailbox,
    caplog,
):
    mailbox.refusing = True
    factories.incident(ada, sam)
    send_now()
    waiting = Outbox.objects.filter(done_at=None)
    states = set(waiting.values_list("tries", "last_error"))
    mailbox.refusing = False
    send_now()
    too_early = len(mailbox.messages)
    waiting.update(next_try_at=timezone.now() - timedelta(seconds=1))
    send_now()

    assert states == {(1, "SMTPDataError")}
    assert too_early == 0
    assert sent_to(mailbox) == sorted([dee.user.email, dan.user.email])
    assert "Sam" not in caplog.text


def test_one_bad_address_does_not_hold_up_the_others(
    ada,
    dee,
    dan,
    team,
    sam,
    mailbox,
    monkeypatch,
):
    real = EmailMessage.send

    def refuse_dan(self, *args, **kwargs):
        if self.to == [dan.user.email]:
            raise ConnectionResetError
        return real(self, *args, **kwargs)

    monkeypatch.setattr(EmailMessage, "send", refuse_dan)
    factories.incident(ada, sam)

    send_now()

    assert sent_to(mailbox) == [dee.user.email]
    assert Outbox.objects.get(done_at=None).last_error == "ConnectionResetError"


def test_with_the_mail_server_gone_the_worker_rests_after_a_few_tries(
    ada, dee, team, sam, monkeypatch
):
    tried = []

    def gone(self, *args, **kwargs):
        tried.append(self.to)
        raise TimeoutError

    monkeypatch.setattr(EmailMessage, "send", gone)
    for _ in range(outbox.FAILURES_BEFORE_A_REST + 2):
        factories.incident(ada, sam)

    send_now()

    assert len(tried) == outbox.FAILURES_BEFORE_A_REST
    assert Outbox.objects.filter(done_at=None).count() == outbox.FAILURES_BEFORE_A_REST + 2


def test_somebody_who_no_longer_works_here_gets_no_mail(
    ada,
    dee,
    team,
    sam,
    mailbox,
):
    factories.incident(ada, sam)
    dee.user.is_active = False
    dee.user.save()

    send_now()

    assert mailbox.messages == []
    assert not Outbox.objects.filter(done_at=None).exists()
    assert Alert.objects.waiting().count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_mailed(ada, dee, team, sam, mailbox):
    with transaction.atomic():
        factories.incident(ada, sam)
        transaction.set_rollback(True)

    send_now()

    assert mailbox.messages == []


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_mail_once(
    ada,
    dee,
    dan,
    team,
    sam,
    mailbox,
):
    for _ in range(6):
        factories.incident(ada, sam, level=Level.URGENT)

    def work(_):
        try:
            send_now()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))

    assert len(mailbox.messages) == 12
    assert len({mail["Message-ID"] for mail in mailbox.messages}) == 12


@pytest.mark.django_db(transaction=True)
def test_recording_nudges_the_worker_with_nothing_in_its_hand(ada, dee, team, sam, monkeypatch):
    """The broker is told that something waits; what, about whom and for whom stays here."""
    nudges = []
    monkeypatch.setattr(
        current_app, "send_task", lambda *args, **kwargs: nudges.append((args, kwargs))
    )

    factories.incident(ada, sam)

    assert nudges == [(("incidents.tasks.send_waiting_alerts",), {"retry": False, "expires": 60})]


@pytest.mark.django_db(transaction=True)
def test_the_browser_has_its_receipt_before_any_mail_is_sent(
    ada,
    dee,
    team,
    sam,
    open_as,
    mailbox,
):
    client, pk = open_as(ada), uuid4()
    mailbox.refusing = True

    send(client, answers(ada, sam), pk)
    receipt = client.get(submit(client, pk, seen(client, pk))["Location"])

    assert "Dee Okafor" in receipt.content.decode()
    assert mailbox.messages == []


def test_whoever_may_no_longer_open_it_gets_no_mail(ada, eli, dee, sam, mailbox):
    """SR-45: limited, or in conflict, between the alert and the mail."""
    limited = factories.incident(ada, sam, alerted=[eli.user])
    limiting.limit_readers(
        by=dee.elevated(), incident=limited, audience=Audience.NAMED, readers=[], reason="Police."
    )
    factories.incident(ada, sam, alerted=[dee.user])
    closeness.declare_conflict(by=dee, user=dee.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD)

    send_now()

    assert sent_to(mailbox) == []
    assert not Outbox.objects.filter(kind=Outbox.Kind.ALERT, done_at=None).exists()
