"""Which questions a school asks, and changing them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.models import School
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.lists import Category
from incidents.prompting.lists import PromptSet
from incidents.prompting.occasions import STANDARD, Occasion
from ledger.recording import record_change
from safeguard.errors import DomainError

MOST_SETS = 20


class TitleTaken(DomainError):
    """Two sets of questions cannot be told apart."""


@dataclass(frozen=True)
class Prompts:
    """Questions for one occasion, as a school has them today."""

    key: str  # an occasion's value, or the id of a set of the school's own
    title: str
    asks: tuple[str, ...]
    categories: frozenset[UUID]
    shown: bool = True
    is_changed: bool = False

    @property
    def category_keys(self) -> str:
        """The categories that they go with, as the page's script compares them."""
        return " ".join(sorted(str(pk) for pk in self.categories))


def all_of(viewer: Viewer) -> list[Prompts]:
    """Return every set of the viewer's school, shown or not: the standard ones first."""
    rows = list(PromptSet.objects.visible_to(viewer).order_by("title"))
    changed = {row.occasion: row for row in rows if row.occasion}
    tops = Category.objects.visible_to(viewer).top_level().in_use()
    named = dict(tops.values_list("name", "pk"))
    standard = [
        _as_changed(changed[occasion]) if occasion in changed else _as_standard(occasion, named)
        for occasion in Occasion
    ]
    return standard + [_as_changed(row) for row in rows if not row.occasion]


def shown_to(viewer: Viewer) -> list[Prompts]:
    """Return what the form offers to think of."""
    return [prompts for prompts in all_of(viewer) if prompts.shown]


def for_categories(viewer: Viewer, chosen: Iterable[UUID]) -> list[Prompts]:
    """Return the questions that go with any of these categories."""
    wanted = set(chosen)
    return [prompts for prompts in shown_to(viewer) if prompts.categories & wanted]


def find(viewer: Viewer, key: str) -> Prompts | None:
    """Return the set of this key, if the viewer's school has it."""
    return next((prompts for prompts in all_of(viewer) if prompts.key == key), None)


def change_prompts(
    *,
    by: Viewer,
    key: str,
    title: str,
    asks: Collection[str],
    categories: Collection[Category],
    shown: bool,
) -> PromptSet:
    """Ask from now on in this way; without a key it is a set of the school's own that is new."""
    by.require(Permission.APPROVE_RIGHTS)
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        sets = all_of(by)
        if any(one.title.casefold() == title.casefold() and one.key != key for one in sets):
            raise TitleTaken(
                f"There are questions called “{title}” already. Call these another name."
            )
        if not key and len(sets) >= MOST_SETS:
            raise DomainError(f"A school has {MOST_SETS} sets at most. Change one that is there.")
        row = _row_of(by, key)
        row.title, row.asks, row.shown = title, list(asks), shown
        row.categories = [category.pk for category in categories]
        row.save()
        _record(by, row)
    return row


def take_back(*, by: Viewer, key: str) -> None:
    """Ask the standard questions again; a set of the school's own is gone."""
    by.require(Permission.APPROVE_RIGHTS)
    with transaction.atomic():
        row = _row_of(by, key)
        if row._state.adding:
            raise DomainError("These are the standard questions already.")
        _record(by, row, taken_back=True)
        row.delete()


def _row_of(by: Viewer, key: str) -> PromptSet:
    rows = PromptSet.objects.visible_to(by).select_for_update()
    if not key:
        return PromptSet(school=by.school)
    if key in Occasion.values:
        return rows.filter(occasion=key).first() or PromptSet(school=by.school, occasion=key)
    return rows.get(pk=key)


def _record(by: Viewer, row: PromptSet, *, taken_back: bool = False) -> None:
    said = {
        "setting": "prompts",
        "occasion": row.occasion,
        "title": row.title,
        "asks": row.asks,
        "categories": [str(pk) for pk in row.categories],
        "shown": row.shown,
    }
    if taken_back:
        said = {"setting": "prompts", "occasion": row.occasion, "title": row.title, "back": True}
    record_change(by=by, obj=row.pk, body=said)


def _as_standard(occasion: Occasion, named: dict[str, UUID]) -> Prompts:
    standard = STANDARD[occasion]
    go_with = frozenset(named[name] for name in standard.categories if name in named)
    return Prompts(occasion.value, occasion.label, standard.asks, go_with)


def _as_changed(row: PromptSet) -> Prompts:
    return Prompts(
        row.occasion or str(row.pk),
        row.title,
        tuple(row.asks),
        frozenset(row.categories),
        row.shown,
        is_changed=True,
    )
