"""What a person can cause, in words fit for them."""


class DomainError(Exception):
    """Something the person asked for cannot be done; the message says why and what to do."""


class NotAllowed(DomainError):
    """The person lacks the right; to them it looks like absence."""
