"""What the page “Ledger” shows: checkpoints, who keeps them, and what the verification found."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import School
from accounts.permissions import Permission
from accounts.viewer import Viewer
from ledger import archive, checkpoints, verifying
from ledger.findings import MEANING
from ledger.models import Checkpoint, Head, Keeper, Tree, Verification, VerificationRun

TITLES = {Tree.RECORDS: "What was recorded", Tree.ACCESS: "Who looked"}


@dataclass(frozen=True)
class Signed:
    """One of the school's two ledgers, and the signer's newest word on it."""

    title: str
    name: str
    newest: Checkpoint | None
    root: str
    vkey: str
    waiting_since: datetime | None


@dataclass(frozen=True)
class Found:
    """One thing that a verification found, in words."""

    what: str
    to_do: str
    where: list[str]


@dataclass(frozen=True)
class Verified:
    """What is under way, and what the last full verification said."""

    run: VerificationRun | None
    latest: Verification | None
    found: list[Found]
    more: int
    broke_off: bool


@dataclass(frozen=True)
class LedgerPage:
    """The whole page."""

    ledgers: list[Signed]
    verified: Verified
    keepers: list[Keeper]
    may_name_keepers: bool


def page_for(viewer: Viewer, now: datetime) -> LedgerPage:
    """Gather the page for somebody who may read the ledger."""
    heads = Head.objects.filter(school=viewer.school, is_current=True).order_by("-tree")
    keepers = Keeper.objects.visible_to(viewer).current().order_by("added_at", "id")
    return LedgerPage(
        ledgers=[_signed(head, now) for head in heads],
        verified=verified(viewer.school),
        keepers=list(keepers),
        may_name_keepers=viewer.has(Permission.NAME_KEEPERS),
    )


def verified(school: School) -> Verified:
    """Return how a school's verification stands."""
    latest = verifying.latest(school.pk)
    newest_run = VerificationRun.objects.filter(school=school).order_by("-asked_at").first()
    found, more = in_words(latest.findings) if latest else ([], 0)
    return Verified(
        run=verifying.under_way(school.pk),
        latest=latest,
        found=found,
        more=more,
        broke_off=newest_run is not None and newest_run.state == VerificationRun.State.FAILED,
    )


def in_words(findings: list[dict]) -> tuple[list[Found], int]:
    """Put findings into words, those of a kind together; return also how many were not kept."""
    places: dict[str, list[str]] = {}
    more = 0
    for finding in findings:
        if finding["code"] == "MORE":
            more = finding["count"]
        else:
            places.setdefault(finding["code"], []).append(_where(finding))
    return [Found(*MEANING[code], where=where) for code, where in places.items()], more


def _where(finding: dict) -> str:
    rows = finding.get("rows")
    return f"{rows}: {_place(finding)}" if rows else _place(finding)


def _place(finding: dict) -> str:
    first, last = finding.get("seq"), finding.get("until")
    if first is None:
        return finding.get("obj", "") or finding.get("ledger", "")
    numbers = f"#{first}" if last in (None, first) else f"#{first} to #{last}"
    return f"{finding.get('ledger', '')} {numbers}"


def _signed(head: Head, now: datetime) -> Signed:
    newest = checkpoints.newest(head.school_id, head.tree)
    return Signed(
        title=TITLES[Tree(head.tree)],
        name=f"{head.tree}/{head.epoch}",
        newest=newest,
        root=newest.note.split("\n")[2] if newest else "",
        vkey=_vkey(head),
        waiting_since=checkpoints.waiting_since(head, now),
    )


def _vkey(head: Head) -> str:
    try:
        return archive.key_in(archive.folder_of(head.name, head.tree, head.epoch)) or ""
    except OSError:
        return ""
