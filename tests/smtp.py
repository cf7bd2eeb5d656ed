"""A real mail server on loopback, so that what is tested is what would leave the building.

Use the `mailbox` fixture: Django's test runner swaps the mail backend for one in memory, this
puts the SMTP one back and points it at a server of this test's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from aiosmtpd.controller import Controller


class Received(EmailMessage):
    """A message as it arrived: `raw` is every byte that was sent, `to` the envelope's addresses."""

    raw: bytes = b""
    to: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The plain text, decoded."""
        return self.get_body(("plain",)).get_content()


class Mailbox:
    """What has arrived, in order.

    Set `refusing` to have the server turn mail away for now; put an address into `unknown` to have
    it refused for good.
    """

    def __init__(self) -> None:
        self.messages: list[Received] = []
        self.refusing = False
        self.unknown: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusing:
            return "451 try again later"
        message = BytesParser(Received, policy=policy.default).parsebytes(envelope.content)
        message.raw = envelope.content
        message.to = tuple(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 OK"


class LoopbackServer(Controller):
    """Listens on a port that the system picks, so that tests can run beside each other."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(box: Mailbox, settings, **more) -> Iterator[Mailbox]:
    """Have the settings lead to a server that hands to this box."""
    server = LoopbackServer(box, hostname="127.0.0.1", port=0, **more)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    try:
        yield box
    finally:
        server.stop()


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    """A mail server that keeps what it gets in `mailbox.messages`."""
    with serving(Mailbox(), settings) as box:
        yield box
