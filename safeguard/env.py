"""Reads the environment for settings.py, and says in a sentence what is missing."""

import base64
import contextlib
import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from safeguard.embedded import Services
from safeguard.embedded_home import LONGEST_SOCKET

CONNECT_SECONDS = 5


class MissingSetting(ImproperlyConfigured):
    """A setting that production needs is missing or must not be there; the message says which."""


def nothing_configured() -> bool:
    """Whether this is a trial: no database is named, so servers of our own are started."""
    return "DATABASE_URL" not in os.environ


def secret(name: str) -> str:
    """Return the setting called name, or raise MissingSetting with a sentence."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise MissingSetting(
            f"{name} is not set. Safeguard needs it when DATABASE_URL is given; "
            "docs/running.md says what it is and how to make it."
        )
    return value


def for_trials_only(name: str, *, trying_out: bool) -> str:
    """Return a setting of the demo and the tests; refuse to start with it where a database is named."""
    value = os.environ.get(name, "").strip()
    if value and not trying_out:
        raise MissingSetting(
            f"{name} is set, which is for tests and trials alone. Take it out of the environment: "
            "where DATABASE_URL is given there may be real children in the database."
        )
    return value


def key(name: str) -> bytes:
    """Return the 32-byte key that the setting holds in base64."""
    return _decoded(name, secret(name))


def keys(name: str, *, but: bytes) -> list[bytes]:
    """Return the keys of before, with commas between them; there may be none."""
    said = os.environ.get(name, "").replace(",", " ").split()
    return [one for one in dict.fromkeys(_decoded(name, text) for text in said) if one != but]


def _decoded(name: str, text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise MissingSetting(f"{name} must be 32 random bytes in base64 (openssl rand -base64 32).")
    return value


def clamd(name: str) -> str:
    """Return where ClamAV's daemon listens: the path of a socket, host:port, or nowhere."""
    value = os.environ.get(name, "").strip()
    host, _, port = value.rpartition(":")
    if value and not value.startswith("/") and not (host and port.isdecimal()):
        raise MissingSetting(
            f"{name} must be the path of clamd's socket, as /run/clamav/clamd.ctl, or HOST:PORT."
        )
    return value


def kept_secret(folder: Path, name: str) -> str:
    """Return a secret of a trial or of the tests, made once and kept in folder."""
    path = folder / name
    try:
        if not path.exists():
            _keep(path)
        return path.read_text()
    except PermissionError as error:
        raise MissingSetting(
            f"{error.filename} belongs to another user of this computer: start Safeguard as that "
            "user, or give it a folder of your own in SAFEGUARD_VAR."
        ) from error


def _keep(path: Path) -> None:
    """Make a secret that no process ever sees half-written; the first of several wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    made.touch(mode=0o600)
    try:
        made.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink()


def socket_path(folder: Path, name: str) -> Path:
    """Return where a socket of ours is: in the folder, or where its path is short enough."""
    path = folder.absolute() / name
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    short = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"safeguard-{os.getuid()}-{short}" / name


def kept_key(folder: Path, name: str) -> bytes:
    """Return a 32-byte key of a trial or of the tests, made once and kept in folder."""
    return trial_key(kept_secret(folder, name))


def kept_keys(folder: Path, name: str, *, but: bytes) -> list[bytes]:
    """Return the keys of before of a trial, one a line."""
    path = folder / name
    lines = path.read_text().split() if path.exists() else []
    found = dict.fromkeys(trial_key(text) for text in lines)
    return [one for one in found if one != but]


def trial_key(text: str) -> bytes:
    """Return the key that a line of a trial's file stands for."""
    return base64.urlsafe_b64decode(text.encode() + b"==")[:32]


def services() -> Services:
    """Return the addresses of production's servers.

    The owner's is there only where migrations run, the signer's only in the signer, the disposal's
    only where a record is lawfully removed, and the back-up's only in the worker.
    """
    return Services(
        database_url=secret("DATABASE_URL"),
        database_owner_url=os.environ.get("DATABASE_OWNER_URL", ""),
        database_audit_url=secret("DATABASE_AUDIT_URL"),
        redis_url=secret("REDIS_URL"),
        email_url=secret("EMAIL_URL"),
        database_signer_url=os.environ.get("DATABASE_SIGNER_URL", ""),
        database_disposal_url=os.environ.get("DATABASE_DISPOSAL_URL", ""),
        database_backup_url=os.environ.get("DATABASE_BACKUP_URL", ""),
    )


def database(url: str) -> dict:
    """Return Django's settings for a postgresql:// URL; a socket folder may stand in ?host=."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise MissingSetting("A database URL must begin with postgresql://")
    if not parts.path.lstrip("/") or not parts.username:
        raise MissingSetting(
            "A database URL must name a role and a database: //ROLE:PASSWORD@HOST/NAME"
        )
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "safeguard.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": _port(url) or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS} | query,
        "TEST": {},
    }


def impatient(database: dict, seconds: int) -> dict:
    """Return a database's settings with which the server ends what takes a page too long.

    A process that is stopped in the middle of a transaction gives its locks back after a minute.
    """
    limits = {
        "statement_timeout": f"{seconds}s",
        "idle_in_transaction_session_timeout": "60s",
    }
    said = " ".join(f"-c {name}={value}" for name, value in limits.items())
    given = database["OPTIONS"].get("options", "")
    options = {"tcp_user_timeout": seconds * 1000} | database["OPTIONS"]
    return database | {"OPTIONS": options | {"options": f"{said} {given}".strip()}}


def mail(url: str) -> dict[str, object]:
    """Return Django's mail settings for smtp://, smtp+tls:// (STARTTLS) or smtps://."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"}:
        raise MissingSetting("EMAIL_URL must begin with smtp://, smtp+tls:// or smtps://")
    return {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": int(_port(url) or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme]),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def _port(url: str) -> str:
    """Return the port that a URL gives, if any; the message never repeats the password in it."""
    parts = urlsplit(url)
    try:
        return str(parts.port or "")
    except ValueError:
        raise MissingSetting(f"The port in the {parts.scheme}:// URL is not a number.") from None
