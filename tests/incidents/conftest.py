"""What the tests of incidents share: a real mail server."""

from tests.smtp import mailbox

__all__ = ["mailbox"]
