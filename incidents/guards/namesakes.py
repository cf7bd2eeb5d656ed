"""Pupils of one name: who else on the roll is called so, and what tells them apart."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from accounts.viewer import Viewer
from incidents.guards.asking import Ask
from pupils.models import Pupil


def of_one_name(viewer: Viewer, pupils: Sequence[Pupil]) -> list[Ask]:
    """Ask, of each pupil who is not the only one of that name, whether it is the right one."""
    others = _called_the_same(viewer, pupils)
    return [_ask(pupil, others[pupil]) for pupil in pupils if others[pupil]]


def alike(viewer: Viewer, pupils: Sequence[Pupil]) -> set[Pupil]:
    """Return those whom neither name nor year and form tell from somebody else on the roll."""
    others = _called_the_same(viewer, pupils)
    where = Counter((pupil.name, pupil.where) for pupil in pupils)
    return {
        pupil
        for pupil in pupils
        if where[pupil.name, pupil.where] > 1
        or any(other.where == pupil.where for other in others[pupil])
    }


def born(pupil: Pupil) -> str:
    """Return when a pupil was born, to stand behind year and form."""
    return f"born {pupil.date_of_birth:%-d %B %Y}" if pupil.date_of_birth else ""


def _called_the_same(viewer: Viewer, pupils: Iterable[Pupil]) -> dict[Pupil, list[Pupil]]:
    """Return, by pupil, the others on the roll who have their name."""
    by_name = defaultdict(list)
    keys = {pupil.sort_key for pupil in pupils}
    if keys:
        for one in Pupil.objects.pickable_by(viewer).filter(sort_key__in=keys).in_order():
            by_name[one.sort_key].append(one)
    return {pupil: [one for one in by_name[pupil.sort_key] if one != pupil] for pupil in pupils}


def _ask(pupil: Pupil, others: Sequence[Pupil]) -> Ask:
    theirs = "; ".join(_told_apart(one) for one in others)
    number = "Another pupil is" if len(others) == 1 else f"{len(others)} other pupils are"
    return Ask(
        kind="namesake",
        title=f"Is it the right {pupil.name}?",
        text=f"You chose {_told_apart(pupil)}. {number} called {pupil.name}: {theirs}.",
        yes=f"It is {pupil.name}, {_told_apart(pupil)}",
        about=[str(pupil.pk), *(str(one.pk) for one in others)],
        pupils=[pupil.pk, *(one.pk for one in others)],
    )


def _told_apart(pupil: Pupil) -> str:
    return ", ".join(filter(None, [pupil.where, born(pupil)]))
