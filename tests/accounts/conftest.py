"""What the tests of getting in share."""

from tests.smtp import mailbox

__all__ = ["mailbox"]
