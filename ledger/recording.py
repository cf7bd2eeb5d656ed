"""Taking down what happened, in the transaction in which it happens.

`record` adds the body; the number, the bytes and the hash are the database's, made at the commit
(migration 0004). Rolled back, also to a savepoint, nothing of it is left.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID, uuid4

from django.db import connection

from ledger.bodies import Said, canonical, entry_id
from ledger.models import Kind, Pseudonym, SealedBody, Tree, Via
from ledger.verifier import commitment
from safeguard import outbox
from safeguard.models import Outbox

SALT_BYTES = 32
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Actor(Protocol):
    """What is needed to know of whoever does something."""

    @property
    def user_id(self) -> UUID | None: ...

    @property
    def school_id(self) -> UUID: ...

    @property
    def via(self) -> str: ...

    @property
    def ledger_name(self) -> str: ...


def record(*said: Said, by: Actor, sign: bool = False) -> None:
    """Take down what happened; each of these can be said once, and a second time is an error.

    With `sign` the signer is asked for its word on it as soon as it has committed, and not only
    with the next round: for what somebody might like to have undone.
    """
    if any(one.school_id != by.school_id for one in said):
        raise ValueError("nobody records in a school that they do not act in")
    rows = [row(one, by.ledger_name, by.via) for one in said]
    SealedBody.objects.bulk_create(rows, batch_size=500)
    if sign:
        outbox.put(Outbox.Kind.CHECKPOINT, [told.pk for told in rows], school=by.school_id)


def record_change(*, by: Actor, obj: UUID, body: Mapping[str, object]) -> None:
    """Take down that a setting was changed, which may happen to the same row many times."""
    said = Said(kind=Kind.SETTING, school_id=by.school_id, obj=obj, body=body)
    changed = row(said, by.ledger_name, by.via)
    changed.id = uuid4()
    changed.save()


def record_disposal(
    said: Said, *, actor: str, approver: str, rule: str, targets: Sequence[UUID], via: str
) -> None:
    """Take down that two people let these entries' contents be erased."""
    if not targets or actor == approver:
        raise ValueError("a disposal names what is erased, and two different people")
    told = row(said, actor, via)
    told.approver, told.rule, told.targets = approver, rule, list(targets)
    told.save()


def adopt(said: Iterable[Said]) -> None:
    """Take down, as Safeguard itself, what was recorded before there was a ledger."""
    rows = [row(one, pseudonym(one.school_id, None), Via.SYSTEM) for one in said]
    SealedBody.objects.bulk_create(rows)


def record_once(said: Said) -> None:
    """Take down, as Safeguard itself, what nobody did; the second time changes nothing."""
    told = row(said, pseudonym(said.school_id, None), Via.SYSTEM)
    SealedBody.objects.bulk_create([told], ignore_conflicts=True)


def pseudonym(school_id: UUID, user_id: UUID | None) -> str:
    """Return what a person is called in this school's entries; nobody is Safeguard itself."""
    known = Pseudonym.objects.filter(school=school_id, user=user_id).values_list("name", flat=True)
    name = known.first()
    if name is None:
        made = "u-" + "".join(secrets.choice(ALPHABET) for _ in range(12))
        Pseudonym.objects.bulk_create(
            [Pseudonym(school_id=school_id, user_id=user_id, name=made)], ignore_conflicts=True
        )
        name = known.get()
    return name


def settle() -> None:
    """Let the database write the entries now instead of at the commit, as tests need it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def row(said: Said, actor: str, via: str, tree: Tree = Tree.RECORDS) -> SealedBody:
    """Return the row that takes this down, committed to under a salt of its own."""
    body, salt = canonical(said.body), secrets.token_bytes(SALT_BYTES)
    return SealedBody(
        id=entry_id(said.kind, said.obj),
        school_id=said.school_id,
        tree=tree,
        kind=said.kind,
        obj=said.obj,
        actor=actor,
        via=via,
        acts_on=list(said.acts_on),
        body=body,
        salt=salt,
        commitment=commitment(salt, body),
    )
