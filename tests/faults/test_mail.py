"""Mail servers that refuse, delay, hang up and forget, and a worker that dies beside them."""

import asyncio
import signal
import ssl
import time
from collections import Counter
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.utils import timezone

from incidents import own, tasks
from incidents.models import Alert, Level
from safeguard.models import Outbox
from tests import factories
from tests.faults.elsewhere import send_waiting_alerts
from tests.smtp import Mailbox, serving

pytestmark = pytest.mark.django_db(transaction=True)


class Misbehaving(Mailbox):
    """A mail server that keeps what it gets, and then does not say so, or says so late."""

    how = ""

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.how == "forgets":
            server.transport.abort()
            return "250 never heard"
        answer = await super().handle_DATA(server, session, envelope)
        if self.how == "hangs up":
            server.transport.abort()
        if self.how == "slow":
            await asyncio.sleep(1)
        return answer


@pytest.fixture
def mailbox(settings):
    with serving(Misbehaving(), settings) as box:
        yield box


def waiting() -> Counter:
    return Counter(Outbox.objects.filter(done_at=None).values_list("last_error", flat=True))


def time_passes() -> None:
    """Make what waits due again, as after its pause."""
    Outbox.objects.filter(done_at=None).update(next_try_at=timezone.now() - timedelta(seconds=1))


def sent(mailbox) -> Counter:
    return Counter(str(message["Message-ID"]) for message in mailbox.messages)


def test_a_recipient_refused_for_good_holds_up_nobody_and_stays_promised(
    ada, dee, dan, team, sam, mailbox
):
    """FI-11: 550 for one of two; the alert is in the app all the same (FI-04)."""
    mailbox.unknown = {dan.user.email}
    incident = factories.incident(ada, sam)

    tasks.send_waiting_alerts()

    assert [message.to for message in mailbox.messages] == [(dee.user.email,)]
    assert waiting() == {"SMTPRecipientsRefused": 1}
    assert incident.alerts.count() == 2


def test_a_server_that_says_later_to_all_gets_all_of_it_later(ada, dee, dan, team, sam, mailbox):
    """FI-10: 451."""
    mailbox.refusing = True
    factories.incident(ada, sam)

    tasks.send_waiting_alerts()
    refused = waiting()
    mailbox.refusing = False
    time_passes()
    tasks.send_waiting_alerts()

    assert refused == {"SMTPDataError": 2}
    assert sorted(sent(mailbox).values()) == [1, 1]
    assert not waiting()


def test_a_slow_server_delays_mail_and_nothing_else(ada, dee, team, sam, mailbox):
    """FI-10: nobody who records waits for it."""
    mailbox.how = "slow"
    began = time.monotonic()
    factories.incident(ada, sam)
    recorded = time.monotonic() - began
    tasks.send_waiting_alerts()

    assert recorded < 1
    assert list(sent(mailbox).values()) == [1]
    assert not waiting()


def test_a_server_that_hangs_up_before_it_has_accepted_gets_the_mail_again(
    ada, dee, team, sam, mailbox
):
    """FI-10."""
    mailbox.how = "forgets"
    factories.incident(ada, sam)

    tasks.send_waiting_alerts()
    nothing, refused = list(mailbox.messages), waiting()
    mailbox.how = ""
    time_passes()
    tasks.send_waiting_alerts()

    assert (nothing, refused) == ([], {"SMTPServerDisconnected": 1})
    assert list(sent(mailbox).values()) == [1]


def test_a_server_that_accepts_and_hangs_up_before_it_says_so_gets_the_same_mail_twice(
    ada, dee, team, sam, mailbox
):
    """FI-10: twice with one Message-ID, never not at all."""
    mailbox.how = "hangs up"
    factories.incident(ada, sam)

    tasks.send_waiting_alerts()
    mailbox.how = ""
    time_passes()
    tasks.send_waiting_alerts()

    assert list(sent(mailbox).values()) == [2]
    assert not waiting()


@pytest.mark.parametrize(
    ("point", "times"), [("outbox.after_claim", 1), ("outbox.after_smtp_before_mark", 2)]
)
def test_a_worker_that_dies_over_a_mail_leaves_it_promised(
    ada, dee, team, sam, mailbox, point, times
):
    """FI-10: killed before the server's answer is noted, the mail goes twice with one Message-ID."""
    factories.incident(ada, sam)

    ended = send_waiting_alerts(f"{point}=kill")
    left = Outbox.objects.filter(done_at=None).count()
    tasks.send_waiting_alerts()

    assert ended == -signal.SIGKILL
    assert left == 1
    assert list(sent(mailbox).values()) == [times]
    assert not waiting()


def test_after_an_hour_without_a_worker_what_is_urgent_goes_first(ada, dee, team, sam, mailbox):
    """FI-04: recording and the alert in the app did not wait, and nothing of the backlog is lost."""
    levels = [Level.RECORD, Level.REVIEW, Level.URGENT, Level.REVIEW]
    incidents = [factories.incident(ada, sam, level=level) for level in levels]
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Outbox.objects.update(put_at=an_hour_ago, next_try_at=an_hour_ago)
    in_the_app = own.alerts_of(dee).count()

    tasks.send_waiting_alerts()

    assert in_the_app == len(levels)
    links = [str(message["Message-ID"]) for message in mailbox.messages]
    urgent = Alert.objects.filter(incident=incidents[2], recipient=dee.user).get()
    first = links[: Alert.objects.filter(incident=incidents[2]).count()]
    assert any(str(urgent.pk) in link for link in first)
    assert len(links) == Alert.objects.count()
    assert not waiting()


def certificate(folder) -> tuple[str, str]:
    """Make a certificate that nobody has vouched for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = timezone.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "certificate.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(private)
    return str(folder / "certificate.pem"), str(folder / "key.pem")


@pytest.mark.parametrize("offers", ["no TLS", "TLS that nobody vouches for"])
def test_mail_never_goes_without_the_tls_that_was_asked_for(
    ada, dee, team, sam, settings, tmp_path, offers
):
    """FI-10: not in the clear, and not to whoever answers; it stays promised, and the alert is in the app."""
    context = None
    if offers != "no TLS":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate(tmp_path))
    with serving(Mailbox(), settings, tls_context=context) as box:
        settings.EMAIL_USE_TLS = True
        factories.incident(ada, sam)

        tasks.send_waiting_alerts()

    assert box.messages == []
    assert waiting().total() == Alert.objects.count()
    assert set(waiting()) <= {"SSLCertVerificationError", "SMTPNotSupportedError"}
    assert own.alerts_of(dee).count() == 1
