"""What must be true of a copy whatever happened to it: I1 to I8, asked in SQL as the owner.

    I1  every acknowledged reference is there once, with its text, its files and its alerts
    I2  the ledger: no gap, every leaf recomputes, every record has its one entry, the root matches
    I3  every alert has its errand, sent or waiting
    I4  no row without its sealed file, no file older than a day without its row
    I5  nobody holds a right that they did not hold before
    I6  every reading that returned content is on the access log
    I7  what was erased stays erased
    I8  what somebody wrote, and was shown for review, is in an incident or in their draft

Each returns sentences, one for each thing that is wrong, so that a failing run says all of it.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.faults import ledger
from tests.faults.running import Copy
from tests.faults.writers import MARK, Acknowledged, Told

DAY = 24 * 3600


class Invariants:
    """The oracle over one copy; take it before anything happens, so that I5 can compare."""

    def __init__(self, copy: Copy):
        self.files = Path(copy.addresses["files"])
        self.key = bytes.fromhex(copy.addresses["key"])
        self.copy = copy
        with copy.database() as connection:
            self.rights = rights(connection)

    def broken(self, told: Told) -> list[str]:
        """Return what is wrong; nothing, if all is well."""
        with self.copy.database() as connection:
            return [
                *self.acknowledged(connection, told.acknowledged),
                *no_alert_without_errand(connection),
                *self.rows_and_files(connection),
                *self.changed_rights(connection),
                *readings(connection, told.opened),
                *words(connection, told),
                *ledger.broken(connection, self.copy),
            ]

    def assert_hold(self, told: Told) -> None:
        """Fail with every sentence."""
        broken = self.broken(told)
        assert not broken, "\n".join(broken)

    def acknowledged(
        self, connection: psycopg.Connection, given: Iterable[Acknowledged]
    ) -> Iterable[str]:
        """I1."""
        rows = {
            pk: row
            for pk, *row in connection.execute(
                "SELECT i.id::text, i.submission::text, i.saw, u.email, i.reference,"
                " (SELECT count(*) FROM incidents_alert a WHERE a.incident_id = i.id)"
                " FROM incidents_incident i JOIN accounts_user u ON u.id = i.reported_by_id"
                " WHERE starts_with(i.saw, %s)",
                [MARK],
            )
        }
        files = attachments(connection)
        for one in given:
            if one.incident not in rows:
                yield f"I1 {one.incident} is not there"
                continue
            submission, saw, author, reference, alerts = rows[one.incident]
            if (submission, saw, author) != (one.submission, one.text, one.author):
                yield f"I1 {reference} is not what was written"
            if alerts == 0:
                yield f"I1 {reference} alerts nobody"
            if files.get(one.incident, {}) != one.files:
                found = files.get(one.incident, {})
                yield f"I1 {reference} has the files {found} and not {one.files}"
        twice = Counter(saw for _, saw, *_ in rows.values())
        yield from (f"I1 {one} was recorded {n} times" for one, n in twice.items() if n > 1)

    def rows_and_files(self, connection: psycopg.Connection) -> Iterable[str]:
        """I4, and that what is in each file is what the row says."""
        known = set()
        for name, sha256 in connection.execute(
            "SELECT stored_as, sha256 FROM incidents_attachment"
            " UNION ALL SELECT stored_as, sha256 FROM incidents_upload"
            " UNION ALL SELECT stored_as, sha256 FROM incidents_viewingcopy"
        ):
            known.add(name)
            try:
                content = self.unsealed(name)
            except (OSError, InvalidTag) as error:
                yield f"I4 the file of a row cannot be read: {name} ({type(error).__name__})"
                continue
            if hashlib.sha256(content).hexdigest() != sha256:
                yield f"I4 {name} holds something else"
        for path in self.files.glob("[0-9a-f][0-9a-f]/*"):
            if path.name not in known and path.stat().st_mtime < time.time() - DAY:
                yield f"I4 {path.name} is a day old and belongs to nothing"

    def unsealed(self, name: str) -> bytes:
        """Open a file with the copy's key, without any code of the copy's."""
        sealed = (self.files / name[:2] / name).read_bytes()
        # A byte of version and eight that name the key, then the nonce.
        return AESGCM(self.key).decrypt(sealed[9:21], sealed[21:], f"file:{name}".encode())

    def ledger_numbers(self) -> tuple[int, int]:
        """Return how many entries the ledger holds and how many numbers are missing in it."""
        with self.copy.database() as connection:
            return ledger.numbers(connection)

    def changed_rights(self, connection: psycopg.Connection) -> Iterable[str]:
        """I5."""
        more = rights(connection) - self.rights
        yield from (f"I5 somebody gained a right: {right}" for right in sorted(more, key=str))


def no_alert_without_errand(connection: psycopg.Connection) -> Iterable[str]:
    """I3."""
    (without,) = connection.execute(
        "SELECT count(*) FROM incidents_alert a WHERE NOT EXISTS"
        " (SELECT FROM safeguard_outbox o WHERE o.kind = 'alert' AND o.key = a.id)"
    ).fetchone()
    if without:
        yield f"I3 {without} alerts have no errand"
    (odd,) = connection.execute(
        "SELECT count(*) FROM safeguard_outbox o WHERE o.kind = 'alert'"
        " AND NOT EXISTS (SELECT FROM incidents_alert a WHERE a.id = o.key)"
    ).fetchone()
    if odd:
        yield f"I3 {odd} errands are about no alert"


def readings(connection: psycopg.Connection, opened: Iterable[str]) -> Iterable[str]:
    """I6: as many entries as there were pages, for each incident."""
    logged = dict(
        connection.execute(
            "SELECT i.submission::text, count(*) FROM ledger_accessentry e"
            " JOIN incidents_incident i ON i.id = e.target WHERE e.event = 'incident.read'"
            " GROUP BY i.submission"
        ).fetchall()
    )
    for submission, times in Counter(opened).items():
        if logged.get(submission, 0) < times:
            yield f"I6 {submission} was read {times} times and logged {logged.get(submission, 0)}"


def words(connection: psycopg.Connection, told: Told) -> Iterable[str]:
    """I8: a draft ends only by becoming an incident."""
    there = {
        one
        for (one,) in connection.execute(
            "SELECT submission::text FROM incidents_incident"
            " UNION ALL SELECT id::text FROM incidents_draft"
        )
    }
    yield from (f"I8 what was written in {one} is nowhere" for one in sorted(told.kept - there))


def attachments(connection: psycopg.Connection) -> dict[str, dict[str, str]]:
    """Return each incident's own files by name."""
    found: dict[str, dict[str, str]] = {}
    for incident, name, sha256 in connection.execute(
        "SELECT incident_id::text, name, sha256 FROM incidents_attachment WHERE action_id IS NULL"
    ):
        found.setdefault(incident, {})[name] = sha256
    return found


def rights(connection: psycopg.Connection) -> set[tuple]:
    """Return who may do what: roles, grants by category, authenticators."""
    return {
        *connection.execute("SELECT 'member', user_id, school_id, role FROM accounts_membership"),
        *connection.execute("SELECT 'grant', category_id, role FROM incidents_categorygrant"),
        *connection.execute("SELECT 'active', id FROM accounts_user WHERE is_active"),
    }
