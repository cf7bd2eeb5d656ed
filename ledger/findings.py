"""What a verification can find. A finding names an entry by its number and its row, nobody by name."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

MOST = 200  # are kept; a ledger that was rewritten would otherwise find something in every entry


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold. `seq` to `until` is where; `obj` the row that it is about, one of
    those that `rows` says in words.
    """

    code: str
    ledger: str = ""
    seq: int | None = None
    until: int | None = None
    obj: str = ""
    rows: str = ""

    def as_json(self) -> dict[str, object]:
        """Return what is kept of it."""
        fields = {name: getattr(self, name) for name in ("code", "ledger", "obj", "rows")}
        places = {"seq": self.seq, "until": self.until}
        kept = {name: value for name, value in fields.items() if value}
        return kept | {name: value for name, value in places.items() if value is not None}


class Findings:
    """Everything that a verification has found, and how often where it was too much to keep."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def add(
        self,
        code: str,
        ledger: str = "",
        *,
        seq: int | None = None,
        until: int | None = None,
        obj: UUID | str = "",
        rows: str = "",
    ) -> None:
        """Note that something does not hold."""
        self.counts[code] += 1
        if len(self.kept) < MOST:
            self.kept.append(Finding(code, ledger, seq, until, str(obj), rows))

    def as_json(self) -> list[dict[str, object]]:
        """Return what is kept with the verification."""
        found = [one.as_json() for one in self.kept]
        left_out = self.counts.total() - len(found)
        return [*found, {"code": "MORE", "count": left_out}] if left_out else found

    def __bool__(self) -> bool:
        return bool(self.counts)


# What each means for the school, and what is to be done. The E_ codes that the verifier outside
# also knows mean the same there.
HELP = (
    "Tell the headteacher and whoever runs Safeguard today. Change nothing, restore nothing, and keep"
    " the newest checkpoint mail: it shows what was there."
)
RUN = "Tell whoever runs Safeguard. Records can go on being written meanwhile."
DAMAGED = (
    "Tell whoever runs Safeguard today: stop it, keep the damaged files, and restore the last back-up"
    " on another disk."
)
MEANING: dict[str, tuple[str, str]] = {
    "E_CANON": ("An entry is not in the one form that entries have.", HELP),
    "E_LEAF": ("An entry is not the one that its fingerprint was made of.", HELP),
    "E_SEQ": ("Entries are missing, or stand at another place than theirs.", HELP),
    "E_SCOPE": ("An entry belongs to another school or another ledger.", HELP),
    "E_REF": ("An entry refers to one that did not exist yet.", HELP),
    "E_SIG": ("A checkpoint is not signed with the key that was filed.", HELP),
    "E_FORK": ("Two checkpoints say different things of the same number of entries.", HELP),
    "E_TRUNC": ("A checkpoint says there were more entries than there are now.", HELP),
    "E_ROOT": ("Entries were altered, removed or added since a checkpoint was made.", HELP),
    "E_TWO": ("A record was disposed of by one person alone.", HELP),
    "E_MISSING": ("The content of a record is gone, and nobody recorded its disposal.", HELP),
    "E_UNDEAD": (
        "The content of a record that was disposed of is here again.",
        "Tell whoever runs Safeguard: after a restore, disposals have to be carried out again.",
    ),
    "E_COMMIT": ("The sealed content of a record is not what was recorded.", HELP),
    "E_BODY": ("What is kept beside an entry is not what the entry says.", HELP),
    "E_NO_ENTRY": ("A record has no entry in the ledger.", HELP),
    "E_ROW": ("A record reads differently from what was recorded.", HELP),
    "E_ROW_GONE": ("A record has gone from its table, and its sealed content is still here.", HELP),
    "E_FILE": (
        "A file is missing, or is not the one that was added.",
        "Tell whoever runs Safeguard: the file can be brought back from a back-up.",
    ),
    "E_DISK": (
        "The database's own files are damaged, and not all of it could be read.",
        DAMAGED,
    ),
    "E_LATE": ("Readings of records have waited for over five minutes to be on the ledger.", RUN),
    "E_ARCHIVE": ("The archive of checkpoints could not be read.", RUN),
}
