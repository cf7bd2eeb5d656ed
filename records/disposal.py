"""Erasing what the ledger says is disposed of, and keeping it erased after every restore (P13).

The entry comes first, in a transaction of the application's (`services`). Then, as a database role
that may do nothing else, for each disposal that is not carried out: the database's own function judges
and erases; before that is for good, its line goes to the list of disposals in the archive, down to
the disk; the worker deletes the sealed files. Broken off anywhere, the next run goes on from there (FI-27). What was listed and
is in an old back-up is erased again from the list (FI-28).
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Substr
from django.utils import timezone

from accounts.models import School
from accounts.viewer import system_viewer
from incidents import files, viewing
from incidents.models import Attachment, Upload
from ledger.bodies import entry_id
from ledger.models import Entry, Head, Kind, SealedBody, Tree, Via
from ledger.notes import fsync_folder
from ledger.recording import record_disposal
from records.bodies import of_disposal
from records.models import Disposal, ErasedFile, Erasure
from reports import files as papers
from reports.models import Report
from safeguard import walls
from safeguard.errors import DomainError
from safeguard.failpoints import failpoint

LIST = "disposals.jsonl"
PAPERS = "reports/"
REPLAYED = "replayed"
ROLE = ("USER", "PASSWORD", "HOST", "PORT")
A_DAY = timedelta(days=1)


class NotErased(DomainError):
    """It could not be erased now; whatever the ledger says stays due."""


class NotReplayed(DomainError):
    """Disposals are listed that could not be carried out again."""


@dataclass(frozen=True)
class Listed:
    """A line of a list of disposals: an entry, whose ledger's, and the entries it names."""

    ledger: str
    seq: int
    obj: UUID
    tree: str
    epoch: int
    entry: dict[str, Any]
    targets: tuple[UUID, ...]


# -- Erasing --------------------------------------------------------------------------------------


def executed_and_not_erased() -> list[SealedBody]:
    """Return the disposals that the ledgers know and that are still due, oldest first."""
    due = walls.in_each_school(_due_here)
    return sorted(due, key=lambda told: (told.recorded_at, told.pk))


def _due_here() -> Iterable[SealedBody]:
    done = Erasure.objects.filter(disposal=OuterRef("obj"))
    told = SealedBody.objects.filter(~Exists(done), kind=Kind.DISPOSAL)
    return told.select_related("school")


@dataclass
class Carried:
    """How far a run came: what was erased, what a legal hold keeps, and what was refused, and why."""

    done: list[UUID] = field(default_factory=list)
    on_hold: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


def erase_waiting() -> list[UUID]:
    """Carry out every disposal that is due, and return which; say at the end what was refused."""
    carried = carry_out(executed_and_not_erased())
    if carried.refused:
        raise NotErased(in_sentences(carried.refused))
    return carried.done


def carry_out(due: Iterable[SealedBody]) -> Carried:
    """Erase what these disposals name, each in a transaction of its own.

    One that cannot be carried out keeps none of the others waiting.
    """
    carried, due = Carried(), list(due)
    if not due:
        return carried
    with _as_disposal_role() as connection:
        for told in due:
            failpoint("disposal.after_entry_before_erase")
            try:
                with walls.acting_in(told.school_id):
                    _erase(told, connection)
            except psycopg.errors.ObjectInUse:
                carried.on_hold.append(told.obj)
            except psycopg.errors.RestrictViolation as error:  # our own words, which name nobody
                carried.refused[told.obj] = error.diag.message_primary or "It was refused."
            except (psycopg.Error, OSError, DomainError) as error:
                # A database's text may quote a row.
                said = str(error) if isinstance(error, DomainError) else type(error).__name__
                carried.refused[told.obj] = said
            else:
                carried.done.append(told.obj)
    return carried


def in_sentences(refused: dict[UUID, str]) -> str:
    """Return what could not be erased and why, to be read by whoever runs the command."""
    each = " ".join(f"{one}: {why}." for one, why in refused.items())
    return f"Not erased, and still due. Nothing was erased by halves. {each}"


def _erase(told: SealedBody, connection: psycopg.Connection) -> None:
    """Erase; the database judges first, and the list is down on the disk before it is for good."""
    if told.rule == REPLAYED and not _is_on_the_list(told):
        raise NotErased("it says that it was replayed, and no list of disposals names it")
    with connection.transaction():
        connection.execute("SELECT records_erase(%s)", [told.obj])
        failpoint("disposal.mid_erase")
        append(listed(told))


def _is_on_the_list(told: SealedBody) -> bool:
    """Whether what claims to be replayed was carried out before, and of no other entries."""
    path = settings.ARCHIVE_DIR / listed(told).ledger / LIST
    known = listed_in(path) if path.exists() else []
    return any(one.obj == told.obj and {*told.targets} <= {*one.targets} for one in known)


def remove_erased_files() -> int:
    """Delete the sealed files of what was erased, and return how many.

    A file that a row still names stays, whatever is written here.
    """
    for school in walls.schools():
        with walls.acting_in(school):
            _take_back_late_papers()
            viewing.forget_unnamed()
    named = walls.in_each_school(_still_named)
    removed = 0
    for row in ErasedFile.objects.exclude(pk__in=named).order_by("id")[:500]:
        if row.stored_as.startswith(PAPERS):
            papers.forget(row.stored_as.removeprefix(PAPERS))
        else:
            files.forget(row.stored_as)
        row.delete()  # after its bytes: broken off between the two, it is done again
        removed += 1
    return removed


def _still_named() -> Iterable[UUID]:
    """Return the files of the list that a row of the school acted in names."""
    paper = Substr(OuterRef("stored_as"), len(PAPERS) + 1)
    named = ErasedFile.objects.filter(
        Exists(Attachment.objects.filter(stored_as=OuterRef("stored_as")))
        | Exists(Upload.objects.filter(stored_as=OuterRef("stored_as")))
        | Q(stored_as__startswith=PAPERS) & Exists(Report.objects.filter(stored_as=paper))
    )
    return named.values_list("pk", flat=True)


@contextmanager
def _as_disposal_role() -> Iterator[psycopg.Connection]:
    role = settings.DATABASE_DISPOSAL
    if role is None:
        raise NotErased(
            "DATABASE_DISPOSAL_URL is not set. Only its role can erase, and only here is it needed."
        )
    named = dict(zip(("user", "password", "host", "port"), map(role.get, ROLE), strict=True))
    where = {name: value for name, value in named.items() if value} | role["OPTIONS"]
    where |= {"dbname": connections["default"].settings_dict["NAME"], "autocommit": True}
    try:
        with psycopg.connect(**where) as connection:
            yield connection
    except psycopg.Error as error:
        # Its text may quote a row.
        raise NotErased(
            f"The database refused to erase ({type(error).__name__}). Nothing was erased by halves; "
            "run “manage.py dispose” again."
        ) from None


def _take_back_late_papers() -> None:
    """Remove reports that were being made, from what was read before, while it was erased."""
    for erasure in Erasure.objects.filter(recorded_at__gte=timezone.now() - A_DAY):
        told = SealedBody.objects.get(obj=erasure.disposal, kind=Kind.DISPOSAL)
        named = SealedBody.objects.filter(pk__in=told.targets).values_list("obj", flat=True)
        held = Q(made__incidents__overlap=list(named)) | Q(made__actions__overlap=list(named))
        late = Report.objects.exclude(stored_as="").filter(
            held, school=erasure.school_id, asked_at__lt=erasure.recorded_at
        )
        for report in late:
            Report.objects.filter(pk=report.pk).update(stored_as="")
            papers.forget_all(report.pk)


# -- The list of disposals ------------------------------------------------------------------------


def listed(told: SealedBody) -> Listed:
    """Return a disposal as its line says it: numbers and random ids, nothing about anybody."""
    entry = Entry.objects.get(pk=told.pk)
    return Listed(
        ledger=json.loads(bytes(entry.entry))["school"],
        seq=entry.seq,
        obj=told.obj,
        tree=entry.tree,
        epoch=entry.epoch,
        entry=json.loads(bytes(entry.entry)),
        targets=tuple(told.targets),
    )


def append(one: Listed) -> None:
    """Put a disposal on its ledger's list, down to the disk; what stands there stays."""
    path = settings.ARCHIVE_DIR / one.ledger / LIST
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    with os.fdopen(descriptor, "r+b") as file:
        flock(file, LOCK_EX)
        before = file.read()
        if any(known.obj == one.obj for known in _lines(before.decode(), path, one.ledger)):
            return
        last = before.decode().rpartition("\n")[2]
        end = "" if not last else "\n" if whole_lines(last) else " torn\n"
        line = {
            "entry": one.entry,
            "epoch": one.epoch,
            "ledger": one.ledger,
            "obj": str(one.obj),
            "seq": one.seq,
            "targets": [str(target) for target in one.targets],
            "tree": one.tree,
        }
        file.write(f"{end}{json.dumps(line, sort_keys=True)}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    fsync_folder(path.parent)


def listed_in(path: Path, ledger: str = "") -> list[Listed]:
    """Read a list of disposals; the ledger's name is its folder's unless a line says it."""
    return list(_lines(path.read_text(), path, ledger or path.parent.name))


def listed_in_archive() -> list[Listed]:
    """Read every list of disposals that the archive holds."""
    paths = sorted(settings.ARCHIVE_DIR.glob(f"*/{LIST}"))
    return [one for path in paths for one in listed_in(path)]


def _lines(text: str, path: Path, ledger: str) -> Iterator[Listed]:
    for number, line in enumerate(whole_lines(text), start=1):
        # A line that a power cut tore: nothing had been erased for it, and it was written again.
        if not line.strip() or not line.rstrip().endswith("}"):
            continue
        try:
            said = json.loads(line)
            yield Listed(
                ledger=said.get("ledger", ledger),
                seq=int(said["seq"]),
                obj=UUID(said["obj"]),
                tree=said["tree"],
                epoch=int(said["epoch"]),
                entry=dict(said["entry"]),
                targets=tuple(map(UUID, said["targets"])),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotReplayed(
                f"Line {number} of {path} is no line of a list of disposals."
            ) from None


def whole_lines(text: str) -> list[str]:
    """Return the lines of a list but a last one that was torn, be it just behind a brace."""
    *lines, last = text.split("\n")
    with suppress(ValueError):
        json.loads(last)
        lines.append(last)  # only its end is missing
    return lines


# -- After a restore ------------------------------------------------------------------------------


def replay(lines: Iterable[Listed], problems: list[str]) -> int:
    """Erase again what had been erased after the back-up was made, and return how many disposals.

    For each that the restored ledger does not know, a new entry is recorded, by the two who had
    approved it then. What the ledger knows and the back-up holds unerased is carried out as well.
    What is refused, or kept by a legal hold, stops nothing: it is added to the problems.
    """
    replayed = record_again(lines)
    carried = carry_out(executed_and_not_erased())
    if carried.refused:
        problems.append(in_sentences(carried.refused))
    problems += [
        f"{one}: not erased again, since a legal hold is on a child in it. Whoever decides on the "
        "hold decides; then run “manage.py dispose”."
        for one in carried.on_hold
    ]
    remove_erased_files()
    return replayed


def record_again(lines: Iterable[Listed]) -> int:
    """Record what the ledger does not know and still holds, and return how many disposals."""
    inorder = sorted(lines, key=lambda line: (line.ledger, line.epoch, line.seq))
    return sum(map(_record_again, inorder))


def require_role() -> None:
    """Refuse where nobody could erase: without its address, or with one that does not lead in."""
    with _as_disposal_role() as connection:
        connection.execute("SELECT 1")


def _record_again(one: Listed) -> bool:
    head = Head.objects.filter(name=one.ledger, tree=Tree.RECORDS).first()
    if head is None:
        return False
    with walls.acting_in(head.school_id):
        return _record_again_in(head, one)


def _record_again_in(head: Head, one: Listed) -> bool:
    if SealedBody.objects.filter(pk=entry_id(Kind.DISPOSAL, one.obj)).exists():
        return False
    there = Entry.objects.filter(pk__in=one.targets, school=head.school_id)
    targets = sorted(there.values_list("pk", flat=True))
    if not targets:  # recorded after the back-up, and so not in it
        return False
    append(one)  # where only the back-up's list had it: nothing else may claim to be replayed
    with transaction.atomic():
        record_disposal(
            of_disposal(_proposal(one, head.school, targets)),
            actor=one.entry["actor"],
            approver=one.entry["approver"],
            rule=REPLAYED,
            targets=targets,
            via=Via.SYSTEM,
        )
    return True


def _proposal(one: Listed, school: School, targets: list[UUID]) -> Disposal:
    """Return what had been proposed; where that was lost too, what is known of it."""
    known = Disposal.objects.filter(pk=one.obj).first()
    if known is not None:
        return known
    named = SealedBody.objects.filter(pk__in=targets)
    disposal = Disposal(
        id=one.obj,
        school=school,
        proposed_by=system_viewer(school).user,
        rule=one.entry["rule"],
        reason="Carried out again after a back-up from before it was restored.",
        incidents=sorted(named.filter(kind=Kind.INCIDENT).values_list("obj", flat=True)),
        actions=sorted(
            named.filter(kind__in=[Kind.ACTION, Kind.CORRECTION]).values_list("obj", flat=True)
        ),
        slips=sorted(named.filter(kind=Kind.SLIP).values_list("obj", flat=True)),
    )
    disposal.save()
    return disposal
