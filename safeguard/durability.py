"""Whether PostgreSQL keeps what it has confirmed: the promise on which every receipt rests (P1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import OperationalError, connection

from safeguard.status import Fact, State


@dataclass(frozen=True)
class Setting:
    """A setting of PostgreSQL, what it is for, and whether receipts would lie without it."""

    name: str
    kept: str
    lost: str
    do: str
    needed: bool = True


SETTINGS = (
    Setting(
        "fsync",
        "What is confirmed has been written to the disk.",
        "A loss of power can destroy the whole database.",
        "Set fsync = on in postgresql.conf and restart PostgreSQL.",
    ),
    Setting(
        "synchronous_commit",
        "A receipt is shown only when the record is on the disk.",
        "Records whose receipts were shown can be lost in a crash.",
        "Set synchronous_commit = on, for the server and for the role, and reload PostgreSQL.",
    ),
    Setting(
        "full_page_writes",
        "A page that was half written when the power went is made whole again.",
        "A loss of power can damage records that were there before.",
        "Set full_page_writes = on in postgresql.conf and reload PostgreSQL.",
    ),
    Setting(
        "data_checksums",
        "A disk that gives back something else than was written is noticed.",
        "A disk that gives back something else than was written is not noticed.",
        "Stop PostgreSQL once, run pg_checksums --enable on its data folder, and start it again.",
        needed=False,
    ),
)
OFF = "off"


def read(database=connection) -> dict[str, str]:
    """Return the settings as they hold for the application's own connection."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
            [[setting.name for setting in SETTINGS]],
        )
        return dict(cursor.fetchall())


def is_safe(found: dict[str, str]) -> bool:
    """Whether a receipt means what it says."""
    return all(found.get(setting.name) != OFF for setting in SETTINGS if setting.needed)


def facts(now) -> Iterator[Fact]:
    """Say of each setting what it keeps, or what can be lost without it."""
    found = read()
    for setting in SETTINGS:
        name = f"PostgreSQL: {setting.name}"
        if found.get(setting.name) != OFF:
            yield Fact(name, State.WELL, f"It is {found.get(setting.name)}. {setting.kept}")
        else:
            state = State.BAD if setting.needed else State.NOTICE
            yield Fact(name, state, f"It is off. {setting.lost}", setting.do)


@register(Tags.database)
def postgresql_keeps_what_it_confirms(app_configs, databases, **kwargs) -> list[CheckMessage]:
    """E001: a setting without which acknowledged records can be lost. W001: no checksums."""
    if "default" not in (databases or ()):
        return []
    try:
        found = read()
    except OperationalError as error:
        said = f"The database cannot be asked whether it keeps what it confirms ({error})."
        return [Error(said.strip(), id="safeguard.E002")]
    return [
        (Error if setting.needed else Warning)(
            f"PostgreSQL runs with {setting.name} off. {setting.lost}",
            hint=setting.do,
            id="safeguard.E001" if setting.needed else "safeguard.W001",
        )
        for setting in SETTINGS
        if found.get(setting.name) == OFF
    ]
