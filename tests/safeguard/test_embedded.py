"""The embedded servers: shared, private, and back after anything."""

import os
import signal
import stat
from pathlib import Path

import psycopg
import pytest
import redis

from safeguard import embedded, embedded_postgres
from safeguard.embedded_home import CHECKOUT, EmbeddedError, find
from tests.safeguard.using import NAME, PROGRAM, Instance

pytestmark = pytest.mark.processes

SLOW_CHILD = """
import os, time
os.register_at_fork(after_in_child=lambda: time.sleep(1))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    instance = Instance(tmp_path_factory.mktemp("a folder") / "private")
    yield instance
    instance.forget()


@pytest.fixture
def private(made):
    """An instance of our own that nobody uses yet."""
    yield made
    for using in made.users:
        if using.process.poll() is None:
            using.kill()
    made.users.clear()


def test_the_last_one_out_stops_both_servers(private):
    first, second = private.use(), private.use()

    first.leave()
    still_there = embedded.ready(NAME, private.state)
    second.leave()

    assert second.says["postgres"] == first.says["postgres"]
    assert still_there
    assert private.all_processes() == []
    assert not embedded.ready(NAME, private.state)


def test_servers_left_by_a_killed_process_are_found_and_stopped_by_the_next(private):
    killed = private.use()
    killed.kill()

    nxt = private.use()
    nxt.leave()

    assert nxt.says["postgres"] == killed.says["postgres"]
    assert nxt.says["valkey"] == killed.says["valkey"]
    assert private.all_processes() == []


def test_what_was_committed_is_there_after_kill_9_of_everything(private):
    using = private.use()
    with using.connect("database_owner_url") as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")

    using.kill()
    for pid in private.all_processes():
        os.kill(pid, signal.SIGKILL)
    after = private.use()

    with after.connect("database_owner_url") as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("here",)]
    after.leave()


def test_no_second_postgres_writes_beside_a_survivor_of_a_killed_one(private):
    using = private.use()
    busy = using.connect()
    busy.execute("SELECT 1")
    os.kill(busy.info.backend_pid, signal.SIGSTOP)  # it cannot notice that its parent dies
    using.kill()
    os.kill(using.says["postgres"], signal.SIGKILL)

    after = private.use()

    assert busy.info.backend_pid not in private.all_processes()
    assert embedded.ready(NAME, private.state)
    busy.close()
    after.leave()


def test_a_broker_whose_socket_is_gone_is_ended_and_replaced(private):
    using = private.use()
    Path(using.says["redis_url"].removeprefix("redis+socket://")).unlink()

    other = private.use()

    assert other.says["valkey"] != using.says["valkey"]
    assert using.says["valkey"] not in private.all_processes()
    other.leave()
    using.leave()


def test_a_pid_that_now_belongs_to_another_process_hinders_nobody(private):
    private.use().leave()
    (private.data / "postmaster.pid").write_text(f"{os.getpid()}\n{private.data}\n1\n5432\n/\n\n\n")

    using = private.use()

    assert using.says["postgres"] != os.getpid()
    using.leave()


def test_a_parent_that_leaves_does_not_stop_the_servers_under_its_child(private):
    parent = private.use(
        SLOW_CHILD
        + PROGRAM
        + """
if os.fork() == 0:
    sys.stdin.readline()
    print("up" if embedded.ready("private", state) else "down", flush=True)
"""
    )
    assert parent.process.wait(30) == 0

    parent.process.stdin.write("go on\n")
    parent.process.stdin.flush()

    assert parent.process.stdout.readline() == "up\n"
    assert parent.process.stdout.read() == ""  # the child has ended, and was the last one out
    assert private.all_processes() == []


def test_a_child_that_leaves_does_not_stop_the_servers_under_its_parent(private):
    parent = private.use(
        PROGRAM
        + """
child = os.fork()
if child:
    os.waitpid(child, 0)
    print("up" if embedded.ready("private", state) else "down", flush=True)
"""
    )

    assert parent.process.stdout.readline() == "up\n"
    assert parent.process.wait(30) == 0
    assert private.all_processes() == []


def test_no_server_listens_on_a_port(private):
    using = private.use()

    with using.connect() as connection:
        postgres = connection.execute("SHOW listen_addresses").fetchone()
    socket = using.says["redis_url"].removeprefix("redis+socket://")
    with redis.Redis(unix_socket_path=socket, decode_responses=True) as valkey:
        port = valkey.config_get("port")

    assert postgres == ("",)
    assert port == {"port": "0"}


def test_nobody_comes_in_without_the_roles_password(private):
    using = private.use()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(using.says["database_url"].replace("safeguard_app:", "safeguard_owner:"))
    using.leave()


FORBIDDEN = [
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE DATABASE mine",
    "CREATE ROLE mine",
    "SET ROLE safeguard_owner",
    "SET session_replication_role = replica",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
]


def refused(connection: psycopg.Connection, statement: str) -> bool:
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize(
    "role",
    ["database_url", "database_audit_url", "database_signer_url", "database_disposal_url"],
)
def test_running_processes_roles_may_make_nothing(private, role):
    with private.use().connect(role) as connection:
        allowed = [statement for statement in FORBIDDEN if not refused(connection, statement)]

    assert allowed == []


def test_the_owner_makes_databases_and_trusted_extensions_and_is_no_superuser(private):
    with private.use().connect("database_owner_url") as connection:
        connection.execute("CREATE DATABASE test_of_mine")
        connection.execute("DROP DATABASE test_of_mine")
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        connection.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
        query = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"

        assert connection.execute(query).fetchone() == (False,)


def test_words_about_a_child_never_reach_the_servers_log(private):
    with private.use().connect("database_owner_url") as connection:
        connection.execute("CREATE TABLE once (word text UNIQUE)")
        for statement in ("INSERT INTO once VALUES ('canary')", "SELECT 'canary' / 0"):
            connection.execute("INSERT INTO once VALUES ('canary') ON CONFLICT DO NOTHING")
            with pytest.raises(psycopg.Error):
                connection.execute(statement)

    log = (private.data.parent / "server.log").read_text()
    assert "database system is ready" in log
    assert "canary" not in log


def test_passwords_and_sockets_are_nobody_elses(private):
    using = private.use()
    passwords = sorted((private.state / "passwords").iterdir())
    socket = Path(using.says["redis_url"].removeprefix("redis+socket://"))

    assert [path.name for path in passwords] == sorted(embedded_postgres.ROLES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in passwords} == {0o600}
    assert len({path.read_text() for path in passwords}) == len(passwords)
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.parent.parent.stat().st_mode) == 0o711
    assert len(str(socket)) < 100


def test_a_deep_folder_with_spaces_and_quotes_in_its_name_will_do(tmp_path):
    deep = Instance(tmp_path / 'it\'s a "$HOME" folder' / ("deep" * 20) / ("deeper" * 20) / "state")
    try:
        using = deep.use()
        with using.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        using.leave()
        assert deep.all_processes() == []
    finally:
        deep.forget()


def test_an_instance_in_use_is_not_wiped_and_an_idle_one_is_gone_whole(tmp_path):
    instance = Instance(tmp_path / "state")
    using = instance.use()

    with pytest.raises(EmbeddedError, match="in use"):
        embedded.wipe(NAME, instance.state)
    using.leave()
    embedded.wipe(NAME, instance.state)

    assert not instance.state.exists()
    assert not find(NAME, instance.state).folder.exists()


def test_a_folder_that_holds_other_things_is_never_wiped(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(EmbeddedError, match="not wiped"):
        embedded.wipe(NAME, tmp_path)

    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.parametrize("running", [False, True])
def test_data_whose_passwords_are_gone_are_kept_and_new_ones_begun(tmp_path, running):
    """Also when the folder was removed under a server that kill -9 of everything else left."""
    instance = Instance(tmp_path / "state")
    try:
        using = instance.use()
        if not running:
            using.leave()
        (instance.state / "passwords" / "safeguard_app").unlink()

        with instance.use().connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

        kept = list(
            instance.data.parent.parent.glob("postgres-without-passwords-*/data/PG_VERSION")
        )
        assert len(kept) == 1
    finally:
        instance.forget()


AS_BEFORE = """
DROP OWNED BY safeguard_signer, safeguard_disposal, safeguard_backup;
DROP ROLE safeguard_signer, safeguard_disposal, safeguard_backup
"""


@pytest.mark.parametrize("running", [False, True])
def test_data_of_the_version_before_gain_the_new_roles_and_lose_nothing(tmp_path, running):
    instance = Instance(tmp_path / "state")
    try:
        using = instance.use()
        with using.connect("database_owner_url") as connection:
            connection.execute("CREATE TABLE kept (word text)")
        password = (instance.state / "passwords" / "postgres").read_text()
        superuser = using.says["database_owner_url"].split(":", 2)[2].split("@")[1]
        with psycopg.connect(f"postgresql://postgres:{password}@{superuser}") as connection:
            connection.execute(AS_BEFORE)
        if not running:
            using.leave()
        (instance.data.parent / "prepared").write_text("")
        for role in ("safeguard_signer", "safeguard_disposal", "safeguard_backup"):
            (instance.state / "passwords" / role).unlink()

        after = instance.use()

        for name in ("signer", "disposal", "backup", "owner"):
            role = f"database_{name}_url"
            with after.connect(role) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
        with after.connect("database_owner_url") as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert not running or after.says["postgres"] == using.says["postgres"]
        assert not list(instance.data.parents[1].glob("postgres-without-passwords-*"))
    finally:
        instance.forget()


def test_tests_and_demo_never_share_a_server(monkeypatch):
    monkeypatch.delenv("SAFEGUARD_VAR", raising=False)
    places = [find(name, CHECKOUT / "var" / name).folder for name in ("test", "demo")]

    assert len(set(places)) == 2


def test_an_ordinary_users_servers_live_in_the_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    home = find("demo", tmp_path)

    assert home.folder == tmp_path / "servers"
    assert home.account is None


@pytest.mark.parametrize("name", ["", "../demo", "Demo", "a b", "x" * 41])
def test_an_instances_name_is_a_plain_word(name, tmp_path):
    with pytest.raises(EmbeddedError, match="cannot name an instance"):
        find(name, tmp_path)


def test_a_folder_of_another_user_is_a_sentence(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(tmp_path / "state"))

    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(EmbeddedError, match="belongs to another user"):
        find(NAME, tmp_path / "state").make()


def test_without_services_only_addresses_are_given(monkeypatch, tmp_path):
    monkeypatch.setenv("SAFEGUARD_EMBEDDED", "off")

    services = embedded.serve(NAME, tmp_path / "state")

    assert services.database_url.startswith("postgresql://safeguard_app:")
    assert not (tmp_path / "state").exists()


def installed(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f'#!/bin/sh\necho "postgres (PostgreSQL) {version}"\n')
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def no_wheel(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded_postgres, "candidates", lambda *_: iter(()))
    monkeypatch.setattr(embedded_postgres, "INSTALLED", tmp_path / "versions")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", f"{tmp_path / 'empty'}:/bin")
    monkeypatch.setattr(embedded_postgres.shutil, "which", lambda _: None)


@pytest.mark.usefixtures("no_wheel")
def test_without_the_wheel_the_newest_installed_postgres_serves(tmp_path):
    installed(tmp_path / "versions" / "9" / "bin", "9.6.1")
    newest = installed(tmp_path / "versions" / "16" / "bin", "16.2")
    installed(tmp_path / "versions" / "15" / "bin", "15.9")

    assert embedded_postgres.programs(find(NAME, tmp_path)) == (newest, 16)


@pytest.mark.usefixtures("no_wheel")
def test_a_postgres_that_is_too_old_is_refused_in_a_sentence(tmp_path):
    installed(tmp_path / "versions" / "14" / "bin", "14.9")

    with pytest.raises(EmbeddedError, match="No PostgreSQL 15 or newer can be used"):
        embedded_postgres.programs(find(NAME, tmp_path))


def test_data_of_another_major_version_are_refused_in_a_sentence(tmp_path, monkeypatch):
    instance = Instance(tmp_path / "state")
    try:
        instance.use().leave()
        (instance.data / "PG_VERSION").write_text("14\n")
        home = find(NAME, instance.state)

        with pytest.raises(EmbeddedError, match="were made by PostgreSQL 14"):
            embedded_postgres.Postgres(home, home.sockets()).start()
    finally:
        instance.forget()
