"""Becoming the owner of the tables for as long as a migration, a test's set-up or a seed takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

WHO_AND_WHERE = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def as_owner(alias: str = "default") -> Iterator[None]:
    """Let this alias be the owner's until the block ends, in whichever database it is on.

    A second alias would not do: data migrations use the default one, and would run as the wrong
    role in another transaction.
    """
    if settings.DATABASE_OWNER is None:
        raise ImproperlyConfigured(
            "DATABASE_OWNER_URL is not set. It is needed where migrations run, and only there: "
            "the application's role may not change tables."
        )
    connection = connections[alias]
    before = {name: connection.settings_dict.get(name) for name in WHO_AND_WHERE}
    connection.close()
    connection.settings_dict.update({name: settings.DATABASE_OWNER[name] for name in WHO_AND_WHERE})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
