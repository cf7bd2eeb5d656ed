"""What somebody is told as soon as they have chosen whom it is about."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from accounts.viewer import Viewer
from incidents.guards import colleagues, threads
from incidents.guards.threads import OpenIncident
from incidents.models import Level
from pupils.models import Pupil

HINT = "A colleague has recorded something about {name} today. Record what you know all the same."


@dataclass(frozen=True)
class WhatToKnow:
    """That a colleague has recorded today, a sentence for each pupil; and what one could add to."""

    recorded_today: list[str]
    threads: list[OpenIncident]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.recorded_today or self.threads)

    def as_json(self) -> dict:
        """Return what a script on the page reads."""
        return asdict(self)


def what_to_know(
    viewer: Viewer,
    pupil: Pupil | None,
    linked: Sequence[Pupil],
    *,
    about_staff: bool,
    urgent: bool = False,
) -> WhatToKnow:
    """Return what there is to say of the pupil chosen, and of those linked.

    What is about a member of staff is not offered to be added elsewhere: this person could read it
    there, and would be told of it. Nothing is said to whom the school shows nothing stored before
    their authenticator is used.
    """
    if viewer.is_kept_back:
        return WhatToKnow([], [])
    others = [one for one in linked if one != pupil]
    least = Level.URGENT if urgent else Level.RECORD
    recorded = colleagues.recorded_today(viewer, [*([pupil] if pupil else []), *others])
    return WhatToKnow(
        recorded_today=[HINT.format(name=one.name) for one in recorded],
        threads=threads.open_about(viewer, pupil, least) if pupil and not about_staff else [],
    )


def picked(
    viewer: Viewer, pupil: Sequence[str], linked: Sequence[str]
) -> tuple[Pupil | None, list[Pupil]]:
    """Return the pupils with these ids whom the viewer may pick: whom it is about, and the others."""
    wanted = [*pupil[:1], *linked]
    rows = Pupil.objects.pickable_by(viewer).filter(pk__in=wanted) if wanted else ()
    known = {str(one.pk): one for one in rows}
    about = known.get(pupil[0]) if pupil else None
    return about, [known[pk] for pk in linked if pk in known]
