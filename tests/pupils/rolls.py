"""Imports as somebody does them: look at the differences, then apply them."""

from pupils.differences import Decisions, Differences
from pupils.importing import apply_differences, find_differences


def bring_in(by, export, *, same=(), new=()) -> Differences:
    decisions = Decisions(same=dict(same), new=frozenset(new))
    shown = find_differences(by=by, export=export, decisions=decisions)
    apply_differences(by=by, export=export, shown=shown, decisions=decisions)
    return shown


def changes_of(found: Differences) -> list[tuple]:
    return [
        (change.field, change.before, change.after)
        for changed in found.changed
        for change in changed.changes
    ]
