"""Named places in the code at which a test may kill the process, raise, or make it slow.

`SAFEGUARD_FAILPOINTS` arms them: `submit.after_incident=kill,blob.after_write_before_fsync=sleep:2`,
or the path of a folder in which a file with a point's name holds what it does, once. They exist in
a trial and in the tests alone: where a database is named, settings refuse to start with them, and
here they ask the database too whether it is marked as holding invented data.
"""

import contextlib
import os
import signal
import time
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection


class FailpointReached(Exception):
    """Somebody armed this point to raise."""


def failpoint(name: str) -> None:
    """Do what this point is armed for; nearly always nothing at all."""
    if not settings.FAILPOINTS:
        return
    what = _armed(settings.FAILPOINTS, name)
    if what and _holds_invented_data():
        _act(name, what)


def _armed(said: str, name: str) -> str:
    if said.startswith("/"):
        return _take(Path(said) / name)
    return dict(point.strip().partition("=")[::2] for point in said.split(",")).get(name, "")


def _take(order: Path) -> str:
    """Read an order and remove it first: of several processes one obeys, once."""
    mine = order.with_name(f".{order.name}.{os.getpid()}")
    try:
        order.rename(mine)
    except FileNotFoundError:
        return ""
    what = mine.read_text().strip()
    mine.unlink()
    return what


def _act(name: str, what: str) -> None:
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "raise":
        raise FailpointReached(name)
    elif what.startswith("sleep:"):
        time.sleep(float(what.removeprefix("sleep:")))


@cache
def _holds_invented_data() -> bool:
    """Whether the database says of itself that it is a demo's or a test's."""
    with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM safeguard_installation)")
        return bool(cursor.fetchone()[0])
    return False
