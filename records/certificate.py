"""What a school keeps to show that a record was lawfully removed: no name, no word of it."""

import json
from collections.abc import Iterator
from functools import partial
from uuid import UUID

from django.utils import timezone

from ledger.models import Entry, Kind, SealedBody
from records.models import Disposal, Erasure
from safeguard import walls
from safeguard.errors import DomainError


class NotDisposed(DomainError):
    """There is nothing to certify yet."""


def certificate(disposal: UUID) -> str:
    """Return the certificate of a disposal that has been carried out, as text to print."""
    made = walls.in_each_school(partial(_made_here, disposal))
    if not made:
        raise NotDisposed("This has not been erased. Run “manage.py dispose” first.")
    return made[0]


def _made_here(disposal: UUID) -> Iterator[str]:
    told = SealedBody.objects.filter(obj=disposal, kind=Kind.DISPOSAL).first()
    erasure = Erasure.objects.filter(disposal=disposal).select_related("school").first()
    if told is None or erasure is None:
        return
    entry = Entry.objects.get(pk=told.pk)
    said = json.loads(bytes(entry.entry))
    proposal = Disposal.objects.filter(pk=disposal).first()
    rows = {
        "School": f"{erasure.school.name}, called {said['school']} in its ledger",
        "Removed": ", ".join(
            (
                _number(erasure.incidents, "incident", "incidents"),
                _number(erasure.actions, "entry of a thread", "entries of threads"),
                _number(erasure.files, "file", "files"),
                *_slips(told),
            )
        ),
        "Contents": f"{erasure.bodies} sealed contents and their salts erased",
        "Rule": proposal.rule if proposal else said["rule"],
        "Approved by": f"{said['actor']} and {said['approver']}",
        "Recorded": _moment(entry.recorded_at),
        "Erased": _moment(erasure.recorded_at),
        "Ledger": f"{said['tree']}/{said['epoch']} entry {said['seq']}",
        "Leaf": bytes(entry.leaf).hex(),
    }
    lines = [f"{name + ':':<13}{text}" for name, text in rows.items()]
    yield "\n".join(["Certificate of disposal", "", *lines, "", CLOSING, ""])


CLOSING = (
    "Numbers of the entries whose contents were erased stand in the entry named here. The two\n"
    "people are named by the pseudonyms that the ledger uses. Drafts of reports about the children\n"
    "concerned, and the documents and answers of reports that held any of it, went with it. What was\n"
    "erased cannot be told from what is left: a time, a kind, random ids, and a commitment without\n"
    "its salt."
)


def _slips(told: SealedBody) -> Iterator[str]:
    """Say how many visitors' slips went, where any did."""
    number = SealedBody.objects.filter(pk__in=told.targets, kind=Kind.SLIP).count()
    if number:
        yield _number(number, "visitor’s slip", "visitors’ slips")


def _number(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _moment(when) -> str:
    return f"{timezone.localtime(when):%-d %B %Y, %H:%M:%S}"
