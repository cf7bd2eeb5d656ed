"""The bundle: a school's ledger, or one pupil's part of it, for somebody who trusts only arithmetic.

It holds the entries, the bodies that are disclosed with their salts, their files, the checkpoints
and the program that verifies all of it (`ledger/verifier.py`), in one zip. An entry that is not
disclosed is there as its hash alone, so that the root can still be computed and nothing else told.
Disposals are always there in full: they say nothing of a child, and an absence without one is a
finding.
"""

import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from accounts.models import School, User
from incidents import files
from incidents.models import (
    Acknowledgement,
    Action,
    Alert,
    Attachment,
    Incident,
    Significance,
)
from ledger import checkpoints, verifier
from ledger.models import Checkpoint, Entry, Head, Kind, Pseudonym, SealedBody, Tree
from pupils.models import Pupil, StatusChange
from safeguard.errors import DomainError

FORMAT = "safeguard-bundle/1"
CHUNK = 500
ALWAYS_THERE = frozenset({Kind.DISPOSAL, Kind.RESTORED, Kind.CLOCK})
README = """\
This is a part of a school's safeguarding ledger, and the program that verifies it.

You need Python 3.11 or newer and its package "cryptography". Then, in this folder:

    python verifier.py . --note NOTE.txt

NOTE.txt is a checkpoint that somebody outside the school kept: the e-mail to the chair of governors,
or the one to the data protection officer, saved as a file. Without one the program can only tell
whether this bundle agrees with itself. It says in plain words what it found.
"""


class NothingToShow(DomainError):
    """The school has no ledger yet."""


@dataclass
class Told:
    """What has been put into a bundle, for the person who asked for it."""

    entries: int = 0
    disclosed: int = 0
    files: int = 0
    missing: int = 0
    people: dict[str, str] = field(default_factory=dict)


def write_bundle(
    to: Path,
    *,
    school: School,
    pupil: Pupil | None,
    made_at: datetime,
    with_linked: bool = False,
) -> Told:
    """Write the bundle of a school, or of one of its pupils, and return what is in it.

    Checkpoints are taken first, so that they cover all of it; then everything is read from one
    snapshot of the database. The zip is complete or it is not there. Raises NotSigned when the
    signer does not answer.
    """
    checkpoints.take_now(school.pk)
    heads = list(_heads(school, pupil))
    if not heads:
        raise NothingToShow(f"Nothing is recorded at {school} yet, so there is no ledger to show.")
    wanted = None if pupil is None else about(pupil, with_linked=with_linked)
    half = to.with_name(f".{to.name}.half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with (
            os.fdopen(descriptor, "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            transaction.atomic(),
        ):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            told = _fill(archive, school, pupil, wanted, heads, made_at)
        half.replace(to)
    finally:
        half.unlink(missing_ok=True)
    return told


def _heads(school: School, pupil: Pupil | None) -> Iterator[Head]:
    heads = Head.objects.filter(school=school, size__gt=0).order_by("-tree", "epoch")
    yield from heads if pupil is None else heads.filter(tree=Tree.RECORDS)


def _fill(
    archive: zipfile.ZipFile,
    school: School,
    pupil: Pupil | None,
    wanted: frozenset[UUID] | None,
    heads: Iterable[Head],
    made_at: datetime,
) -> Told:
    told = Told()
    trees = []
    for head in heads:
        name = f"entries/{head.tree}-{head.epoch}.jsonl"
        with archive.open(name, "w", force_zip64=True) as lines:
            for line in _lines(head, wanted, told):
                lines.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        trees.append(_describe(head, name))
    _add_files(archive, school, wanted, told)
    _name_people(school, pupil, told)
    described = {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "school": trees[0]["origin"].split("/")[1],
        "scope": "all" if pupil is None else "pupil",
        "trees": trees,
        "people": told.people,
    }
    archive.writestr("bundle.json", json.dumps(described, ensure_ascii=False, indent=1))
    archive.writestr("verifier.py", Path(verifier.__file__).read_text(encoding="utf-8"))
    archive.writestr("README.txt", README)
    return told


def about(pupil: Pupil, *, with_linked: bool) -> frozenset[UUID]:
    """Return the rows that a pupil's bundle discloses.

    Incidents to which the pupil is only linked are another child's: they are hashes like the rest,
    unless somebody says otherwise.
    """
    incidents = (
        Incident.objects.of_and_linked_to(pupil)
        if with_linked
        else Incident.objects.filter(pupil=pupil)
    ).values("pk")
    actions = Action.objects.filter(incident__in=incidents)
    alerts = Alert.objects.filter(incident__in=incidents)
    rows = [
        Incident.objects.filter(pk__in=incidents),
        actions,
        alerts,
        Acknowledgement.objects.filter(alert__in=alerts),
        Significance.objects.filter(incident__in=incidents),
        StatusChange.objects.filter(pupil=pupil),
    ]
    return frozenset(key for some in rows for key in some.values_list("pk", flat=True))


def _describe(head: Head, name: str) -> dict:
    vkey = checkpoints.vkey_of(head)
    notes = Checkpoint.objects.filter(
        school=head.school_id, tree=head.tree, epoch=head.epoch, size__lte=head.size
    )
    return {
        "tree": head.tree,
        "epoch": head.epoch,
        "origin": vkey.name,
        "vkey": str(vkey),
        "entries": name,
        "notes": list(notes.order_by("size").values_list("note", flat=True)),
    }


def _lines(head: Head, wanted: frozenset[UUID] | None, told: Told) -> Iterator[dict]:
    rows = Entry.objects.filter(
        school=head.school_id, tree=head.tree, epoch=head.epoch, seq__lt=head.size
    )
    for start in range(0, head.size, CHUNK):
        batch = list(rows.filter(seq__gte=start, seq__lt=start + CHUNK).order_by("seq"))
        bodies = SealedBody.objects.in_bulk([row.pk for row in batch])
        for row in batch:
            told.entries += 1
            yield _element(row, bodies[row.pk], wanted, told)


def _element(row: Entry, body: SealedBody, wanted: frozenset[UUID] | None, told: Told) -> dict:
    bare = {"entry": bytes(row.entry).decode()}
    if wanted is not None and body.obj not in wanted:
        return bare if body.kind in ALWAYS_THERE else {"leaf": bytes(row.leaf).hex()}
    told.disclosed += 1
    told.people[body.actor] = ""
    if body.body is None or body.salt is None:
        return bare
    return bare | {"body": bytes(body.body).decode(), "salt": bytes(body.salt).hex()}


def _add_files(
    archive: zipfile.ZipFile, school: School, wanted: frozenset[UUID] | None, told: Told
) -> None:
    rows = Attachment.objects.filter(incident__school=school)
    if wanted is not None:
        rows = rows.filter(incident__in=wanted)
    there: set[str] = set()
    for row in rows.order_by("recorded_at", "id").iterator():
        if row.sha256 in there:
            continue
        try:
            content = files.content_of(row)
        except FileNotFoundError:  # disposed of, or lost: the verifier says which
            told.missing += 1
            continue
        there.add(row.sha256)
        archive.writestr(f"files/{row.sha256}", content)
    told.files = len(there)


def _name_people(school: School, pupil: Pupil | None, told: Told) -> None:
    """Say who stands behind the pseudonyms that are disclosed, and which child the bundle is of."""
    named: Mapping[str, User | None] = {
        row.name: row.user
        for row in Pseudonym.objects.filter(school=school, name__in=told.people).select_related(
            "user"
        )
    }
    for name, user in named.items():
        told.people[name] = user.name if user else "Safeguard (automatic)"
        if user:
            told.people[str(user.pk)] = user.name
    if pupil is not None:
        told.people[str(pupil.pk)] = pupil.name
