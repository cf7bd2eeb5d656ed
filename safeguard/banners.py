"""What stands above every page for somebody, since they must not miss it; each app adds its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Banner:
    """A sentence, and the page on which there is more."""

    text: str
    url_name: str
    link_text: str


Finder = Callable[[object, datetime], Iterable[Banner]]
_finders: list[Finder] = []


def add(finder: Finder) -> None:
    """Add what finds banners for a viewer; called once by its app when the application starts."""
    if finder not in _finders:
        _finders.append(finder)


def banners_for(viewer, now: datetime) -> list[Banner]:
    """Return what stands above this person's pages."""
    return [banner for finder in _finders for banner in finder(viewer, now)]
