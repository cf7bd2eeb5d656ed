"""Whether a back-up can be restored here and now: asked before anything is touched."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.conf import settings

from ledger.verifier import Vkey
from records import disposal, members, postgres
from records.manifest import Manifest
from safeguard import unfinished
from safeguard.errors import DomainError

ANOTHER = (
    " A restore of another file was not finished here: if it is its records that are there, give that "
    "file again, and it goes on."
)


class NotRestored(DomainError):
    """It cannot be restored here and now; the message says what to do."""


@dataclass(frozen=True)
class Wishes:
    """What somebody who restores has said."""

    into_empty: bool = False
    without_key: bool = False
    sha256: str = ""
    disposals: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    vkeys: list[Vkey] = field(default_factory=list)


def require_fit(
    manifest: Manifest,
    own: psycopg.Connection,
    major: int,
    wishes: Wishes,
    *,
    goes_on: bool = False,
) -> None:
    """Refuse, in a sentence, whatever would go wrong half-way."""
    if manifest.postgres > major:
        raise NotRestored(
            f"The back-up was made by PostgreSQL {manifest.postgres}, and this server is "
            f"{major}: use one at least as new. Nothing has been changed."
        )
    postgres.tool("pg_restore", major)
    unknown = manifest.unknown_migrations()
    if unknown:
        raise NotRestored(
            f"The back-up was made by a newer version of Safeguard ({unknown[-1]}): check out that "
            "version, and restore with it. Nothing has been changed."
        )
    missing = postgres.missing_roles(own, manifest.roles)
    if missing:
        raise NotRestored(
            f"This server has no role {', '.join(missing)}, to which the back-up gives rights. "
            "docs/running.md, “The database”, says how to make it. Nothing has been changed."
        )
    if not wishes.without_key and not manifest.opens_with_our_key():
        raise NotRestored(_wrong_key())
    _require_means_to_erase(manifest, wishes)
    if not goes_on:
        _require_empty_database(own, wishes)
        _require_empty_folders(manifest)
    _require_alone(own)


def _require_means_to_erase(manifest: Manifest, wishes: Wishes) -> None:
    listed = [name for name in manifest.members if name.endswith(f"/{members.DISPOSALS}")]
    if not (wishes.disposals or listed or any(True for _ in members.disposals())):
        return
    disposal.listed_in_archive()  # a damaged one is refused now
    try:
        disposal.require_role()
    except disposal.NotErased:
        raise NotRestored(
            "Records were lawfully erased, and the restore has to erase again what the back-up still "
            "holds of them. For that it needs DATABASE_DISPOSAL_URL, with which it can reach the "
            "database (docs/running.md, “The database”). Nothing has been changed."
        ) from None


def _wrong_key() -> str:
    where = (
        f"the old copy’s file files-key at {settings.VAR_DIR}/files-key"
        if settings.TRYING_OUT
        else "SAFEGUARD_KEY, from the paper on which you keep it,"
    )
    return (
        "The key of this installation is not the one that sealed the files in the back-up. Put "
        f"{where} in place of the new one. Was the key changed since, or while the back-up was made, give "
        "the former one as well (docs/running.md, “Changing the key”). If the key is lost, --without-key restores the text, and "
        "the files stay sealed for ever. Nothing has been changed."
    )


def _require_empty_database(own: psycopg.Connection, wishes: Wishes) -> None:
    tables, full = postgres.what_is_there(own)
    if full:
        raise NotRestored(
            f"The database is not empty ({full[0]} has rows), and a back-up is never restored over "
            "records. Give an empty database, or a new SAFEGUARD_INSTANCE when trying it out."
            f"{ANOTHER if unfinished.is_there() else ''} "
            "Nothing has been changed."
        )
    if tables and not wishes.into_empty:
        raise NotRestored(
            "The database holds empty tables. If that is meant, --into-empty takes them away first. "
            "Nothing has been changed."
        )


def _require_alone(own: psycopg.Connection) -> None:
    others = postgres.others_connected(own)
    if others:
        raise NotRestored(
            f"{others} other programs use the database: stop web, worker and beat first. "
            "Nothing has been changed."
        )


def _require_empty_folders(manifest: Manifest) -> None:
    there = list(settings.FILES_DIR.iterdir()) if settings.FILES_DIR.exists() else []
    if there and not unfinished.is_there():
        raise NotRestored(
            f"{settings.FILES_DIR} is not empty: move away what is in it. Nothing has been changed."
        )
    for name, (sha256, _) in manifest.members.items():
        path = members.place(name)
        if path is None or not name.startswith("archive/") or path.name == members.DISPOSALS:
            continue
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            raise NotRestored(
                f"{path} is not the note that the back-up holds under the same name: one of them "
                "was forged. Keep both, and ask somebody who can verify them. "
                "Nothing has been changed."
            )
