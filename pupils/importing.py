"""Bringing a school's roll up to date from an export of its MIS.

What is imported is what the MIS knows of a child. Nothing here deletes, archives, or touches what
was recorded about safeguarding; who is missing from the file is proposed as a leaver and no more.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from accounts.models import School
from accounts.permissions import Permission
from accounts.viewer import Viewer
from pupils.differences import (
    CONTACT_LABELS,
    PUPIL_LABELS,
    UNDECIDED,
    Changed,
    Decisions,
    Differences,
    compare,
    contact_changes,
)
from pupils.mis_rows import ContactRow, Export, PupilRow
from pupils.models import Contact, ImportRun, Pupil
from safeguard import disk
from safeguard.errors import DomainError

# One large transaction would hold its locks, and later its place in the ledger, for minutes.
BATCH = 500


class RollHasChanged(DomainError):
    """Somebody else wrote between the differences shown and the order to apply them."""


class ImportRunning(DomainError):
    """Another import of the same school has not finished."""


def find_differences(
    *, by: Viewer, export: Export, decisions: Decisions = UNDECIDED
) -> Differences:
    """Work out what an export would change at the viewer's school, without writing anything."""
    by.require(Permission.IMPORT_PUPILS)
    return compare(
        export,
        Pupil.objects.filter(school=by.school).in_order(),
        Contact.objects.filter(pupil__school=by.school).in_order(),
        decisions,
    )


def apply_differences(
    *, by: Viewer, export: Export, shown: Differences, decisions: Decisions = UNDECIDED
) -> None:
    """Write what was shown, in batches, each with the row that records it.

    Applying twice is harmless: what has been written is no difference any more. A run that was
    killed half-way is finished by running it again.
    """
    by.require(Permission.IMPORT_PUPILS)
    disk.require_room_for_work("Nothing was imported")
    with only_import_of(by.school):
        found = find_differences(by=by, export=export, decisions=decisions)
        if found != shown:
            raise RollHasChanged(
                "The roll has changed since the differences were shown, and nothing was written."
                " Look at them again."
            )
        batches = in_batches(found)
        for number, (new, changed) in enumerate(batches, 1):
            with transaction.atomic():
                if number == 1:
                    free_mis_ids(found.changed)
                add_pupils(by.school, new)
                change_pupils(changed)
                record_run(by, export, found, new, changed, is_last=number == len(batches))


@contextmanager
def only_import_of(school: School) -> Iterator[None]:
    """Keep a second import of the school out for as long as this one runs."""
    key = school.pk.int % 2**63
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise ImportRunning(
                "Another import of this school is running, and nothing was written. Wait for it to"
                " end and look at the differences again."
            )
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def in_batches(found: Differences) -> list[tuple[list[PupilRow], list[Changed]]]:
    """Part the work into batches; an export that changes nothing is one empty batch."""
    work: list[PupilRow | Changed] = [*found.new, *found.changed]
    batches = []
    for at in range(0, len(work) or 1, BATCH):
        batch = work[at : at + BATCH]
        new = [item for item in batch if isinstance(item, PupilRow)]
        batches.append((new, [item for item in batch if isinstance(item, Changed)]))
    return batches


def free_mis_ids(changed: Sequence[Changed]) -> None:
    """Take back the MIS numbers that will be replaced, so that others may get them."""
    moving = [
        found.pupil.pk
        for found in changed
        if any(change.field == "mis_id" for change in found.changes)
    ]
    Pupil.objects.filter(pk__in=moving).update(mis_id="")


def add_pupils(school: School, rows: Sequence[PupilRow]) -> None:
    """Put new pupils on the roll with their contacts."""
    pupils, contacts = [], []
    for row in rows:
        pupil = Pupil(school=school, **{field: getattr(row, field) for field in PUPIL_LABELS})
        pupil.refresh_keys()
        pupils.append(pupil)
        contacts += [new_contact(pupil, new.row) for new in contact_changes(row.contacts, ())]
    Pupil.objects.bulk_create(pupils)
    Contact.objects.bulk_create(contacts)


def change_pupils(changed: Sequence[Changed]) -> None:
    """Write the changed fields of pupils on the roll, and their contacts' new and changed ones."""
    pupils, added, contacts = [], [], []
    for found in changed:
        for change in found.changes:
            setattr(found.pupil, change.field, change.after)
        found.pupil.refresh_keys()
        pupils.append(found.pupil)
        for contact_change in found.contacts:
            if contact_change.contact is None:
                added.append(new_contact(found.pupil, contact_change.row))
                continue
            for change in contact_change.changes:
                setattr(contact_change.contact, change.field, change.after)
            contacts.append(contact_change.contact)
    fields = {change.field for found in changed for change in found.changes}
    if fields:
        Pupil.objects.bulk_update(pupils, sorted(fields | {"sort_key", "search_text"}))
    Contact.objects.bulk_create(added)
    Contact.objects.bulk_update(contacts, list(CONTACT_LABELS))


def new_contact(pupil: Pupil, row: ContactRow) -> Contact:
    """Make a contact of what the export says; what it does not say keeps the model's default."""
    said = {field: getattr(row, field) for field in CONTACT_LABELS if field != "restriction"}
    said |= {"forename": row.forename, "surname": row.surname, "restriction": row.court_order}
    said["priority"] = row.number if row.priority is None else row.priority
    return Contact(
        pupil=pupil, **{field: value for field, value in said.items() if value is not None}
    )


def record_run(
    by: Viewer,
    export: Export,
    found: Differences,
    new: Sequence[PupilRow],
    changed: Sequence[Changed],
    *,
    is_last: bool,
) -> None:
    """Record a batch in its own transaction, so that no pupil ever changes without a record."""
    ImportRun.objects.create(
        school=by.school,
        by=by.user,
        source=export.source,
        file_name=export.file[-200:],
        sha256=export.sha256,
        added=len(new),
        changed=len(changed),
        unchanged=found.unchanged if is_last else 0,
        left_out=len(export.left_out) + len(found.undecided) if is_last else 0,
        leavers_proposed=len(found.leavers) if is_last else 0,
    )
