"""What the tests of the whole share: the real mail server on loopback."""

from tests.smtp import mailbox

__all__ = ["mailbox"]
