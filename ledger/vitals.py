"""What the ledger knows of how it is, over all schools: access log, checkpoints, verifications.

No sizes: who leads at one school would learn from them how much another records.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

from ledger.checkpoints import PATIENCE
from ledger.models import AccessWaiting, Checkpoint, Entry, Head, Tree, Verification
from safeguard import status
from safeguard.heartbeat import age_in_words
from safeguard.status import Fact, State

SEQUENCED = timedelta(minutes=10)
VERIFIED = timedelta(hours=36)
SEE_THE_SIGNER = "See that the signer runs: systemctl status safeguard-signer. Its log says why."


def access_log(now: datetime) -> Iterator[Fact]:
    """Say whether the access log keeps up with its tree; never how much a school records."""
    waiting = AccessWaiting.objects.aggregate(number=Count("pk"), oldest=Min("recorded_at"))
    if waiting["oldest"] and now - waiting["oldest"] > SEQUENCED:
        yield Fact(
            "Access log",
            State.NOTICE,
            f"Rows wait to be put on the ledger, the oldest for"
            f" {age_in_words(now - waiting['oldest'])}.",
            "See that the worker and beat run. No row is lost meanwhile.",
        )
    else:
        yield Fact("Access log", State.WELL, "Every look is on the ledger, or soon will be.")


def checkpoints(now: datetime) -> Iterator[Fact]:
    """Say when a checkpoint was last signed, and whether entries wait for the signer."""
    newest = Checkpoint.objects.order_by("-recorded_at").first()
    unsigned = _oldest_unsigned()
    last = (
        f"The last was signed {age_in_words(now - newest.recorded_at)} ago."
        if newest
        else "None has been signed yet."
    )
    if unsigned is None or now - unsigned < PATIENCE:
        yield Fact("Checkpoints", State.WELL, last)
    else:
        waits = f" Entries have waited to be signed for {age_in_words(now - unsigned)}."
        yield Fact("Checkpoints", State.BAD, last + waits, SEE_THE_SIGNER)


def verifications(now: datetime) -> Iterator[Fact]:
    """Say what the last full verification of each school found, the least good one first."""
    latest = (
        Verification.objects.filter(school=OuterRef("school"))
        .order_by("-recorded_at", "-id")
        .values("pk")[:1]
    )
    schools = Head.objects.filter(is_current=True, tree=Tree.RECORDS, size__gt=0)
    wanted = schools.count()
    found = list(
        Verification.objects.filter(pk__in=schools.values_list(Subquery(latest), flat=True))
    )
    if any(not row.is_good for row in found):
        yield Fact(
            "Verification",
            State.BAD,
            "The last full verification of a ledger found something that is not as it was signed.",
            "Change and delete nothing. Tell the DSL, who sees on the ledger's page what was found.",
        )
    elif len(found) < wanted:
        yield Fact(
            "Verification",
            State.NOTICE,
            "Not every ledger has been verified in full yet.",
            "It is done every night; a lead can ask for it on the ledger's page. If it does not"
            " come, see that the worker and beat run.",
        )
    elif found and now - min(row.recorded_at for row in found) > VERIFIED:
        age = age_in_words(now - min(row.recorded_at for row in found))
        yield Fact(
            "Verification",
            State.NOTICE,
            f"The last full verification is {age} old.",
            "It is done every night: see that the worker and beat run.",
        )
    else:
        yield Fact("Verification", State.WELL, _good(found, now))


def _good(found: list[Verification], now: datetime) -> str:
    if not found:
        return "There is nothing to verify yet."
    age = age_in_words(now - min(row.recorded_at for row in found))
    return f"Everything was as it was signed, {age} ago."


def _oldest_unsigned() -> datetime | None:
    """Return when the first entry was recorded that no checkpoint holds yet, in any tree."""
    same = {"school": OuterRef("school"), "tree": OuterRef("tree"), "epoch": OuterRef("epoch")}
    fitting = Checkpoint.objects.filter(**same, size__lte=OuterRef("size"))
    signed = fitting.order_by("-size").values("size")[:1]
    first = Entry.objects.filter(**same, seq=OuterRef("signed")).values("recorded_at")[:1]
    heads = Head.objects.filter(is_current=True).annotate(signed=Coalesce(Subquery(signed), 0))
    return heads.annotate(since=Subquery(first)).aggregate(oldest=Min("since"))["oldest"]


status.register("Ledger", access_log)
status.register("Ledger", checkpoints)
status.register("Ledger", verifications)
