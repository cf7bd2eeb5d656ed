"""What was lawfully erased stays erased, also when a back-up from before is restored (P13)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from records import members
from safeguard.errors import DomainError


class NotReplayed(DomainError):
    """Disposals are listed that could not be carried out again."""


@dataclass(frozen=True)
class Listed:
    """A line of a list of disposals: which entry of whose ledger, and nothing about anybody."""

    ledger: str
    seq: int
    obj: UUID


def listed_in(path: Path, ledger: str = "") -> list[Listed]:
    """Read a list of disposals; the ledger's name is its folder's unless a line says it."""
    found = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            said: dict[str, Any] = json.loads(line)
            name = said.get("ledger", ledger or path.parent.name)
            found.append(Listed(name, int(said["seq"]), UUID(said["obj"])))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotReplayed(
                f"Line {number} of {path} is no line of a list of disposals."
            ) from None
    return found


def listed_in_archive() -> list[Listed]:
    """Read every list of disposals that the archive holds."""
    return [one for found in members.disposals() for one in listed_in(found.path)]


def newer(listed: Iterable[Listed], ledger: list[dict[str, Any]]) -> list[Listed]:
    """Return the disposals of which the restored ledger knows nothing yet."""
    sizes: dict[str, int] = {}
    for head in ledger:
        if head["tree"] == "records":  # epochs come in order, so that the present one counts
            sizes[head["name"]] = head["size"]
    return sorted(
        {one for one in listed if one.seq >= sizes.get(one.ledger, 0)},
        key=lambda one: (one.ledger, one.seq),
    )


def replay(listed: list[Listed]) -> int:
    """Erase again what was erased after the back-up, and return how many; none does nothing."""
    if listed:
        raise NotReplayed(
            f"{len(listed)} records were lawfully erased after this back-up was made, and this "
            "version of Safeguard cannot erase them again. Do not let anybody sign in."
        )
    return 0
