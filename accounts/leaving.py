"""What must not be left without anybody when somebody goes; each app says what it watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Model
from django.utils.module_loading import import_string

from safeguard.errors import DomainError

# Functions of later apps, by name: of a school, the ids of what has somebody and always must.
WATCHED: list[str] = []


class NobodyLeft(DomainError):
    """Something that must always have somebody would have nobody."""


@contextmanager
def nothing_left_empty(school: Model) -> Iterator[None]:
    """Refuse what is done inside when by it something watched loses its last person."""
    watching = [import_string(name) for name in WATCHED]
    before = [with_people(school) for with_people in watching]
    yield
    for with_people, had in zip(watching, before, strict=True):
        if had - with_people(school):
            raise NobodyLeft(
                "The group that is always alerted would be left with nobody. Put somebody else"
                " into it first, under “Alert groups”."
            )
