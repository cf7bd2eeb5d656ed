"""The environment: what is missing or wrong is a sentence, and no secret is ever in it."""

import base64
import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from safeguard import env
from safeguard.env import MissingSetting
from safeguard.owner import as_owner


def test_a_database_is_addressed_by_host_or_by_the_folder_of_its_socket():
    by_host = env.database("postgresql://app:p%40ss@db.example.org:5433/safe?sslmode=verify-full")
    by_socket = env.database("postgresql://app:pass@/safe?host=/run/a%20folder")

    assert by_host["HOST"] == "db.example.org"
    assert by_host["PORT"] == "5433"
    assert by_host["PASSWORD"] == "p@ss"
    assert by_host["NAME"] == "safe"
    assert by_host["OPTIONS"] == {"sslmode": "verify-full", "connect_timeout": 5}
    assert by_socket["HOST"] == "/run/a folder"
    assert by_socket["PORT"] == ""


@pytest.mark.parametrize(
    "url",
    [
        "mysql://app:hush@host/safe",
        "postgresql://app:hush@host",
        "postgresql:///safe",
        "postgresql://app:hush@host:hush/safe",
    ],
)
def test_a_wrong_database_address_is_a_sentence_without_its_password(url):
    with pytest.raises(MissingSetting) as refused:
        env.database(url)

    assert str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_missing_secret_is_named(monkeypatch):
    monkeypatch.delenv("SAFEGUARD_SECRET_KEY", raising=False)

    with pytest.raises(MissingSetting, match="SAFEGUARD_SECRET_KEY is not set"):
        env.secret("SAFEGUARD_SECRET_KEY")


def test_an_empty_secret_is_a_missing_one(monkeypatch):
    monkeypatch.setenv("SAFEGUARD_SECRET_KEY", "  ")

    with pytest.raises(MissingSetting):
        env.secret("SAFEGUARD_SECRET_KEY")


@pytest.mark.parametrize("value", ["short", base64.b64encode(bytes(31)).decode(), "!" * 44])
def test_a_key_that_is_not_32_bytes_is_refused(monkeypatch, value):
    monkeypatch.setenv("SAFEGUARD_KEY", value)

    with pytest.raises(MissingSetting, match="32 random bytes") as refused:
        env.key("SAFEGUARD_KEY")
    assert value not in str(refused.value)


def test_a_key_is_read_from_base64(monkeypatch):
    monkeypatch.setenv("SAFEGUARD_KEY", base64.b64encode(bytes(range(32))).decode())

    assert env.key("SAFEGUARD_KEY") == bytes(range(32))


def test_a_trials_secret_is_made_once_for_its_owners_eyes(tmp_path):
    first = env.kept_secret(tmp_path / "var", "secret-key")

    assert env.kept_secret(tmp_path / "var", "secret-key") == first
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "var" / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret-key"]


def test_a_trials_key_is_32_bytes_and_stays_the_same(tmp_path):
    key = env.kept_key(tmp_path, "files-key")

    assert len(key) == 32
    assert env.kept_key(tmp_path, "files-key") == key


def test_a_secret_of_another_user_is_a_sentence(monkeypatch, tmp_path):
    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(tmp_path), "exists", lambda _: True)
    monkeypatch.setattr(type(tmp_path), "read_text", refuse)

    with pytest.raises(MissingSetting, match="belongs to another user"):
        env.kept_secret(tmp_path, "secret-key")


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://127.0.0.1:2525", 2525, False, False),
        ("smtp://mail.example.org", 25, False, False),
        ("smtp+tls://user:p%2Fw@mail.example.org", 587, True, False),
        ("smtps://user:p%2Fw@mail.example.org", 465, False, True),
    ],
)
def test_mail_goes_to_the_port_and_with_the_encryption_that_the_address_says(url, port, tls, ssl):
    mail = env.mail(url)

    assert (mail["EMAIL_PORT"], mail["EMAIL_USE_TLS"], mail["EMAIL_USE_SSL"]) == (port, tls, ssl)
    assert mail["EMAIL_HOST_PASSWORD"] in {"", "p/w"}


def test_another_kind_of_mail_address_is_refused():
    with pytest.raises(MissingSetting, match="must begin with smtp"):
        env.mail("https://mail.example.org")


def production(**changes: str) -> subprocess.CompletedProcess:
    given = {
        "DATABASE_URL": "postgresql://app:hush@127.0.0.1:1/safeguard",
        "DATABASE_AUDIT_URL": "postgresql://audit:hush@127.0.0.1:1/safeguard",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "SAFEGUARD_SECRET_KEY": "k" * 20 + "".join(map(chr, range(48, 91))),
        "SAFEGUARD_KEY": base64.b64encode(bytes(range(32))).decode(),
        "SAFEGUARD_HOSTS": "safeguard.example.org",
        "SAFEGUARD_BASE_URL": "https://safeguard.example.org",
    }
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {name: value for name, value in (keep | given | changes).items() if value}
    program = "import safeguard.settings as s; print(s.DEMO, s.SESSION_COOKIE_SECURE)"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_all_its_settings_and_secure_cookies():
    assert production().stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    "name",
    ["DATABASE_AUDIT_URL", "REDIS_URL", "EMAIL_URL", "SAFEGUARD_SECRET_KEY", "SAFEGUARD_KEY"],
)
def test_production_does_not_start_without(name):
    started = production(**{name: ""})

    assert started.returncode != 0
    assert f"{name} is not set" in started.stderr
    assert "hush" not in started.stderr


def who_and_where() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        return cursor.fetchone()


@pytest.mark.django_db
def test_tests_run_as_the_applications_role():
    assert who_and_where()[0] == "safeguard_app"


@pytest.mark.django_db(transaction=True)
def test_for_a_block_the_alias_is_the_owners_in_the_same_database():
    database = connection.settings_dict["NAME"]

    with as_owner():
        within = who_and_where()
    after = who_and_where()

    assert within == ("safeguard_owner", database)
    assert after == ("safeguard_app", database)


@pytest.mark.django_db(transaction=True)
def test_migrate_runs_as_the_owner_and_steps_down_again(monkeypatch):
    seen = []

    def look(self, *args, **options):
        seen.append(who_and_where()[0])

    monkeypatch.setattr("django.core.management.commands.migrate.Command.handle", look)
    call_command("migrate", verbosity=0)
    seen.append(who_and_where()[0])

    assert seen == ["safeguard_owner", "safeguard_app"]


def test_migrating_without_the_owners_address_is_a_sentence(settings):
    settings.DATABASE_OWNER = None

    with pytest.raises(ImproperlyConfigured, match="DATABASE_OWNER_URL is not set"):
        call_command("migrate", verbosity=0)


def test_the_web_process_has_the_server_end_what_takes_a_page_too_long():
    """FI-07: also beside what the address itself asks for."""
    asked = env.database("postgresql://app:pass@host/safe?options=-csearch_path%3Dours")

    options = env.impatient(asked, 7)["OPTIONS"]

    assert "statement_timeout=7s" in options["options"]
    assert options["options"].endswith("-csearch_path=ours")
    assert options["tcp_user_timeout"] == 7000
