"""When the worker and beat were last seen, and whether the database's clock has gone backwards."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.utils.timezone import localtime

from safeguard.models import Heartbeat
from safeguard.status import Fact, State

logger = logging.getLogger(__name__)

WORKER, BEAT = "worker", "beat"
EVERY = timedelta(seconds=20)
LATE = timedelta(minutes=2)
GONE = timedelta(minutes=5)
MOST_APART = 2.0  # seconds
REMEMBERED = timedelta(days=2)

# The clock is the database's own. Going back by less than MOST_APART is NTP's daily work.
NOTE = """
    INSERT INTO safeguard_heartbeat AS known (name, seen_at) VALUES (%(name)s, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET
        seen_at = excluded.seen_at,
        stepped_back_at = CASE WHEN excluded.seen_at < known.seen_at - %(margin)s::interval
            THEN excluded.seen_at ELSE known.stepped_back_at END,
        stepped_back_by = CASE WHEN excluded.seen_at < known.seen_at - %(margin)s::interval
            THEN known.seen_at - excluded.seen_at ELSE known.stepped_back_by END
"""


def note(name: str) -> None:
    """Note that a process lives. That it cannot be noted must not end the process."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, {"name": name, "margin": f"{MOST_APART} seconds"})
    except DatabaseError as error:
        logger.warning("heartbeat: not noted name=%s error=%s", name, type(error).__name__)


def facts(now: datetime) -> Iterator[Fact]:
    """Say when each process was last seen."""
    seen = {row.name: row for row in Heartbeat.objects.all()}
    for name, does in ((WORKER, "sends mail and makes reports"), (BEAT, "keeps the timetable")):
        row = seen.get(name)
        title = name.capitalize()
        restart = f"Start it: systemctl restart safeguard-{name}. Its log says why it ended."
        if row is None:
            yield Fact(title, State.BAD, f"Never seen. It {does}.", restart)
            continue
        age = now - row.seen_at
        said = f"Last seen {age_in_words(age)} ago. It {does}."
        if age < LATE:
            yield Fact(title, State.WELL, said)
        else:
            yield Fact(title, State.BAD if age > GONE else State.NOTICE, said, restart)


def clock(now: datetime) -> Iterator[Fact]:
    """Compare the database's clock with ours, and say whether it has lately gone backwards."""
    before = time.time()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp())::float8, stepped_back_at,"
            " stepped_back_by FROM (SELECT) AS one LEFT JOIN safeguard_heartbeat ON name = %s",
            [BEAT],
        )
        theirs, stepped_at, stepped_by = cursor.fetchone()
    yield clock_fact(apart=abs(theirs - (before + time.time()) / 2))
    if stepped_at is not None and now - stepped_at < REMEMBERED:
        yield Fact(
            "Clock went back",
            State.NOTICE,
            f"By {stepped_by.total_seconds():.0f} seconds, on {localtime(stepped_at):%-d %B at %H:%M}."
            " The order of records is kept by number and is not touched.",
            "See on the database's machine why NTP moved the clock so far.",
        )


def clock_fact(*, apart: float) -> Fact:
    """Say whether so many seconds between the two clocks matter."""
    said = f"The database's clock and the program's are {apart:.1f} seconds apart."
    if apart <= MOST_APART:
        return Fact("Clock", State.WELL, said)
    return Fact(
        "Clock",
        State.BAD,
        f"{said} When something was recorded is the database's clock.",
        "Have NTP keep the time on both machines: timedatectl says whether it does.",
    )


def age_in_words(age: timedelta) -> str:
    """Return how long ago, as people say it."""
    seconds = max(age.total_seconds(), 0)
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * unit:
            return f"{seconds // unit:.0f} {name}s"
    return f"{seconds:.0f} seconds"
