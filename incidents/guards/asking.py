"""A question that is asked once before an incident is submitted: a box to tick, and it goes on."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

# Under this name a page sends which questions were answered, and a draft keeps them.
HEEDED = "heeded"


@dataclass(frozen=True)
class Link:
    """Where somebody may look before they answer."""

    url: str
    text: str


@dataclass(frozen=True)
class Ask:
    """A question, the words of its box, and exactly what it is about: anything else asks anew."""

    kind: str
    title: str
    text: str
    yes: str
    about: Sequence[str] = ()
    links: Sequence[Link] = ()
    pupils: Sequence[UUID] = ()

    @property
    def mark(self) -> str:
        """What stands for this question, about exactly this, in a page and in a draft."""
        return hashlib.sha256("\n".join([self.kind, *self.about]).encode()).hexdigest()[:20]


def unanswered(asks: Iterable[Ask], heeded: Collection[str]) -> list[Ask]:
    """Return the questions whose boxes nobody has ticked."""
    return [ask for ask in asks if ask.mark not in heeded]
