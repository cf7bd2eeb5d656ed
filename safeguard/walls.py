"""The second wall between schools: in which school this thread acts, as the database is told.

Every table with a school's data has a policy (migration 0008) that shows only the rows of the school
named in the setting `safeguard.school`, and none while none is named. `acting_in` says which; our
database wrapper (`safeguard.postgres`) brings its connection up to date before each cursor, so that
neither a reconnection nor a rollback leaves it behind. Code that goes over all schools acts in one
after another.

This stops a forgotten filter. It does not stop injected SQL, which could name another school.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar
from uuid import UUID

from django.apps import apps

Row = TypeVar("Row")

SETTING = "safeguard.school"
NOWHERE: UUID | None = None  # until somebody says otherwise; the tests say otherwise
_UNSAID = object()
_school: ContextVar[object] = ContextVar("school", default=_UNSAID)


def acts_in() -> UUID | None:
    """Return the school whose rows may be seen now."""
    said = _school.get()
    return NOWHERE if said is _UNSAID else said  # type: ignore[return-value]


@contextmanager
def acting_in(school: UUID | None) -> Iterator[None]:
    """Let this thread see the rows of one school until the block ends; of none with None."""
    before = _school.set(school)
    try:
        yield
    finally:
        _school.reset(before)


def schools() -> list[UUID]:
    """Return every school there is, for what has to be done in each."""
    every = apps.get_model("accounts", "School").objects.order_by("pk")
    return list(every.values_list("pk", flat=True))


def in_each_school(gather: Callable[[], Iterable[Row]]) -> list[Row]:
    """Act in one school after another, and return all that was gathered there."""
    found: list[Row] = []
    for school in schools():
        with acting_in(school):
            found.extend(gather())
    return found
